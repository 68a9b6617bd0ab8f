//! How this process outlives the client that started it: clients close the standard streams and send signals to an adapter that
//! they are done with, also when it was told to stay.

use std::fs::File;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// For how long after the client has left signals are taken for its own. Who means it asks again, or says
/// `nixtest-dap sessions end`.
const SPARED: Duration = Duration::from_secs(10);

/// When the client left.
static DETACHED: OnceLock<Instant> = OnceLock::new();

/// The client is about to hear that it leaves: signals that come now are its last words and not a wish.
pub(crate) fn spare() {
    DETACHED.get_or_init(Instant::now);
}

/// Whether a signal that has come is to be ignored.
pub(crate) fn is_spared() -> bool {
    DETACHED
        .get()
        .is_some_and(|detached| detached.elapsed() < SPARED)
}

/// The client has heard it. Nobody is at the other end of the standard streams any more, and the terminal is none of our business.
pub(crate) fn let_go() {
    // Fails for the leader of a group, whose terminal, if any, is its own.
    let _leads_already = rustix::process::setsid();
    let Ok(nowhere) = File::options().read(true).write(true).open("/dev/null") else {
        return;
    };
    let _streams_stay_as_they_are = rustix::stdio::dup2_stdin(&nowhere)
        .and_then(|()| rustix::stdio::dup2_stdout(&nowhere))
        .and_then(|()| rustix::stdio::dup2_stderr(&nowhere));
}
