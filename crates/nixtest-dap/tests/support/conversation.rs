//! The control socket of a session, spoken to by hand.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// How long anything may take; no passing test waits for it.
const DEADLINE: Duration = Duration::from_secs(60);

/// A message as it is sent.
pub fn framed(message: &Value) -> String {
    let text = message.to_string();
    format!("Content-Length: {}\r\n\r\n{text}", text.len())
}

/// A conversation with the control socket by hand.
pub struct Conversation {
    pub stream: UnixStream,
    unread: Vec<u8>,
}

impl Conversation {
    pub async fn begin(directory: &Path) -> Self {
        let stream = UnixStream::connect(directory.join("control.sock")).await;
        let mut conversation = Self {
            stream: stream.unwrap(),
            unread: Vec::new(),
        };
        let id = directory.file_name().unwrap().to_str().unwrap();
        let hello = json!({ "type": "event", "seq": 1, "event": "hello", "body": { "protocol": 1, "session": id } });
        assert_eq!(conversation.hears().await, Some(hello));
        conversation
    }

    pub async fn says(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    pub async fn asks(&mut self, command: &str, arguments: Value) -> Value {
        let request =
            json!({ "seq": 7, "type": "request", "command": command, "arguments": arguments });
        self.says(&framed(&request)).await;
        self.hears().await.unwrap()
    }

    /// The next message; nothing when the other side has closed.
    pub async fn hears(&mut self) -> Option<Value> {
        loop {
            let text = String::from_utf8_lossy(&self.unread).into_owned();
            if let Some((head, rest)) = text.split_once("\r\n\r\n") {
                let length: usize = head
                    .strip_prefix("Content-Length: ")
                    .unwrap()
                    .parse()
                    .unwrap();
                if rest.len() >= length {
                    let message = serde_json::from_str(&rest[..length]).unwrap();
                    self.unread.drain(..head.len() + 4 + length);
                    return Some(message);
                }
            }
            let reading = self.stream.read_buf(&mut self.unread);
            let count = tokio::time::timeout(DEADLINE, reading).await.unwrap();
            if count.is_ok_and(|count| count == 0) {
                return None;
            }
        }
    }
}
