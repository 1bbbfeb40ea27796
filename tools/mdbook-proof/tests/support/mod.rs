//! The books that tests read.

use std::{fs, path::Path};

/// A copy of a folder beside the tests.
///
/// In there a `Cargo.toml` is called `manifest.toml`, since cargo would take
/// the folder for another package, and leave it out of this one.
pub fn copy_of(folder: &str) -> tempfile::TempDir {
    let copied = tempfile::tempdir().unwrap();
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    copy(&tests.join(folder), copied.path());
    copied
}

/// Copies a folder, as the tests have it, into another one.
#[allow(dead_code, reason = "not every test copies twice")]
pub fn copy_all(from: &Path, to: &Path) {
    copy(from, to);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = match entry.file_name() {
            name if name == "manifest.toml" => "Cargo.toml".into(),
            name => name,
        };
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(name));
        } else {
            fs::copy(entry.path(), to.join(name)).unwrap();
        }
    }
}
