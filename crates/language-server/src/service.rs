//! The way from the protocol framework to the core: one task owns the core and takes messages in their order.
//!
//! The framework polls handlers concurrently, so a handler does nothing before it has put its message into the queue, and none
//! waits for the client.

use tokio::sync::{mpsc, oneshot};
use tower_lsp_server::LanguageServer;
use tower_lsp_server::jsonrpc::{Error, Result};
use tower_lsp_server::ls_types::{
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    DocumentSymbol, DocumentSymbolParams, DocumentSymbolResponse, InitializeParams,
    InitializeResult, OneOf, ServerCapabilities, ServerInfo, TextDocumentSyncCapability,
    TextDocumentSyncKind, Uri,
};

use crate::core::Core;

enum Message {
    Changed(Uri, String),
    Closed(Uri),
    Symbols(Uri, oneshot::Sender<Vec<DocumentSymbol>>),
}

pub(crate) struct Service {
    queue: mpsc::UnboundedSender<Message>,
}

impl Service {
    /// Starts the task that owns the core. It ends when the service is dropped.
    pub(crate) fn start() -> Self {
        let (queue, mut inbox) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut core = Core::default();
            while let Some(message) = inbox.recv().await {
                match message {
                    Message::Changed(uri, text) => core.document_changed(uri, text),
                    Message::Closed(uri) => core.document_closed(&uri),
                    Message::Symbols(uri, answer) => {
                        let _cancelled = answer.send(core.document_symbols(&uri));
                    }
                }
            }
        });
        Self { queue }
    }

    fn tell(&self, message: Message) {
        // The task lives as long as this queue.
        let _never_closed = self.queue.send(message);
    }
}

impl LanguageServer for Service {
    async fn initialize(&self, _: InitializeParams) -> Result<InitializeResult> {
        Ok(InitializeResult {
            capabilities: ServerCapabilities {
                text_document_sync: Some(TextDocumentSyncCapability::Kind(
                    TextDocumentSyncKind::FULL,
                )),
                document_symbol_provider: Some(OneOf::Left(true)),
                ..ServerCapabilities::default()
            },
            server_info: Some(ServerInfo {
                name: "nixtest-dap".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
            ..InitializeResult::default()
        })
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        self.tell(Message::Changed(
            params.text_document.uri,
            params.text_document.text,
        ));
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        // Documents are synchronised whole, so the last change is the text.
        if let Some(change) = params.content_changes.into_iter().next_back() {
            self.tell(Message::Changed(params.text_document.uri, change.text));
        }
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.tell(Message::Closed(params.text_document.uri));
    }

    async fn document_symbol(
        &self,
        params: DocumentSymbolParams,
    ) -> Result<Option<DocumentSymbolResponse>> {
        let (answer, answered) = oneshot::channel();
        self.tell(Message::Symbols(params.text_document.uri, answer));
        let symbols = answered.await.map_err(|_| Error::internal_error())?;
        Ok(Some(DocumentSymbolResponse::Nested(symbols)))
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }
}
