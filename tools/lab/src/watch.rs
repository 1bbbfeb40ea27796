//! Building the book anew when a page or the code changes, and checking an
//! exercise when it is saved.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs, io,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread,
    time::SystemTime,
};

use anyhow::Result;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use learn::watch::{RecursiveMode, Watch, watch_all};
use mdbook_proof::session::copy;
use sha2::{Digest, Sha256};

use crate::{Lab, edition::Edition, protocol::Tell, say};

/// Files, relative to the project, and what a save changes of them: their
/// length and time.
type Files = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

/// Builds the book, and builds it anew until what is returned is dropped.
///
/// # Errors
///
/// When the folders cannot be watched.
pub fn watch(lab: Arc<Lab>, poll: bool) -> Result<Watch> {
    let root = lab.root.clone();
    let mut before = files(&root)?;
    let (told, changes) = mpsc::channel();
    let changed = move || {
        // The lab may be ending.
        let _ = told.send(());
    };
    let watch = watch_all(&folders(&root, &before), poll, changed)?;
    thread::spawn(move || {
        build(&lab, &before);
        while changes.recv().is_ok() {
            // Several at once are one.
            while changes.try_recv().is_ok() {}
            // A folder may go while it is being read; then one is told again.
            let Ok(now) = files(&root) else { continue };
            take(&lab, &before, &now);
            before = now;
        }
    });
    Ok(watch)
}

/// The folders in which the files are: the project's own, and those in it.
/// What git ignores is none of them, above all what cargo builds.
fn folders(root: &Path, files: &Files) -> Vec<(PathBuf, RecursiveMode)> {
    let inside = files.keys().filter(|path| path.components().count() > 1);
    let tops = inside.filter_map(|path| path.components().next());
    let tops: BTreeSet<PathBuf> = tops.map(|top| root.join(top)).collect();
    let own = (root.to_owned(), RecursiveMode::NonRecursive);
    let tops = tops.into_iter().map(|top| (top, RecursiveMode::Recursive));
    [own].into_iter().chain(tops).collect()
}

fn files(root: &Path) -> io::Result<Files> {
    let files = copy::files(root)?.into_iter().map(|path| {
        let data = fs::metadata(root.join(&path)).ok();
        let length = data.as_ref().map_or(0, fs::Metadata::len);
        let time = data.and_then(|data| data.modified().ok());
        (path, (length, time))
    });
    Ok(files.collect())
}

/// Does what follows from what has changed.
fn take(lab: &Arc<Lab>, before: &Files, now: &Files) {
    let has_changed = |path: &&PathBuf| before.get(*path) != now.get(*path);
    let gone = before.keys().filter(|path| !now.contains_key(*path));
    let changed: Vec<&PathBuf> =
        now.keys().filter(has_changed).chain(gone).collect();
    let mut is_about_book = false;
    for path in changed {
        let path = lab.root.join(path);
        let mut sources = lab.exercises.sources();
        let is_beside = |source: &Path| source.parent() == path.parent();
        match sources.find(|(_, source)| is_beside(source)) {
            Some((at, source)) if source == path => {
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
    match Edition::build(&lab.root, &stamp(files)) {
        Ok(edition) => {
            let pages = before.map(|one| edition.changed_since(&one));
            let pages = pages.unwrap_or_default();
            lab.edition.send_replace(Some(Arc::new(edition)));
            // Nobody may be reading.
            let _ = lab.news.send(Tell::Built { pages });
        }
        Err(error) => {
            let said = format!("{error:#}");
            say(&said);
            if before.is_none() {
                let edition = Edition::broken(&said);
                lab.edition.send_replace(Some(Arc::new(edition)));
            }
            let _ = lab.news.send(Tell::Broken { said });
        }
    }
}
