//! Watching files: whoever saves one is to know at once what has become of it.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use notify_debouncer_full::{
    DebounceEventResult, NoCache, new_debouncer_opt,
    notify::{self, PollWatcher, RecommendedWatcher, Watcher},
};

pub use notify_debouncer_full::notify::RecursiveMode;

/// Editors save in steps. This long after the last one, the file is whole.
const SETTLED: Duration = Duration::from_millis(30);

/// How often the file is looked at, where nobody tells of changes.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// What is watched, as long as this is not dropped.
pub struct Watch {
    /// It stops when it is dropped.
    _watcher: Box<dyn Send>,
}

/// Calls `saved` whenever the file says something else than before.
///
/// # Errors
///
/// When the file's folder cannot be watched.
pub fn watch(
    file: &Path,
    poll: bool,
    saved: impl Fn() + Clone + Send + 'static,
) -> Result<Watch> {
    // Many editors write a new file and rename it. So it is the folder that
    // has to be watched.
    let folder = file.parent().unwrap_or(file).to_owned();
    let file = file.to_owned();
    let mut before = fs::read(&file).ok();
    let changed = move || {
        let now = fs::read(&file).ok();
        if now.is_some() && now != before {
            before = now;
            saved();
        }
    };
    watch_all(&[(folder, RecursiveMode::NonRecursive)], poll, changed)
}

/// Calls `changed` whenever something may have changed in one of the folders.
///
/// The operating system tells of changes. Where it cannot, or where `poll` asks
/// for it, the folders are looked at again and again: on network drives, say,
/// which change without the system's knowing.
///
/// # Errors
///
/// When a folder cannot be watched in either way.
pub fn watch_all(
    folders: &[(PathBuf, RecursiveMode)],
    poll: bool,
    changed: impl FnMut() + Clone + Send + 'static,
) -> Result<Watch> {
    if !poll
        && let Ok(watch) = by::<RecommendedWatcher>(folders, changed.clone())
    {
        return Ok(watch);
    }
    let names = folders
        .iter()
        .map(|(folder, _)| folder.display().to_string());
    let names: Vec<String> = names.collect();
    by::<PollWatcher>(folders, changed)
        .with_context(|| format!("cannot watch {}", names.join(", ")))
}

fn by<W: Watcher + Send + 'static>(
    folders: &[(PathBuf, RecursiveMode)],
    mut changed: impl FnMut() + Send + 'static,
) -> notify::Result<Watch> {
    let config = notify::Config::default()
        .with_poll_interval(LOOK_AGAIN)
        .with_compare_contents(true);
    let told = move |told: DebounceEventResult| {
        // Whoever reads a file is told of, too: ourselves, above all.
        let is_read = told.is_ok_and(|events| {
            events.iter().all(|event| event.kind.is_access())
        });
        if !is_read {
            changed();
        }
    };
    let mut debouncer =
        new_debouncer_opt::<_, W, _>(SETTLED, None, told, NoCache, config)?;
    for (folder, mode) in folders {
        debouncer.watch(folder, *mode)?;
    }
    Ok(Watch {
        _watcher: Box::new(debouncer),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{RecvTimeoutError, channel};

    use super::*;

    /// How long to wait for what must come, and for what must not.
    const SOON: Duration = Duration::from_secs(10);
    const LONG: Duration = Duration::from_millis(500);

    #[test]
    fn who_reads_what_has_changed_is_not_told_of_that() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "one").unwrap();
        let (told, changes) = channel();
        let read = file.clone();
        let changed = move || told.send(fs::read_to_string(&read)).unwrap();
        let folders = [(folder.path().to_owned(), RecursiveMode::Recursive)];
        let _watch = watch_all(&folders, false, changed).unwrap();
        fs::write(&file, "two").unwrap();
        while changes.recv_timeout(SOON).unwrap().unwrap() != "two" {}
        // A write may be told of in two parts.
        let _ = changes.recv_timeout(LONG);
        let more = changes.recv_timeout(LONG);
        assert!(matches!(more, Err(RecvTimeoutError::Timeout)), "{more:?}");
    }
}
