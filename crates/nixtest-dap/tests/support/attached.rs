//! Clients that attach to the session of a project, which is found by its directory.

use std::path::PathBuf;

use dap_protocol::types::{ConfigurationDoneArguments, InitializeRequestArguments};
use dap_protocol::{events, requests};
use serde_json::json;
use test_support::TestClient;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::{Project, client};

/// The directory of the project's session.
pub async fn session_of(project: &Project) -> PathBuf {
    let sessions = debuggee::sessions().await;
    let directory = project.fixture.directory();
    let mut own = sessions
        .into_iter()
        .filter(|session| session.working_directory == directory);
    own.next()
        .expect("the project has a live session")
        .directory
}

/// Attaches, and says that this is all.
pub async fn attach(client: &mut TestClient, project: &Project) {
    client.initialize().await.unwrap();
    let arguments = json!({ "cwd": project.fixture.directory() });
    let attached = client.request_raw("attach", Some(arguments)).await;
    assert!(attached.success, "{:?}", attached.error());
    client.expect_event::<events::Initialized>().await;
    let done = ConfigurationDoneArguments::default();
    client
        .request::<requests::ConfigurationDone>(done)
        .await
        .unwrap();
}

/// One more client of the project's session.
pub async fn attached(project: &Project) -> TestClient {
    let mut client = client(project.fixture.directory());
    attach(&mut client, project).await;
    client
}

/// One more client, which says other things of itself.
pub async fn attached_as(project: &Project, abilities: InitializeRequestArguments) -> TestClient {
    let mut client = client(project.fixture.directory()).with_abilities(abilities);
    attach(&mut client, project).await;
    client
}

/// The socket of a client that has joined and attached and reads nothing from now on.
pub async fn joined_raw(project: &Project) -> UnixStream {
    let socket = session_of(project).await.join("control.sock");
    let mut socket = UnixStream::connect(socket).await.unwrap();
    let join = json!({ "initialize": { "adapterID": "nixtest" }, "lastSeq": 0 });
    for (seq, command, arguments) in [
        (1, "join", join),
        (2, "attach", json!({})),
        (3, "configurationDone", json!({})),
    ] {
        let message =
            json!({ "seq": seq, "type": "request", "command": command, "arguments": arguments });
        let body = message.to_string();
        let framed = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        socket.write_all(framed.as_bytes()).await.unwrap();
    }
    let mut heard = String::new();
    while !heard.contains("\"configurationDone\"") {
        let mut chunk = [0; 1024];
        let count = socket.read(&mut chunk).await.unwrap();
        assert!(count > 0, "{heard}");
        heard.push_str(&String::from_utf8_lossy(&chunk[..count]));
    }
    socket
}
