//! Serving clients that connect: TCP on loopback and unix sockets.
//!
//! `launch` runs code, so whoever may connect may run code as this user. Only processes of the same user are served, and TCP
//! is bound to loopback alone.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use dap_protocol::Connection;
use nix::unistd::getuid;
use tokio::net::{TcpListener, UnixListener};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{Environment, serve};

/// Where to listen: `HOST:PORT` on loopback, or `unix:PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenAddress {
    /// A loopback address; port 0 lets the system choose.
    Tcp(SocketAddr),
    /// A unix socket.
    Unix(PathBuf),
}

/// How long the system is left alone when it has no more connections to give.
const AFTER_A_REFUSAL: Duration = Duration::from_millis(100);

/// Why nothing can be listened to.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The text is no address.
    #[error("'{0}' is no address; write 127.0.0.1:PORT, [::1]:PORT or unix:PATH")]
    NoAddress(String),
    /// The address can be reached from other machines.
    #[error(
        "{0} is not a loopback address; a debug adapter runs code for whoever connects, so it listens on 127.0.0.1 or [::1] only"
    )]
    NotLoopback(SocketAddr),
    /// The system refused.
    #[error("cannot listen on {address}: {problem}")]
    Bind {
        /// The address.
        address: String,
        /// What the system said.
        problem: io::Error,
    },
}

impl FromStr for ListenAddress {
    type Err = ListenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix("unix:").filter(|path| !path.is_empty()) {
            return Ok(Self::Unix(PathBuf::from(path)));
        }
        let with_name = text
            .strip_prefix("localhost:")
            .map(|port| format!("127.0.0.1:{port}"));
        let address: SocketAddr = with_name
            .as_deref()
            .unwrap_or(text)
            .parse()
            .map_err(|_| ListenError::NoAddress(text.to_owned()))?;
        if !address.ip().is_loopback() {
            return Err(ListenError::NotLoopback(address));
        }
        Ok(Self::Tcp(address))
    }
}

/// Serves every client that connects to `address`, each in a session of its own, until `interrupted` is cancelled; then ends
/// the sessions and returns. `announce` is called once with the address as it is, when clients may come.
///
/// # Errors
/// [`ListenError::Bind`] when the address cannot be had.
pub async fn listen(
    address: ListenAddress,
    environment: Environment,
    interrupted: CancellationToken,
    announce: impl FnOnce(&str),
) -> Result<(), ListenError> {
    // Each session is started here and ends with its client or with `interrupted`.
    let mut sessions = JoinSet::new();
    match address {
        ListenAddress::Tcp(address) => {
            let failed = |problem| ListenError::Bind {
                address: address.to_string(),
                problem,
            };
            let listener = TcpListener::bind(address).await.map_err(failed)?;
            let own = listener.local_addr().map_err(failed)?;
            announce(&own.to_string());
            while let Some(accepted) = interrupted.run_until_cancelled(listener.accept()).await {
                let Ok((stream, peer)) = accepted else {
                    sleep(AFTER_A_REFUSAL).await;
                    continue;
                };
                while sessions.try_join_next().is_some() {}
                if !is_own_peer(peer, own) {
                    tracing::warn!(
                        "{peer} cannot be shown to belong to this user and is sent away"
                    );
                    continue;
                }
                let _latency_matters_little = stream.set_nodelay(true);
                sessions.spawn(serve(
                    Connection::over(stream),
                    environment.clone(),
                    interrupted.clone(),
                ));
            }
        }
        ListenAddress::Unix(path) => {
            let listener = bind_unix(&path).map_err(|problem| ListenError::Bind {
                address: path.display().to_string(),
                problem,
            })?;
            announce(&format!("unix:{}", path.display()));
            while let Some(accepted) = interrupted.run_until_cancelled(listener.accept()).await {
                let Ok((stream, _)) = accepted else {
                    sleep(AFTER_A_REFUSAL).await;
                    continue;
                };
                while sessions.try_join_next().is_some() {}
                if !stream
                    .peer_cred()
                    .is_ok_and(|peer| peer.uid() == getuid().as_raw())
                {
                    tracing::warn!("a process of another user is sent away");
                    continue;
                }
                sessions.spawn(serve(
                    Connection::over(stream),
                    environment.clone(),
                    interrupted.clone(),
                ));
            }
            let _somebody_else_removed_it = fs::remove_file(&path);
        }
    }
    sessions.join_all().await;
    Ok(())
}

/// Binds a socket that only this user can reach. A socket that nobody listens to any more is replaced; anything else that
/// stands in the way is left alone.
fn bind_unix(path: &Path) -> io::Result<UnixListener> {
    let is_dead_socket = fs::symlink_metadata(path)
        .is_ok_and(|metadata| metadata.file_type().is_socket())
        && std::os::unix::net::UnixStream::connect(path).is_err();
    if is_dead_socket {
        fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Whether the other end of a TCP connection is a socket of this user, by the kernel's own table.
fn is_own_peer(peer: SocketAddr, own: SocketAddr) -> bool {
    let table = if peer.is_ipv4() {
        "/proc/net/tcp"
    } else {
        "/proc/net/tcp6"
    };
    let (Some(peer), Some(own)) = (to_proc(peer), to_proc(own)) else {
        return false;
    };
    let Ok(table) = fs::read_to_string(table) else {
        return false;
    };
    // Columns of proc(5): number, local address, remote address, state, queues, timer, retransmits, uid.
    table.lines().any(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let is_connection =
            fields.next() == Some(peer.as_str()) && fields.next() == Some(own.as_str());
        is_connection && fields.nth(4).and_then(|uid| uid.parse().ok()) == Some(getuid().as_raw())
    })
}

/// An address as `/proc/net/tcp` writes it: 32-bit words in the machine's byte order, in hexadecimal.
fn to_proc(address: SocketAddr) -> Option<String> {
    let words = |octets: &[u8]| -> String {
        octets
            .chunks_exact(4)
            .filter_map(|word| word.try_into().ok())
            .map(|word: [u8; 4]| format!("{:08X}", u32::from_ne_bytes(word)))
            .collect()
    };
    let ip = match address.ip() {
        IpAddr::V4(ip) => words(&Ipv4Addr::octets(&ip)),
        IpAddr::V6(ip) => words(&Ipv6Addr::octets(&ip)),
    };
    (!ip.is_empty()).then(|| format!("{ip}:{:04X}", address.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ListenAddress, String> {
        text.parse().map_err(|error: ListenError| error.to_string())
    }

    #[test]
    fn loopback_and_unix_addresses_are_understood() {
        assert_eq!(
            parse("127.0.0.1:4711"),
            Ok(ListenAddress::Tcp("127.0.0.1:4711".parse().unwrap()))
        );
        assert_eq!(
            parse("localhost:0"),
            Ok(ListenAddress::Tcp("127.0.0.1:0".parse().unwrap()))
        );
        assert_eq!(
            parse("[::1]:4711"),
            Ok(ListenAddress::Tcp("[::1]:4711".parse().unwrap()))
        );
        assert_eq!(
            parse("unix:/tmp/a"),
            Ok(ListenAddress::Unix(PathBuf::from("/tmp/a")))
        );
    }

    #[test]
    fn other_addresses_are_refused_with_the_reason() {
        assert!(
            parse("0.0.0.0:4711")
                .unwrap_err()
                .contains("not a loopback address")
        );
        assert!(parse("4711").unwrap_err().contains("write 127.0.0.1:PORT"));
        assert!(parse("unix:").unwrap_err().contains("write 127.0.0.1:PORT"));
    }

    #[tokio::test]
    async fn a_connection_of_this_user_is_recognised_and_an_invented_one_is_not() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address).await else {
                continue;
            };
            let own = listener.local_addr().unwrap();
            let stream = tokio::net::TcpStream::connect(own).await.unwrap();
            let (_accepted, peer) = listener.accept().await.unwrap();
            assert_eq!(peer, stream.local_addr().unwrap());
            assert!(is_own_peer(peer, own), "{peer}");
            assert!(!is_own_peer(SocketAddr::new(peer.ip(), 1), own));
        }
    }

    #[tokio::test]
    async fn a_socket_file_is_private_and_a_living_one_is_not_taken_over() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("dap.sock");
        let listener = bind_unix(&path).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(
            bind_unix(&path).unwrap_err().kind(),
            io::ErrorKind::AddrInUse
        );
        drop(listener);
        bind_unix(&path).unwrap();
        let file = directory.path().join("file");
        fs::write(&file, "precious").unwrap();
        assert!(bind_unix(&file).is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
    }
}
