//! Names of items in other crates: what the code imports, and what the word
//! list says.

use std::{collections::BTreeSet, sync::LazyLock};

use regex::Regex;

use super::Known;

/// Adds the full path of what `text` names, if another crate has it.
pub(super) fn note_foreign(
    known: &Known,
    text: &str,
    foreign: &mut BTreeSet<String>,
) {
    if let Some(path) = full_path(known, text) {
        foreign.insert(path);
    }
}

/// Whether an identifier in `text` belongs to another crate: it is imported,
/// it is in the word list's table of items, or it follows one that is.
pub(super) fn is_foreign(
    known: &Known,
    text: &str,
    ident: &str,
    foreign: &mut BTreeSet<String>,
) -> bool {
    let path = full_path(known, text).unwrap_or_default();
    let path = path.trim_end_matches('!');
    if path.split("::").any(|segment| segment == ident) {
        return true;
    }
    let path = known.words.item(ident).map(str::to_owned);
    let path = path.or_else(|| known.index.imports.get(ident).cloned());
    foreign.extend(path.clone());
    path.is_some()
}

/// `tokio::net::TcpListener::bind` for `TcpListener::bind`, given that the
/// code imports `TcpListener`.
fn full_path(known: &Known, text: &str) -> Option<String> {
    static PATH: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^((?:\w+::)*\w+!?)(?:\(.*\))?(?:\.await)?$").unwrap()
    });
    let path = PATH.captures(text)?.get(1)?.as_str();
    if let Some(item) = known.words.item(path) {
        return Some(item.to_owned());
    }
    let (first, rest) = match path.split_once("::") {
        Some((first, rest)) => (first, format!("::{rest}")),
        None => (path, String::new()),
    };
    let roots = known.index.imports.values();
    let mut roots = roots.filter_map(|path| path.split("::").next());
    if !rest.is_empty() && (first == "core" || roots.any(|root| root == first))
    {
        return Some(path.to_owned());
    }
    let import = known.index.imports.get(first.trim_end_matches('!'))?;
    let bang = if first.ends_with('!') { "!" } else { "" };
    Some(format!("{import}{bang}{rest}"))
}
