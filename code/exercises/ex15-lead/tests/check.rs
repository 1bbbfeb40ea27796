//! The tests of the fifteenth exercise.

use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use ex15_lead::serve;
use testkit::{Client, Server, within};
use tokio::{
    net::TcpStream,
    sync::{
        oneshot::{self, Receiver, Sender},
        watch,
    },
    time::{sleep, timeout},
};

/// Much longer than any test takes.
const LONG: Duration = Duration::from_secs(30);

/// Soon over, and yet longer than a busy machine makes a task wait.
const SHORT: Duration = Duration::from_millis(700);

/// A server, and what it listens to.
struct Start {
    server: Server<io::Result<usize>>,
    ready: watch::Sender<bool>,
    stop: Option<Sender<()>>,
    hurry: Option<Sender<()>>,
    /// When it was told to stop.
    stopped: Instant,
}

/// Done when it is told so, or when nobody is left who could.
async fn told(signal: Receiver<()>) {
    let _ = signal.await;
}

async fn start(lead: Duration, grace: Duration) -> Start {
    let (stop, stopped) = oneshot::channel();
    let (hurry, hurried) = oneshot::channel();
    let (ready, _) = watch::channel(true);
    let sender = ready.clone();
    let server = Server::start(|listener| {
        serve(listener, sender, told(stopped), told(hurried), lead, grace)
    });
    Start {
        server: server.await,
        ready,
        stop: Some(stop),
        hurry: Some(hurry),
        stopped: Instant::now(),
    }
}

impl Start {
    /// A client that has been answered.
    async fn client(&self) -> Client<TcpStream> {
        let mut client = self.server.connect().await;
        client.ask("hello", "hello").await;
        client
    }

    /// Tells the server to stop, and waits a moment until it says that it
    /// goes. Whether it does is the business of one test only.
    async fn stop(&mut self) {
        let mut ready = self.ready.subscribe();
        self.tell_to_stop();
        let _ = timeout(SHORT / 2, ready.wait_for(|ready| !ready)).await;
    }

    fn tell_to_stop(&mut self) {
        self.stopped = Instant::now();
        let stop = self.stop.take().expect("it was told before");
        let told = stop.send(());
        assert!(
            told.is_ok(),
            "`serve` dropped `stop` without waiting for it"
        );
    }

    fn hurry(&mut self) {
        let hurry = self.hurry.take().expect("it was told before");
        let told = hurry.send(());
        assert!(
            told.is_ok(),
            "`serve` dropped `hurry` without waiting for it"
        );
    }

    /// Waits until nobody can connect, and returns how long that was after
    /// `stop`. Up to then, somebody comes and leaves all the time.
    async fn closed(&self, deed: &str) -> Duration {
        let addr: SocketAddr = self.server.addr;
        let closing = async {
            while TcpStream::connect(addr).await.is_ok() {
                sleep(Duration::from_millis(5)).await;
            }
        };
        let limit = SHORT * 6;
        let closed = timeout(limit, closing).await;
        assert!(
            closed.is_ok(),
            "{deed}, and the port was still open {limit:?} later"
        );
        self.stopped.elapsed()
    }

    /// Expects that your server has cut off so many, and returns how long that
    /// was after `stop`.
    async fn expect_cut_off(self, deed: &str, expected: usize) -> Duration {
        // So that `hurry` is not done.
        let _hurry = self.hurry;
        match self
            .server
            .end(&format!("`stop` is done, and {deed}"))
            .await
        {
            Ok(got) => assert!(
                got == expected,
                "{deed}; `serve` should return {expected}, and returned {got}"
            ),
            Err(error) => panic!("{deed}; `serve` returned the error {error}"),
        }
        self.stopped.elapsed()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_ready_until_it_is_told_to_stop() {
    let start = start(SHORT, SHORT).await;
    start.client().await;
    start.client().await;
    assert!(start.server.is_running(), "nobody has told it to stop");
    assert!(
        *start.ready.borrow(),
        "nobody has told your server to stop, and `ready` is false"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_says_at_once_that_it_goes() {
    let mut start = start(LONG, LONG).await;
    let _client = start.client().await;
    let mut ready = start.ready.subscribe();
    start.tell_to_stop();
    let falling = ready.wait_for(|ready| !ready);
    let what = "`stop` is done; the change of `ready` to false";
    within(what, falling).await.expect("this test has a sender");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_looks_later_sees_it_too() {
    let mut start = start(SHORT, LONG).await;
    let _client = start.client().await;
    start.tell_to_stop();
    start.closed("`stop` is done, and the lead is over").await;
    assert!(
        !*start.ready.subscribe().borrow(),
        "nobody looked at `ready` when `stop` was done; who looks now sees \
         that it is still true"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_during_the_lead_is_served() {
    let mut start = start(LONG, LONG).await;
    let mut early = start.client().await;
    start.stop().await;
    let mut late = start.client().await;
    start.client().await;
    late.ask("one more thing", "one more thing").await;
    early.ask("and another", "and another").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_door_is_closed_after_the_lead() {
    let mut start = start(SHORT, LONG).await;
    let mut client = start.client().await;
    start.stop().await;
    let deed = "`stop` is done, and the lead is over";
    let took = start.closed(deed).await;
    assert!(
        took >= SHORT,
        "the door should stay open for {SHORT:?}, and was closed after {took:?}"
    );
    client.ask("still here", "still here").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_there_does_not_shorten_the_lead() {
    let mut start = start(SHORT, LONG).await;
    start.stop().await;
    let deed = "nobody was connected";
    let took = start.expect_cut_off(deed, 0).await;
    assert!(
        took >= SHORT,
        "{deed}; the lead is {SHORT:?}, and `serve` returned after {took:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_does_not_prolong_the_lead() {
    let mut start = start(SHORT, LONG).await;
    start.stop().await;
    let deed = "the lead is 0.7 s, and all the time somebody came and left";
    start.closed(deed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_grace_begins_when_the_door_is_closed() {
    let mut start = start(SHORT, SHORT).await;
    let mut client = start.client().await;
    start.stop().await;
    start.closed("`stop` is done, and the lead is over").await;
    let deed = "one client did not leave";
    let took = start.expect_cut_off(deed, 1).await;
    assert!(
        took >= SHORT * 2,
        "{deed}; lead and grace are {SHORT:?} each, and `serve` returned \
         after {took:?}"
    );
    client.expect_end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_goes_when_the_last_one_has_left() {
    let mut start = start(SHORT, LONG).await;
    let client = start.client().await;
    start.stop().await;
    start.closed("`stop` is done, and the lead is over").await;
    drop(client);
    let deed = "the last client left during the grace";
    start.expect_cut_off(deed, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hurry_ends_the_lead() {
    let mut start = start(LONG, LONG).await;
    start.client().await;
    start.stop().await;
    // To connect would wake up a server that looks for the hurry only then.
    start.hurry();
    let deed = "`hurry` was done during the lead, and nobody was connected";
    start.expect_cut_off(deed, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hurry_leaves_the_grace() {
    let mut start = start(LONG, LONG).await;
    let mut client = start.client().await;
    start.stop().await;
    start.hurry();
    start.closed("`hurry` was done during the lead").await;
    // A server takes a moment to cut somebody off, so once is not enough.
    let closed = Instant::now();
    while closed.elapsed() < SHORT / 2 {
        client.ask("still here", "still here").await;
    }
    client.finish().await;
    client.expect_end().await;
    let deed = "`hurry` was done, and the client left by itself";
    start.expect_cut_off(deed, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hurry_before_the_stop_waits_for_it() {
    let mut start = start(LONG, LONG).await;
    start.client().await;
    start.hurry();
    let mut client = start.client().await;
    assert!(
        *start.ready.borrow(),
        "`hurry` is done and `stop` is not; and `ready` has become false"
    );
    start.stop().await;
    start.closed("`hurry` was done before `stop`").await;
    client.ask("still here", "still here").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_who_are_cut_off_are_counted() {
    let mut start = start(LONG, SHORT).await;
    let mut clients = Vec::new();
    for _ in 0..5 {
        clients.push(start.client().await);
    }
    start.stop().await;
    for _ in 0..3 {
        clients.push(start.client().await);
    }
    for mut client in clients.drain(..2) {
        client.finish().await;
        client.expect_end().await;
    }
    start.hurry();
    let deed = "5 were connected before the lead, 3 came during it, and 2 have \
                left";
    start.expect_cut_off(deed, 6).await;
}
