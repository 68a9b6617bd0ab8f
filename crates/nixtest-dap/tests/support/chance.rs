//! Reproducible chance, and messages that come from it: what the protocol's schema describes, and what it does not.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

/// What stands for a lone surrogate until a message is text: JSON can spell one, Rust's strings cannot hold it.
pub const SURROGATE: &str = "(surrogate)";

/// How deep definitions that contain themselves are followed.
const DEEPEST: usize = 6;

static PROTOCOL: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(dap_protocol::SCHEMA).unwrap());

static OURS: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../dap-monitor/schema/nixtest.json")).unwrap()
});

/// Reproducible chance (SplitMix64): the same seed gives the same messages on every machine.
pub struct Chance(u64);

impl Chance {
    pub fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }

    /// Whether something happens that does so `percent` times of a hundred.
    pub fn happens(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// The name of a request: the protocol's, ours, or nobody's. None that starts or ends anything.
    pub fn command(&mut self) -> String {
        let known = dap_protocol::requests::FROM_CLIENT;
        loop {
            let command = match self.below(20) {
                0 => (*self.pick(&["fly", "", "nixtest/fly", "SetBreakpoints", "\u{1b}[m"]))
                    .to_owned(),
                1 | 2 => {
                    let ours: Vec<&String> = OURS["requests"].as_object().unwrap().keys().collect();
                    (*self.pick(&ours)).clone()
                }
                _ => (*self.pick(&known)).to_owned(),
            };
            if !["launch", "attach", "restart", "terminate", "disconnect"]
                .contains(&command.as_str())
            {
                return command;
            }
        }
    }

    /// Arguments of a request, more or less as its schema wants them.
    pub fn arguments(&mut self, command: &str, known: &[i64]) -> Value {
        let mut name = command.to_owned();
        if let Some(first) = name.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let of_protocol = &PROTOCOL["definitions"][format!("{name}Request")]["allOf"][1]["properties"]
            ["arguments"];
        let schema = if of_protocol.is_null() {
            &OURS["requests"][command]["arguments"]
        } else {
            of_protocol
        };
        self.value(schema, "", known, 0)
    }

    fn value(&mut self, schema: &Value, name: &str, known: &[i64], depth: usize) -> Value {
        if self.happens(4) {
            return self.nonsense();
        }
        if let Some(reference) = schema["$ref"].as_str() {
            let definition = reference.rsplit('/').next().unwrap();
            return self.value(&PROTOCOL["definitions"][definition], name, known, depth);
        }
        for choices in ["enum", "_enum", "examples"] {
            if let (Some(values), true) = (schema[choices].as_array(), self.happens(80)) {
                return self.pick(values).clone();
            }
        }
        let kind = match &schema["type"] {
            Value::Array(kinds) => self.pick(kinds).as_str().unwrap_or("object").to_owned(),
            kind => kind.as_str().unwrap_or("object").to_owned(),
        };
        match kind.as_str() {
            "string" => self.text(name).into(),
            "integer" | "number" => self.number(known),
            "boolean" => self.happens(50).into(),
            "null" => Value::Null,
            "array" if depth < DEEPEST => (0..self.below(4))
                .map(|_| self.value(&schema["items"], name, known, depth + 1))
                .collect(),
            "array" => json!([]),
            _ => self.structure(schema, known, depth),
        }
    }

    fn structure(&mut self, schema: &Value, known: &[i64], depth: usize) -> Value {
        let mut fields = Map::new();
        let required = schema["required"].as_array();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let is_required =
                required.is_some_and(|names| names.iter().any(|required| required == name));
            if self.happens(if is_required { 97 } else { 40 }) && depth < DEEPEST {
                fields.insert(name.clone(), self.value(property, name, known, depth + 1));
            }
        }
        if self.happens(5) {
            fields.insert("surprise".to_owned(), self.nonsense());
        }
        Value::Object(fields)
    }

    fn number(&mut self, known: &[i64]) -> Value {
        match self.below(10) {
            0 => json!(*self.pick(&[0, -1, i64::MIN, i64::MAX, 1 << 53, i64::from(u32::MAX) + 1])),
            1 => json!(*self.pick(&[1.5, 1e300, -0.0])),
            2..=4 if !known.is_empty() => json!(*self.pick(known)),
            5 => json!(1),
            _ => json!(self.below(14)),
        }
    }

    fn text(&mut self, name: &str) -> String {
        let expressions = [
            "i",
            "f",
            "f(2)",
            "[i] * 3",
            "1/0",
            "(",
            "",
            "{",
            "i\u{0}",
            "lambda: 0",
            "1 == 1",
        ];
        let texts = [
            "",
            "x",
            "1",
            "test.nix",
            "/",
            "file:///%ZZ%00",
            "uncaught",
            "raised",
            "\u{1b}]0;x\u{7}",
            "ä\u{10FFFF}",
            SURROGATE,
        ];
        match name {
            "expression" | "condition" | "text" | "value" | "hitCondition" | "logMessage" => {
                (*self.pick(&expressions)).to_owned()
            }
            _ if self.happens(2) => "long ".repeat(20_000),
            _ => (*self.pick(&texts)).to_owned(),
        }
    }

    fn nonsense(&mut self) -> Value {
        match self.below(9) {
            0 => Value::Null,
            1 => json!(-1),
            2 => json!(1e300),
            3 => json!("text"),
            4 => json!([]),
            5 => json!({}),
            6 => json!([{"a": [null]}]),
            7 => (0..90).fold(json!(0), |inner, _| json!([inner])),
            // Deeper than whoever reads it goes.
            _ => (0..300).fold(json!(0), |inner, _| json!({"a": inner})),
        }
    }
}
