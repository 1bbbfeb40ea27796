//! Clients talk to all servers, in turn and in many short rounds.

use anyhow::Result;

use crate::{
    bench::Bench,
    figures::{Figures, Round},
    launch::Launched,
    loader::Talk,
    subjects::Subject,
    system::processor_time,
};

impl Bench {
    /// Has clients talk to each server, in each round.
    pub async fn talk(&mut self, subjects: &[Subject], all: &mut [Figures]) {
        let mut servers = Vec::new();
        for (subject, figures) in subjects.iter().zip(all) {
            match self.warmed_up(subject).await {
                Ok(server) => servers.push((server, figures)),
                Err(error) => self.fail(subject.name, "at the start", &error),
            }
        }
        for round in 1..=self.setting.rounds {
            self.progress.step(&format!("round {round}"));
            for (server, figures) in &mut servers {
                self.turn(server, figures).await;
            }
        }
    }

    /// Starts a server, and has a first round that is not counted: programs
    /// get faster while they warm up.
    async fn warmed_up(&self, subject: &Subject) -> Result<Launched> {
        let server = self.start(subject).await?;
        for clients in &self.setting.clients {
            self.round(&server, *clients).await?;
        }
        Ok(server)
    }

    /// One server's turn, with few clients and with many.
    async fn turn(&mut self, server: &Launched, figures: &mut Figures) {
        for clients in self.setting.clients.clone() {
            match self.round(server, clients).await {
                Ok(round) => {
                    figures.rounds.entry(clients).or_default().push(round);
                }
                Err(error) => {
                    let what = format!("{clients} clients");
                    self.fail(figures.name, &what, &error);
                }
            }
        }
    }

    async fn round(&self, server: &Launched, clients: u32) -> Result<Round> {
        let talk = Talk {
            clients,
            time: self.setting.time,
            rate: None,
        };
        let before = processor_time(server.process);
        let echoes = self.loader.talk(server.port, talk).await?;
        let after = processor_time(server.process);
        let computed = after.zip(before);
        let computed = computed.map(|(after, before)| after - before);
        let count = echoes.echoes.max(1) as f64;
        Ok(Round {
            rate: echoes.per_second,
            p99: echoes.nanoseconds.p99 as f64,
            cost: computed.map(|time| time.as_nanos() as f64 / count),
        })
    }
}
