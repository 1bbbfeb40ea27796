use std::{net::SocketAddr, process::Stdio, time::Duration};

use serde_json::Value;
use tokio::process::Command;

use self::servers::Fake;
use crate::support::{command, within};

/// Servers that are right, and servers that are wrong in one way each.
mod servers;

/// What is said of a server that echoes.
mod right;

/// Servers that send other bytes, or close, and what is said of them.
mod wrong;

/// Servers that answer late, or never.
mod unanswered;

/// Clients that come and stay, or come and go.
mod visits;

/// What is refused, and what the system allows.
mod bounds;

/// What a load has printed, and how it has ended.
#[derive(Debug)]
struct Outcome {
    code: Option<i32>,
    json: Value,
    stderr: String,
}

impl Outcome {
    fn count(&self, what: &str) -> u64 {
        let count = self.json[what].as_u64();
        count.unwrap_or_else(|| panic!("no {what} in {self:#?}"))
    }

    /// Such an echo took so long: `p99`, say.
    fn time(&self, which: &str) -> Duration {
        let time = self.json["nanoseconds"][which].as_u64();
        Duration::from_nanos(time.expect("a time"))
    }

    /// All that was sent has come back, and nothing is said of errors.
    fn assert_fine(&self) {
        assert_eq!(self.code, Some(0), "{self:#?}");
        assert_eq!(self.stderr, "", "{self:#?}");
        assert!(self.count("echoes") > 0, "{self:#?}");
        let errors = ["wrong", "lost", "unanswered"];
        assert_eq!(errors.map(|what| self.count(what)), [0; 3], "{self:#?}");
    }

    /// So many clients got something wrong, and of the first this is said.
    fn assert_wrong(&self, clients: u64, said: &str) {
        assert_eq!(self.code, Some(1), "{self:#?}");
        assert_eq!(self.count("wrong"), clients, "{self:#?}");
        assert!(self.stderr.contains("got wrong bytes"), "{self:#?}");
        assert!(self.stderr.contains(said), "{self:#?}");
    }
}

fn load(server: SocketAddr, options: &[&str]) -> Command {
    let mut load = command("load");
    load.arg(server.port().to_string()).args(options);
    load.stdin(Stdio::null());
    load
}

/// Runs a load to its end.
async fn measure(server: SocketAddr, options: &[&str]) -> Outcome {
    let mut load = load(server, options);
    let output = within("the load's end", load.arg("--json").output());
    let output = output.await.unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stdout.lines().count(), 1, "{stdout}{stderr}");
    Outcome {
        code: output.status.code(),
        json: serde_json::from_str(&stdout).unwrap(),
        stderr,
    }
}

/// Runs a load to its end, and late answers are waited for on a busy machine,
/// too.
async fn patient(server: SocketAddr, options: &[&str]) -> Outcome {
    measure(server, &[&["--patience", "20s"], options].concat()).await
}

/// Runs a short load to its end.
async fn short(server: &Fake, options: &[&str]) -> Outcome {
    let options = [&["--duration", "100ms"], options].concat();
    patient(server.addr, &options).await
}
