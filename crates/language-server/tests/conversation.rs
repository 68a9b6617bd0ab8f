//! A whole conversation with the language server, as an editor has it: over two byte streams.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

async fn send(stream: &mut DuplexStream, message: Value) {
    let text = message.to_string();
    stream
        .write_all(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes())
        .await
        .unwrap();
}

async fn receive(stream: &mut DuplexStream) -> Value {
    let mut header = Vec::new();
    while !header.ends_with(b"\r\n\r\n") {
        header.push(stream.read_u8().await.unwrap());
    }
    let header = String::from_utf8(header).unwrap();
    let length = header
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "))
        .unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).await.unwrap();
    serde_json::from_slice(&body).unwrap()
}

#[tokio::test]
async fn the_tests_of_an_open_file_are_its_symbols_and_follow_its_changes() {
    let (mut client, server) = tokio::io::duplex(64 * 1024);
    let (input, output) = tokio::io::split(server);
    let serving = tokio::spawn(language_server::serve(input, output));
    let uri = "file:///project/hello.nix";
    let symbols = json!({"jsonrpc": "2.0", "id": 2, "method": "textDocument/documentSymbol", "params": {"textDocument": {"uri": uri}}});

    send(
        &mut client,
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}),
    )
    .await;
    let initialized = receive(&mut client).await;
    assert_eq!(
        initialized["result"]["capabilities"]["documentSymbolProvider"],
        json!(true)
    );
    send(
        &mut client,
        json!({"jsonrpc": "2.0", "method": "initialized", "params": {}}),
    )
    .await;
    let document = json!({"uri": uri, "languageId": "nix", "version": 1, "text": "{ name = \"hello\"; testScript = ''x = 1''; }"});
    send(&mut client, json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": document}})).await;
    send(&mut client, symbols.clone()).await;
    assert_eq!(
        receive(&mut client).await["result"][0]["name"],
        json!("hello")
    );

    let change =
        json!({"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": "{ }"}]});
    send(
        &mut client,
        json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": change}),
    )
    .await;
    send(&mut client, symbols).await;
    assert_eq!(receive(&mut client).await["result"], json!([]));

    send(
        &mut client,
        json!({"jsonrpc": "2.0", "id": 3, "method": "shutdown"}),
    )
    .await;
    assert_eq!(receive(&mut client).await["result"], Value::Null);
    send(&mut client, json!({"jsonrpc": "2.0", "method": "exit"})).await;
    serving.await.unwrap();
}
