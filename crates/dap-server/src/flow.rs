//! Where the script goes on: another line, a frame once more, the next statement.
//!
//! The agent decides what is possible; here lines of the files become lines of the script and back.

use dap_protocol::{RequestMessage, types};
use serde::Deserialize;
use serde_json::json;

use crate::agent::Pending;
use crate::client::presentable;
use crate::errors::RequestError;
use crate::script::SourceKey;
use crate::session::Session;

/// A `gotoTargets` of the client that waits for the agent.
#[derive(Debug)]
pub(crate) struct GotoTargets {
    pub(crate) request: RequestMessage,
    source: SourceKey,
    /// From 1.
    line: i64,
}

/// What the agent found.
#[derive(Debug, Default, Deserialize)]
struct Found {
    #[serde(default)]
    targets: Vec<FoundTarget>,
    /// Why there are not more.
    #[serde(default)]
    problems: Vec<String>,
}

/// A line of the script that can be gone to, from 1, its column in characters.
#[derive(Debug, Deserialize)]
struct FoundTarget {
    id: i64,
    label: String,
    line: i64,
    column: i64,
}

impl Session {
    /// One line of a file may have given several of the script; each is a target of its own.
    pub(crate) fn goto_targets(
        &mut self,
        request: RequestMessage,
        arguments: types::GotoTargetsArguments,
    ) {
        let line = self.client.line_from_client(arguments.line);
        let Some(source) = self.source_key(&arguments.source) else {
            let problem = "the source has neither a path nor a reference";
            let error = RequestError::arguments("gotoTargets", problem);
            return self.refuse(&request, &error);
        };
        let lines = self
            .script
            .as_ref()
            .map(|script| script.lines_for(&source, line));
        match (lines, &mut self.link) {
            (Some(Ok(lines)), Some(link)) => {
                let pending = GotoTargets {
                    request,
                    source,
                    line,
                };
                let arguments = json!({ "lines": lines });
                link.ask(
                    "gotoTargets",
                    Some(arguments),
                    Pending::GotoTargets(pending),
                );
            }
            (Some(Err(reason)), _) => self.refuse(&request, &RequestError::cannot_go(&reason)),
            _ => self.refuse(&request, &RequestError::agent_gone()),
        }
    }

    /// The agent has answered [`Session::goto_targets`].
    pub(crate) fn goto_targets_found(
        &mut self,
        asked: &GotoTargets,
        body: Option<serde_json::Value>,
    ) {
        let found = body.map(presentable).map(serde_json::from_value::<Found>);
        let found = found.and_then(Result::ok).unwrap_or_default();
        if let (true, Some(problem)) = (found.targets.is_empty(), found.problems.first()) {
            let error = RequestError::cannot_go(&format!("the script cannot go there: {problem}"));
            return self.refuse(&asked.request, &error);
        }
        let is_one = found.targets.len() == 1;
        let targets = found.targets.into_iter().map(|target| {
            let place = self.script.as_ref().map(|script| match asked.source {
                SourceKey::File { .. } => script.place(target.line, target.column),
                _ => script.generated_place(target.line, target.column),
            });
            let place = place.filter(|place| place.source.real_path() == asked.source.real_path());
            let line = place.as_ref().map_or(asked.line, |place| place.line);
            types::GotoTarget {
                id: target.id,
                label: match is_one {
                    true => target.label,
                    false => format!(
                        "{} (line {} of the generated script)",
                        target.label, target.line
                    ),
                },
                line: self.client.line_to_client(line),
                column: place.map(|place| self.client.column_to_client(place.column)),
                ..types::GotoTarget::default()
            }
        });
        let body = types::GotoTargetsResponse {
            targets: targets.collect(),
        };
        self.outgoing
            .respond::<dap_protocol::requests::GotoTargets>(&asked.request, Ok(body));
    }

    /// `:goto LINE`, `:goto FILE:LINE`, or `:goto script:LINE` for a line of the generated script.
    pub(crate) fn console_goto(&mut self, request: RequestMessage, rest: &str) {
        let lines = self
            .lines_named(rest)
            .map_err(|reason| RequestError::cannot_go(&reason));
        match (lines, &mut self.link) {
            (Ok(lines), Some(link)) => {
                let arguments = json!({ "lines": lines });
                link.ask("nixtest/goto", Some(arguments), Pending::Went(request));
            }
            (Err(error), _) => self.refuse(&request, &error),
            _ => self.refuse(&request, &RequestError::agent_gone()),
        }
    }

    /// `:skip`: goes to the next top-level statement.
    pub(crate) fn console_skip(&mut self, request: RequestMessage, _: &str) {
        match &mut self.link {
            Some(link) => link.ask("nixtest/skip", None, Pending::Went(request)),
            None => self.refuse(&request, &RequestError::agent_gone()),
        }
    }

    /// The lines of the script that a person names by a line, or by a file and a line.
    fn lines_named(&self, named: &str) -> Result<Vec<i64>, String> {
        let usage = "name a line, such as 12, tests/web.nix:12 or script:12";
        let (file, line) = match named.rsplit_once(':') {
            Some((file, line)) => (Some(file), line),
            None => (None, named),
        };
        let line: i64 = line.trim().parse().map_err(|_| usage.to_owned())?;
        let script = self
            .script
            .as_ref()
            .ok_or("the test script is not known yet")?;
        let source = match file.map(str::trim) {
            Some("script") => SourceKey::Generated,
            Some(file) => SourceKey::file(&self.launch.working_directory().join(file)),
            None => script
                .files()
                .next()
                .map_or(SourceKey::Generated, SourceKey::file),
        };
        script.lines_for(&source, line)
    }
}
