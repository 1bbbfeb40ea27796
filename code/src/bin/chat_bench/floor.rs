//! No room at all: what the speaker types is written to every socket, by one
//! thread, with the name before it. There is no channel and nobody to wake.
//!
//! What this takes, the system and the members take. No room can be much
//! faster, and where this is no faster than a room, that room is not what was
//! measured.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
};

use anyhow::{Context, Result};
use echo::files::allow_files;

use crate::script::{LINE, SPEAKER};

/// The argument that has this program be no room.
pub const FLOOR: &str = "no-room";

/// So much is read at once.
const AT_ONCE: usize = 64 * LINE;

/// Takes members until the speaker comes, and then writes to all of them what
/// the speaker types.
///
/// # Errors
///
/// When a socket is broken: the members are all gone together.
pub fn run() -> Result<()> {
    allow_files()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("Listening on port {}...", listener.local_addr()?.port());
    let mut members = Vec::new();
    loop {
        let (mut member, _) = listener.accept()?;
        member.set_nodelay(true)?;
        member.write_all(b"* who are you?\n")?;
        let mut name = String::new();
        BufReader::new(&member).read_line(&mut name)?;
        members.push(member);
        let joined = format!("* {} has joined\n", name.trim_end());
        tell(&mut members, &joined)?;
        if name.trim_end() == SPEAKER {
            return relay(members);
        }
    }
}

/// Writes what the last of the members types.
fn relay(mut members: Vec<TcpStream>) -> Result<()> {
    let mut speaker = members.last().context("it has come")?.try_clone()?;
    let mut typed = Vec::new();
    let mut buffer = [0; AT_ONCE];
    loop {
        let length = speaker.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        typed.extend_from_slice(&buffer[..length]);
        let Some(end) = typed.iter().rposition(|&byte| byte == b'\n') else {
            continue;
        };
        let lines = String::from_utf8(typed.drain(..=end).collect())?;
        let said = lines.split_inclusive('\n');
        let said: String =
            said.map(|line| format!("{SPEAKER}: {line}")).collect();
        tell(&mut members, &said)?;
    }
}

fn tell(members: &mut [TcpStream], lines: &str) -> Result<()> {
    for member in members {
        member.write_all(lines.as_bytes())?;
    }
    Ok(())
}
