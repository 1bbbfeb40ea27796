//! The package that readers make themselves: the commands of the page make it
//! in the copy of the project, and each session brings the program that the
//! reader has written by then.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use crate::book::OwnSettings;

/// The folder of the package in the copy.
pub fn folder(copy: &Path, own: &OwnSettings) -> PathBuf {
    copy.join(&own.folder)
}

/// The command line that makes the package, unless it is there. It runs in the
/// folder of the copy.
///
/// # Errors
///
/// When what is left of an attempt that was cut off cannot be removed.
pub fn to_make(copy: &Path, own: &OwnSettings) -> io::Result<Option<String>> {
    let folder = folder(copy, own);
    if folder.join(MADE).exists() {
        return Ok(None);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    // The commands may have gone into the folder, as a reader's shell would.
    let made = folder.join(MADE).display().to_string();
    let made = shlex::try_quote(&made).map_err(io::Error::other)?;
    let made = format!("mkdir -p \"$(dirname {made})\" && touch {made}");
    let commands = own.make.iter().chain([&made]);
    let commands: Vec<&str> = commands.map(String::as_str).collect();
    Ok(Some(commands.join(" && ")))
}

/// Makes the package, unless it is there.
///
/// # Errors
///
/// When one of the commands fails.
pub fn make(
    copy: &Path,
    own: &OwnSettings,
    environment: &BTreeMap<String, String>,
) -> io::Result<()> {
    let Some(script) = to_make(copy, own)? else {
        return Ok(());
    };
    let output = Command::new("sh")
        .args(["-c", &script])
        .current_dir(copy)
        .envs(environment)
        .output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!("`{script}` failed:\n{said}")));
    }
    Ok(())
}

/// Writes the program into the package.
///
/// # Errors
///
/// When the file cannot be written: if the package is not there, say.
pub fn fill(copy: &Path, own: &OwnSettings, program: &str) -> io::Result<()> {
    fs::write(folder(copy, own).join(&own.file), program)
}

/// Stands in the package when all commands have succeeded. An attempt that was
/// cut off begins anew.
const MADE: &str = "target/made";
