//! Running a session: the commands for real, typed when it is their turn, and
//! what they print compared with the page.
//!
//! Before anything is typed, everything that stands above it on the page must
//! have been printed, in its terminal and in its order, and nothing else. So
//! the order of what happens in two terminals is proved wherever the page
//! makes one wait for the other.

use std::{io, path::Path, process::Command};

use anyhow::{Context, Result, bail};

use crate::{
    book::SessionSettings,
    finding::Finding,
    session::{Session, player::Player, programs::missing},
};

pub use crate::session::record::record;

/// What has come of a session.
#[derive(Debug)]
pub enum Outcome {
    /// Everything happened as the page says.
    Passed,
    /// This machine lacks a program, so nothing was run.
    NotReplayed(String),
    /// Something else happened.
    Failed(Box<Finding>),
}

/// Runs the commands that come before all sessions.
///
/// # Errors
///
/// When one of them cannot be run, or fails.
pub fn prepare(root: &Path, settings: &SessionSettings) -> Result<()> {
    for command in &settings.prepare {
        let status = Command::new("sh")
            .args(["-c", command])
            .current_dir(root)
            .envs(&settings.env)
            .status()
            .with_context(|| format!("cannot run `{command}`"))?;
        if !status.success() {
            bail!("`{command}` failed before the sessions");
        }
    }
    Ok(())
}

/// Runs a session in the folder `root`.
///
/// # Errors
///
/// When the system has no port, terminal or process to give.
pub fn run(
    root: &Path,
    settings: &SessionSettings,
    session: &Session,
) -> io::Result<Outcome> {
    if let Some(program) = missing(session) {
        return Ok(Outcome::NotReplayed(program));
    }
    let mut player = Player::new(root, settings, session)?;
    let _alone = player.copy(root)?;
    for step in &session.steps {
        if let Err(failure) = player.take(step)? {
            return Ok(Outcome::Failed(failure));
        }
    }
    Ok(match player.finish() {
        Ok(()) => Outcome::Passed,
        Err(failure) => Outcome::Failed(failure),
    })
}
