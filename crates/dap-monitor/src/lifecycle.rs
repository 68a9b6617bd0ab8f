//! The order of a session: initialize, launch or attach, configuration, running, the end.
//!
//! Which threads are stopped is the business of `execution`.

use dap_protocol::requests::{Attach, ConfigurationDone, Disconnect, Initialize};
use dap_protocol::types::Capabilities;
use dap_protocol::{EventMessage, Request, RequestMessage, ResponseMessage};

use super::{Observation, Side};

/// How far the session is.
#[derive(Debug, Default)]
pub(super) struct Lifecycle {
    /// What the adapter answered to `initialize`.
    capabilities: Option<Capabilities>,
    is_initialize_asked: bool,
    is_initialized: bool,
    is_attached: bool,
    is_configuration_done: bool,
    has_exited: bool,
    has_terminated: bool,
    is_disconnected: bool,
}

impl Lifecycle {
    pub(super) fn observe(&mut self, observation: Observation<'_>, found: &mut Vec<String>) {
        match observation {
            Observation::Asked(Side::Client, request) => self.client_asked(request, found),
            Observation::Answered(Side::Client, ..) => {}
            Observation::Happened(Side::Client, _) => {
                found.push("only adapters send events".to_owned());
            }
            Observation::Asked(Side::Adapter, _) => self.adapter_spoke(found),
            Observation::Answered(Side::Adapter, request, response) => {
                self.adapter_answered(request, response, found);
            }
            Observation::Happened(Side::Adapter, event) => {
                self.adapter_spoke(found);
                self.happened(event, found);
            }
        }
    }

    fn client_asked(&mut self, request: &RequestMessage, found: &mut Vec<String>) {
        let is_initialize = request.is::<Initialize>();
        if is_initialize == self.is_initialize_asked {
            found.push("`initialize` is the first request, and sent once".to_owned());
        }
        self.is_initialize_asked = true;
        self.is_attached |= request.is::<Attach>();
        self.is_configuration_done |= request.is::<ConfigurationDone>();
    }

    /// The adapter sent a request or an event, or answered anything but `initialize`.
    fn adapter_spoke(&self, found: &mut Vec<String>) {
        if self.is_disconnected {
            found.push("nothing may follow the response to `disconnect`".to_owned());
        } else if self.capabilities.is_none() {
            found.push("nothing may precede the response to `initialize`".to_owned());
        }
    }

    fn adapter_answered(
        &mut self,
        request: &RequestMessage,
        response: &ResponseMessage,
        found: &mut Vec<String>,
    ) {
        // A client may ask for other things before it has the response to `initialize`, and then
        // it may be refused before.
        let may_precede = request.is::<Initialize>() || !response.success;
        // A client that says goodbye twice is answered twice.
        let may_follow = request.is::<Disconnect>();
        let is_allowed = if self.is_disconnected {
            may_follow
        } else {
            may_precede
        };
        if !is_allowed {
            self.adapter_spoke(found);
        }
        if !response.success {
            return;
        }
        match request.command.as_str() {
            Initialize::COMMAND => {
                self.capabilities = Some(response.parse::<Initialize>().unwrap_or_default());
            }
            Disconnect::COMMAND => self.is_disconnected = true,
            _ => {}
        }
    }

    fn happened(&mut self, event: &EventMessage, found: &mut Vec<String>) {
        match event.event.as_str() {
            "initialized" => {
                if self.is_initialized {
                    found.push("was sent before".to_owned());
                }
                self.is_initialized = true;
            }
            "stopped" => {
                let waits_for_configuration =
                    self.capabilities.as_ref().is_some_and(|capabilities| {
                        capabilities.supports_configuration_done_request == Some(true)
                    });
                if waits_for_configuration && !self.is_configuration_done && !self.is_attached {
                    found.push("was sent before the client's `configurationDone`".to_owned());
                }
                self.expect_alive(found);
            }
            "continued" | "thread" | "process" => self.expect_alive(found),
            "exited" => {
                if self.has_exited {
                    found.push("was sent before".to_owned());
                }
                self.expect_alive(found);
                self.has_exited = true;
            }
            "terminated" => {
                if self.has_terminated {
                    found.push("was sent before".to_owned());
                }
                self.has_terminated = true;
            }
            _ => {}
        }
    }

    fn expect_alive(&self, found: &mut Vec<String>) {
        if self.has_terminated {
            found.push("must not follow `terminated`".to_owned());
        }
    }
}
