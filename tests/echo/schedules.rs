use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use echo::{
    admission::Door,
    drain::{Stop, Until, talk},
    limits::{DEFAULTS, Limits},
    serve::serve,
};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, duplex},
    net::{TcpListener, TcpStream},
    runtime::{self, Handle},
    task::{JoinHandle, yield_now},
    time,
};
use tokio_util::task::TaskTracker;

use crate::support::{DEADLINE, assert_last, assert_same, noise, within};

/// How many clients the server has places for.
const PLACES: usize = 3;

const LAST_WORD: &[u8] = b"the server stops\n";

/// What happens to a server, up to the moment in which it is asked to stop.
#[derive(Debug, Clone)]
enum Step {
    Connect,
    /// The client of this number, if it is still there.
    Send(usize, Vec<u8>),
    Read(usize),
    HalfClose(usize),
    Reset(usize),
}

/// How it is stopped.
#[derive(Debug, Clone, Copy)]
enum Drain {
    /// All have time to end.
    Patient,
    /// The last client has just closed its side, and nobody knows whether the
    /// server has noticed.
    WhileOneLeaves,
    /// Nobody has any time.
    Impatient,
}

#[derive(Debug, Clone)]
struct Schedule {
    /// Whether the places are short for one address, or for all.
    crowd: bool,
    steps: Vec<Step>,
    drain: Drain,
}

fn schedules() -> impl Strategy<Value = Schedule> {
    let byte = prop_oneof![4 => any::<u8>(), 1 => Just(b'\n')];
    let client = 0..PLACES + 1;
    let step = prop_oneof![
        3 => Just(Step::Connect),
        6 => (client.clone(), vec(byte, 1..40))
            .prop_map(|(client, bytes)| Step::Send(client, bytes)),
        3 => client.clone().prop_map(Step::Read),
        1 => client.clone().prop_map(Step::HalfClose),
        1 => client.prop_map(Step::Reset),
    ];
    let drain = prop_oneof![
        Just(Drain::Patient),
        Just(Drain::WhileOneLeaves),
        Just(Drain::Impatient),
    ];
    (any::<bool>(), vec(step, 0..25), drain).prop_map(
        |(crowd, steps, drain)| Schedule {
            crowd,
            steps,
            drain,
        },
    )
}

/// A client, and what it has to see.
struct Client {
    socket: TcpStream,
    sent: Vec<u8>,
    got: usize,
}

impl Client {
    async fn send(&mut self, bytes: &[u8]) {
        within("room to write", self.socket.write_all(bytes))
            .await
            .unwrap();
        self.sent.extend(bytes);
    }

    /// Reads the answers to all complete lines, and finds no more.
    async fn read(&mut self) {
        let end = self.sent.iter().rposition(|byte| *byte == b'\n');
        let end = end.map_or(0, |at| at + 1);
        let mut answers = vec![0; end - self.got];
        let reading = self.socket.read_exact(&mut answers);
        within("the answers", reading).await.unwrap();
        assert_eq!(answers, self.sent[self.got..end]);
        self.got = end;
        let more = self.socket.try_read(&mut [0]).unwrap_err();
        assert_eq!(more.kind(), io::ErrorKind::WouldBlock);
    }

    /// All that comes until the server closes its side.
    async fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        let reading = self.socket.read_to_end(&mut rest);
        within("the rest", reading).await.unwrap();
        rest
    }

    /// What has to come yet, if the server answers all that it was sent.
    fn due(&self, word: &[u8]) -> Vec<u8> {
        [&self.sent[self.got..], word].concat()
    }
}

/// The server, and who is connected according to the model.
struct World {
    addr: SocketAddr,
    stop: Stop,
    tasks: TaskTracker,
    /// Those who have a place. The tasks of two clients may come to the door
    /// in another order than the clients.
    inside: TaskTracker,
    accepting: JoinHandle<io::Result<()>>,
    refusal: &'static str,
    clients: Vec<Client>,
    /// They have closed their side, and have not read the rest.
    leaving: Vec<Client>,
}

impl World {
    async fn begin(crowd: bool) -> World {
        let few = (PLACES as u32).try_into().unwrap();
        let (limits, refusal) = match crowd {
            true => {
                let per_address = few;
                let limits = Limits {
                    per_address,
                    ..DEFAULTS
                };
                (limits, "too many from your address\n")
            }
            false => {
                let clients = few;
                let limits = Limits {
                    clients,
                    ..DEFAULTS
                };
                (limits, "all places are taken\n")
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let stop = Stop::default();
        let tasks = TaskTracker::new();
        let inside = TaskTracker::new();
        let accepting =
            start(listener, limits, stop.clone(), &tasks, inside.clone());
        World {
            addr,
            stop,
            tasks,
            inside,
            accepting,
            refusal,
            clients: Vec::new(),
            leaving: Vec::new(),
        }
    }

    /// Waits until the server has a task and a place for each client, and no
    /// more.
    async fn settle(&self) {
        let all = self.clients.len();
        let settling = async {
            while self.tasks.len() != all || self.inside.len() != all {
                yield_now().await;
            }
        };
        within("each client's task, and no more", settling).await
    }

    async fn step(&mut self, step: &Step) {
        match step {
            Step::Connect => self.connect().await,
            Step::Send(client, bytes) => {
                if let Some(client) = self.clients.get_mut(*client) {
                    client.send(bytes).await;
                }
            }
            Step::Read(client) => {
                if let Some(client) = self.clients.get_mut(*client) {
                    client.read().await;
                }
            }
            Step::HalfClose(client) if *client < self.clients.len() => {
                let mut client = self.clients.remove(*client);
                client.socket.shutdown().await.unwrap();
                self.leaving.push(client);
                self.settle().await;
            }
            Step::Reset(client) if *client < self.clients.len() => {
                let client = self.clients.remove(*client);
                client.socket.set_zero_linger().unwrap();
                drop(client);
                self.settle().await;
            }
            Step::HalfClose(_) | Step::Reset(_) => {}
        }
    }

    async fn connect(&mut self) {
        let connecting = TcpStream::connect(self.addr);
        let mut socket = within("a connection", connecting).await.unwrap();
        // What the client has sent shall have come, and not wait on its side.
        socket.set_nodelay(true).unwrap();
        if self.clients.len() == PLACES {
            assert_last(&mut socket, self.refusal).await;
            drop(socket);
        } else {
            self.clients.push(Client {
                socket,
                sent: Vec::new(),
                got: 0,
            });
        }
        self.settle().await;
    }

    async fn drain(mut self, drain: Drain) {
        let mut leaver = match drain {
            Drain::WhileOneLeaves => self.clients.pop(),
            Drain::Patient | Drain::Impatient => None,
        };
        if let Some(leaver) = &mut leaver {
            leaver.socket.shutdown().await.unwrap();
        }
        self.stop.asked.cancel();
        let grace = match drain {
            Drain::Impatient => Duration::ZERO,
            _ => 2 * DEADLINE,
        };
        let ended = within("the end of accepting", &mut self.accepting).await;
        // Whether the port is free is not asked: another test may have got it.
        ended.unwrap().unwrap();
        for client in &mut self.leaving {
            assert_eq!(client.rest().await, client.due(b""));
        }

        let (stop, tasks) = (self.stop.clone(), self.tasks.clone());
        let clients = self.clients.len();
        let draining =
            tokio::spawn(async move { stop.drain(&tasks, grace).await });
        if let Drain::Impatient = drain {
            let cut_off = within("the drain", draining).await.unwrap();
            assert_eq!(cut_off, clients);
            for client in self.clients {
                assert_cut_off(client).await;
            }
        } else {
            for mut client in self.clients {
                assert_eq!(client.rest().await, client.due(LAST_WORD));
            }
            if let Some(leaver) = leaver {
                assert_left(leaver).await;
            }
            let cut_off = within("the drain", draining).await.unwrap();
            assert_eq!(cut_off, 0);
        }
        assert!(self.tasks.is_empty());
    }
}

/// It has seen all answers, and perhaps it was told.
async fn assert_left(mut client: Client) {
    let (answers, told) = (client.due(b""), client.due(LAST_WORD));
    let rest = client.rest().await;
    assert!(rest == answers || rest == told, "{rest:?} for {answers:?}");
}

/// It has seen the beginning of what was due, and then an end of any kind.
async fn assert_cut_off(mut client: Client) {
    let mut rest = Vec::new();
    let reading = client.socket.read_to_end(&mut rest);
    let _ = within("the end", reading).await;
    let due = client.due(LAST_WORD);
    assert!(due.starts_with(&rest), "{rest:?} for {due:?}");
}

/// What `drained` is made of, without its log and counters.
fn start(
    listener: TcpListener,
    limits: Limits,
    stop: Stop,
    tasks: &TaskTracker,
    inside: TaskTracker,
) -> JoinHandle<io::Result<()>> {
    let door = Arc::new(Door::new(&limits));
    let told = stop.clone();
    let handler = move |(socket, peer)| {
        let (door, stop) = (door.clone(), told.clone());
        told.cut(client(socket, peer, door, limits, stop, inside.clone()))
    };
    let server = serve(listener, handler)
        .tracked_by(tasks)
        .with_graceful_shutdown(stop.asked.cancelled_owned());
    tokio::spawn(server.run())
}

async fn client(
    mut socket: TcpStream,
    peer: SocketAddr,
    door: Arc<Door>,
    limits: Limits,
    stop: Stop,
    inside: TaskTracker,
) {
    let _place = match door.admit(peer) {
        Ok(place) => place,
        Err(why) => return door.refuse(&mut socket, &why).await,
    };
    let _inside = inside.token();
    if let Err(end) = talk(&mut socket, &limits, &stop).await {
        end.tell(&mut socket).await;
    }
}

/// It is read in more pieces than a task may read before others have their
/// turn. That it gives way is not the end of what has come.
#[tokio::test(start_paused = true)]
async fn a_stop_leaves_nothing_unread_however_much_has_come() {
    let sent = noise(1_000_000, 1);
    let (mut client, stream) = duplex(sent.len());
    let stop = Stop::default();
    stop.asked.cancel();
    let mut stream = Until::new(stream, &stop.asked);
    // There is a moment left, and it passes while nobody looks.
    let early = time::timeout(Duration::from_millis(1), stream.read_u8());
    early.await.unwrap_err();
    client.write_all(&sent).await.unwrap();
    time::advance(Duration::from_secs(1)).await;

    let mut got = Vec::new();
    let reading = async {
        let mut piece = [0; 1000];
        loop {
            match stream.read(&mut piece).await.unwrap() {
                0 => return,
                length => got.extend(&piece[..length]),
            }
        }
    };
    within("the end", reading).await;
    assert_same(&got, &sent);
}

async fn check(schedule: Schedule) {
    let mut world = World::begin(schedule.crowd).await;
    for step in &schedule.steps {
        world.step(step).await;
    }
    world.drain(schedule.drain).await;
    let none_left = async {
        while Handle::current().metrics().num_alive_tasks() > 0 {
            yield_now().await;
        }
    };
    within("the end of all tasks", none_left).await;
}

#[test]
fn every_client_sees_what_it_may_see_and_nothing_else() {
    const SCHEDULES: u32 = 1000;

    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let config = Config {
        cases: SCHEDULES,
        max_shrink_iters: 500,
        // A wait in vain takes its time, and would be repeated.
        max_shrink_time: 60_000,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let checked = runner.run(&schedules(), |schedule| {
        runtime.block_on(check(schedule));
        Ok(())
    });
    checked.unwrap_or_else(|failure| panic!("{failure}"));
}
