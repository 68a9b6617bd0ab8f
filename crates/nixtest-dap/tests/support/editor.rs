//! A client that sends what a test writes, to the byte, with a monitor that watches the adapter. `TestClient` is what most tests
//! want: it talks properly.

use std::path::Path;
use std::time::Duration;

use dap_monitor::{Finding, ProtocolMonitor, Rule, Side};
use dap_protocol::{Connection, Incoming, Message};
use serde_json::{Value, json};
use tokio::io::{AsyncWriteExt, DuplexStream, WriteHalf, split};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::environment;

/// How long an answer may take; no passing test waits for it.
const DEADLINE: Duration = Duration::from_secs(30);

/// How much either side may send before the other reads, in bytes.
const CAPACITY: usize = 64 * 1024;

/// The client's end of a conversation with an adapter in this process.
pub struct Editor {
    writer: Option<WriteHalf<DuplexStream>>,
    incoming: mpsc::Receiver<Incoming>,
    monitor: ProtocolMonitor,
    /// Everything that the adapter said, in its order.
    pub heard: Vec<Value>,
    /// How much of that was waited for.
    seen: usize,
    /// The requests that the adapter understands as such and has not answered, by number.
    pending: Vec<(i64, String)>,
    has_said_goodbye: bool,
    serving: tokio::task::JoinHandle<()>,
}

impl Editor {
    pub fn new() -> Self {
        let (own, theirs) = tokio::io::duplex(CAPACITY);
        let serving = tokio::spawn(dap_server::serve(
            Connection::over(theirs),
            environment(),
            CancellationToken::new(),
        ));
        let (reader, writer) = split(own);
        // Only its reading half is used: what is written need not be a message.
        let connection = Connection::new(reader, tokio::io::sink());
        Self {
            writer: Some(writer),
            incoming: connection.incoming,
            monitor: ProtocolMonitor::new(),
            heard: Vec::new(),
            seen: 0,
            pending: Vec::new(),
            has_said_goodbye: false,
            serving,
        }
    }

    /// Sends a message as it is.
    pub async fn says(&mut self, message: &Value) {
        let text = message.to_string();
        self.writes_as(&text, &text).await;
    }

    /// Sends a message as text that the adapter is to understand as another one.
    pub async fn writes_as(&mut self, text: &str, understood: &str) {
        self.understands(understood);
        let frame = format!("Content-Length: {}\r\n\r\n{text}", text.len());
        self.writes(frame.as_bytes()).await;
    }

    /// Takes note of a message that is sent in some way, if it is one: what is too deep for the adapter is too deep here.
    pub fn understands(&mut self, text: &str) {
        if let Ok(message) = serde_json::from_str::<Message>(text) {
            if let Message::Request(request) = &message {
                self.pending
                    .push((request.seq, text.chars().take(300).collect()));
            }
            self.monitor.observe_without_schema(Side::Client, &message);
        }
    }

    /// Sends bytes.
    pub async fn writes(&mut self, bytes: &[u8]) {
        let writer = self.writer.as_mut().expect("the client has not left");
        // An adapter that has ended the conversation takes nothing more.
        let _ = timeout(DEADLINE, writer.write_all(bytes))
            .await
            .expect("the adapter reads");
    }

    /// Sends a message and waits for the response to it.
    pub async fn asks(&mut self, message: &Value) -> Value {
        let seq = message["seq"].clone();
        self.says(message).await;
        self.hears(|heard| heard["type"] == "response" && heard["request_seq"] == seq)
            .await
    }

    /// Waits for an event that nobody has waited past.
    pub async fn event(&mut self, name: &str) -> Value {
        self.hears(|heard| heard["event"] == name).await
    }

    /// The first message that satisfies the condition, of those that were not waited for.
    pub async fn hears(&mut self, condition: impl Fn(&Value) -> bool) -> Value {
        let mut next = self.seen;
        loop {
            while next < self.heard.len() {
                if condition(&self.heard[next]) {
                    // Responses may overtake events, and the other way round.
                    let found = self.heard.remove(next);
                    self.heard.insert(self.seen, found.clone());
                    self.seen += 1;
                    return found;
                }
                next += 1;
            }
            assert!(
                self.receives().await,
                "the conversation ended: {:#?}",
                self.heard.iter().rev().take(5).collect::<Vec<_>>()
            );
        }
    }

    /// Waits until every request is answered, or the conversation is over.
    pub async fn settles(&mut self) {
        while !self.pending.is_empty() && !self.has_said_goodbye && self.receives().await {}
    }

    /// Numbers of frames and variables that were handed out lately.
    pub fn references(&self) -> Vec<i64> {
        let bodies = self.heard.iter().rev().take(20).map(|heard| &heard["body"]);
        let items = bodies.flat_map(|body| {
            ["stackFrames", "scopes", "variables"]
                .iter()
                .flat_map(|list| body[list].as_array().into_iter().flatten())
        });
        items
            .flat_map(|item| [&item["id"], &item["variablesReference"]])
            .filter_map(Value::as_i64)
            .filter(|reference| *reference != 0)
            .collect()
    }

    /// Forgets what was said long ago.
    pub fn forgets(&mut self) {
        self.heard.drain(..self.heard.len().saturating_sub(100));
        self.seen = 0;
    }

    /// Leaves, waits for the adapter to end, and returns what it did against the rules.
    pub async fn leaves(self) -> Vec<String> {
        self.leaves_by(|rule| rule != Rule::OpenValue).await
    }

    /// The same, by some of the rules alone.
    pub async fn leaves_by(mut self, rules: fn(Rule) -> bool) -> Vec<String> {
        // The half alone would leave the stream open. An adapter that has ended is not there to notice.
        if let Some(mut writer) = self.writer.take() {
            let _ = writer.shutdown().await;
        }
        while self.receives().await {}
        timeout(DEADLINE, self.serving)
            .await
            .expect("the session ends")
            .expect("the session does not panic");
        let findings = self.monitor.finish();
        // What a client that leaves without a word had asked need not be answered any more.
        let is_at_fault = |finding: &&Finding| {
            finding.side == Side::Adapter || (finding.message.is_none() && self.has_said_goodbye)
        };
        findings
            .iter()
            .filter(is_at_fault)
            .filter(|finding| rules(finding.rule))
            .filter(|finding| self.has_said_goodbye || finding.message.is_some())
            .map(Finding::to_string)
            .collect()
    }

    async fn receives(&mut self) -> bool {
        let received = timeout(DEADLINE, self.incoming.recv()).await;
        match received.unwrap_or_else(|_| {
            panic!(
                "the adapter says nothing more; unanswered: {:#?}",
                self.pending
            )
        }) {
            Some(Incoming::Message(message)) => {
                self.monitor.observe(Side::Adapter, &message);
                if let Message::Response(response) = &message {
                    let place = self
                        .pending
                        .iter()
                        .position(|(seq, _)| *seq == response.request_seq);
                    if let Some(place) = place {
                        self.pending.remove(place);
                    }
                    self.has_said_goodbye |= response.success && response.command == "disconnect";
                }
                self.heard.push(json!(message));
                true
            }
            Some(other) => panic!("the adapter sent {other:?}"),
            None => false,
        }
    }
}

/// The client's side of a conversation, as lines of JSON: messages, and `{"await": EVENT}`. Words that begin with `$` stand for what
/// the adapter said, or for what `words` gives them.
pub async fn replay(editor: &mut Editor, script: &str, words: &[(&str, Value)]) {
    let mut words: Vec<(String, Value)> = words
        .iter()
        .map(|(word, value)| ((*word).to_owned(), value.clone()))
        .collect();
    for line in script.lines() {
        let mut message: Value = serde_json::from_str(line).expect("a fixture is JSON");
        fill(&mut message, &words);
        if let Some(event) = message["await"].as_str() {
            editor.event(event).await;
            continue;
        }
        let response = editor.asks(&message).await;
        assert_eq!(response["success"], true, "{message} → {response}");
        let body = &response["body"];
        for (word, value) in [
            ("$frame", &body["stackFrames"][0]["id"]),
            ("$scope", &body["scopes"][0]["variablesReference"]),
        ] {
            if !value.is_null() {
                words.push((word.to_owned(), value.clone()));
            }
        }
    }
}

fn fill(value: &mut Value, words: &[(String, Value)]) {
    match value {
        Value::String(text) => {
            if let Some((_, meant)) = words.iter().rev().find(|(word, _)| word == text) {
                *value = meant.clone();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, words)),
        Value::Object(fields) => fields.values_mut().for_each(|field| fill(field, words)),
        _ => {}
    }
}

/// What the words of a fixture stand for in a project: its test, its driver, its directory, and the line to stop at.
pub fn words(
    project: &super::Project,
    directory: &Path,
    marker: &str,
) -> Vec<(&'static str, Value)> {
    vec![
        ("$test", json!(project.test())),
        ("$driver", json!(project.driver)),
        ("$directory", json!(directory)),
        ("$line", json!(project.line(marker))),
    ]
}
