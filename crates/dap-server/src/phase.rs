//! The phases of a session, and which request makes sense in which.
//!
//! The table here is the whole policy: a handler never asks again whether it may run.

use tokio_util::sync::CancellationToken;

use crate::errors::RequestError;

/// Where a session stands.
#[derive(Debug)]
pub(crate) enum Phase {
    /// Nothing has been said; only `initialize` makes sense.
    New,
    /// Client and adapter know each other; `launch` may come.
    Initialized,
    /// Nix and the driver are at work; the script is not known yet.
    Preparing {
        /// Stops the work of Nix.
        cancellation: CancellationToken,
    },
    /// The script is known and waits for its breakpoints and for `configurationDone`.
    Configuring,
    /// The script runs.
    Running,
    /// The script stands.
    Stopped,
    /// The old driver ends, and a new one is launched when it has.
    Restarting,
    /// The end was asked for or has begun; events still come.
    Ending,
    /// Everything has been said.
    Ended,
}

/// When a request is admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// Before anything else, once.
    First,
    /// After `initialize`, once.
    BeforeLaunch,
    /// After `initialize`.
    Initialized,
    /// While something is launched and has not been told to end.
    Launched,
    /// While the script stands.
    Stopped,
    /// While the script runs or stands.
    Live,
    /// Always.
    Always,
}

/// Every request that is served, and when. What is not here is not supported.
pub(crate) const ADMISSION: &[(&str, When)] = &[
    ("initialize", When::First),
    ("launch", When::BeforeLaunch),
    ("attach", When::Initialized),
    ("setBreakpoints", When::Initialized),
    ("setExceptionBreakpoints", When::Initialized),
    ("setFunctionBreakpoints", When::Initialized),
    ("setDataBreakpoints", When::Initialized),
    ("dataBreakpointInfo", When::Stopped),
    ("configurationDone", When::Initialized),
    ("threads", When::Initialized),
    ("source", When::Initialized),
    ("loadedSources", When::Initialized),
    ("breakpointLocations", When::Initialized),
    ("nixtest/translatePosition", When::Initialized),
    ("stackTrace", When::Stopped),
    ("scopes", When::Stopped),
    ("variables", When::Stopped),
    ("evaluate", When::Stopped),
    ("setVariable", When::Stopped),
    ("setExpression", When::Stopped),
    ("completions", When::Initialized),
    ("stepInTargets", When::Stopped),
    ("locations", When::Live),
    ("exceptionInfo", When::Stopped),
    ("continue", When::Stopped),
    ("next", When::Stopped),
    ("stepIn", When::Stopped),
    ("stepOut", When::Stopped),
    ("gotoTargets", When::Stopped),
    ("goto", When::Stopped),
    ("restartFrame", When::Stopped),
    ("pause", When::Live),
    ("nixtest/reloadScript", When::Live),
    ("nixtest/machines", When::Live),
    ("nixtest/openShell", When::Live),
    ("cancel", When::Initialized),
    ("nixtest/endWait", When::Live),
    ("nixtest/runSubtest", When::Stopped),
    ("nixtest/continueWithNextSubtest", When::Stopped),
    ("nixtest/rerun", When::Stopped),
    ("restart", When::Launched),
    ("terminate", When::Always),
    ("disconnect", When::Always),
];

impl Phase {
    /// Whether `command` may be served now.
    ///
    /// # Errors
    /// The sentence for the client when it may not.
    pub(crate) fn admits(&self, command: &str) -> Result<(), RequestError> {
        let Some((_, when)) = ADMISSION.iter().find(|(known, _)| *known == command) else {
            return Err(RequestError::unsupported(command));
        };
        self.admits_when(*when, command)
    }

    /// Whether something called `command` may be served now, when it makes sense only in some phases.
    ///
    /// # Errors
    /// The sentence for the client when it may not.
    pub(crate) fn admits_when(&self, when: When, command: &str) -> Result<(), RequestError> {
        let refused = |reason| Err(RequestError::not_now(command, reason));
        match (when, self) {
            (When::Always, _) => Ok(()),
            (When::First, Self::New) => Ok(()),
            (When::First, _) => refused("the session is initialized already"),
            (_, Self::New) => refused("the session is not initialized yet"),
            (When::BeforeLaunch, Self::Initialized) => Ok(()),
            (When::BeforeLaunch, _) => refused("something was launched in this session already"),
            // Also after the end: a launch can fail while the client is still configuring it.
            (When::Initialized, _) => Ok(()),
            (_, Self::Ended) => refused("the session has ended"),
            (When::Launched, Self::Initialized) => refused("nothing was launched yet"),
            (When::Launched, Self::Ending) => refused("the test is ending"),
            (When::Launched, _) => Ok(()),
            (When::Live, Self::Running | Self::Stopped) => Ok(()),
            (When::Stopped, Self::Stopped) => Ok(()),
            (When::Stopped, Self::Running) => Err(RequestError::not_stopped()),
            (When::Live | When::Stopped, Self::Ending) => refused("the test is ending"),
            (When::Live | When::Stopped, _) => refused("the test script has not started yet"),
        }
    }

    /// Whether the end has begun.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self, Self::Restarting | Self::Ending | Self::Ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One row per `When`, one column per phase, in the order of the enum: `+` admitted, `-` refused.
    #[test]
    fn each_request_is_admitted_where_it_makes_sense() {
        let phases = [
            Phase::New,
            Phase::Initialized,
            Phase::Preparing {
                cancellation: CancellationToken::new(),
            },
            Phase::Configuring,
            Phase::Running,
            Phase::Stopped,
            Phase::Restarting,
            Phase::Ending,
            Phase::Ended,
        ];
        let table: String = [
            "initialize",
            "launch",
            "setBreakpoints",
            "stackTrace",
            "pause",
            "restart",
            "disconnect",
        ]
        .iter()
        .map(|command| {
            let row: String = phases
                .iter()
                .map(|phase| {
                    if phase.admits(command).is_ok() {
                        '+'
                    } else {
                        '-'
                    }
                })
                .collect();
            format!("{row} {command}\n")
        })
        .collect();
        expect_test::expect![[r"
            +-------- initialize
            -+------- launch
            -++++++++ setBreakpoints
            -----+--- stackTrace
            ----++--- pause
            --+++++-- restart
            +++++++++ disconnect
        "]]
        .assert_eq(&table);
    }

    #[test]
    fn an_unknown_request_is_named() {
        let error = Phase::Stopped.admits("fly").unwrap_err();
        assert_eq!(error.sentence(), "the request 'fly' is not supported");
    }
}
