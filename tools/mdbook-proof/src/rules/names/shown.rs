//! What the page itself shows.

use std::collections::BTreeSet;

use crate::{
    page::{Page, path_of},
    source::excerpt,
};

use super::{Known, collect_idents};

/// What the page itself shows: its sessions and listings.
pub(super) struct Shown {
    lines: Vec<String>,
    /// The identifiers of its listings.
    pub(super) idents: BTreeSet<String>,
}

impl Shown {
    pub(super) fn new(known: &Known, page: &Page) -> Shown {
        let mut lines = Vec::new();
        // What a session shows is executed. Nobody vouches for other blocks.
        let sessions =
            page.blocks.iter().filter(|one| one.language() == "session");
        for block in sessions {
            let content = &page.file.text[block.content.clone()];
            lines.extend(content.lines().map(str::to_owned));
        }
        let mut idents = BTreeSet::new();
        for directive in page.directives() {
            let path = path_of(page.file, &directive);
            let file = known.included.files.get(&path);
            let selection = directive.selection();
            if let Some(shown) = file.and_then(|file| excerpt(file, selection))
            {
                let tokens = shown.text.parse().unwrap_or_default();
                collect_idents(tokens, &mut idents);
                // Elsewhere than in a block it is text, which proves nothing.
                if page.block_at(directive.range.start).is_some() {
                    lines.extend(shown.text.lines().map(str::to_owned));
                }
            }
        }
        Shown { lines, idents }
    }

    /// Whether a line shows `text`, and not only as a part of a longer word.
    pub(super) fn says(&self, text: &str) -> bool {
        let is_word = |c: Option<char>| {
            c.is_some_and(|c| c.is_alphanumeric() || c == '_')
        };
        self.lines.iter().any(|line| {
            line.match_indices(text).any(|(at, _)| {
                let starts = !is_word(text.chars().next())
                    || !is_word(line[..at].chars().next_back());
                let ends = !is_word(text.chars().next_back())
                    || !is_word(line[at + text.len()..].chars().next());
                starts && ends
            })
        })
    }
}
