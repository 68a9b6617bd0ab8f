//! Words for QEMU's command line, by the variable that every start script of a machine hands on.
//!
//! What the user has put there stays, and stays first.

use std::env;
use std::ffi::{OsStr, OsString};

use crate::guests::CONTROL_SOCKET;

/// The variable. Start scripts split it into words.
pub(crate) const QEMU_OPTIONS: &str = "QEMU_OPTS";

/// Options with words behind them.
pub(crate) fn joined(options: &OsStr, words: &str) -> OsString {
    let mut joined = options.to_owned();
    if !joined.is_empty() {
        joined.push(" ");
    }
    joined.push(words);
    joined
}

/// Adds words to the variable in an environment that is handed to the driver beside our own.
fn add(environment: &mut Vec<(OsString, OsString)>, words: &str) {
    let position = environment
        .iter()
        .position(|(name, _)| name == QEMU_OPTIONS);
    let options = match position {
        Some(position) => environment.remove(position).1,
        None => env::var_os(QEMU_OPTIONS).unwrap_or_default(),
    };
    environment.push((OsString::from(QEMU_OPTIONS), joined(&options, words)));
}

/// Gives each machine a second control socket, in the directory that it runs in: QEMU serves one client on each, and the
/// driver's is the driver's.
pub(crate) fn add_control_socket(environment: &mut Vec<(OsString, OsString)>) {
    add(
        environment,
        &format!("-qmp unix:{CONTROL_SOCKET},server=on,wait=off"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_follow_those_that_are_there() {
        let mut environment = vec![
            ("OTHER".into(), "1".into()),
            (QEMU_OPTIONS.into(), "-m 2G -machine accel=tcg".into()),
        ];
        add_control_socket(&mut environment);
        let wanted: Vec<(OsString, OsString)> = vec![
            ("OTHER".into(), "1".into()),
            (
                QEMU_OPTIONS.into(),
                "-m 2G -machine accel=tcg -qmp unix:nixtest-qmp,server=on,wait=off".into(),
            ),
        ];
        assert_eq!(environment, wanted);
    }
}
