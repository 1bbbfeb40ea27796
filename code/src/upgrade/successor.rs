//! The program that comes next: it is asked whether it can go on from here,
//! and then this process becomes it.

use std::{
    convert::Infallible,
    fs::File,
    io::{self, Seek},
    os::fd::{AsFd, AsRawFd, BorrowedFd},
    path::Path,
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::{Child, Command},
    time,
};

use super::log;
use crate::process::{Kept, execute};

/// The argument that asks a program to read a handover, and no more.
pub const CHECK: &str = "--check";

/// The argument that asks a program to go on from a handover.
pub const RESUME: &str = "--resume";

/// What a program says that can read the handover. One that knows nothing of
/// the question may end well, too.
pub const YES: &str = "yes\n";

/// The most that is listened to, in bytes. The file may have become a program
/// that talks without end.
const LONGEST_ANSWER: u64 = 4096;

// ANCHOR: patience
/// How long the new program may take to read a handover of so many bytes. All
/// clients wait meanwhile.
fn patience(bytes: u64) -> Duration {
    /// What it takes to start a program, on a busy machine.
    const START: Duration = Duration::from_secs(2);
    /// What the slowest of them reads in a second, with much to spare.
    const SPEED: u64 = 16 * 1024 * 1024;

    START + Duration::from_secs(bytes / SPEED)
}
// ANCHOR_END: patience

/// Asks a program whether it can read what is written in the file. A program
/// that is missing, cannot be started, or crashes, cannot.
///
/// # Errors
///
/// Why it cannot.
// ANCHOR: ask
pub async fn ask(program: &Path, mut file: &File) -> Result<()> {
    file.rewind()?;
    let mut asking = Command::new(program)
        .arg(CHECK)
        .stdin(file.try_clone()?)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let limit = patience(file.metadata()?.len());
    let Ok(answer) = time::timeout(limit, answer(&mut asking)).await else {
        bail!("the new program does not answer");
    };
    let (status, says, reason) = answer?;
    if !status.success() || says != YES {
        let why = format!("{status} {reason}");
        bail!("the new program refuses: {}", why.trim_end());
    }
    file.rewind()?;
    Ok(())
}
// ANCHOR_END: ask

/// How it ended, and what it said on its two outputs.
async fn answer(
    child: &mut Child,
) -> Result<(std::process::ExitStatus, String, String)> {
    let says = child.stdout.take().context("it has an output")?;
    let reason = child.stderr.take().context("it has two")?;
    Ok(tokio::try_join!(child.wait(), some(says), some(reason))?)
}

async fn some(output: impl AsyncRead + Unpin) -> io::Result<String> {
    let mut bytes = Vec::new();
    output.take(LONGEST_ANSWER).read_to_end(&mut bytes).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Becomes the program, which is told where to find the handover. Returns only
/// if that is impossible, and then nothing has changed.
///
/// # Errors
///
/// The reason.
// ANCHOR: become_program
pub fn become_program<'a>(
    program: &Path,
    file: &'a File,
    sockets: impl Iterator<Item = BorrowedFd<'a>>,
) -> Result<Infallible> {
    let _kept = Kept::new(sockets.chain([file.as_fd()]))?;
    log::flush();
    execute(program, [RESUME, &*file.as_raw_fd().to_string()])
}
// ANCHOR_END: become_program

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_more_to_read_may_take_longer() {
        const GIB: u64 = 1 << 30;
        assert_eq!(patience(0), Duration::from_secs(2));
        assert_eq!(patience(GIB / 2), Duration::from_secs(2 + 32));
    }
}
