//! A conversation that does not stop, and one that has too much to hand over.

use std::sync::{Condvar, Mutex};

use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::Notify,
};

use super::*;

const DEADLINE: Duration = Duration::from_secs(30);

/// It echoes, but over the line `wait` it holds up its thread.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Stuck;

static IS_STUCK: Notify = Notify::const_new();
static MAY_GO_ON: Mutex<bool> = Mutex::new(false);
static GOES_ON: Condvar = Condvar::new();

impl Version for Stuck {
    fn answer(&mut self, line: &[u8]) -> Vec<u8> {
        if line == b"wait\n" {
            IS_STUCK.notify_one();
            let held = MAY_GO_ON.lock().unwrap();
            let waited = GOES_ON
                .wait_timeout_while(held, DEADLINE, |go| !*go)
                .unwrap();
            assert!(!waited.1.timed_out());
        }
        line.to_vec()
    }

    fn farewell(&self) -> String {
        String::new()
    }
}

async fn echo(client: &mut TcpStream, line: &[u8]) {
    client.write_all(line).await.unwrap();
    read(client, line).await;
}

async fn read(client: &mut TcpStream, line: &[u8]) {
    let mut answer = vec![0; line.len()];
    let reading = client.read_exact(&mut answer);
    time::timeout(DEADLINE, reading).await.unwrap().unwrap();
    assert_eq!(answer, line);
}

fn start() -> (Server<Stuck>, SocketAddr) {
    // Nobody sends the signal here.
    let requests = Requests::hold().unwrap();
    let nowhere = PathBuf::from("/nowhere");
    let server = Server::new(0, requests, nowhere).unwrap();
    let addr = server.addr().unwrap();
    (server, addr)
}

#[tokio::test(flavor = "multi_thread")]
async fn all_clients_together_may_hand_over_so_much_and_no_more() {
    let (mut server, addr) = start();
    let mut client = TcpStream::connect(addr).await.unwrap();
    let talking = async {
        // In one piece, so that all of it is read when the answer comes.
        client.write_all(b"a line\nhalf").await.unwrap();
        read(&mut client, b"a line\n").await;
    };
    tokio::select! {
        _ = server.serve_until_asked() => unreachable!("nobody asks"),
        () = talking => {}
    }
    server.stop_all().await.unwrap();
    let handover = Handover::new(&server.listener, &server.connections);
    handover.write(4).unwrap();
    let error = handover.write(3).unwrap_err();
    assert_eq!(error.to_string(), "the clients have 4 bytes, over 3");
}

/// One of two clients is stuck when new code is asked for. Neither is lost,
/// and both are served on.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_conversation_that_does_not_stop_is_not_waited_for() {
    let (mut server, addr) = start();
    let mut free = TcpStream::connect(addr).await.unwrap();
    let mut stuck = TcpStream::connect(addr).await.unwrap();
    let talking = async {
        echo(&mut free, b"free\n").await;
        echo(&mut stuck, b"not yet\n").await;
        stuck.write_all(b"wait\n").await.unwrap();
        time::timeout(DEADLINE, IS_STUCK.notified()).await.unwrap();
    };
    tokio::select! {
        _ = server.serve_until_asked() => unreachable!("nobody asks"),
        () = talking => {}
    }
    let Err(error) = server.upgrade().await;
    assert_eq!(error.to_string(), "a conversation does not stop");

    let talking = async {
        echo(&mut free, b"free again\n").await;
        *MAY_GO_ON.lock().unwrap() = true;
        GOES_ON.notify_all();
        read(&mut stuck, b"wait\n").await;
        echo(&mut stuck, b"not stuck any more\n").await;
    };
    tokio::select! {
        _ = server.serve_until_asked() => unreachable!("nobody asks"),
        () = talking => {}
    }
    let Err(error) = server.upgrade().await;
    let error = format!("{error:#}");
    assert!(error.contains("No such file"), "{error}");
    assert_eq!(server.at_rest().0, 2, "both are still there");
}
