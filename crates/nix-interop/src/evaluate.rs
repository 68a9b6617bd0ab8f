//! From what the user named to the driver's derivation and the script, in one call of Nix.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::evaluate_error::{EvaluateError, Found, MissingAttribute, NotATest};
use crate::failure::{Failure, is_in_store};
use crate::find::Nix;
use crate::flake::{self, WorkingTree};
use crate::internal_json::{Activity, Message, Record, parse_line};
use crate::process::{self, Finished, Invocation};
use crate::sanitize::strip;
use crate::target::{AttributePath, Source};

const EVALUATE: &str = include_str!("assets/evaluate.nix");
const SELECT: &str = include_str!("assets/select.nix");

/// How many lines that are no records are kept, in case Nix fails without a record.
const PLAIN_LINES: usize = 40;

/// Which of a test's two drivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Variant {
    /// `driverInteractive`: with the test's `interactive` settings. Its machines are not those that CI builds. A test
    /// that has none gives its `driver`.
    #[default]
    Interactive,
    /// `driver`: the machines of CI.
    Regular,
}

impl Variant {
    fn attribute(self) -> &'static str {
        match self {
            Self::Interactive => "driverInteractive",
            Self::Regular => "driver",
        }
    }
}

/// A test, evaluated but not built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// The test's own name.
    pub name: String,
    /// The driver's `.drv`, for [`Nix::build`]. Nothing keeps it from garbage collection until then.
    pub driver_derivation: PathBuf,
    /// Where the driver will be once it is built.
    pub driver_output: PathBuf,
    /// Which file in the driver's `bin` to run, if it says.
    pub main_program: Option<String>,
    /// `testScriptString`: exactly the text that the driver will execute.
    pub script: String,
    /// Files of the user that the evaluation read, in the order of reading, each once; a flake's are those of its
    /// working tree. Only Nix code is known: what `readFile` and its kin read is missing.
    pub files: Vec<PathBuf>,
    /// Where the test is defined, if it says: a file and a line from 1.
    pub position: Option<(PathBuf, u32)>,
}

/// What happens during an evaluation. Texts are free of control sequences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EvaluateEvent {
    /// A file is being evaluated.
    File(PathBuf),
    /// Something slow, such as a download: what Nix calls it.
    Activity(String),
    /// Nix warns.
    Warning(String),
    /// The Nix code calls `builtins.trace`.
    Trace(String),
}

impl Nix {
    /// Evaluates a test. `cancel` ends Nix before this returns.
    ///
    /// A flake's attribute is taken as Nix takes it, and if that is no test, as one of `checks` for this system.
    /// The lock file of a flake is never written.
    ///
    /// # Errors
    /// If there is no such file or attribute, if it is not a test, if Nix fails, cannot run or is cancelled.
    pub async fn evaluate(
        &self,
        source: &Source,
        variant: Variant,
        mut on_event: impl FnMut(EvaluateEvent) + Send,
        cancel: &CancellationToken,
    ) -> Result<Evaluation, EvaluateError> {
        let mut call = Call {
            nix: self,
            source,
            variant,
            on_event: &mut on_event,
            cancel,
        };
        match source {
            Source::File { file, attribute } => call.file(file, attribute).await,
            Source::Flake {
                reference,
                attribute,
            } => call.flake(reference, attribute).await,
        }
    }
}

/// What evaluate.nix and select.nix answer.
#[derive(Debug, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
enum Answer {
    Test {
        name: String,
        driver_derivation: PathBuf,
        driver_output: PathBuf,
        main_program: Option<String>,
        script: String,
        position: Option<String>,
    },
    Other(Found),
    Missing {
        missing: String,
        inside: Vec<String>,
        found: Box<Answer>,
    },
}

struct Call<'a> {
    nix: &'a Nix,
    source: &'a Source,
    variant: Variant,
    on_event: &'a mut (dyn FnMut(EvaluateEvent) + Send),
    cancel: &'a CancellationToken,
}

impl Call<'_> {
    async fn file(
        &mut self,
        file: &Path,
        attribute: &AttributePath,
    ) -> Result<Evaluation, EvaluateError> {
        if !file.exists() {
            return Err(EvaluateError::FileNotFound(file.to_owned()));
        }
        let names = serde_json::Value::from(attribute.0.clone()).to_string();
        let mut invocation = self.nix.nix_instantiate();
        invocation
            // Without --read-write-mode the derivations would only be computed, not written.
            .arguments([
                "--eval",
                "--strict",
                "--json",
                "--read-write-mode",
                "--show-trace",
                "-v",
            ])
            .arguments([
                "--argstr".into(),
                "file".into(),
                file.as_os_str().to_owned(),
            ])
            .arguments(["--argstr", "attributes", &names])
            .arguments(["--arg", "select", &self.select()])
            .arguments(["--expr", EVALUATE]);
        let mut log = EvaluationLog::default();
        let finished = self.run(invocation, &mut log).await?;
        if !finished.status.success() {
            return Err(self.failed(&log));
        }
        self.evaluation(self.answer(&finished)?, log)
    }

    async fn flake(
        &mut self,
        reference: &str,
        attribute: &AttributePath,
    ) -> Result<Evaluation, EvaluateError> {
        let as_named = self.flake_attribute(reference, attribute).await;
        // Another error is about what the user named, so it stands.
        if !matches!(
            as_named,
            Err(EvaluateError::NotATest(_) | EvaluateError::MissingAttribute(_))
        ) {
            return as_named;
        }
        let mut names = vec!["checks".to_owned(), self.system().await?];
        let checks = AttributePath(names.clone());
        names.extend(attribute.0.iter().cloned());
        let check = self.flake_attribute(reference, &AttributePath(names)).await;
        match (as_named, check) {
            (
                Err(EvaluateError::MissingAttribute(missing)),
                Err(EvaluateError::MissingAttribute(_)),
            ) => {
                self.list_available(reference, attribute, checks, *missing)
                    .await
            }
            // What the user named exists, so its description helps more than that there is no such check.
            (as_named, Err(EvaluateError::MissingAttribute(_))) => as_named,
            (_, check) => check,
        }
    }

    async fn flake_attribute(
        &mut self,
        reference: &str,
        attribute: &AttributePath,
    ) -> Result<Evaluation, EvaluateError> {
        let mut log = EvaluationLog {
            flake: flake::local_directory(reference),
            ..EvaluationLog::default()
        };
        let mut invocation = self.nix_eval(reference, attribute);
        invocation.arguments(["--apply", &self.select(), "--show-trace", "-v"]);
        let finished = self.run(invocation, &mut log).await?;
        if finished.status.success() {
            return self.evaluation(self.answer(&finished)?, log);
        }
        // Nix gives this case no other sign than its text, which is the same in all versions.
        let is_missing = log
            .error
            .as_ref()
            .is_some_and(|error| error.text.contains("does not provide attribute"));
        match attribute.split_last() {
            Some((parents, name)) if is_missing => Err(EvaluateError::MissingAttribute(Box::new(
                MissingAttribute {
                    source_text: reference.to_owned(),
                    name: name.to_owned(),
                    inside: parents.to_string(),
                    found: None,
                    available: Vec::new(),
                },
            ))),
            _ => Err(self.failed(&log)),
        }
    }

    fn nix_eval(&self, reference: &str, attribute: &AttributePath) -> Invocation {
        let mut invocation = self.nix.nix("eval");
        let (directory, reference) = flake::for_command_line(reference);
        invocation.directory = directory;
        let installable = format!("{reference}#{}", attribute.to_fragment());
        invocation.arguments(["--json", "--no-write-lock-file", &installable]);
        invocation
    }

    /// Completes the error with the names beside the missing one, or with the checks if it stood alone.
    async fn list_available(
        &mut self,
        reference: &str,
        attribute: &AttributePath,
        checks: AttributePath,
        mut missing: MissingAttribute,
    ) -> Result<Evaluation, EvaluateError> {
        let parents = match attribute.split_last() {
            Some((parents, _)) if !parents.0.is_empty() => parents,
            _ => checks,
        };
        let mut invocation = self.nix_eval(reference, &parents);
        invocation.arguments([
            "--apply",
            "value: if builtins.isAttrs value then builtins.attrNames value else [ ]",
        ]);
        let finished = self.run(invocation, &mut EvaluationLog::default()).await?;
        if finished.status.success() {
            missing.inside = parents.to_string();
            missing.available = serde_json::from_slice(&finished.stdout).unwrap_or_default();
        }
        Err(EvaluateError::MissingAttribute(Box::new(missing)))
    }

    /// What Nix calls this kind of machine; its configuration may say another than it was compiled for.
    async fn system(&mut self) -> Result<String, EvaluateError> {
        let mut invocation = self.nix.nix_instantiate();
        invocation.arguments(["--eval", "--json", "--expr", "builtins.currentSystem"]);
        let mut log = EvaluationLog::default();
        let finished = self.run(invocation, &mut log).await?;
        if !finished.status.success() {
            return Err(self.failed(&log));
        }
        serde_json::from_slice(&finished.stdout)
            .map_err(|error| EvaluateError::Answer(error.to_string()))
    }

    fn select(&self) -> String {
        format!("({SELECT}) \"{}\"", self.variant.attribute())
    }

    async fn run(
        &mut self,
        invocation: Invocation,
        log: &mut EvaluationLog,
    ) -> Result<Finished, EvaluateError> {
        let on_line = |line: &[u8]| {
            if let Some(event) = log.take(parse_line(line)) {
                (self.on_event)(event);
            }
        };
        Ok(process::run(invocation, on_line, self.cancel).await?)
    }

    fn answer(&self, finished: &Finished) -> Result<Answer, EvaluateError> {
        serde_json::from_slice(&finished.stdout)
            .map_err(|error| EvaluateError::Answer(error.to_string()))
    }

    fn failed(&self, log: &EvaluationLog) -> EvaluateError {
        let failure = match &log.error {
            Some(error) => Failure::from_message(error, log.tree.as_ref()),
            None => Failure::from_plain_lines(&log.plain),
        };
        EvaluateError::Failed {
            source_text: self.source.to_string(),
            failure: Box::new(failure),
        }
    }

    fn evaluation(&self, answer: Answer, log: EvaluationLog) -> Result<Evaluation, EvaluateError> {
        let source_text = self.source.to_string();
        match answer {
            Answer::Test {
                name,
                driver_derivation,
                driver_output,
                main_program,
                script,
                position,
            } => {
                let position = position.as_deref().and_then(parse_position);
                Ok(Evaluation {
                    name,
                    driver_derivation,
                    driver_output,
                    main_program,
                    script,
                    position: position
                        .map(|(file, line)| (log.original(&file).unwrap_or(file), line)),
                    files: log.files,
                })
            }
            Answer::Other(found) => Err(EvaluateError::NotATest(Box::new(NotATest {
                source_text,
                found,
            }))),
            Answer::Missing {
                missing,
                inside,
                found,
            } => {
                let (found, available) = match *found {
                    Answer::Other(found) if found.kind == "set" => (None, found.names),
                    Answer::Other(found) => (Some(found.to_string()), Vec::new()),
                    _ => (Some("a test".to_owned()), Vec::new()),
                };
                let source_text = match self.source {
                    Source::File { file, .. } => file.display().to_string(),
                    Source::Flake { reference, .. } => reference.clone(),
                };
                Err(EvaluateError::MissingAttribute(Box::new(
                    MissingAttribute {
                        source_text,
                        name: missing,
                        inside: AttributePath(inside).to_string(),
                        found,
                        available,
                    },
                )))
            }
        }
    }
}

/// What is remembered of the records of one call.
#[derive(Default)]
struct EvaluationLog {
    /// Where the flake's own `flake.nix` is, if it is a local one.
    flake: Option<PathBuf>,
    tree: Option<WorkingTree>,
    files: Vec<PathBuf>,
    seen: HashSet<PathBuf>,
    error: Option<Message>,
    plain: Vec<String>,
}

impl EvaluationLog {
    fn take(&mut self, record: Record) -> Option<EvaluateEvent> {
        match record {
            Record::Message(message) => self.message(message),
            // Copying a source and the like has no number, only a text.
            Record::Start {
                activity: Activity::Unknown | Activity::FileTransfer { .. },
                text,
                ..
            }
            | Record::Start {
                activity: Activity::Build { .. } | Activity::FetchTree,
                text,
                ..
            } if !text.is_empty() => Some(EvaluateEvent::Activity(strip(&text).into_owned())),
            Record::Plain(line) if self.plain.len() < PLAIN_LINES => {
                self.plain.push(line);
                None
            }
            _ => None,
        }
    }

    fn message(&mut self, message: Message) -> Option<EvaluateEvent> {
        let text = strip(&message.text).into_owned();
        match message.level {
            0 => match text.strip_prefix("trace: ") {
                Some(trace) if message.raw.is_none() => {
                    Some(EvaluateEvent::Trace(trace.to_owned()))
                }
                _ => {
                    self.error = Some(message);
                    None
                }
            },
            1 => {
                let warning = text.strip_prefix("warning: ").unwrap_or(&text);
                Some(EvaluateEvent::Warning(warning.to_owned()))
            }
            _ => {
                let file = text.strip_prefix("evaluating file '")?.strip_suffix('\'')?;
                self.file(Path::new(file)).map(EvaluateEvent::File)
            }
        }
    }

    fn file(&mut self, file: &Path) -> Option<PathBuf> {
        if self.tree.is_none() && file.file_name().is_some_and(|name| name == "flake.nix") {
            let directory = self.flake.take();
            self.tree =
                directory.and_then(|directory| WorkingTree::from_flake_file(file, &directory));
        }
        let file = self
            .original(file)
            .or_else(|| (!is_in_store(file)).then(|| file.to_owned()))?;
        let is_new = file.is_file() && self.seen.insert(file.clone());
        is_new.then(|| {
            self.files.push(file.clone());
            file
        })
    }

    fn original(&self, file: &Path) -> Option<PathBuf> {
        self.tree.as_ref()?.original(file)
    }
}

/// `FILE:LINE`, as nixpkgs writes positions.
fn parse_position(text: &str) -> Option<(PathBuf, u32)> {
    let (file, line) = text.rsplit_once(':')?;
    Some((PathBuf::from(file), line.parse().ok()?))
}
