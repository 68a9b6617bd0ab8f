//! The reaper: a process of its own that starts the driver and outlives the adapter.
//!
//! It is the *child subreaper* of everything below it, so a QEMU whose parent died becomes its child and cannot be lost.
//! Its standard input is the lifeline. A line on it asks for an end; the end of file means that the adapter is gone and
//! asks for the same. It ends when no process is left below it. It writes nothing to the standard streams: those belong to the
//! driver, whose exit code is its own.

use std::io::{self, BufRead};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::prctl;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, wait};
use nix::unistd::{Pid, getpid, setsid};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::kept_state;
use crate::processes::{descendants, signal_all};
use crate::session_directory::{claim_lock, run_directory};

/// The line that asks for a gentle end: the driver is interrupted and cleans up after itself.
pub(crate) const LINE_TERMINATE: &str = "terminate";
/// The line that asks for a quick end: the driver is told to go and everything below it is killed soon after.
pub(crate) const LINE_KILL: &str = "kill";

/// The exit code when the driver could not be started, as a shell would say it.
const CANNOT_EXECUTE: i32 = 127;

/// How long each stage of an end may take before the next and harder one.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// After SIGINT to the driver.
    interrupted: Duration,
    /// After SIGTERM to everything.
    terminated: Duration,
}

const GENTLE: Patience = Patience {
    interrupted: Duration::from_secs(8),
    terminated: Duration::from_secs(2),
};
const QUICK: Patience = Patience {
    interrupted: Duration::from_millis(700),
    terminated: Duration::from_millis(700),
};

/// What the reaper is asked to run.
#[derive(Debug, Clone)]
pub struct ReaperOptions {
    /// The session directory, whose lock the reaper holds while it lives.
    pub session_directory: PathBuf,
    /// The driver and its arguments.
    pub command: Vec<std::ffi::OsString>,
}

enum Event {
    Asked(Patience),
    Ended(Pid, i32),
    NobodyLeft,
}

/// Runs the driver and returns the exit code for the process: the driver's own, or 128 + signal number.
///
/// # Errors
/// When the session's lock cannot be taken or the process cannot be set up.
pub fn run_reaper(options: &ReaperOptions) -> io::Result<i32> {
    let Some(lock) = claim_lock(&options.session_directory)? else {
        return Err(io::Error::other(format!(
            "{} has a reaper already",
            options.session_directory.display()
        )));
    };
    let kept_state = match kept_state::claim(&run_directory(&options.session_directory)) {
        Ok(kept_state) => kept_state,
        Err(error) => {
            write_to_stderr(&format!("{error}\n"));
            return Ok(CANNOT_EXECUTE);
        }
    };
    // A session of its own: Ctrl-C in the terminal of the adapter must not reach the driver or QEMU.
    let _already_leader_is_fine = setsid();
    prctl::set_child_subreaper(true)?;
    // A handler, not a mask: whoever started us from a script's background job has SIGINT ignored, the driver would inherit
    // that and could never be interrupted. A signal that is handled here is back at its default in the driver.
    let signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;

    let (events, inbox) = mpsc::channel();
    let driver = match start(options) {
        Ok(pid) => pid,
        Err(error) => {
            // The reaper speaks only where there is no driver whose stream it could disturb.
            let program = options
                .command
                .first()
                .map(|program| program.to_string_lossy().into_owned());
            write_to_stderr(&format!(
                "cannot start {}: {error}\n",
                program.unwrap_or_default()
            ));
            return Ok(CANNOT_EXECUTE);
        }
    };
    // Each thread ends with the process; none owns anything that needs closing.
    thread::spawn({
        let events = events.clone();
        move || watch_lifeline(&events)
    });
    thread::spawn({
        let events = events.clone();
        move || watch_signals(signals, &events)
    });
    thread::spawn(move || watch_children(&events));

    let code = attend(driver, &inbox);
    drop((kept_state, lock));
    Ok(code)
}

fn start(options: &ReaperOptions) -> io::Result<Pid> {
    let (program, arguments) = options
        .command
        .split_first()
        .ok_or_else(|| io::Error::other("no driver was named"))?;
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .spawn()?;
    i32::try_from(child.id())
        .map(Pid::from_raw)
        .map_err(io::Error::other)
}

/// The reaper's one loop: it waits for the driver, or ends it stage by stage, and goes when nobody is left.
fn attend(driver: Pid, inbox: &mpsc::Receiver<Event>) -> i32 {
    let mut code = None;
    // Signals still to come, soonest first; the driver's own end puts the strays' turn at once.
    let mut stages: Vec<(Instant, Signal)> = Vec::new();
    loop {
        let event = match stages.first() {
            None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some((at, _)) => inbox.recv_timeout(at.saturating_duration_since(Instant::now())),
        };
        match event {
            // A driver that has ended needs no asking, and its number may be somebody else's by now.
            Ok(Event::Asked(_)) if code.is_some() => {}
            Ok(Event::Asked(patience)) => {
                if stages.is_empty() {
                    signal_all(&[driver], Signal::SIGINT);
                }
                let terminate = Instant::now() + patience.interrupted;
                stages = sooner(
                    &stages,
                    [
                        (terminate, Signal::SIGTERM),
                        (terminate + patience.terminated, Signal::SIGKILL),
                    ],
                );
            }
            Ok(Event::Ended(pid, status)) if pid == driver => {
                code = Some(status);
                let ended = Instant::now();
                stages = vec![
                    (ended, Signal::SIGTERM),
                    (ended + QUICK.terminated, Signal::SIGKILL),
                ];
            }
            Ok(Event::Ended(..)) => {}
            Ok(Event::NobodyLeft) | Err(RecvTimeoutError::Disconnected) => {
                return code.unwrap_or_default();
            }
            Err(RecvTimeoutError::Timeout) => {
                let (_, signal) = stages.remove(0);
                signal_all(&descendants(getpid()), signal);
                if stages.is_empty() && signal == Signal::SIGKILL {
                    // Whatever was forked between the look and the signal is met in the next round.
                    stages.push((Instant::now() + QUICK.terminated, Signal::SIGKILL));
                }
            }
        }
    }
}

/// Two plans of signals made one, in which each signal comes when the first of the two would have sent it. What `planned` has
/// behind it does not come again.
fn sooner(planned: &[(Instant, Signal)], asked: [(Instant, Signal); 2]) -> Vec<(Instant, Signal)> {
    if planned.is_empty() {
        return asked.to_vec();
    }
    let earlier = |&(at, signal): &(Instant, Signal)| {
        let same = asked.iter().find(|(_, asked)| *asked == signal);
        (same.map_or(at, |(asked, _)| at.min(*asked)), signal)
    };
    planned.iter().map(earlier).collect()
}

fn watch_lifeline(events: &Sender<Event>) {
    for line in io::stdin().lock().lines() {
        let patience = match line.as_deref() {
            Ok(LINE_TERMINATE) => GENTLE,
            Ok(LINE_KILL) => QUICK,
            Ok(_) => continue,
            Err(_) => break,
        };
        let _nobody_listens_at_the_end = events.send(Event::Asked(patience));
    }
    let _nobody_listens_at_the_end = events.send(Event::Asked(QUICK));
}

fn watch_signals(mut signals: Signals, events: &Sender<Event>) {
    for signal in &mut signals {
        // A closed terminal says nothing about the session; the lifeline does.
        if signal == SIGTERM {
            let _nobody_listens_at_the_end = events.send(Event::Asked(QUICK));
        }
    }
}

fn watch_children(events: &Sender<Event>) {
    loop {
        let event = match wait() {
            Ok(WaitStatus::Exited(pid, code)) => Event::Ended(pid, code),
            Ok(WaitStatus::Signaled(pid, signal, _)) => Event::Ended(pid, 128 + signal as i32),
            Ok(_) => continue,
            Err(nix::errno::Errno::EINTR) => continue,
            Err(_) => Event::NobodyLeft,
        };
        let last = matches!(event, Event::NobodyLeft);
        if events.send(event).is_err() || last {
            return;
        }
    }
}

fn write_to_stderr(text: &str) {
    use std::io::Write;
    let _nowhere_else_to_say_it = io::stderr().write_all(text.as_bytes());
}
