//! What clients notice of an upgrade:
//! `cargo run --release --bin upgrade_bench`.
//!
//! It starts `upgradable`, connects clients that ask and compare each answer,
//! and measures the longest time that any of them waits: in a while without
//! an upgrade, then in a while with one, several times in turn. It takes about
//! a minute and a half, needs up to 5,000 open files in each of two processes,
//! and prints the table that a page shows.

use anyhow::Result;

#[cfg(unix)]
#[tokio::main]
async fn main() -> Result<()> {
    bench::run().await
}

#[cfg(not(unix))]
fn main() -> Result<()> {
    anyhow::bail!("Windows cannot replace the program of a process")
}

#[cfg(unix)]
mod bench {
    use std::{
        env, fs,
        path::{Path, PathBuf},
        process::Stdio,
        sync::{
            Arc,
            atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
        },
        thread,
        time::Duration,
    };

    use anyhow::{Context, Result, ensure};
    use nix::{
        sys::{
            resource::{Resource, getrlimit, setrlimit},
            signal::{Signal, kill},
        },
        unistd::Pid,
    };
    use tokio::{
        io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines},
        net::TcpStream,
        process::{Child, ChildStdout, Command},
        task::JoinSet,
        time::{Instant, sleep, timeout},
    };

    /// How often each measurement is repeated. The median is told.
    const ROUNDS: usize = 5;

    /// How long a measurement takes. An upgrade comes in its middle.
    const WINDOW: Duration = Duration::from_secs(2);

    /// The time between two questions of a quiet client.
    const PAUSE: Duration = Duration::from_millis(500);

    /// No answer takes this long.
    const LIMIT: Duration = Duration::from_secs(30);

    /// Files that are open besides the clients.
    const SPARE: u64 = 100;

    /// What all clients add to.
    #[derive(Default)]
    struct Tally {
        /// The longest wait, in microseconds.
        worst: AtomicU64,
        asked: AtomicU64,
        lost: AtomicUsize,
        wrong: AtomicUsize,
        stop: AtomicBool,
    }

    struct Server {
        child: Child,
        log: Lines<BufReader<ChildStdout>>,
        path: PathBuf,
        port: u16,
    }

    pub async fn run() -> Result<()> {
        let processors = thread::available_parallelism()?;
        println!(
            "| clients | load | questions | lost clients | wrong answers | worst wait | with an upgrade |"
        );
        println!("|--:|:--|--:|--:|--:|--:|--:|");
        for (clients, pause) in [
            (100, Some(PAUSE)),
            (100, None),
            (5_000, Some(PAUSE)),
            (5_000, None),
        ] {
            measure(clients, pause).await?;
        }
        println!();
        println!(
            "Measured on {} ({}) with {processors} processors, which the \
             clients share with the server. The waits are the worst of all \
             clients in {} seconds, and of {ROUNDS} such times the median.",
            env::consts::OS,
            env::consts::ARCH,
            WINDOW.as_secs(),
        );
        Ok(())
    }

    /// Prints a row of the table.
    async fn measure(clients: usize, pause: Option<Duration>) -> Result<()> {
        allow_files(clients as u64 + SPARE)?;
        let folder = tempfile::tempdir()?;
        let mut server = Server::start(folder.path()).await?;
        let tally = Arc::new(Tally::default());
        let mut tasks = JoinSet::new();
        for number in 0..clients {
            let socket = TcpStream::connect(("127.0.0.1", server.port)).await?;
            socket.set_nodelay(true)?;
            tasks.spawn(client(socket, number, pause, Arc::clone(&tally)));
        }
        sleep(WINDOW).await;

        let (mut without, mut with) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            tally.worst.store(0, Relaxed);
            sleep(WINDOW).await;
            without.push(tally.worst.swap(0, Relaxed));
            sleep(WINDOW / 2).await;
            let to = ["upgradable_v2", "upgradable"][round % 2];
            server.upgrade(to, clients).await?;
            sleep(WINDOW / 2).await;
            with.push(tally.worst.load(Relaxed));
        }
        tally.stop.store(true, Relaxed);
        let counting = server.count_lines(clients);
        let ending = async { tokio::join!(counting, tasks.join_all()) };
        let (counted, _) = timeout(LIMIT, ending).await?;
        let (counted, asked) = (counted?, tally.asked.load(Relaxed));
        ensure!(counted == asked, "it counted {counted} lines of {asked}");
        server.child.kill().await?;

        let load = match pause {
            Some(_) => "quiet",
            None => "full",
        };
        println!(
            "| {clients} | {load} | {asked} | {} | {} | {} | {} |",
            tally.lost.load(Relaxed),
            tally.wrong.load(Relaxed),
            median(without),
            median(with),
        );
        Ok(())
    }

    fn median(mut times: Vec<u64>) -> String {
        times.sort_unstable();
        let micros = times[times.len() / 2];
        format!(
            "{:.1} ms",
            Duration::from_micros(micros).as_secs_f64() * 1e3
        )
    }

    /// Asks and waits, again and again.
    async fn client(
        mut socket: TcpStream,
        number: usize,
        pause: Option<Duration>,
        tally: Arc<Tally>,
    ) {
        // Quiet clients do not all ask in the same moment.
        if let Some(pause) = pause {
            sleep(pause.mul_f64((number % 100) as f64 / 100.0)).await;
        }
        for round in 0.. {
            if tally.stop.load(Relaxed) {
                break;
            }
            let question = format!("question {round} of client {number}\n");
            let start = Instant::now();
            match ask(&mut socket, question.as_bytes()).await {
                Ok(true) => {}
                Ok(false) => drop(tally.wrong.fetch_add(1, Relaxed)),
                Err(_) => {
                    tally.lost.fetch_add(1, Relaxed);
                    return;
                }
            }
            let micros = start.elapsed().as_micros();
            let micros = u64::try_from(micros).unwrap_or(u64::MAX);
            tally.worst.fetch_max(micros, Relaxed);
            tally.asked.fetch_add(1, Relaxed);
            if let Some(pause) = pause {
                sleep(pause).await;
            }
        }
        // An answer that comes twice would be left over.
        let mut rest = Vec::new();
        let ended = async {
            socket.shutdown().await?;
            socket.read_to_end(&mut rest).await
        };
        match timeout(LIMIT, ended).await {
            Ok(Ok(0)) => {}
            Ok(Ok(_)) => drop(tally.wrong.fetch_add(1, Relaxed)),
            _ => drop(tally.lost.fetch_add(1, Relaxed)),
        }
    }

    /// Whether the answer is the question, in whatever letters.
    async fn ask(socket: &mut TcpStream, question: &[u8]) -> Result<bool> {
        let mut answer = vec![0; question.len()];
        let asking = async {
            socket.write_all(question).await?;
            socket.read_exact(&mut answer).await
        };
        timeout(LIMIT, asking).await??;
        Ok(answer.eq_ignore_ascii_case(question))
    }

    impl Server {
        async fn start(folder: &Path) -> Result<Server> {
            let path = folder.join("server");
            fs::copy(beside("upgradable")?, &path)?;
            let mut child = Command::new(&path)
                .arg("0")
                .stdout(Stdio::piped())
                .kill_on_drop(true)
                .spawn()?;
            let stdout = child.stdout.take().context("it has an output")?;
            let mut log = BufReader::new(stdout).lines();
            let line = log.next_line().await?.context("it says its port")?;
            let port = line.trim_end_matches('.').rsplit(' ').next();
            let port = port.unwrap_or_default().parse()?;
            Ok(Server {
                child,
                log,
                path,
                port,
            })
        }

        async fn upgrade(&mut self, to: &str, clients: usize) -> Result<()> {
            let new = self.path.with_extension("new");
            fs::copy(beside(to)?, &new)?;
            fs::rename(new, &self.path)?;
            let id = self.child.id().context("the server has ended")?;
            kill(Pid::from_raw(id.try_into()?), Signal::SIGHUP)?;
            let line = timeout(LIMIT, self.log.next_line()).await??;
            let line = line.context("the server has ended")?;
            let expected = format!("Upgraded, clients kept: {clients}");
            ensure!(line == expected, "it said: {line}");
            Ok(())
        }

        /// How many lines the server has counted, across all upgrades, as it
        /// says of each client that leaves.
        async fn count_lines(&mut self, clients: usize) -> Result<u64> {
            let mut count = 0;
            for _ in 0..clients {
                let line = self.log.next_line().await?;
                let line = line.context("the server has ended")?;
                let (_, after) = line.split_once(" after ").context("what?")?;
                let (lines, _) = after.split_once(" lines").context("what?")?;
                count += lines.parse::<u64>()?;
            }
            Ok(count)
        }
    }

    /// A program that was built together with this one.
    fn beside(name: &str) -> Result<PathBuf> {
        let path = env::current_exe()?.with_file_name(name);
        ensure!(
            path.exists(),
            "{} is missing: cargo build --release --bins",
            path.display()
        );
        Ok(path)
    }

    /// Allows this process and its children so many open files.
    fn allow_files(count: u64) -> Result<()> {
        let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
        if soft < count {
            setrlimit(Resource::RLIMIT_NOFILE, count, hard).with_context(
                || format!("this needs {count} open files (ulimit -n)"),
            )?;
        }
        Ok(())
    }
}
