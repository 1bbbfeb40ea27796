//! One process, several programs: `exec` puts another program in the place of
//! the one that runs, and files may stay open from one to the next.
//!
//! The client that reloads and the server that is upgraded both stand on this.
//! It works on Unix: Windows has no `exec`.

use std::{
    env, io,
    path::{self, Path, PathBuf},
};

#[cfg(unix)]
mod exec;

#[cfg(unix)]
pub(crate) use self::exec::Kept;
#[cfg(unix)]
pub use self::exec::{execute, inherit};

/// Where this program is, by the name that it was called by.
///
/// A symbolic link in it is not followed. So if the link `current` leads to
/// another release tomorrow, this is tomorrow's release. To be asked at the
/// start, while the working directory is that of the call.
///
/// # Errors
///
/// When the name was looked up somewhere and cannot be found again, and the
/// operating system does not know either.
// ANCHOR: this_program
pub fn this_program() -> io::Result<PathBuf> {
    let called = PathBuf::from(env::args_os().next().unwrap_or_default());
    if called
        .parent()
        .is_some_and(|folder| folder != Path::new(""))
    {
        return path::absolute(called);
    }
    // A name without a folder: the shell has found it in PATH.
    let path = env::var_os("PATH").unwrap_or_default();
    let mut places = env::split_paths(&path).map(|one| one.join(&called));
    match places.find(|place| place.is_file()) {
        Some(place) => path::absolute(place),
        None => env::current_exe(),
    }
}
// ANCHOR_END: this_program
