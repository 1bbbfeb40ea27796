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

/// Makes the package, unless it is there, writes the program into it, and
/// returns its folder.
///
/// # Errors
///
/// When one of the commands fails, or the file cannot be written.
pub fn fill(
    copy: &Path,
    own: &OwnSettings,
    environment: &BTreeMap<String, String>,
    program: &str,
) -> io::Result<PathBuf> {
    let folder = copy.join(&own.folder);
    let made = folder.join(MADE);
    if !made.exists() {
        make(copy, own, environment, &folder)?;
        fs::write(made, "")?;
    }
    fs::write(folder.join(&own.file), program)?;
    Ok(folder)
}

/// Stands in the package when all commands have succeeded. An attempt that was
/// cut off begins anew.
const MADE: &str = "target/made";

fn make(
    copy: &Path,
    own: &OwnSettings,
    environment: &BTreeMap<String, String>,
    folder: &Path,
) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let script = own.make.join(" && ");
    let output = Command::new("sh")
        .args(["-c", &script])
        .current_dir(copy)
        .envs(environment)
        .output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!("`{script}` failed:\n{said}")));
    }
    fs::create_dir_all(folder.join("target"))
}
