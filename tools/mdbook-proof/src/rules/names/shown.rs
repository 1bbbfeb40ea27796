//! What the page itself shows.

use std::collections::BTreeSet;

use crate::{
    code::{Token, says},
    exhibit::{Exhibit, Kind},
    view::View,
};

/// What the page itself shows: its sessions and listings.
pub(super) struct Shown<'a> {
    exhibits: Vec<&'a Exhibit>,
    /// The identifiers of its listings.
    pub(super) idents: BTreeSet<&'a str>,
}

impl<'a> Shown<'a> {
    pub(super) fn new(view: &'a View) -> Shown<'a> {
        // What a session shows is executed. Nobody vouches for other blocks.
        let exhibits: Vec<&Exhibit> = view
            .exhibits
            .iter()
            .filter(|one| matches!(one.kind, Kind::Code | Kind::Text))
            .collect();
        let tokens = exhibits.iter().flat_map(|one| one.tokens());
        let words = tokens.filter(|token| token.is_word());
        Shown {
            idents: words.map(Token::text).collect(),
            exhibits,
        }
    }

    /// Whether a line shows `text`, and not only as a part of a longer word.
    pub(super) fn says(&self, text: &str) -> bool {
        self.exhibits.iter().any(|one| says(&one.text, text))
    }
}
