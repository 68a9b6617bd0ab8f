//! The language server: what an editor can know about test scripts inside Nix files without running anything.
//!
//! So far it lists the tests of a file as its symbols. What is known lives in [`core`], which is synchronous and knows no
//! protocol framework; [`service`] carries messages to it in the order in which they came. It never runs Nix.

mod core;
mod service;

use tokio::io::{AsyncRead, AsyncWrite};
use tower_lsp_server::{LspService, Server};

/// Serves one client over standard input and output until it says `exit` or closes the stream.
pub async fn serve_stdio() {
    serve(tokio::io::stdin(), tokio::io::stdout()).await;
}

/// Serves one client over two byte streams.
pub async fn serve(input: impl AsyncRead + Unpin, output: impl AsyncWrite) {
    let (service, socket) = LspService::new(|_| service::Service::start());
    Server::new(input, output, socket).serve(service).await;
}
