//! Connections over memory, unix sockets and TCP.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

use dap_protocol::{
    Connection, ConnectionClosed, ErrorResponse, Incoming, Message, RequestMessage, events,
    requests, types,
};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};

async fn receive(connection: &mut Connection) -> Message {
    match connection.incoming.recv().await {
        Some(Incoming::Message(message)) => message,
        other => panic!("expected a message, got {other:?}"),
    }
}

async fn receive_request(connection: &mut Connection) -> RequestMessage {
    match receive(connection).await {
        Message::Request(request) => request,
        other => panic!("expected a request, got {other:?}"),
    }
}

/// One request with its answer and one event, through both ends of a connection.
async fn converse(mut client: Connection, mut adapter: Connection) {
    let seq = client.outgoing.request::<requests::Threads>(&());
    let request = receive_request(&mut adapter).await;
    assert_eq!((request.seq, request.command.as_str()), (seq, "threads"));
    let threads = vec![types::Thread {
        id: 1,
        name: "testScript".to_owned(),
    }];
    let response = types::ThreadsResponse { threads };
    adapter
        .outgoing
        .respond::<requests::Threads>(&request, Ok(response.clone()));
    adapter.outgoing.event::<events::Initialized>(&());

    let Message::Response(answer) = receive(&mut client).await else {
        panic!("expected a response");
    };
    assert_eq!((answer.seq, answer.request_seq), (1, seq));
    assert_eq!(answer.parse::<requests::Threads>().unwrap(), response);
    let Message::Event(event) = receive(&mut client).await else {
        panic!("expected an event");
    };
    assert_eq!((event.seq, event.is::<events::Initialized>()), (2, true));

    adapter.outgoing.close().await.unwrap();
    assert!(client.incoming.recv().await.is_none());
}

#[tokio::test]
async fn memory_carries_a_conversation() {
    let (client, adapter) = Connection::memory();
    converse(client, adapter).await;
}

#[tokio::test]
async fn a_unix_socket_carries_a_conversation() {
    let (client, adapter) = UnixStream::pair().unwrap();
    converse(Connection::over(client), Connection::over(adapter)).await;
}

#[tokio::test]
async fn tcp_carries_a_conversation() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
    converse(
        Connection::over(client.unwrap()),
        Connection::over(accepted.unwrap().0),
    )
    .await;
}

#[tokio::test]
async fn messages_are_numbered_in_the_order_of_the_wire() {
    let (mut client, mut adapter) = Connection::memory();
    let request = RequestMessage {
        seq: 7,
        command: "x".to_owned(),
        arguments: None,
    };
    for _ in 0..200 {
        adapter.outgoing.event_raw("e", None);
        adapter
            .outgoing
            .respond_raw(&request, Err(ErrorResponse::new("no")));
        adapter.outgoing.request_raw("r", Some(json!({})));
    }
    for expected in 1..=600 {
        assert_eq!(receive(&mut client).await.seq(), expected);
    }
}

#[tokio::test]
async fn sending_does_not_wait_for_a_peer_that_does_not_read() {
    let (mut client, mut adapter) = Connection::memory();
    let text = "x".repeat(1024);
    for _ in 0..1000 {
        adapter.outgoing.event_raw("e", Some(json!({"text": text})));
    }
    let received = async {
        for _ in 0..1000 {
            receive(&mut client).await;
        }
    };
    let ((), flushed) = tokio::join!(received, adapter.outgoing.flush());
    assert_eq!(flushed, Ok(()));
}

#[tokio::test]
async fn closing_delivers_what_was_queued() {
    let (mut client, mut adapter) = Connection::memory();
    for _ in 0..100 {
        adapter.outgoing.event_raw("e", None);
    }
    adapter.outgoing.close().await.unwrap();
    for _ in 0..100 {
        receive(&mut client).await;
    }
    assert!(client.incoming.recv().await.is_none());
}

#[tokio::test]
async fn dropping_the_sending_half_delivers_what_was_queued() {
    let (mut client, mut adapter) = Connection::memory();
    adapter.outgoing.event_raw("e", None);
    drop(adapter);
    receive(&mut client).await;
    assert!(client.incoming.recv().await.is_none());
}

#[tokio::test]
async fn a_peer_that_vanishes_is_noticed_and_sending_still_does_not_fail() {
    let (mut client, adapter) = Connection::memory();
    drop(adapter);
    assert!(client.incoming.recv().await.is_none());
    client.outgoing.request::<requests::Threads>(&());
    assert_eq!(client.outgoing.flush().await, Err(ConnectionClosed));
    client.outgoing.request::<requests::Threads>(&());
    assert_eq!(client.outgoing.close().await, Err(ConnectionClosed));
}

#[tokio::test]
async fn a_malformed_message_does_not_end_the_conversation() {
    let (mut raw, stream) = UnixStream::pair().unwrap();
    let mut connection = Connection::over(stream);
    raw.write_all(b"Content-Length: 2\r\n\r\n{]").await.unwrap();
    raw.write_all(b"Content-Length: 28\r\n\r\n{\"type\":\"event\",\"event\":\"e\"}")
        .await
        .unwrap();
    assert!(matches!(
        connection.incoming.recv().await,
        Some(Incoming::Malformed(_))
    ));
    assert_eq!(receive(&mut connection).await.seq(), 0);
}

#[tokio::test]
async fn a_broken_stream_says_so_last() {
    let (mut raw, stream) = UnixStream::pair().unwrap();
    let mut connection = Connection::over(stream);
    raw.write_all(b"print output\n\n").await.unwrap();
    assert!(matches!(
        connection.incoming.recv().await,
        Some(Incoming::Broken(_))
    ));
    assert!(connection.incoming.recv().await.is_none());
    // The way to the peer is another stream and still works.
    connection.outgoing.event_raw("e", None);
    connection.outgoing.close().await.unwrap();
    let mut text = String::new();
    drop(connection.incoming);
    raw.read_to_string(&mut text).await.unwrap();
    assert_eq!(
        text,
        "Content-Length: 36\r\n\r\n{\"type\":\"event\",\"seq\":1,\"event\":\"e\"}"
    );
}

#[tokio::test]
async fn dropping_the_receiving_half_ends_the_reader() {
    let (one, other) = UnixStream::pair().unwrap();
    let (one, mut other) = (Connection::over(one), Connection::over(other));
    let Connection { incoming, outgoing } = one;
    drop(incoming);
    outgoing.close().await.unwrap();
    assert!(other.incoming.recv().await.is_none());
    // Both tasks of `one` have ended, so its stream is closed and writing to it fails in time.
    while other.outgoing.flush().await.is_ok() {
        other.outgoing.event_raw("e", None);
        tokio::task::yield_now().await;
    }
}
