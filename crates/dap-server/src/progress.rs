//! Progress of the work behind `launch`, in the form the client can show.
//!
//! There is one bar per launch: evaluate, build, start. Clients without progress read the same in their console, where it
//! is told by the work itself.

use dap_protocol::{events, types};

use crate::audience::Audience;

/// The name of the one bar.
pub(crate) const LAUNCH: &str = "launch";

/// One step of the work.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    /// What is being done, in a few words.
    pub(crate) message: String,
    /// How much of it is done, from 0 to 100, where that can be known.
    pub(crate) percentage: Option<f64>,
}

/// The state of the bar.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    is_shown: bool,
}

impl Progress {
    /// Shows the bar, or moves it on.
    pub(crate) fn update(&mut self, step: Step, outgoing: &mut Audience) {
        let Step {
            message,
            percentage,
        } = step;
        if self.is_shown {
            outgoing.event::<events::ProgressUpdate>(&types::ProgressUpdateEvent {
                progress_id: LAUNCH.to_owned(),
                message: Some(message),
                percentage,
            });
            return;
        }
        self.is_shown = true;
        outgoing.event::<events::ProgressStart>(&types::ProgressStartEvent {
            progress_id: LAUNCH.to_owned(),
            title: "NixOS test".to_owned(),
            cancellable: Some(true),
            message: Some(message),
            percentage,
            ..types::ProgressStartEvent::default()
        });
    }

    /// Takes the bar away, if it is shown.
    pub(crate) fn end(&mut self, outgoing: &mut Audience) {
        if std::mem::take(&mut self.is_shown) {
            outgoing.event::<events::ProgressEnd>(&types::ProgressEndEvent {
                progress_id: LAUNCH.to_owned(),
                message: None,
            });
        }
    }
}
