//! Who is in the room: some listen, and one is deaf until the end.

use std::{net::SocketAddr, ops::Range, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};

/// What the speaker is called.
pub const SPEAKER: &str = "speaker";

/// A line as it is heard, in bytes with its end. All are of this length.
pub const LINE_HEARD: usize = 100;

/// No answer takes this long.
const LIMIT: Duration = Duration::from_secs(20);

/// What has become of the deaf member when it reads again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fate {
    /// So many lines it has, in order.
    pub heard: usize,
    /// So many lines it was told to have missed.
    pub missed: usize,
    /// There was an end before all lines were heard or missed.
    pub is_cut: bool,
}

/// Somebody who has joined.
pub struct Member {
    wire: BufReader<TcpStream>,
    /// A line, or its beginning.
    line: Vec<u8>,
    heard: usize,
}

impl Member {
    /// Joins under a name.
    ///
    /// # Errors
    ///
    /// When that takes too long.
    pub async fn join(addr: SocketAddr, name: &str) -> Result<Member> {
        let socket = TcpStream::connect(addr).await?;
        socket.set_nodelay(true)?;
        let mut member = Member {
            wire: BufReader::new(socket),
            line: Vec::new(),
            heard: 0,
        };
        member.say(&format!("{name}\n")).await?;
        member.hear_joining(name).await?;
        Ok(member)
    }

    /// Hears everything up to the word that somebody has joined.
    ///
    /// # Errors
    ///
    /// When that takes too long.
    pub async fn hear_joining(&mut self, name: &str) -> Result<()> {
        let wanted = format!("* {name} has joined\n");
        let hearing = async {
            while self.next().await? != wanted.as_bytes() {
                ensure!(!self.line.is_empty(), "it ends when {name} joins");
            }
            Ok(())
        };
        let heard = timeout(LIMIT, hearing).await;
        heard.with_context(|| format!("{name} cannot join"))?
    }

    /// Says lines.
    ///
    /// # Errors
    ///
    /// When the connection is broken.
    pub async fn say(&mut self, lines: &str) -> Result<()> {
        Ok(self.wire.write_all(lines.as_bytes()).await?)
    }

    /// So many lines of the speaker it has heard.
    pub fn heard(&self) -> usize {
        self.heard
    }

    /// Hears lines until it has heard so many.
    ///
    /// # Errors
    ///
    /// When a line is another than was said, or the room ends.
    ///
    /// # Cancel safety
    ///
    /// No line is lost if the future is dropped while it waits.
    pub async fn hear(&mut self, until: usize) -> Result<()> {
        while self.heard < until {
            let wanted = line(self.heard);
            let came = self.next().await?;
            ensure!(
                came == wanted.as_bytes(),
                "in place of {} there came {}",
                wanted.trim_end(),
                came.trim_ascii_end().escape_ascii(),
            );
            self.heard += 1;
        }
        Ok(())
    }

    /// Reads all that has come for it while it was deaf.
    ///
    /// # Errors
    ///
    /// When a line of the first is lost, or it is not told of the others.
    pub async fn catch_up(&mut self, said: usize) -> Result<Fate> {
        let mut fate = Fate::default();
        while fate.heard + fate.missed < said && !fate.is_cut {
            let next = timeout(LIMIT, self.next()).await;
            let came = next.context("the deaf member is not told")??;
            if came == line(fate.heard).as_bytes() {
                fate.heard += 1;
            } else if let Some(missed) = missed(came) {
                fate.missed += missed;
            } else if came.is_empty() {
                fate.is_cut = true;
            } else if came.starts_with(SPEAKER.as_bytes()) {
                bail!("the deaf member got {}", came.escape_ascii());
            }
        }
        Ok(fate)
    }

    /// The next line with its end, or none.
    async fn next(&mut self) -> Result<&[u8]> {
        // What had come before the future was dropped is kept.
        if self.line.ends_with(b"\n") {
            self.line.clear();
        }
        self.wire.read_until(b'\n', &mut self.line).await?;
        Ok(&self.line)
    }
}

/// A line of the speaker, as it is heard.
fn line(number: usize) -> String {
    let start = format!("{SPEAKER}: {number:07} ");
    format!("{start:o<width$}\n", width = LINE_HEARD - 1)
}

/// Lines as the speaker types them.
pub fn spoken(numbers: Range<usize>) -> String {
    let typed = |number| line(number)[SPEAKER.len() + 2..].to_owned();
    numbers.map(typed).collect()
}

/// How many lines were missed, if that is what a line says.
fn missed(line: &[u8]) -> Option<usize> {
    let line = std::str::from_utf8(line).ok()?;
    let missed = line.strip_prefix("* you have missed ")?;
    match missed.strip_suffix(" lines\n") {
        Some(count) => count.parse().ok(),
        None => (missed == "a line\n").then_some(1),
    }
}

#[cfg(test)]
mod tests {
    use super::{LINE_HEARD, line, missed, spoken};

    #[test]
    fn lines_are_of_one_length_and_typed_without_the_name() {
        assert_eq!(
            (line(0).len(), line(999_999).len()),
            (LINE_HEARD, LINE_HEARD)
        );
        let typed = spoken(7..9);
        let heard: String = typed
            .split_inclusive('\n')
            .map(|line| format!("speaker: {line}"))
            .collect();
        assert_eq!(heard, [line(7), line(8)].concat());
    }

    #[test]
    fn what_was_missed_is_read_from_what_the_room_says() {
        assert_eq!(missed(b"* you have missed 12 lines\n"), Some(12));
        assert_eq!(missed(b"* you have missed a line\n"), Some(1));
        assert_eq!(missed(b"speaker: you have missed 2 lines\n"), None);
        assert_eq!(missed(b"* deaf has joined\n"), None);
    }
}
