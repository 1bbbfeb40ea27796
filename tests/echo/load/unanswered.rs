use std::time::Duration;

use super::{
    measure, patient,
    servers::{Fake, STALL, deaf, silent, stalls_after},
};

#[tokio::test]
async fn what_is_never_answered_counts_as_it_waited() {
    const WAITED: Duration = Duration::from_millis(200);

    let silent = Fake::start(|socket, _| silent(socket)).await;
    let deaf = Fake::start(|socket, _| deaf(socket)).await;
    for (server, options, messages) in [
        (&silent, "--pipeline 2 --duration 100ms", 100),
        (&silent, "--rate 1000 --duration 100ms", 100),
        (&deaf, "--size 1048576 --duration 100ms", 50),
    ] {
        let mut options: Vec<_> = options.split(' ').collect();
        options.extend(["--patience", "200ms"]);
        let outcome = measure(server.addr, &options).await;
        assert_eq!(outcome.code, Some(0), "{outcome:#?}");
        assert_eq!(outcome.count("unanswered"), messages, "{outcome:#?}");
        assert_eq!(outcome.count("echoes"), 0, "{outcome:#?}");
        assert!(outcome.time("p50") >= WAITED, "{outcome:#?}");
    }
}

/// More is due than may be pending, and than the load can send.
#[tokio::test]
async fn what_could_not_even_be_sent_is_unanswered() {
    let silent = Fake::start(|socket, _| silent(socket)).await;
    let options = "--rate 10000000 --duration 200ms --patience 200ms";
    let options: Vec<_> = options.split(' ').collect();
    let outcome = measure(silent.addr, &options).await;
    assert_eq!(outcome.count("unanswered"), 2_000_000, "{outcome:#?}");
}

/// A second of the schedule falls into the time in which the server stands
/// still, and so does a third of all messages at least.
#[tokio::test]
async fn a_schedule_shows_a_server_that_stands_still() {
    let server = Fake::start(|socket, _| stalls_after(640, socket)).await;
    let options = ["--connections", "1", "--rate", "100", "--duration", "3s"];
    let outcome = patient(server.addr, &options).await;
    outcome.assert_fine();
    assert_eq!(outcome.count("echoes"), 300, "{outcome:#?}");
    for (which, least) in [("p90", 0.5), ("p99", 0.9), ("max", 0.95)] {
        let least = STALL.mul_f64(least);
        assert!(outcome.time(which) >= least, "{which}: {outcome:#?}");
    }
}

/// Who waits for an answer before the next message asks once in that time.
#[tokio::test]
async fn taking_turns_hides_a_server_that_stands_still() {
    let server = Fake::start(|socket, _| stalls_after(640, socket)).await;
    let options = ["--connections", "1", "--duration", "3s"];
    let outcome = patient(server.addr, &options).await;
    outcome.assert_fine();
    assert!(outcome.time("max") >= STALL / 2, "{outcome:#?}");
    assert!(outcome.time("p90") < STALL / 2, "{outcome:#?}");
}
