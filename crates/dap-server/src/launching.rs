//! From `launch` to a running driver, or to the reason why there is none.
//!
//! What takes time happens in `preparing.rs`; here is what the session does with it.

use dap_protocol::{RequestMessage, events, types};
use debuggee::{Debuggee, DebuggeeEvent, LaunchOptions, SessionDirectory, SessionDirectoryError};
use nix_interop::{Target, sanitize};
use serde_json::json;
use tokio::sync::mpsc;

use crate::control::Control;
use crate::failure::{Failed, Failure, FailureKind, exit_code};
use crate::launch_arguments::LaunchArguments;
use crate::phase::Phase;
use crate::preparing::{self, Prepared};
use crate::qemu_options;
use crate::session::{Session, WORK_AHEAD};

impl Session {
    /// Answers at once; editors give up on a `launch` after a few seconds.
    pub(crate) fn launch(&mut self, request: RequestMessage, _: types::LaunchRequestArguments) {
        let arguments = request.arguments.clone().unwrap_or_else(|| json!({}));
        let parsed =
            LaunchArguments::parse(&arguments).and_then(|launch| Ok((launch.target()?, launch)));
        let (target, launch) = match parsed {
            Ok(parsed) => parsed,
            Err(error) => return self.refuse(&request, &error),
        };
        self.outgoing.respond_raw(&request, Ok(None));
        self.outgoing.event::<events::Initialized>(&());
        self.begin(target, launch);
    }

    /// Sets to work what leads to a driver.
    pub(crate) fn begin(&mut self, target: Target, launch: LaunchArguments) {
        let moved_in = self.move_in();
        let place = self.directory.as_ref();
        let place = place.map(|directory| directory.path().to_owned());
        // A channel of its own, so that nothing is heard of the work for an earlier launch.
        let (work, inbox) = mpsc::channel(WORK_AHEAD);
        self.new_work = Some(inbox);
        self.work = Some(work.clone());
        let (cancellation, task) = preparing::start(target, &launch, place, work);
        self.preparing.push(task);
        self.launch = launch;
        self.phase = Phase::Preparing { cancellation };
        if let Err(error) = moved_in {
            self.cancel_preparing();
            self.launch_failed(&error.to_string());
        }
    }

    /// Makes the session a place where other programs find it, from now on.
    fn move_in(&mut self) -> Result<(), SessionDirectoryError> {
        let directory = SessionDirectory::create()?;
        match Control::open(&directory, self.asides.clone()) {
            Ok(control) => self.control = Some(control),
            // A test can be debugged without it.
            Err(error) => tracing::warn!("cannot listen for other programs: {error}"),
        }
        self.directory = Some(directory);
        Ok(())
    }

    /// There is a driver: starts it, unless the launch was called off meanwhile. Returns where its events come from.
    pub(crate) fn prepared(&mut self, prepared: Prepared) -> Option<mpsc::Receiver<DebuggeeEvent>> {
        if !matches!(self.phase, Phase::Preparing { .. }) {
            return None;
        }
        let directory = self.directory.take()?;
        let mut environment = prepared.environment.clone();
        qemu_options::add_control_socket(&mut environment);
        let options = LaunchOptions {
            driver: prepared.driver.clone(),
            // Whatever the wrapper of the driver says: the script is run, because that is what is debugged.
            arguments: vec!["--no-interactive".into()],
            script: prepared.script.clone(),
            keep_state: prepared.keep_state.clone(),
            environment,
            working_directory: Some(self.launch.working_directory()),
            reaper: self.environment.reaper.clone(),
        };
        self.prepared = prepared;
        match Debuggee::launch(&options, directory) {
            Ok((debuggee, events)) => {
                self.debuggee = Some(debuggee);
                Some(events)
            }
            Err(error) => {
                self.launch_failed(&error.to_string());
                None
            }
        }
    }

    pub(crate) fn launch_failed(&mut self, message: &str) {
        self.preparing_failed(&Failure {
            kind: FailureKind::Launch,
            message: message.to_owned(),
            details: None,
        });
    }

    /// Tells a failure to the user, whatever the client can show.
    pub(crate) fn tell_failure(&mut self, failure: &Failure) {
        let clean = |text: &str| sanitize::strip(text).into_owned();
        let failure = Failure {
            kind: failure.kind,
            message: clean(&failure.message),
            details: failure.details.as_deref().map(clean),
        };
        let mut text = format!("{}\n", failure.message);
        if let Some(details) = &failure.details {
            text.push_str(details);
            if !details.ends_with('\n') {
                text.push('\n');
            }
        }
        self.tell(types::OutputEventCategory::Stderr, &text);
        self.outgoing.event::<Failed>(&failure);
    }

    /// Nothing could be started: tells why and ends.
    pub(crate) fn preparing_failed(&mut self, failure: &Failure) {
        // A launch that was called off has nothing to tell.
        if self.phase.is_over() {
            return;
        }
        self.tell_failure(failure);
        self.exited(exit_code(failure.kind));
    }
}
