//! Who hears.

use std::{io, net::SocketAddr, sync::Arc};

use anyhow::{Context, Result, bail, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::timeout,
};

use crate::{
    peer::LIMIT,
    script::{Place, Script},
};

/// As much as a member reads at once.
const BUFFER: usize = 8 * 1024;

/// A member of a room, who hears all that is said there.
pub struct Member {
    ear: OwnedReadHalf,
    place: Place,
    buffer: Vec<u8>,
}

impl Member {
    /// Joins under a name. Returns the member, and what it speaks with.
    pub async fn join(
        addr: SocketAddr,
        name: String,
    ) -> Result<(Member, OwnedWriteHalf)> {
        let socket = TcpStream::connect(addr).await?;
        socket.set_nodelay(true)?;
        let (ear, mut voice) = socket.into_split();
        voice.write_all(format!("{name}\n").as_bytes()).await?;
        let mut member = Member {
            ear,
            place: Place::default(),
            buffer: vec![0; BUFFER],
        };
        member.hear_joining(&name).await?;
        Ok((member, voice))
    }

    /// Hears everything up to the word that somebody has joined. Of the
    /// speaker's joining it must be the last that was said.
    pub async fn hear_joining(&mut self, name: &str) -> Result<()> {
        let wanted = format!("* {name} has joined\n");
        let mut heard = Vec::new();
        let hearing = async {
            let contains = |heard: &[u8]| {
                let mut parts = heard.windows(wanted.len());
                parts.any(|part| part == wanted.as_bytes())
            };
            while !contains(&heard) {
                let length = self.ear.read(&mut self.buffer).await?;
                ensure!(length > 0, "it ends when {name} joins");
                heard.extend_from_slice(&self.buffer[..length]);
            }
            Ok(())
        };
        let heard = timeout(LIMIT, hearing).await;
        heard.with_context(|| format!("{name} cannot join"))?
    }

    /// Hears lines until there were so many of them since the first, and tells
    /// the number of each.
    ///
    /// # Errors
    ///
    /// When a line is not what the script has, or the room ends.
    pub async fn hear(
        mut self,
        script: Arc<Script>,
        until: usize,
        mut tell: impl FnMut(usize),
    ) -> Result<Member> {
        while self.place.lines() < until {
            self.ear.readable().await?;
            let length = match self.ear.try_read(&mut self.buffer) {
                Ok(0) => bail!("it ends after {} lines", self.place.lines()),
                Ok(length) => length,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error.into()),
            };
            let before = self.place.lines();
            self.place.hear(&script, &self.buffer[..length])?;
            (before..self.place.lines()).for_each(&mut tell);
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests;
