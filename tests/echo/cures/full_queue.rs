//! More clients at once than a server accepts at the moment. They wait in its
//! queue, or do not get that far.

use std::{io, time::Duration};

use echo::files::allow_files;
use tokio::{net::TcpStream, time::timeout};

use crate::support::{Server, command};

/// More than fit into a queue of 128, and few enough for any other.
const AT_THE_DOOR: usize = 300;

/// Whoever finds room in a queue on this machine is there long before.
const TOO_LATE: Duration = Duration::from_secs(2);

/// Whether all clients can connect to a server that is busy with others.
async fn all_can_wait(program: &str) -> bool {
    allow_files().unwrap();
    let server = Server::spawn(command(program).arg("0")).await;
    server.stand_still();
    let mut clients = Vec::new();
    while clients.len() < AT_THE_DOOR {
        let connecting = TcpStream::connect(server.addr());
        match timeout(TOO_LATE, connecting).await {
            Ok(Ok(client)) => clients.push(client),
            // Some systems refuse at once, and others say nothing.
            Ok(Err(error)) => {
                assert!(is_refused(&error), "{error}");
                break;
            }
            Err(_) => break,
        }
    }
    server.stop().await;
    clients.len() == AT_THE_DOOR
}

/// Some systems refuse whoever finds no room.
fn is_refused(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset
    )
}

#[tokio::test]
async fn server_has_a_queue_that_clients_do_not_fit_into() {
    assert!(!all_can_wait("server").await);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn tuned_has_a_queue_that_all_of_them_fit_into() {
    let allowed = std::fs::read_to_string("/proc/sys/net/core/somaxconn");
    let allowed: usize = allowed.unwrap().trim().parse().unwrap();
    assert!(allowed >= AT_THE_DOOR, "net.core.somaxconn is {allowed}");
    assert!(all_can_wait("tuned").await);
}
