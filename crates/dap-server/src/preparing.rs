//! The work behind `launch`: from what the user named to a driver that can be started.
//!
//! It runs beside the session as one task and tells it what it does; the session decides what the client sees of that. It
//! starts no driver.

use std::collections::hash_map::DefaultHasher;
use std::ffi::OsString;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use debuggee::{KeepState, ScriptOverride};
use nix_interop::{
    BuildError, BuildEvent, Driver, EvaluateError, EvaluateEvent, Evaluation, Nix, RunError,
    Source, Target, Variant, sanitize,
};
use source_map::ScriptMap;
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::accelerator;
use crate::driver_options::{DriverOptions, OptionError};
use crate::exact_map::{Question, exact_map};
use crate::failure::{Failure, FailureKind};
use crate::launch_arguments::LaunchArguments;
use crate::progress::Step;
use crate::reload::Reread;
use crate::script::{Texts, texts_of};

/// Nix reports more often than a person can read.
const BETWEEN_STEPS: Duration = Duration::from_millis(100);

/// What the work tells the session.
#[derive(Debug)]
pub(crate) enum WorkEvent {
    /// A step, for the progress bar.
    Progress(Step),
    /// A line for the console.
    Output(String),
    /// A driver is there. Nothing follows.
    Prepared(Box<Prepared>),
    /// There is nothing to start. Nothing follows.
    Failed(Failure),
    /// The script was read again while it runs, or could not be.
    Reread(Result<Box<Reread>, String>),
    /// A file that the script comes from was saved.
    Saved,
}

/// A driver that can be started, and what is known about its test.
#[derive(Debug, Clone, Default)]
pub(crate) struct Prepared {
    /// The program.
    pub(crate) driver: PathBuf,
    /// The files that were read on the way, in which the script may be written.
    pub(crate) files: Vec<PathBuf>,
    /// Their texts right after the evaluation. A person may edit them while the driver is built.
    pub(crate) texts: Texts,
    /// The map that markers prove, where that was asked for and needed.
    pub(crate) exact_map: Option<ScriptMap>,
    /// The driver's derivation, if it was built here.
    pub(crate) derivation: Option<PathBuf>,
    /// The name of the test, where it is known.
    pub(crate) test_name: Option<String>,
    /// Variables for the driver beside what it inherits.
    pub(crate) environment: Vec<(OsString, OsString)>,
    /// The script that is run in place of the test's own.
    pub(crate) script: Option<ScriptOverride>,
    /// Where the state of the machines is kept, if it is.
    pub(crate) keep_state: Option<KeepState>,
}

/// Starts the work. It ends with [`WorkEvent::Prepared`] or [`WorkEvent::Failed`], or without a word when it is cancelled; when
/// the task has ended, no process of Nix is left. `place` is the directory of the session.
pub(crate) fn start(
    target: Target,
    launch: &LaunchArguments,
    place: Option<PathBuf>,
    work: Sender<WorkEvent>,
) -> (CancellationToken, JoinHandle<()>) {
    let cancellation = CancellationToken::new();
    let job = Job {
        target,
        variant: launch.variant(),
        options: DriverOptions::of(launch),
        place_of_markers: place.filter(|_| launch.source_markers),
        work,
        cancellation: cancellation.clone(),
        left_out: AtomicUsize::new(0),
    };
    let task = tokio::spawn(async move {
        let result = job.run().await;
        let last = match result {
            Ok(prepared) => WorkEvent::Prepared(Box::new(prepared)),
            Err(Unprepared::Failed(failure)) => WorkEvent::Failed(failure),
            Err(Unprepared::Cancelled) => return,
        };
        let _session_is_over = job.work.send(last).await;
    });
    (cancellation, task)
}

/// Why there is no driver.
enum Unprepared {
    Failed(Failure),
    Cancelled,
}

impl Unprepared {
    fn new(kind: FailureKind, message: impl ToString) -> Self {
        Self::Failed(Failure {
            kind,
            message: message.to_string(),
            details: None,
        })
    }
}

struct Job {
    target: Target,
    variant: Variant,
    options: DriverOptions,
    /// Where the copy of the test with markers is put, if there may be one.
    place_of_markers: Option<PathBuf>,
    work: Sender<WorkEvent>,
    cancellation: CancellationToken,
    /// Lines that found no place since the last that did.
    left_out: AtomicUsize,
}

impl Job {
    async fn run(&self) -> Result<Prepared, Unprepared> {
        // Before Nix is at work for minutes.
        self.options.check().map_err(wrong_option)?;
        // Whether KVM works is found out while Nix is at work. The answer is of no use when there is no driver.
        let trial = self.cancellation.child_token();
        let driver = async {
            let driver = match self.driver().await {
                Ok(prepared) => self.with_options(prepared).await,
                failed => failed,
            };
            if driver.is_err() {
                trial.cancel();
            }
            driver
        };
        let (driver, accelerator) = tokio::join!(driver, accelerator::environment(&trial));
        let prepared = driver?;
        if self.cancellation.is_cancelled() {
            return Err(Unprepared::Cancelled);
        }
        if let Some(remark) = accelerator.remark {
            self.output(&remark);
        }
        Ok(Prepared {
            environment: accelerator.environment,
            ..prepared
        })
    }

    /// Adds what the launch wants of the driver beside running its test.
    async fn with_options(&self, prepared: Prepared) -> Result<Prepared, Unprepared> {
        let key = self.key(prepared.test_name.as_deref().unwrap_or("test"));
        let chosen = self.options.choose(&prepared.driver, &key);
        let Some(chosen) = self.cancellation.run_until_cancelled(chosen).await else {
            return Err(Unprepared::Cancelled);
        };
        let chosen = chosen.map_err(wrong_option)?;
        for remark in &chosen.remarks {
            self.output(remark);
        }
        Ok(Prepared {
            script: chosen.script,
            keep_state: chosen.keep_state,
            ..prepared
        })
    }

    async fn driver(&self) -> Result<Prepared, Unprepared> {
        match &self.target {
            Target::Driver { path } => {
                let driver = Driver::open(path)
                    .map_err(|error| Unprepared::new(FailureKind::Launch, error))?;
                Ok(Prepared {
                    driver: driver.program,
                    test_name: driver.name,
                    ..Prepared::default()
                })
            }
            Target::Source(source) => self.build(source).await,
        }
    }

    async fn build(&self, source: &Source) -> Result<Prepared, Unprepared> {
        let nix = Nix::find()
            .await
            .map_err(|error| Unprepared::new(FailureKind::Evaluation, error))?;
        self.step(&format!("evaluating {source}"), None);
        self.output(&format!("Evaluating {source}"));
        let started = Instant::now();
        let on_event = |event| self.evaluate_event(event);
        let evaluation = nix
            .evaluate(source, self.variant, on_event, &self.cancellation)
            .await
            .map_err(evaluation_failed)?;
        let took = started.elapsed().as_secs_f64();
        self.output(&format!(
            "Evaluated the test {} in {took:.1} s; building its driver",
            evaluation.name
        ));

        let mut files = evaluation.files.clone();
        files.extend(evaluation.position.clone().map(|(file, _)| file));
        let texts = texts_of(&files);

        self.step(&format!("building the driver of {}", evaluation.name), None);
        let started = Instant::now();
        let mut last_step = started;
        let on_event = |event| self.build_event(event, &mut last_step);
        let link = self.root_link(&evaluation.name);
        let derivation = &evaluation.driver_derivation;
        let (built, exact_map) = tokio::join!(
            nix.build(derivation, link.as_deref(), on_event, &self.cancellation),
            self.exact_map(&nix, source, &evaluation, &texts),
        );
        built.map_err(build_failed)?;
        let driver = evaluation
            .driver()
            .map_err(|error| Unprepared::new(FailureKind::Launch, error))?;
        self.output(&format!(
            "Built the driver in {:.1} s; starting it",
            started.elapsed().as_secs_f64()
        ));
        self.step("starting the driver", None);
        Ok(Prepared {
            driver: driver.program,
            files,
            texts,
            exact_map,
            derivation: Some(evaluation.driver_derivation),
            test_name: Some(evaluation.name),
            ..Prepared::default()
        })
    }

    /// The map that markers prove, if that is wanted and the files alone leave a doubt.
    async fn exact_map(
        &self,
        nix: &Nix,
        source: &Source,
        evaluation: &Evaluation,
        texts: &Texts,
    ) -> Option<ScriptMap> {
        let question = Question {
            nix,
            source,
            variant: self.variant,
            evaluation,
            texts,
            place: self.place_of_markers.as_deref()?,
            cancel: &self.cancellation,
        };
        match exact_map(&question).await {
            Ok(Some(map)) => {
                self.output(
                    "Evaluated the test again with markers: the places of its script are exact",
                );
                Some(map)
            }
            Ok(None) => None,
            Err(reason) => {
                let reason = sanitize::strip(&reason);
                self.output(&format!(
                    "Markers did not make the places of the script exact: {reason}"
                ));
                None
            }
        }
    }

    fn evaluate_event(&self, event: EvaluateEvent) {
        match event {
            EvaluateEvent::File(_) => {}
            EvaluateEvent::Activity(text) => self.step(&text, None),
            EvaluateEvent::Warning(text) => self.output(&format!("warning: {text}")),
            EvaluateEvent::Trace(text) => self.output(&text),
        }
    }

    fn build_event(&self, event: BuildEvent, last_step: &mut Instant) {
        match event {
            BuildEvent::Planned { derivations } => {
                let plural = if derivations.len() == 1 {
                    "derivation"
                } else {
                    "derivations"
                };
                self.output(&format!("{} {plural} will be built", derivations.len()));
            }
            BuildEvent::Started { name, .. } => self.output(&format!("building {name}")),
            BuildEvent::Progress(progress) if last_step.elapsed() >= BETWEEN_STEPS => {
                *last_step = Instant::now();
                let (done, expected) = (progress.builds.done, progress.builds.expected);
                let percentage = (expected > 0).then(|| 100.0 * done as f64 / expected as f64);
                self.step(
                    &format!("built {done} of {expected} derivations"),
                    percentage,
                );
            }
            BuildEvent::Message(text) => self.output(&sanitize::strip(&text)),
            BuildEvent::Progress(_)
            | BuildEvent::Log { .. }
            | BuildEvent::Phase { .. }
            | BuildEvent::Finished { .. } => {}
        }
    }

    /// Where the link lies that keeps the driver from the garbage collector: one for each target, replaced by every build of
    /// it, so that the last driver of each stays. Without a place for it the driver is not kept, which the user is told.
    fn root_link(&self, name: &str) -> Option<PathBuf> {
        let Some(roots) = roots_directory() else {
            self.output("warning: neither XDG_CACHE_HOME nor HOME is set, so the driver is not kept from the garbage collector");
            return None;
        };
        if let Err(error) = std::fs::create_dir_all(&roots) {
            let roots = roots.display();
            self.output(&format!("warning: the driver is not kept from the garbage collector: cannot create {roots}: {error}"));
            return None;
        }
        Some(roots.join(self.key(name)))
    }

    /// A file name for this target and variant: the test's name and a number.
    fn key(&self, name: &str) -> String {
        let mut hasher = DefaultHasher::new();
        (format!("{:?}", self.target), format!("{:?}", self.variant)).hash(&mut hasher);
        let name: String = name
            .chars()
            .filter(|character| character.is_ascii_alphanumeric() || *character == '-')
            .collect();
        format!("{name}-{:016x}", hasher.finish())
    }

    fn step(&self, message: &str, percentage: Option<f64>) {
        let step = Step {
            message: message.to_owned(),
            percentage,
        };
        // A step that finds no place is followed by others.
        let _full = self.work.try_send(WorkEvent::Progress(step));
    }

    /// A line for the console. Nix may say more than any client can take: what finds no place is counted.
    fn output(&self, line: &str) {
        let left_out = self.left_out.swap(0, Ordering::Relaxed);
        let note = match left_out {
            0 => String::new(),
            count => format!("… {count} lines were left out …\n"),
        };
        if let Err(TrySendError::Full(_)) = self
            .work
            .try_send(WorkEvent::Output(format!("{note}{line}\n")))
        {
            self.left_out.store(left_out + 1, Ordering::Relaxed);
        }
    }
}

/// `$XDG_CACHE_HOME/nixtest-dap/roots`, else `~/.cache/nixtest-dap/roots`.
fn roots_directory() -> Option<PathBuf> {
    Some(user_directory("XDG_CACHE_HOME", ".cache")?.join("nixtest-dap/roots"))
}

/// A directory of the user's: the one that `variable` names, else the one below the home directory.
pub(crate) fn user_directory(variable: &str, below_home: &str) -> Option<PathBuf> {
    let absolute = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute(variable).or_else(|| Some(absolute("HOME")?.join(below_home)))
}

fn wrong_option(error: OptionError) -> Unprepared {
    Unprepared::new(FailureKind::Launch, error)
}

fn evaluation_failed(error: EvaluateError) -> Unprepared {
    let message = error.to_string();
    match error {
        EvaluateError::Run(RunError::Cancelled) => Unprepared::Cancelled,
        EvaluateError::Failed { failure, .. } => Unprepared::Failed(Failure {
            kind: FailureKind::Evaluation,
            message,
            details: Some(failure.details),
        }),
        _ => Unprepared::new(FailureKind::Evaluation, message),
    }
}

fn build_failed(error: BuildError) -> Unprepared {
    let message = error.to_string();
    match error {
        BuildError::Run(RunError::Cancelled) => Unprepared::Cancelled,
        BuildError::Failed(failure) => {
            let derivation = failure.derivation.map(|path| path.display().to_string());
            let log = failure.log.join("\n");
            let details = match derivation {
                Some(derivation) if log.is_empty() => {
                    format!("derivation {derivation}; its log is empty")
                }
                Some(derivation) => format!("derivation {derivation}; the end of its log:\n{log}"),
                None => log,
            };
            Unprepared::Failed(Failure {
                kind: FailureKind::Build,
                message,
                details: Some(details),
            })
        }
        _ => Unprepared::new(FailureKind::Build, message),
    }
}
