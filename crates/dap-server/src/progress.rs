//! Progress of the work behind `launch`, in the form the client can show.
//!
//! There is one bar per launch (evaluate, build, start), and one for each time that the script is read again. Clients without progress read the same in their console, where it
//! is told by the work itself.

use dap_protocol::{events, types};

use crate::audience::Audience;

/// The name of the first bar.
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
    /// How many bars there were before; a name is used once.
    shown_before: u32,
}

impl Progress {
    /// The name of the bar that is shown, or of the next.
    pub(crate) fn id(&self) -> String {
        match self.shown_before {
            0 => LAUNCH.to_owned(),
            count => format!("reload-{count}"),
        }
    }

    /// Shows the bar, or moves it on.
    pub(crate) fn update(&mut self, step: Step, outgoing: &mut Audience) {
        let Step {
            message,
            percentage,
        } = step;
        if self.is_shown {
            outgoing.event::<events::ProgressUpdate>(&types::ProgressUpdateEvent {
                progress_id: self.id(),
                message: Some(message),
                percentage,
            });
            return;
        }
        self.is_shown = true;
        outgoing.event::<events::ProgressStart>(&types::ProgressStartEvent {
            progress_id: self.id(),
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
                progress_id: self.id(),
                message: None,
            });
            self.shown_before += 1;
        }
    }
}
