//! Many clients come at once, and stay silent.

use std::{
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{
    bench::Bench,
    family::memory,
    figures::{Figures, Opening},
    subjects::{List, Subject},
};

/// Who has not come by then does not count.
pub const LIMIT: Duration = Duration::from_secs(30);

/// What takes longer than this, in seconds, is measured once.
pub const LONG: f64 = 3.0;

/// Waits until a server answers somebody who has come last. Those before have
/// been accepted by then: who has connected may still wait in the queue.
async fn answer(port: u16) -> Result<()> {
    let answering = async {
        let mut last = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        last.write_all(b"?").await?;
        last.read_exact(&mut [0]).await
    };
    let answered = timeout(LIMIT, answering).await;
    answered.context("nobody is answered any more")??;
    Ok(())
}

impl Bench {
    /// Has clients come to each server, in each round.
    pub async fn open(
        &mut self,
        list: &List,
        subjects: &[Subject],
        all: &mut [Figures],
    ) {
        for round in 1..=self.setting.openings {
            for (subject, figures) in subjects.iter().zip(&mut *all) {
                let name = subject.name.trim_matches('`');
                let what = format!("clients of {name} come, round {round}");
                self.progress.step(&what);
                let last = figures.openings.last();
                if last.is_some_and(|last| last.seconds > LONG) {
                    continue;
                }
                match self.opening(list, subject).await {
                    Ok(opening) => figures.openings.push(opening),
                    Err(error) => {
                        self.fail(subject.name, "silent clients", &error);
                    }
                }
            }
        }
    }

    /// Starts a server for that: what others have left in the memory is not to
    /// be measured.
    async fn opening(&self, list: &List, subject: &Subject) -> Result<Opening> {
        let server = self.start(list, subject).await?;
        let clients = self.setting.idle;
        let before = memory(server.process);
        let loader = self.loader_of(list);
        let holding = loader.hold(server.port, clients, LIMIT).await?;
        let open = holding.open;
        let rest = Instant::now();
        answer(server.port).await?;
        let rest = rest.elapsed();
        let after = memory(server.process);
        holding.end().await?;
        let grown = after.zip(before).map(|(after, before)| {
            after.saturating_sub(before) as f64 / f64::from(open.open.max(1))
        });
        Ok(Opening {
            asked: open.asked,
            open: open.open,
            seconds: open.seconds + rest.as_secs_f64(),
            memory: grown,
        })
    }
}
