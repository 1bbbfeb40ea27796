//! A server stands still for a while, and what two kinds of clients tell of
//! it.
//!
//! Who waits for an answer before asking again asks nothing while the server
//! stands still, so it counts one slow echo for each client. Who asks on a
//! fixed schedule counts all those that should have been asked meanwhile.

use std::{fmt::Write, time::Duration};

use anyhow::Result;
use tokio::time::sleep;

use crate::{
    bench::Bench,
    choice::STALL,
    curves::{Curve, draw},
    launch::Launched,
    lists::SERVERS,
    loader::{Echoes, Talk},
    subjects::Subject,
    svg::with_commas,
    system::Stopped,
    table::time,
    words::Setting,
};

/// So many clients ask.
const ASKING: u32 = 50;

/// Messages a second of those with a schedule: every server can do with more.
const RATE: u32 = 5000;

/// What both kinds of clients tell.
pub struct Stall {
    pub server: &'static str,
    /// The server stands still for so long, after as long, and before as long.
    pub third: Duration,
    pub closed: Echoes,
    pub scheduled: Echoes,
}

impl Bench {
    /// Stops a server under both kinds of clients.
    ///
    /// # Errors
    ///
    /// When it loses a client meanwhile.
    pub async fn stall(&mut self, subject: &Subject) -> Result<Stall> {
        let third = self.setting.time * 5 / 2;
        let server = self.start(&SERVERS, subject).await?;
        self.progress.step("a standstill for those who wait");
        let closed = self.stand_still(&server, third, None).await?;
        self.progress.step("a standstill for those with a schedule");
        let scheduled = self.stand_still(&server, third, Some(RATE)).await?;
        Ok(Stall {
            server: subject.name,
            third,
            closed,
            scheduled,
        })
    }

    async fn stand_still(
        &self,
        server: &Launched,
        third: Duration,
        rate: Option<u32>,
    ) -> Result<Echoes> {
        let talk = Talk {
            clients: ASKING,
            time: third * 3,
            rate,
        };
        let talking = self.loader.talk(server.port, talk);
        let standing = async {
            sleep(third).await;
            let stopped = Stopped::stop(server.process)?;
            sleep(third).await;
            drop(stopped);
            Ok(())
        };
        let (echoes, ()) = tokio::try_join!(talking, standing)?;
        Ok(echoes)
    }
}

/// What both tell, side by side.
pub fn table(stall: &Stall, setting: &Setting) -> String {
    let mut text = String::from(
        "| of all echoes | clients who wait for the last echo | clients with \
         a schedule |\n|:--|--:|--:|\n",
    );
    let both = stall.closed.curve.iter().zip(&stall.scheduled.curve);
    for ((percentile, closed), (_, scheduled)) in both {
        let [closed, scheduled] =
            [closed, scheduled].map(|one| time(Some(*one as f64)));
        let which = match percentile {
            0.0 => "the fastest".to_owned(),
            100.0 => "the slowest".to_owned(),
            _ => format!("{percentile} % take at most"),
        };
        // Nothing is wrong with what a string takes in.
        let _ = writeln!(text, "| {which} | {closed} | {scheduled} |");
    }
    let [closed, scheduled] = [&stall.closed, &stall.scheduled]
        .map(|one| with_commas(one.echoes as f64));
    text += &format!("| echoes | {closed} | {scheduled} |\n");
    text + &format!("\n{}\n{}", explained(stall), setting.measured(STALL))
}

fn explained(stall: &Stall) -> String {
    let third = humantime::format_duration(stall.third);
    let (server, rate) = (stall.server, with_commas(RATE.into()));
    format!(
        "{server} runs for {third}, is stopped for {third}, and runs again for \
         {third}. {ASKING} clients; those with a schedule send {rate} \
         messages a second together, and an echo takes from when its message \
         should have been sent."
    )
}

/// The same as a drawing.
pub fn drawing(stall: &Stall) -> String {
    let curve = |name, dashes, echoes: &Echoes| Curve {
        name,
        dashes,
        points: echoes.curve.clone(),
    };
    let curves = [
        curve("with a schedule", None, &stall.scheduled),
        curve("who wait", Some("6 4"), &stall.closed),
    ];
    let mut said = String::from("Two curves of how long echoes take.");
    for curve in &curves {
        let _ = write!(said, " Clients {}:", curve.name);
        for (percentile, took) in &curve.points {
            let took = time(Some(*took as f64));
            let _ = write!(said, " {percentile} %: {took};");
        }
    }
    draw(
        &curves,
        "stall",
        "How long echoes take when the server stands still for a while",
        said.trim_end_matches(';'),
    )
}

#[cfg(test)]
pub mod tests;
