//! Requests about sources and threads that the session answers from what it knows.

use dap_protocol::{RequestMessage, events, requests, types};

use crate::agent::Pending;
use crate::errors::RequestError;
use crate::script::{GENERATED_SCRIPT, SourceKey, past_version};
use crate::session::Session;

impl Session {
    /// The generated script, the one source that is no file.
    pub(crate) fn source(
        &mut self,
        arguments: types::SourceArguments,
    ) -> Result<types::SourceResponse, RequestError> {
        let in_source = arguments.source.and_then(|source| source.source_reference);
        let reference = in_source.unwrap_or(arguments.source_reference);
        match &self.script {
            Some(script) if reference == GENERATED_SCRIPT => Ok(types::SourceResponse {
                content: script.text().to_owned(),
                mime_type: Some("text/x-python".to_owned()),
            }),
            _ if past_version(reference)
                .is_some_and(|version| self.past.contains_key(&version)) =>
            {
                let script = past_version(reference).and_then(|version| self.past.get(&version));
                Ok(types::SourceResponse {
                    content: script
                        .map(|script| script.text().to_owned())
                        .unwrap_or_default(),
                    mime_type: Some("text/x-python".to_owned()),
                })
            }
            _ => Err(RequestError::unknown_source(reference)),
        }
    }

    pub(crate) fn loaded_sources(
        &mut self,
        _: types::LoadedSourcesArguments,
    ) -> Result<types::LoadedSourcesResponse, RequestError> {
        let sources = self.known_sources();
        Ok(types::LoadedSourcesResponse { sources })
    }

    /// Says where the script comes from, now that it is known.
    pub(crate) fn tell_sources(&mut self) {
        for source in self.known_sources() {
            let reason = types::LoadedSourceEventReason::New;
            self.outgoing
                .event::<events::LoadedSource>(&types::LoadedSourceEvent { reason, source });
        }
    }

    fn known_sources(&self) -> Vec<types::Source> {
        let files = self.script.iter().flat_map(|script| script.files());
        let generated = self.script.as_ref().map(|_| SourceKey::Generated);
        files
            .map(SourceKey::file)
            .chain(generated)
            .map(|source| self.source_to_client(&source))
            .collect()
    }

    /// The agent knows the threads; before there is one, there are none.
    pub(crate) fn threads(&mut self, request: RequestMessage, (): ()) {
        if self.link.is_some() && self.script.is_some() {
            return self.forward(request, Pending::Forwarded);
        }
        let body = types::ThreadsResponse {
            threads: Vec::new(),
        };
        self.outgoing
            .respond::<requests::Threads>(&request, Ok(body));
    }
}
