//! Edit and go on: the text of the script is read again and takes the place of the one that runs. Nothing is built or booted.
//!
//! Reading it (by Nix, or from the file of `testScript`) is a task beside the session, begun by a request, by the console or by
//! a file that was saved. Which statements the new text replaces is the agent's business.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use dap_protocol::{Request, RequestMessage, types};
use nix_interop::{EvaluateEvent, Nix, Source, Target, changed_inputs, sanitize};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc::Sender;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::agent::Pending;
use crate::client::presentable;
use crate::errors::RequestError;
use crate::launch_arguments::LaunchArguments;
use crate::preparing::WorkEvent;
use crate::progress::Step;
use crate::running::ScriptInvalid;
use crate::script::{Script, SourceKey, Texts, texts_of};
use crate::session::Session;

/// How often saved files are looked for. Asking for the time of a few files costs microseconds, works on every file system, and
/// sees editors that write a new file and rename it, for which watchers of the kernel need care.
const BETWEEN_LOOKS: Duration = Duration::from_millis(300);

/// Texts of the script that were replaced and can still be shown.
const MOST_PAST_TEXTS: usize = 20;

/// Derivations that are named when more than the script was changed.
const MOST_NAMES: usize = 5;

/// Reads the script again and goes on with it.
#[derive(Debug)]
pub(crate) enum ReloadScript {}

/// Body of the response to [`ReloadScript`].
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reloaded {
    /// Whether the text is another one than before.
    is_changed: bool,
    /// What the text says otherwise about what has run, or was passed, and so does not count.
    differences: Vec<DifferenceToClient>,
    /// What the user should know beside that.
    remarks: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct DifferenceToClient {
    kind: String,
    source: types::Source,
    line: i64,
}

impl Request for ReloadScript {
    type Arguments = ();
    type Response = Reloaded;
    const COMMAND: &'static str = "nixtest/reloadScript";
}

/// Who wants the script to be read again.
#[derive(Debug)]
pub(crate) enum ReloadAskedBy {
    /// A client, by [`ReloadScript`].
    Request(RequestMessage),
    /// A person in the console.
    Console(RequestMessage),
    /// A file was saved.
    Save,
}

/// The script as it is now.
#[derive(Debug)]
pub(crate) struct Reread {
    text: String,
    files: Vec<PathBuf>,
    texts: Texts,
    remarks: Vec<String>,
}

/// A new text on its way to the agent.
#[derive(Debug)]
pub(crate) struct Reloading {
    asked_by: ReloadAskedBy,
    script: Box<Script>,
    reread: Box<Reread>,
}

/// What the session knows of reloading.
#[derive(Debug, Default)]
pub(crate) struct Reload {
    /// Who waits for the text that is being read.
    asked_by: Option<ReloadAskedBy>,
    /// Ends the reading with the session.
    reading: Option<DropGuard>,
    /// Ends the looking for saved files.
    watching: Option<DropGuard>,
    /// A file was saved while its predecessor was being read.
    is_stale: bool,
}

impl Reload {
    /// Nothing is read any more.
    pub(crate) fn stop(&mut self) {
        self.reading = None;
        self.watching = None;
    }
}

/// What the agent made of a new text.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Taken {
    version: i64,
    differences: Vec<Difference>,
    statement_lines: Vec<u32>,
    statement_columns: Vec<u32>,
}

#[derive(Debug, Deserialize)]
struct Difference {
    kind: String,
    line: i64,
}

impl Session {
    pub(crate) fn reload_script(&mut self, request: RequestMessage, (): ()) {
        self.begin_reload(ReloadAskedBy::Request(request));
    }

    /// `:reload`
    pub(crate) fn console_reload(&mut self, request: RequestMessage, _: &str) {
        self.begin_reload(ReloadAskedBy::Console(request));
    }

    /// A file that the script comes from was saved.
    pub(crate) fn script_saved(&mut self) {
        if self.reload.asked_by.is_some() {
            self.reload.is_stale = true;
        } else {
            self.begin_reload(ReloadAskedBy::Save);
        }
    }

    fn begin_reload(&mut self, asked_by: ReloadAskedBy) {
        if self.reload.asked_by.is_some() {
            return self.not_reloaded(
                asked_by,
                &RequestError::reload("it is being reloaded already"),
            );
        }
        let from = match From::of(&self.launch) {
            Ok(from) => from,
            Err(error) => return self.not_reloaded(asked_by, &error),
        };
        let Some(work) = self.work.clone() else {
            return self.not_reloaded(asked_by, &RequestError::reload("nothing is launched"));
        };
        let cancellation = CancellationToken::new();
        let reading = read_again(
            from,
            self.launch.clone(),
            self.prepared.derivation.clone(),
            work,
            cancellation.clone(),
        );
        // When the session is over, it waits for Nix to have ended.
        self.preparing.push(tokio::spawn(reading));
        self.reload.asked_by = Some(asked_by);
        self.reload.reading = Some(cancellation.drop_guard());
        let step = Step {
            message: "reading the test script again".to_owned(),
            percentage: None,
        };
        self.progress.update(step, &mut self.outgoing);
    }

    /// The text is not wanted any more while it is being read.
    pub(crate) fn cancel_reload(&mut self) {
        if let Some(asked_by) = self.reload.asked_by.take() {
            self.reload.reading = None;
            self.progress.end(&mut self.outgoing);
            self.not_reloaded(asked_by, &RequestError::reload("it was cancelled"));
        }
    }

    /// The text has been read, or could not be.
    pub(crate) fn reread(&mut self, result: Result<Box<Reread>, String>) {
        self.progress.end(&mut self.outgoing);
        self.reload.reading = None;
        let Some(asked_by) = self.reload.asked_by.take() else {
            return;
        };
        let reread = match result {
            Ok(reread) => reread,
            Err(reason) => return self.not_reloaded(asked_by, &RequestError::reload(&reason)),
        };
        // It is about the lines of the files as they were.
        self.prepared.exact_map = None;
        let script = Box::new(self.map_script(&reread.text, &reread.files, &reread.texts));
        let arguments = json!({ "text": reread.text });
        let reloading = Reloading {
            asked_by,
            script,
            reread,
        };
        match &mut self.link {
            Some(link) => {
                link.ask(
                    "nixtest/reload",
                    Some(arguments),
                    Pending::Reload(Box::new(reloading)),
                );
            }
            None => self.not_reloaded(reloading.asked_by, &RequestError::agent_gone()),
        }
    }

    /// The agent has taken the text, or has found that it is no Python.
    pub(crate) fn reloaded(&mut self, reloading: Reloading, body: Option<Value>) {
        let body = body.unwrap_or_default();
        let Reloading {
            asked_by,
            mut script,
            reread,
        } = reloading;
        if let Some(invalid) = body.get("invalid").cloned() {
            let problem = match serde_json::from_value::<ScriptInvalid>(invalid) {
                Ok(invalid) => {
                    let place = script.place(invalid.line, invalid.column.unwrap_or(1));
                    format!(
                        "{place}: the new test script is no Python: {}",
                        invalid.message
                    )
                }
                Err(error) => format!("the new test script is no Python ({error})"),
            };
            return self.not_reloaded(asked_by, &RequestError::reload(&problem));
        }
        let taken: Taken = match serde_json::from_value(body) {
            Ok(taken) => taken,
            Err(error) => {
                let problem = format!("the agent's answer cannot be read: {error}");
                return self.not_reloaded(asked_by, &RequestError::reload(&problem));
            }
        };
        let statements = taken
            .statement_lines
            .into_iter()
            .zip(taken.statement_columns);
        script.statements = Arc::new(statements.collect());
        script.version = taken.version;
        self.prepared.files = reread.files;
        self.prepared.texts = reread.texts;
        let before = self.script.replace(*script);
        let is_changed = before
            .as_ref()
            .is_some_and(|before| before.version != taken.version);
        if let Some(mut before) = before.filter(|_| is_changed) {
            if let Some(script) = &self.script {
                self.ledger.follow(&before, script);
            }
            before.document = SourceKey::Past(before.version);
            self.past.insert(before.version, before);
            while self.past.len() > MOST_PAST_TEXTS {
                self.past.pop_first();
            }
        }
        let differences = taken.differences.iter().map(|difference| {
            let newest = self.script_of(Some(taken.version));
            // What is gone from the new text stood in the one before it.
            let text = match difference.kind.as_str() {
                "removed" => self.past.last_key_value().map(|(_, script)| script),
                _ => newest,
            };
            let place = text
                .or(newest)
                .map(|script| script.place(difference.line, 1));
            (difference.kind.clone(), place)
        });
        let differences: Vec<_> = differences
            .filter_map(|(kind, place)| Some((kind, place?)))
            .collect();
        self.place_breakpoints(None);
        self.watch_for_saves();
        let mut text = match is_changed {
            true => "The test script was reloaded; the machines go on as they are.\n".to_owned(),
            false => "The test script is the same as before.\n".to_owned(),
        };
        for (kind, place) in &differences {
            let what = match kind.as_str() {
                "added" => "is new, and the script is past it; it does not run",
                "removed" => "is gone, and has run already",
                _ => "was changed, and has run already",
            };
            text.push_str(&format!("  {}:{} {what}\n", place.source, place.line));
        }
        for remark in &reread.remarks {
            text.push_str(&format!("{remark}\n"));
        }
        let differences = differences
            .into_iter()
            .map(|(kind, place)| DifferenceToClient {
                kind,
                source: self.source_to_client(&place.source),
                line: self.client.line_to_client(place.line),
            });
        let body = Reloaded {
            is_changed,
            differences: differences.collect(),
            remarks: reread.remarks.clone(),
        };
        match asked_by {
            ReloadAskedBy::Console(request) => {
                let body = json!({ "result": text.trim_end(), "variablesReference": 0 });
                self.outgoing
                    .respond_raw(&request, Ok(Some(presentable(body))));
            }
            ReloadAskedBy::Request(request) => {
                self.tell(types::OutputEventCategory::Console, &text);
                self.outgoing.respond::<ReloadScript>(&request, Ok(body));
            }
            ReloadAskedBy::Save => self.tell(types::OutputEventCategory::Console, &text),
        }
        if std::mem::take(&mut self.reload.is_stale) {
            self.begin_reload(ReloadAskedBy::Save);
        }
    }

    /// Nothing has changed; whoever asked hears why.
    pub(crate) fn not_reloaded(&mut self, asked_by: ReloadAskedBy, error: &RequestError) {
        match asked_by {
            ReloadAskedBy::Request(request) | ReloadAskedBy::Console(request) => {
                self.refuse(&request, error);
            }
            ReloadAskedBy::Save => {
                let text = format!("{}\n", error.sentence());
                self.tell(types::OutputEventCategory::Console, &text);
            }
        }
    }

    /// As [`Session::not_reloaded`], for a text that was on its way to the agent.
    pub(crate) fn reload_failed(&mut self, reloading: Reloading, error: &RequestError) {
        self.not_reloaded(reloading.asked_by, error);
    }

    /// Looks for saved files from now on, if the launch says so.
    pub(crate) fn watch_for_saves(&mut self) {
        if !self.launch.reload_on_save {
            return;
        }
        let mut files: Vec<_> = self
            .script
            .iter()
            .flat_map(Script::files)
            .map(PathBuf::from)
            .collect();
        files.extend(self.launch.test_script_file());
        let Some(work) = self.work.clone() else {
            return;
        };
        let cancellation = CancellationToken::new();
        tokio::spawn(watch(files, work, cancellation.clone()));
        self.reload.watching = Some(cancellation.drop_guard());
    }

    /// The text of a script that positions of the agent are in.
    pub(crate) fn script_of(&self, version: Option<i64>) -> Option<&Script> {
        let newest = self.script.as_ref()?;
        match version {
            Some(version) if version != newest.version => self.past.get(&version),
            _ => Some(newest),
        }
    }
}

/// Where the text comes from.
#[derive(Debug)]
enum From {
    File(PathBuf),
    Nix(Source),
}

impl From {
    fn of(launch: &LaunchArguments) -> Result<Self, RequestError> {
        match (launch.test_script_file(), launch.target()?) {
            (Some(file), _) => Ok(Self::File(file)),
            (None, Target::Source(source)) => Ok(Self::Nix(source)),
            (None, Target::Driver { .. }) => Err(RequestError::reload(
                "a driver that was built already has its script inside; launch by `file` or `flake`, or name a `testScript`",
            )),
        }
    }
}

/// The task: begun by a session, ends when the text has been read or when it is cancelled; no process of Nix is left then.
async fn read_again(
    from: From,
    launch: LaunchArguments,
    derivation: Option<PathBuf>,
    work: Sender<WorkEvent>,
    cancellation: CancellationToken,
) {
    let result = match from {
        From::File(file) => std::fs::read_to_string(&file)
            .map_err(|error| format!("{} cannot be read: {error}", file.display()))
            .map(|text| Reread {
                // As Python reads it.
                text: text.replace("\r\n", "\n").replace('\r', "\n"),
                files: Vec::new(),
                texts: Texts::new(),
                remarks: Vec::new(),
            }),
        From::Nix(source) => evaluate(&source, &launch, derivation, &work, &cancellation).await,
    };
    if !cancellation.is_cancelled() {
        let result = result.map(Box::new);
        let _session_is_over = work.send(WorkEvent::Reread(result)).await;
    }
}

async fn evaluate(
    source: &Source,
    launch: &LaunchArguments,
    before: Option<PathBuf>,
    work: &Sender<WorkEvent>,
    cancellation: &CancellationToken,
) -> Result<Reread, String> {
    let nix = Nix::find().await.map_err(|error| error.to_string())?;
    let on_event = |event| {
        if let EvaluateEvent::Warning(text) | EvaluateEvent::Trace(text) = event {
            let _full = work.try_send(WorkEvent::Output(format!("{text}\n")));
        }
    };
    let evaluation = nix
        .evaluate(source, launch.variant(), on_event, cancellation)
        .await
        .map_err(|error| sanitize::strip(&error.to_string()).into_owned())?;
    let mut files = evaluation.files.clone();
    files.extend(evaluation.position.clone().map(|(file, _)| file));
    let changed = before
        .map(|before| changed_inputs(&before, &evaluation.driver_derivation))
        .unwrap_or_default();
    Ok(Reread {
        text: evaluation.script,
        texts: texts_of(&files),
        files,
        remarks: beside_the_script(&changed).into_iter().collect(),
    })
}

/// What to say when a new driver would differ in more than its script.
fn beside_the_script(changed: &[String]) -> Option<String> {
    let is_of_script = |name: &&String| {
        let name = name.to_ascii_lowercase();
        ["script", "driver"].iter().any(|word| name.contains(word))
    };
    let others: Vec<_> = changed.iter().filter(|name| !is_of_script(name)).collect();
    if others.is_empty() {
        return None;
    }
    let named: Vec<_> = others
        .iter()
        .take(MOST_NAMES)
        .map(|name| name.as_str())
        .collect();
    let more = match others.len().saturating_sub(MOST_NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "The machines stay as they are, although more than the script was changed ({}{more}); start the test again for that.",
        named.join(", ")
    ))
}

/// The task that looks for saved files: begun with the script, ends when its token is dropped.
async fn watch(files: Vec<PathBuf>, work: Sender<WorkEvent>, cancellation: CancellationToken) {
    let times = || -> Vec<Option<SystemTime>> {
        let modified = |file: &PathBuf| {
            std::fs::metadata(file)
                .and_then(|data| data.modified())
                .ok()
        };
        files.iter().map(modified).collect()
    };
    let mut known = times();
    let looking = async {
        loop {
            tokio::time::sleep(BETWEEN_LOOKS).await;
            let now = times();
            // A file that is gone for a moment is being replaced.
            if now.contains(&None) || now == known {
                continue;
            }
            known = now;
            if work.send(WorkEvent::Saved).await.is_err() {
                break;
            }
        }
    };
    cancellation.run_until_cancelled(looking).await;
}
