//! Clients talk to all servers, in turn and in many short rounds.

use anyhow::Result;

use crate::{
    bench::Bench,
    family::{Computed, computed},
    figures::{Figures, Round, ratio},
    launch::Launched,
    loader::{Echoes, Loader, Talk},
    subjects::{List, Subject},
};

impl Bench {
    /// Has clients talk to each server, in each round.
    pub async fn talk(
        &mut self,
        list: &List,
        subjects: &[Subject],
        all: &mut [Figures],
    ) {
        let mut servers = Vec::new();
        for (subject, figures) in subjects.iter().zip(all) {
            match self.warmed_up(list, subject).await {
                Ok(server) => servers.push((server, figures)),
                Err(error) => self.fail(subject.name, "at the start", &error),
            }
        }
        for round in 1..=self.setting.rounds_of(list) {
            self.progress.step(&format!("{}, round {round}", list.file));
            for (server, figures) in &mut servers {
                self.turn(list, server, figures, round).await;
            }
            // Nobody always comes after the same one.
            servers.rotate_left(1);
        }
    }

    /// Starts a server, and has a first round that is not counted: programs
    /// get faster while they warm up.
    async fn warmed_up(
        &self,
        list: &List,
        subject: &Subject,
    ) -> Result<Launched> {
        let server = self.start(list, subject).await?;
        for clients in self.setting.clients_of(list) {
            self.round(&self.loader_of(list), &server, *clients, 0)
                .await?;
        }
        Ok(server)
    }

    /// One server's turn, with few clients and with many.
    async fn turn(
        &mut self,
        list: &List,
        server: &Launched,
        figures: &mut Figures,
        number: u32,
    ) {
        let loader = self.loader_of(list);
        for clients in self.setting.clients_of(list).to_vec() {
            match self.round(&loader, server, clients, number).await {
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

    async fn round(
        &self,
        loader: &Loader,
        server: &Launched,
        clients: u32,
        number: u32,
    ) -> Result<Round> {
        let talk = Talk {
            clients,
            time: self.setting.time,
            rate: None,
        };
        let before = computed(server.process);
        let echoes = loader.talk(server.port, talk).await?;
        let after = computed(server.process);
        let used = after.zip(before).map(|(after, before)| after - before);
        Ok(told(number, &echoes, used))
    }
}

/// What a round tells of a server, which has computed so long meanwhile.
fn told(number: u32, echoes: &Echoes, used: Option<Computed>) -> Round {
    let count = (echoes.echoes + echoes.warm_up).max(1) as f64;
    let cost = |used: Computed| used.all.as_nanos() as f64 / count;
    Round {
        number,
        rate: echoes.per_second,
        p50: echoes.nanoseconds.p50 as f64,
        p99: echoes.nanoseconds.p99 as f64,
        cost: used.map(cost),
        own: used.and_then(Computed::own),
        load: ratio(echoes.computed, Some(echoes.seconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::told;
    use crate::stall::tests::echoes;

    #[test]
    fn the_part_of_load_is_of_the_time_in_which_it_sent() {
        let mut echoes = echoes(10, &[]);
        assert_eq!(told(1, &echoes, None).load, None);
        (echoes.seconds, echoes.computed) = (2.0, Some(1.5));
        assert_eq!(told(1, &echoes, None).load, Some(0.75));
    }
}
