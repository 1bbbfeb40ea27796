//! Watching a file: whoever saves it is to know at once what has become of it.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use notify_debouncer_mini::{
    Config, DebounceEventResult, new_debouncer_opt,
    notify::{self, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher},
};

/// Editors save in steps. This long after the last one, the file is whole.
const SETTLED: Duration = Duration::from_millis(30);

/// How often the file is looked at, where nobody tells of changes.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// A file that is watched, as long as this is not dropped.
pub struct Watch {
    /// It stops when it is dropped.
    _watcher: Box<dyn Send>,
}

/// Calls `saved` whenever the file says something else than before.
///
/// The operating system tells of changes. Where it cannot, or where `poll` asks
/// for it, the file is looked at again and again: on network drives, say, which
/// change without the system's knowing.
///
/// # Errors
///
/// When the file's folder cannot be watched in either way.
pub fn watch(
    file: &Path,
    poll: bool,
    saved: impl Fn() + Clone + Send + 'static,
) -> Result<Watch> {
    if !poll && let Ok(watch) = by::<RecommendedWatcher>(file, saved.clone()) {
        return Ok(watch);
    }
    by::<PollWatcher>(file, saved)
        .with_context(|| format!("cannot watch {}", file.display()))
}

fn by<W: Watcher + Send + 'static>(
    file: &Path,
    saved: impl Fn() + Send + 'static,
) -> notify::Result<Watch> {
    // Many editors write a new file and rename it. So it is the folder that
    // has to be watched.
    let folder = file.parent().unwrap_or(file);
    let file = PathBuf::from(file);
    let mut before = fs::read(&file).ok();
    let changed = move |_: DebounceEventResult| {
        let now = fs::read(&file).ok();
        if now.is_some() && now != before {
            before = now;
            saved();
        }
    };
    let looking = notify::Config::default()
        .with_poll_interval(LOOK_AGAIN)
        .with_compare_contents(true);
    let config = Config::default()
        .with_timeout(SETTLED)
        .with_notify_config(looking);
    let mut debouncer = new_debouncer_opt::<_, W>(config, changed)?;
    let watcher = debouncer.watcher();
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    Ok(Watch {
        _watcher: Box::new(debouncer),
    })
}
