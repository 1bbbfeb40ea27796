//! Building the book anew when a page or the code changes, and checking an
//! exercise when it is saved.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread,
    time::SystemTime,
};

use anyhow::Result;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use learn::watch::{RecursiveMode, Watch, watch_all};
use mdbook_proof::{Book, book::files_below};
use sha2::{Digest, Sha256};

use crate::{Lab, edition::Edition, protocol::Tell};

/// Files, by what a save changes of them: their length and time.
type Files = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

/// Builds the book, and builds it anew until what is returned is dropped.
///
/// # Errors
///
/// When the folders cannot be watched.
pub fn watch(lab: Arc<Lab>, poll: bool) -> Result<Watch> {
    let root = lab.root.clone();
    let folders = folders(&root);
    let (told, changes) = mpsc::channel();
    let mut watched = vec![(root.clone(), RecursiveMode::NonRecursive)];
    let recursive = folders.iter().map(|folder| root.join(folder));
    watched.extend(recursive.map(|one| (one, RecursiveMode::Recursive)));
    let changed = move || {
        // The lab may be ending.
        let _ = told.send(());
    };
    let watch = watch_all(&watched, poll, changed)?;
    thread::spawn(move || {
        let mut before = files(&root, &folders);
        build(&lab, &before);
        while changes.recv().is_ok() {
            // Several at once are one.
            while changes.try_recv().is_ok() {}
            let now = files(&root, &folders);
            take(&lab, &before, &now);
            before = now;
        }
    });
    Ok(watch)
}

/// The folders of what the pages are made of.
fn folders(root: &Path) -> Vec<PathBuf> {
    let Ok(book) = Book::load(root) else {
        // What is wrong with it is told when it is built.
        return vec![PathBuf::from("book"), PathBuf::from("code")];
    };
    let mut folders = vec![book.src];
    folders.extend(book.settings.crates);
    folders
}

fn files(root: &Path, folders: &[PathBuf]) -> Files {
    let below = folders
        .iter()
        .flat_map(|one| files_below(&root.join(one), ""));
    let own = ["book.toml", "Cargo.toml"].map(|name| root.join(name));
    let all = below.chain(own).map(|path| {
        let data = fs::metadata(&path).ok();
        let length = data.as_ref().map_or(0, fs::Metadata::len);
        let time = data.and_then(|data| data.modified().ok());
        (path, (length, time))
    });
    all.collect()
}

/// Does what follows from what has changed.
fn take(lab: &Arc<Lab>, before: &Files, now: &Files) {
    let has_changed = |path: &&PathBuf| before.get(*path) != now.get(*path);
    let gone = before.keys().filter(|path| !now.contains_key(*path));
    let changed: Vec<&PathBuf> =
        now.keys().filter(has_changed).chain(gone).collect();
    let mut is_about_book = false;
    for path in changed {
        let parent = path.parent();
        let mut sources = lab.exercises.sources();
        let place = sources.find(|(_, source)| source.parent() == parent);
        match place {
            Some((at, source)) if source == *path => {
                lab.exercises.saved(at, lab);
            }
            // What an editor or a runner keeps beside it.
            Some(_) => {}
            None => is_about_book = true,
        }
    }
    if is_about_book {
        build(lab, now);
    }
}

/// What stands for the files, and for the program that makes a book of them.
fn stamp(files: &Files) -> String {
    let program = env::current_exe().and_then(fs::metadata);
    let program = program.and_then(|program| program.modified()).ok();
    let digest = Sha256::digest(format!("{program:?} {files:?}"));
    URL_SAFE_NO_PAD.encode(digest)
}

fn build(lab: &Arc<Lab>, files: &Files) {
    let before = lab.edition.borrow().clone();
    match Edition::build(&lab.root, before.as_deref(), &stamp(files)) {
        Ok(edition) => {
            let build = edition.build;
            let since = before.map_or(build, |one| one.build);
            let pages = edition.changed_since(since);
            lab.edition.send_replace(Some(Arc::new(edition)));
            // Nobody may be reading.
            let _ = lab.news.send(Tell::Built { build, pages });
        }
        Err(error) => {
            let said = format!("{error:#}");
            eprintln!("{said}");
            if before.is_none() {
                let edition = Edition::broken(&said);
                lab.edition.send_replace(Some(Arc::new(edition)));
            }
            let _ = lab.news.send(Tell::Broken { said });
        }
    }
}
