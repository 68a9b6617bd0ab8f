//! Places of what a person looks at: the calls of a statement, where values were written, where machines are declared.
//!
//! The agent knows where functions stand; what the `.nix` files say of machines is found here, and no machine has a place
//! unless it is the only one that is called so.

use dap_protocol::{RequestMessage, requests, types};
use serde_json::Value;
use source_map::{LineEnds, LineIndex, discover};

use crate::agent::Pending;
use crate::errors::RequestError;
use crate::phase::Phase;
use crate::script::{ClientPlace, Script};
use crate::session::Session;

/// References to declarations of machines are this and the machine's number; those of the agent count from 1.
const DECLARATIONS: i64 = 1 << 40;

impl Script {
    /// Where a machine is declared, if one declaration in the files of the script fits.
    fn declaration(&self, machine: &str) -> Option<ClientPlace> {
        let mut found = Vec::new();
        for (path, text) in self.texts() {
            let nodes = discover(text).into_iter().flat_map(|binding| binding.nodes);
            for node in nodes.filter(|node| variable(&node.name) == variable(machine)) {
                if !found.contains(&(path, text, node.range.start)) {
                    found.push((path, text, node.range.start));
                }
            }
        }
        let [(path, text, offset)] = found[..] else {
            return None;
        };
        let index = LineIndex::new(text, LineEnds::Nix);
        let position = index.position(offset, source_map::Column::Utf16);
        self.client_place(path, position.line, position.column)
    }
}

/// The name of a machine as the driver makes it a variable's.
fn variable(machine: &str) -> String {
    machine
        .chars()
        .map(|character| match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' => character,
            _ => '_',
        })
        .collect()
}

impl Session {
    /// Puts the calls of a statement where they stand in the files.
    pub(crate) fn step_in_targets_to_client(&self, mut body: Value) -> Value {
        let Some(script) = &self.script else {
            return body;
        };
        let targets = body.get_mut("targets").and_then(Value::as_array_mut);
        for value in targets.into_iter().flatten() {
            let Ok(mut target) = serde_json::from_value::<types::StepInTarget>(value.clone())
            else {
                continue;
            };
            let at = |line: Option<i64>, column: Option<i64>| {
                Some(script.place(line?, column.unwrap_or(1)))
            };
            let start = at(target.line, target.column);
            let end = at(target.end_line, target.end_column).filter(|end| {
                start
                    .as_ref()
                    .is_some_and(|start| start.source == end.source)
            });
            let line = |place: &ClientPlace| place.line;
            let column = |place: &ClientPlace| place.column;
            target.line = start.as_ref().map(line);
            target.column = start.as_ref().map(column);
            target.end_line = end.as_ref().map(line);
            target.end_column = end.as_ref().map(column);
            if let Ok(translated) = serde_json::to_value(target) {
                *value = translated;
            }
        }
        body
    }

    /// Lets clients ask where the machines among the variables are declared.
    pub(crate) fn variables_to_client(&self, mut body: Value) -> Value {
        let Some(script) = &self.script else {
            return body;
        };
        let variables = body.get_mut("variables").and_then(Value::as_array_mut);
        for found in variables.into_iter().flatten() {
            let text = |name: &str| found.get(name).and_then(Value::as_str).unwrap_or_default();
            if !text("type").ends_with("Machine") || text("evaluateName") != text("name") {
                continue;
            }
            let number = self.guests.names.iter().position(|name| {
                variable(name) == text("name") && script.declaration(name).is_some()
            });
            let number = number.and_then(|number| i64::try_from(number).ok());
            if let (Some(number), Some(fields)) = (number, found.as_object_mut()) {
                let reference = DECLARATIONS + number;
                fields.insert("declarationLocationReference".to_owned(), reference.into());
            }
        }
        body
    }

    pub(crate) fn locations(
        &mut self,
        request: RequestMessage,
        arguments: types::LocationsArguments,
    ) {
        let reference = arguments.location_reference;
        let machine = reference.checked_sub(DECLARATIONS);
        let machine = machine.and_then(|number| usize::try_from(number).ok());
        let machine = machine.and_then(|number| self.guests.names.get(number));
        let declaration = machine.zip(self.script.as_ref());
        let declaration = declaration.and_then(|(machine, script)| script.declaration(machine));
        match declaration {
            Some(place) => {
                let location = self.location_to_client(&place);
                self.outgoing
                    .respond::<requests::Locations>(&request, Ok(Some(location)));
            }
            None if matches!(self.phase, Phase::Stopped) => {
                self.forward(request, Pending::Location);
            }
            None => self.refuse(&request, &RequestError::not_stopped()),
        }
    }

    /// Puts a place that the agent knows where it stands in the files.
    pub(crate) fn agent_location_to_client(&self, body: Value) -> Value {
        let Ok(mut location) = serde_json::from_value::<types::LocationsResponse>(body.clone())
        else {
            return body;
        };
        if let (Some(script), None) = (&self.script, &location.source.path) {
            let column = location.column.unwrap_or(1);
            location = self.location_to_client(&script.place(location.line, column));
        }
        serde_json::to_value(location).unwrap_or(body)
    }

    fn location_to_client(&self, place: &ClientPlace) -> types::LocationsResponse {
        let named = place.source.real_path();
        let named = named.and_then(|file| self.ledger.as_named(file));
        types::LocationsResponse {
            source: self.source_to_client(named.unwrap_or(&place.source)),
            line: place.line,
            column: Some(place.column),
            end_line: None,
            end_column: None,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
mod tests {
    use super::*;
    use crate::script::{Candidates, Texts};

    #[test]
    fn a_machine_is_declared_where_its_node_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.nix");
        let nix =
            "{\n  nodes.web-1 = { };\n  nodes.db = { };\n  testScript = ''\n    x = 1\n  '';\n}\n";
        std::fs::write(&path, nix).unwrap();
        let candidates = Candidates {
            named: vec![path],
            evaluated: &[],
        };
        let script = Script::new("x = 1\n", &candidates, &Texts::new(), None);
        let place = |machine| {
            let place = script.declaration(machine);
            place.map(|place| (place.line, place.column))
        };
        assert_eq!(place("web-1"), Some((2, 9)));
        assert_eq!(place("db"), Some((3, 9)));
        assert_eq!(place("other"), None);
    }
}
