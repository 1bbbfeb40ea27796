//! A copy of the project, for sessions that change files: the reader's own
//! files are never touched.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use ignore::WalkBuilder;
use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};

/// Where the copy lies, below the project's folder. Everything that is built
/// in it stays there, so that the next session need not build it again.
const FOLDER: &str = "target/session";

/// The folder of the copy.
pub fn folder(root: &Path) -> PathBuf {
    root.join(FOLDER)
}

/// The only one who uses a folder, of whatever process: there is one copy of the
/// project, and one session at a time plays in it. The system takes the lock
/// back when its holder goes.
#[derive(Debug)]
pub struct Alone {
    _lock: File,
}

impl Alone {
    /// Waits until nobody else uses the folder.
    ///
    /// # Errors
    ///
    /// When the lock cannot be had at all.
    pub fn wait(folder: &Path) -> io::Result<Alone> {
        let lock = lock(folder)?;
        flock(&lock, FlockOperation::LockExclusive)?;
        Ok(Alone { _lock: lock })
    }

    /// Says at once if somebody else uses the folder: `None`.
    ///
    /// # Errors
    ///
    /// When the lock cannot be had at all.
    pub fn now(folder: &Path) -> io::Result<Option<Alone>> {
        let lock = lock(folder)?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Alone { _lock: lock })),
            Err(Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// What is locked: a file beside the folder, which stays.
fn lock(folder: &Path) -> io::Result<File> {
    fs::create_dir_all(folder)?;
    File::create(folder.with_extension("lock"))
}

/// Makes the copy what the project is now, and returns its folder. What git
/// ignores is not copied, and what has not changed is not written.
///
/// # Errors
///
/// When a file cannot be read or written.
pub fn refresh(root: &Path) -> io::Result<PathBuf> {
    let copy = folder(root);
    fs::create_dir_all(&copy)?;
    for path in files(&copy)? {
        if !root.join(&path).is_file() {
            fs::remove_file(copy.join(&path))?;
        }
    }
    for path in files(root)? {
        let (from, to) = (root.join(&path), copy.join(&path));
        let bytes = fs::read(&from)?;
        if fs::read(&to).is_ok_and(|old| old == bytes) {
            continue;
        }
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&to, bytes)?;
        fs::set_permissions(&to, fs::metadata(&from)?.permissions())?;
    }
    Ok(copy)
}

/// The files of a project, relative to its folder, without what git ignores and
/// git's own.
///
/// # Errors
///
/// When a folder cannot be read.
pub fn files(root: &Path) -> io::Result<Vec<PathBuf>> {
    let walk = WalkBuilder::new(root)
        .hidden(false)
        .parents(false)
        .require_git(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build();
    let mut files = Vec::new();
    for entry in walk {
        let entry = entry.map_err(io::Error::other)?;
        if entry.file_type().is_some_and(|kind| kind.is_file()) {
            let path = entry.path().strip_prefix(root);
            files.push(path.map_err(io::Error::other)?.to_owned());
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copy_is_what_the_project_is_and_keeps_what_is_built() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(".gitignore", "/target\n");
        write("src/lib.rs", "one");
        write("target/built", "by the reader");
        let copy = refresh(root).unwrap();
        let read = |path: &str| fs::read_to_string(copy.join(path)).ok();
        assert_eq!(read("src/lib.rs").as_deref(), Some("one"));
        assert_eq!(read("target/built"), None);

        // A session has changed a file, added one, and built something.
        fs::write(copy.join("src/lib.rs"), "two").unwrap();
        fs::write(copy.join("src/more.rs"), "more").unwrap();
        fs::create_dir(copy.join("target")).unwrap();
        fs::write(copy.join("target/built"), "by the session").unwrap();
        refresh(root).unwrap();
        assert_eq!(read("src/lib.rs").as_deref(), Some("one"));
        assert_eq!(read("src/more.rs"), None);
        assert_eq!(read("target/built").as_deref(), Some("by the session"));
        assert_eq!(fs::read(root.join("src/lib.rs")).unwrap(), b"one");
    }
}
