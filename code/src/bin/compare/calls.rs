//! How often a server calls the system for an echo, as `strace` counts it.

use std::{process::Stdio, time::Duration};

use anyhow::{Context, Result, ensure};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, ChildStderr, Command},
    time::timeout,
};

use crate::{
    bench::Bench,
    figures::Figures,
    launch::Launched,
    loader::Talk,
    subjects::{List, Subject},
};

/// What stands below a table with calls.
pub const OF_CALLS: &str = "Calls: what `strace` counts while clients talk. \
                            It makes the server slow, so that it finds more \
                            messages when it looks: at full speed there are \
                            more empty reads, and more waits. ";

/// `strace` needs less until it has begun, and to print what it has counted.
const LIMIT: Duration = Duration::from_secs(30);

/// The tool that counts.
const STRACE: &str = "strace";

impl Bench {
    /// Counts the calls of each server, if `strace` is at hand.
    pub async fn count_calls(
        &mut self,
        list: &List,
        subjects: &[Subject],
        all: &mut [Figures],
    ) {
        for (subject, figures) in subjects.iter().zip(all) {
            self.progress.step(&format!("calls of {}", subject.name));
            match self.calls(list, subject).await {
                Ok(calls) => figures.calls = Some(calls),
                Err(error) => self.fail(subject.name, STRACE, &error),
            }
        }
    }

    async fn calls(&self, list: &List, subject: &Subject) -> Result<f64> {
        let server = self.start(list, subject).await?;
        let talk = Talk {
            clients: self.setting.clients_of(list)[0],
            time: self.setting.time * 2,
            rate: None,
        };
        let counting = Counting::start(&server).await?;
        let echoes = self.loader_of(list).talk(server.port, talk).await?;
        let calls = counting.end().await?;
        let count = (echoes.echoes + echoes.warm_up).max(1);
        Ok(calls as f64 / count as f64)
    }
}

/// A `strace` that counts.
struct Counting {
    strace: Child,
    said: BufReader<ChildStderr>,
}

impl Counting {
    /// Begins to count the calls of all threads of a server.
    async fn start(server: &Launched) -> Result<Counting> {
        let mut strace = Command::new(STRACE)
            .args(["-f", "-c", "-p", &server.process.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("it cannot be started")?;
        let stderr = strace.stderr.take().context("it has an output")?;
        let mut said = BufReader::new(stderr);
        let mut line = String::new();
        timeout(LIMIT, said.read_line(&mut line)).await??;
        ensure!(line.contains("attached"), "{}", line.trim_end());
        Ok(Counting { strace, said })
    }

    /// How many calls there were.
    async fn end(mut self) -> Result<u64> {
        let id = self.strace.id().context("it has ended")?;
        let id = nix::unistd::Pid::from_raw(id.cast_signed());
        nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGINT)?;
        let mut text = String::new();
        let ending = async {
            self.said.read_to_string(&mut text).await?;
            self.strace.wait().await
        };
        timeout(LIMIT, ending).await??;
        total(&text).with_context(|| text.clone())
    }
}

/// The number of calls in the last line of what `strace` says.
fn total(text: &str) -> Option<u64> {
    let line = text.lines().rfind(|line| line.ends_with(" total"))?;
    line.split_whitespace().nth(3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::total;

    #[test]
    fn the_calls_are_in_the_last_line() {
        let text = "\
            strace: Process 7 detached\n\
            % time     seconds  usecs/call     calls    errors syscall\n\
            ------ ----------- ----------- --------- --------- --------\n\
             66.41    0.150983          27      5482           sendto\n\
             33.59    0.072657          13      5482       113 recvfrom\n\
            ------ ----------- ----------- --------- --------- --------\n\
            100.00    0.227346          20     10964       113 total\n";
        assert_eq!(total(text), Some(10_964));
        assert_eq!(total("strace: attach: not permitted\n"), None);
    }
}
