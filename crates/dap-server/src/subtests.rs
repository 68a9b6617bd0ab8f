//! Subtests: what the agent tells of them, as events, as groups in the console, and as a summary at the end.
//!
//! Where a subtest stands in a run, and what leaves it, the agent decides; here is the tree of results.

use dap_protocol::{Event, Request, RequestMessage, events, types};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::agent::Pending;
use crate::client::presentable;
use crate::session::Session;

/// The event `nixtest/subtest`: a subtest has begun, or ended in one of several ways.
#[derive(Debug)]
pub(crate) enum SubtestEvent {}

impl Event for SubtestEvent {
    type Body = SubtestBody;
    const EVENT: &'static str = "nixtest/subtest";
}

/// Body of [`SubtestEvent`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubtestBody {
    #[serde(flatten)]
    about: About,
    /// Where its `with` stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<types::Source>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<i64>,
    /// Where the exception was raised that left it.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_source: Option<types::Source>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_line: Option<i64>,
}

/// What the agent and the client are told in the same words.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct About {
    /// A number of its own: names may be given twice.
    id: i64,
    name: String,
    phase: SubtestPhase,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<i64>,
    /// The exception that left it.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// It ran once more inside of a stop; the result of the test does not depend on it.
    #[serde(default, skip_serializing_if = "is_false")]
    is_inside: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum SubtestPhase {
    Started,
    Passed,
    Failed,
    /// Its body did not run, because others were asked for.
    Skipped,
    /// The debugger made the script leave it.
    Left,
}

impl SubtestPhase {
    fn word(self) -> &'static str {
        match self {
            Self::Started => "runs",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Left => "left",
        }
    }
}

/// Body of the agent's event of the same name. Lines are the script's.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubtestNews {
    #[serde(flatten)]
    about: About,
    #[serde(default)]
    line: Option<i64>,
    #[serde(default)]
    error_line: Option<i64>,
    #[serde(default)]
    is_on_other_thread: bool,
}

fn is_false(truth: &bool) -> bool {
    !truth
}

/// The results of a run so far, in the order in which the subtests began.
#[derive(Debug, Default)]
pub(crate) struct Subtests {
    results: Vec<SubtestResult>,
}

#[derive(Debug)]
struct SubtestResult {
    about: About,
    depth: usize,
    /// Where it failed, else where it stands, for people.
    place: Option<String>,
}

impl Subtests {
    /// The results of a new run follow.
    pub(crate) fn clear(&mut self) {
        self.results.clear();
    }

    fn record(&mut self, about: &About, place: Option<String>) {
        if about.is_inside {
            return;
        }
        let known = |result: &&mut SubtestResult| result.about.id == about.id;
        match self.results.iter_mut().rev().find(known) {
            Some(result) => {
                result.about = about.clone();
                result.place = place;
            }
            None => {
                let mut results = self.results.iter();
                let parent = results.find(|result| Some(result.about.id) == about.parent_id);
                self.results.push(SubtestResult {
                    depth: parent.map_or(0, |parent| parent.depth + 1),
                    about: about.clone(),
                    place,
                });
            }
        }
    }

    fn count(&self, phase: SubtestPhase) -> usize {
        let results = self.results.iter();
        results.filter(|it| it.about.phase == phase).count()
    }

    /// Those that failed by themselves: not because of one inside.
    fn failures(&self) -> impl Iterator<Item = &SubtestResult> {
        let failed = |result: &&SubtestResult| result.about.phase == SubtestPhase::Failed;
        self.results.iter().filter(failed).filter(move |result| {
            let inside = |other: &SubtestResult| other.about.parent_id == Some(result.about.id);
            !self.results.iter().filter(failed).any(inside)
        })
    }

    /// For the end of a run; nothing when there were no subtests. Of several failures all are listed, because the driver reports one.
    pub(crate) fn summary(&self) -> Option<String> {
        let all = self.results.len();
        let plural = if all == 1 { "" } else { "s" };
        let counts = [
            SubtestPhase::Passed,
            SubtestPhase::Failed,
            SubtestPhase::Skipped,
            SubtestPhase::Left,
        ]
        .map(|phase| (phase, self.count(phase)));
        let failures: Vec<_> = self.failures().collect();
        let places = failures.iter().map(|failure| failure.title());
        let places = places.collect::<Vec<_>>().join("; ");
        let counts: Vec<_> = counts
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(phase, count)| match phase {
                SubtestPhase::Failed => format!("{count} failed ({places})"),
                phase => format!("{count} {}", phase.word()),
            })
            .collect();
        let mut text = format!("{all} subtest{plural}: {}\n", counts.join(", "));
        if failures.len() > 1 {
            for failure in failures {
                let error = failure.about.error.as_deref().unwrap_or_default();
                text.push_str(&format!("  {}: {error}\n", failure.title()));
            }
        }
        (all > 0).then_some(text)
    }

    /// All of them, indented by what they are in.
    fn tree(&self) -> String {
        let lines: Vec<_> = self.results.iter().map(SubtestResult::line).collect();
        match lines.is_empty() {
            true => "the script has entered no subtest yet".to_owned(),
            false => lines.join("\n"),
        }
    }
}

impl SubtestResult {
    fn title(&self) -> String {
        match &self.place {
            Some(place) => format!("{} {place}", self.about.name),
            None => self.about.name.clone(),
        }
    }

    fn line(&self) -> String {
        let indentation = "  ".repeat(self.depth);
        let About { name, phase, .. } = &self.about;
        let took = self.about.took();
        let error = self.about.error.as_deref();
        let error = error.map_or_else(String::new, |error| format!(": {error}"));
        format!("{indentation}{name}: {}{took}{error}", phase.word())
    }
}

impl About {
    fn took(&self) -> String {
        let took = self.duration_ms.map(|took| took as f64 / 1000.0);
        took.map_or_else(String::new, |took| format!(" ({took:.2} s)"))
    }
}

/// Arguments of [`RunSubtest`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RunSubtestArguments {
    /// Its name, as the script writes it.
    name: String,
}

/// What became of a subtest that a request was about.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubtestAnswer {
    name: String,
    /// `passed` or `failed`, where it ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// The request `nixtest/runSubtest`: one subtest of the script once more, under the debugger. Answered when it has ended.
#[derive(Debug)]
pub(crate) enum RunSubtest {}

impl Request for RunSubtest {
    type Arguments = RunSubtestArguments;
    type Response = SubtestAnswer;
    const COMMAND: &'static str = "nixtest/runSubtest";
}

/// The request `nixtest/continueWithNextSubtest`: what is about to leave a subtest is kept for the end, and the script goes on after it.
#[derive(Debug)]
pub(crate) enum ContinueWithNextSubtest {}

impl Request for ContinueWithNextSubtest {
    type Arguments = Option<Value>;
    type Response = SubtestAnswer;
    const COMMAND: &'static str = "nixtest/continueWithNextSubtest";
}

impl Session {
    /// Passes on what the agent tells, with places that people know.
    pub(crate) fn subtest(&mut self, news: SubtestNews) {
        if self.phase.is_over() {
            return;
        }
        let place = |line: Option<i64>| {
            let place = self.place_as_named(None, line?, 1)?;
            let line = self.client.line_to_client(place.line);
            let text = format!("{}:{}", place.source, place.line);
            Some((self.source_to_client(&place.source), line, text))
        };
        let (own, error) = (place(news.line), place(news.error_line));
        let text = error.as_ref().or(own.as_ref()).map(|(_, _, text)| text);
        self.subtests.record(&news.about, text.cloned());
        let (source, line) = own.map(|(source, line, _)| (source, line)).unzip();
        let (error_source, error_line) = error.map(|(source, line, _)| (source, line)).unzip();
        // Groups are a stack, and the threads of a script are not.
        let group = match news.about.phase {
            _ if news.is_on_other_thread => None,
            SubtestPhase::Started => Some(types::OutputEventGroup::Start),
            _ => Some(types::OutputEventGroup::End),
        };
        let output = match news.about.phase {
            SubtestPhase::Started => format!("Subtest {}\n", news.about.name),
            phase => {
                let About { name, error, .. } = &news.about;
                let error = error.as_deref();
                let error = error.map_or_else(String::new, |error| format!(": {error}"));
                let took = news.about.took();
                format!("Subtest {name} {}{took}{error}\n", phase.word())
            }
        };
        self.outgoing.event::<events::Output>(&types::OutputEvent {
            category: Some(types::OutputEventCategory::Console),
            output,
            group,
            source: source.clone(),
            line,
            ..types::OutputEvent::default()
        });
        self.outgoing.event::<SubtestEvent>(&SubtestBody {
            about: news.about,
            source,
            line,
            error_source,
            error_line,
        });
    }

    /// `:subtests`
    pub(crate) fn console_subtests(&mut self, request: RequestMessage, _: &str) {
        let body = json!({ "result": self.subtests.tree(), "variablesReference": 0 });
        self.outgoing.respond_raw(&request, Ok(Some(body)));
    }

    /// `:subtest NAME`
    pub(crate) fn console_subtest(&mut self, request: RequestMessage, name: &str) {
        let name = name.trim_matches(['"', '\'']);
        let arguments = json!({ "name": name });
        self.ask_for_console(RunSubtest::COMMAND, arguments, request);
    }

    /// `:next-subtest`
    pub(crate) fn console_next_subtest(&mut self, request: RequestMessage, _: &str) {
        self.ask_for_console(ContinueWithNextSubtest::COMMAND, json!({}), request);
    }

    /// Asks the agent on behalf of a command of the console, whose answer is in words.
    pub(crate) fn ask_for_console(
        &mut self,
        command: &str,
        arguments: Value,
        request: RequestMessage,
    ) {
        match &mut self.link {
            Some(link) => link.ask(command, Some(arguments), Pending::Worded(request)),
            None => self.refuse(&request, &crate::errors::RequestError::agent_gone()),
        }
    }

    /// What the agent answered, for a request of the client or for the console.
    pub(crate) fn worded(&mut self, command: &str, request: &RequestMessage, body: Option<Value>) {
        let body = body.map(presentable);
        if request.command != "evaluate" {
            return self.outgoing.respond_raw(request, Ok(body));
        }
        let text = |field: &str| {
            let value = body.as_ref().and_then(|body| body.get(field));
            value.and_then(Value::as_str).unwrap_or_default()
        };
        let result = match command {
            RunSubtest::COMMAND if text("error").is_empty() => {
                format!("the subtest {} {}", text("name"), text("outcome"))
            }
            RunSubtest::COMMAND => {
                format!("the subtest {} failed: {}", text("name"), text("error"))
            }
            ContinueWithNextSubtest::COMMAND => format!(
                "the script goes on after the subtest {}; what failed is kept for its end",
                text("name")
            ),
            _ => "the script runs again from its first statement, with the machines as they are"
                .to_owned(),
        };
        let body = json!({ "result": result, "variablesReference": 0 });
        self.outgoing.respond_raw(request, Ok(Some(body)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(
        id: i64,
        parent: Option<i64>,
        name: &str,
        phase: SubtestPhase,
        error: Option<&str>,
    ) -> About {
        About {
            id,
            name: name.to_owned(),
            phase,
            parent: None,
            parent_id: parent,
            duration_ms: Some(1200),
            error: error.map(ToOwned::to_owned),
            is_inside: false,
        }
    }

    #[test]
    fn without_subtests_there_is_no_summary() {
        assert_eq!(Subtests::default().summary(), None);
    }

    #[test]
    fn what_failed_by_itself_is_named_with_its_place() {
        use SubtestPhase::{Failed, Passed, Skipped};
        let mut subtests = Subtests::default();
        let error = Some("ValueError: no");
        subtests.record(
            &result(1, None, "boot", Passed, None),
            Some("t.nix:3".to_owned()),
        );
        subtests.record(
            &result(2, None, "outer", Failed, None),
            Some("t.nix:4".to_owned()),
        );
        subtests.record(
            &result(3, Some(2), "inner", Failed, error),
            Some("t.nix:5".to_owned()),
        );
        let one = "3 subtests: 1 passed, 2 failed (inner t.nix:5)\n";
        assert_eq!(subtests.summary().unwrap(), one);
        subtests.record(
            &result(4, None, "web", Failed, error),
            Some("t.nix:9".to_owned()),
        );
        subtests.record(
            &result(5, None, "mail", Skipped, None),
            Some("t.nix:11".to_owned()),
        );
        let mut again = result(6, None, "again", Failed, error);
        again.is_inside = true;
        subtests.record(&again, None);
        let several = "\
5 subtests: 1 passed, 3 failed (inner t.nix:5; web t.nix:9), 1 skipped
  inner t.nix:5: ValueError: no
  web t.nix:9: ValueError: no
";
        assert_eq!(subtests.summary().unwrap(), several);
        let tree = "\
boot: passed (1.20 s)
outer: failed (1.20 s)
  inner: failed (1.20 s): ValueError: no
web: failed (1.20 s): ValueError: no
mail: skipped (1.20 s)";
        assert_eq!(subtests.tree(), tree);
    }
}
