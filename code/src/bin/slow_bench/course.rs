//! One policy: a room of its own, and its memory while somebody speaks.

use std::{ffi::OsString, fs, net::SocketAddr, time::Duration};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use echo::chat::mailbox::Slow;
use futures_util::future::try_join_all;
use tokio::time::timeout;

use crate::{
    guarded::{Guarded, beside},
    member::{Fate, Member, SPEAKER, spoken},
};

/// So many hear what is said, besides the speaker.
pub const LISTENERS: usize = 10;

/// The speaker is at most so many lines ahead of the slowest listener. It is
/// fewer than may wait for a member, so that only the deaf one is slow.
pub const AHEAD: usize = 200;

/// So many times the memory is noted while the lines are said.
const NOTES: usize = 100;

/// After so long without a line, the room waits for the deaf member.
const STANDSTILL: Duration = Duration::from_secs(3);

/// What has come of a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    pub slow: Slow,
    /// So many lines were to be said.
    pub lines: usize,
    /// The last is from when no more lines were said.
    pub notes: Vec<Note>,
    pub fate: Fate,
}

/// The memory at some time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Note {
    /// So many lines all listeners had heard.
    pub lines: usize,
    /// The resident memory of the room's process, in MiB.
    pub memory: f64,
}

impl Course {
    /// The last note.
    pub fn end(&self) -> Note {
        let none = Note {
            lines: 0,
            memory: 0.0,
        };
        self.notes.last().copied().unwrap_or(none)
    }

    /// Whether the room stood still before all lines were heard.
    pub fn stops(&self) -> bool {
        self.end().lines < self.lines
    }
}

/// What the command line calls a policy.
pub fn name(slow: Slow) -> String {
    let value = slow.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

/// Has so many lines said in a room of that policy.
///
/// # Errors
///
/// When a listener misses a line, or the deaf member is not told what became
/// of it.
pub async fn watch(slow: Slow, lines: usize) -> Result<Course> {
    let room = Guarded::start(command(slow)?).await?;
    let mut deaf = Member::join(room.addr, "deaf").await?;
    let mut members = gather(room.addr).await?;
    let (said, notes) = speak(&mut members, lines, room.process).await?;
    // Who waited for the deaf member goes on when it reads.
    let (fate, ()) =
        tokio::try_join!(deaf.catch_up(said), hear(&mut members, said))?;
    let course = Course {
        slow,
        lines,
        notes,
        fate,
    };
    let may_stop = slow == Slow::Wait;
    ensure!(may_stop || !course.stops(), "the room stands still");
    Ok(course)
}

/// Has all others join. The last of them is the speaker, who hears all too.
async fn gather(room: SocketAddr) -> Result<Vec<Member>> {
    let mut members = Vec::new();
    for number in 1..=LISTENERS {
        let name = format!("m{number}");
        members.push(Member::join(room, &name).await?);
    }
    members.push(Member::join(room, SPEAKER).await?);
    for listener in &mut members[..LISTENERS] {
        listener.hear_joining(SPEAKER).await?;
    }
    Ok(members)
}

/// Nobody is let go for being slow, but by the policy.
fn command(slow: Slow) -> Result<Vec<OsString>> {
    Ok(vec![
        beside("chat")?.into(),
        "0".into(),
        "--metrics-port=0".into(),
        "--write-time=1day".into(),
        format!("--slow={}", name(slow)).into(),
    ])
}

/// Has the speaker say lines until all are heard, or none is heard any more.
/// Returns how many were said, and the memory meanwhile.
async fn speak(
    members: &mut [Member],
    lines: usize,
    process: u32,
) -> Result<(usize, Vec<Note>)> {
    let mut said = 0;
    let mut notes = vec![note(members, process)?];
    while said < lines {
        let until = lines.min(said + AHEAD);
        let speaking = async {
            let speaker = members.last_mut().context("nobody speaks")?;
            speaker.say(&spoken(said..until)).await?;
            hear(members, until).await
        };
        let heard = timeout(STANDSTILL, speaking).await;
        said = until;
        let Ok(heard) = heard else { break };
        heard?;
        if said % (lines / NOTES).max(1).next_multiple_of(AHEAD) == 0 {
            notes.push(note(members, process)?);
        }
    }
    notes.push(note(members, process)?);
    Ok((said, notes))
}

/// Has all members hear the lines up to this one.
async fn hear(members: &mut [Member], until: usize) -> Result<()> {
    try_join_all(members.iter_mut().map(|one| one.hear(until))).await?;
    Ok(())
}

fn note(members: &[Member], process: u32) -> Result<Note> {
    let lines = members.iter().map(Member::heard).min();
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let memory = resident(&status).context("its memory is not told")?;
    Ok(Note {
        lines: lines.unwrap_or_default(),
        memory,
    })
}

/// The resident memory in what Linux tells of a process, in MiB.
fn resident(status: &str) -> Option<f64> {
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resident_memory_is_found_among_the_others() {
        let status = "VmHWM:\t    4096 kB\nVmRSS:\t    2560 kB\nThreads:\t3\n";
        assert_eq!(resident(status), Some(2.5));
        assert_eq!(resident("VmHWM:\t    4096 kB\n"), None);
    }

    #[test]
    fn the_policies_have_the_names_of_the_command_line() {
        let names: Vec<_> = Slow::value_variants()
            .iter()
            .map(|one| name(*one))
            .collect();
        assert_eq!(names, ["grow", "wait", "miss", "cut"]);
    }
}
