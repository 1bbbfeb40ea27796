//! The members of a room, and the one who speaks.

use std::{
    mem,
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use tokio::{
    io::AsyncWriteExt,
    net::tcp::OwnedWriteHalf,
    runtime::Handle,
    task::{JoinSet, spawn_blocking},
    time::timeout,
};

use crate::{
    gate::{CHUNK, Gate},
    member::Member,
    peer::{LIMIT, Peer},
    script::{SPEAKER, Script},
};

/// So many members come at once, so that no system turns one away.
const COMING: usize = 100;

/// A room with its members.
pub struct Crowd {
    pub peer: Peer,
    script: Arc<Script>,
    /// The last of them is the speaker, who hears all lines too.
    members: Vec<Member>,
    voices: Vec<OwnedWriteHalf>,
    /// So many lines were said.
    said: usize,
}

impl Crowd {
    /// Has so many members join, and then the speaker.
    pub async fn gather(
        peer: Peer,
        script: Arc<Script>,
        members: usize,
    ) -> Result<Crowd> {
        let mut crowd = Crowd {
            peer,
            script,
            members: Vec::new(),
            voices: Vec::new(),
            said: 0,
        };
        let names: Vec<_> = (0..members).map(|n| format!("m{n}")).collect();
        for names in names.chunks(COMING) {
            crowd.join(names).await?;
        }
        crowd.join(&[SPEAKER.to_owned()]).await?;
        for member in &mut crowd.members[..members] {
            member.hear_joining(SPEAKER).await?;
        }
        Ok(crowd)
    }

    async fn join(&mut self, names: &[String]) -> Result<()> {
        let mut joining = JoinSet::new();
        for name in names {
            joining.spawn(Member::join(self.peer.addr, name.clone()));
        }
        while let Some(joined) = joining.join_next().await {
            let (member, voice) = joined??;
            self.members.push(member);
            self.voices.push(voice);
        }
        Ok(())
    }

    /// How many hear each line.
    pub fn size(&self) -> usize {
        self.members.len()
    }

    /// Has the speaker say so many chunks, as fast as everybody hears them.
    /// Returns how long it took until everybody had heard all.
    pub async fn race(&mut self, chunks: usize) -> Result<Duration> {
        let (first, script) = (self.said, self.script.clone());
        let gate = Arc::new(Gate::new(self.size(), chunks));
        let passing = gate.clone();
        let hearing = self.hear(chunks * CHUNK, move |line| {
            passing.pass(line - first);
        });
        let voice = self.voices.last_mut().context("nobody speaks")?;
        let speaking = async {
            let start = Instant::now();
            for chunk in 0..chunks {
                gate.enter().await?;
                let words = script.spoken(first + chunk * CHUNK, CHUNK);
                voice.write_all(words.as_bytes()).await?;
            }
            gate.all_have_passed().await?;
            Ok(start.elapsed())
        };
        let both = async { tokio::try_join!(speaking, hearing) };
        let both = timeout(LIMIT, both).await;
        let (took, members) = both.context("some lines were never heard")??;
        self.members = members;
        Ok(took)
    }

    /// Has the speaker say so many lines, one in each period, however long the
    /// members take. Returns, for each line and each member, how long after
    /// its time the line was heard.
    pub async fn stroll(
        &mut self,
        lines: usize,
        period: Duration,
    ) -> Result<Vec<Duration>> {
        // The tasks of all members are there before the first line is said.
        let start = Instant::now() + Duration::from_millis(20);
        let (first, script) = (self.said, self.script.clone());
        let due = move |line: usize| start + period * (line - first) as u32;
        let delays = Arc::new(Mutex::new(Vec::new()));
        let noted = delays.clone();
        let hearing = self.hear(lines, move |line| {
            let delay = Instant::now().saturating_duration_since(due(line));
            lock(&noted).push(delay);
        });
        let voice = self.voices.pop().context("nobody speaks")?;
        let speaking = speak(voice, script, first..first + lines, due);
        let both = async { tokio::try_join!(speaking, hearing) };
        let both = timeout(LIMIT, both).await;
        let (voice, members) =
            both.context("some lines were never heard")??;
        self.voices.push(voice);
        self.members = members;
        Ok(mem::take(&mut *lock(&delays)))
    }

    /// Has all members hear the next lines, and tell of each.
    fn hear<T: FnMut(usize) + Clone + Send + 'static>(
        &mut self,
        lines: usize,
        tell: T,
    ) -> impl Future<Output = Result<Vec<Member>>> + use<T> {
        self.said += lines;
        let (until, size) = (self.said, self.members.len());
        let mut hearing = JoinSet::new();
        for member in self.members.drain(..) {
            hearing.spawn(member.hear(
                self.script.clone(),
                until,
                tell.clone(),
            ));
        }
        async move {
            let mut members = Vec::with_capacity(size);
            while let Some(member) = hearing.join_next().await {
                members.push(member??);
            }
            ensure!(members.len() == size, "a member is gone");
            Ok(members)
        }
    }
}

/// Says each line when it is due.
async fn speak(
    mut voice: OwnedWriteHalf,
    script: Arc<Script>,
    lines: Range<usize>,
    due: impl Fn(usize) -> Instant + Send + 'static,
) -> Result<OwnedWriteHalf> {
    // A thread of its own: tokio's clock counts only milliseconds.
    let runtime = Handle::current();
    let speaking = spawn_blocking(move || {
        for line in lines {
            let wait = due(line).saturating_duration_since(Instant::now());
            thread::sleep(wait);
            let words = script.spoken(line, 1);
            runtime.block_on(voice.write_all(words.as_bytes()))?;
        }
        Ok(voice)
    });
    speaking.await?
}

fn lock<T>(mutex: &Mutex<T>) -> impl std::ops::DerefMut<Target = T> + '_ {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
