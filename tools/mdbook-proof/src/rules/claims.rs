//! Sentences that claim something about what happens: each names the test that
//! proves it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use crate::{
    book::Book,
    code::function,
    finding::Finding,
    index::Index,
    notes::{Note, Proof},
    sentence::{Sentence, sentences},
    view::{Library, View},
};

/// What proves a claim.
#[derive(Debug, Clone, PartialEq)]
pub enum Proved {
    /// Tests.
    Test,
    /// A session that the section shows.
    Session,
    /// Nothing, and why.
    Not(String),
    /// Nothing, and nobody says why.
    Unsaid,
}

/// A sentence that claims something.
#[derive(Debug)]
pub struct Claim {
    /// The sentence.
    pub sentence: Sentence,
    /// What it says.
    pub words: String,
    /// What proves it.
    pub proved: Proved,
}

/// The claims of a page.
#[derive(Debug)]
pub struct Claims {
    /// The page, relative to the book's root.
    pub page: PathBuf,
    /// What it is called.
    pub title: String,
    /// Its claims, in their order.
    pub claims: Vec<Claim>,
}

/// Checks that claims have proofs, and that the proofs are there. Returns the
/// claims of the pages that are held to it.
pub fn check(
    book: &Book,
    views: &[View],
    index: &Index,
    library: &Library,
    findings: &mut Vec<Finding>,
) -> Vec<Claims> {
    let mut held = Vec::new();
    for view in views {
        proofs(book, view, library, findings);
        if !is_held(book, view) {
            continue;
        }
        let claims = claims(book, view, index);
        let unsaid = |one: &&Claim| one.proved == Proved::Unsaid;
        let unproved = claims.iter().filter(unsaid);
        findings.extend(unproved.map(|claim| unproved_claim(view, claim)));
        held.push(Claims {
            page: view.page.file.path.clone(),
            title: view
                .sections
                .first()
                .map_or_else(String::new, |first| first.title.clone()),
            claims,
        });
    }
    held
}

fn unproved_claim(view: &View, claim: &Claim) -> Finding {
    let file = view.page.file;
    let start = claim.sentence.start(view.page);
    let text = &file.text[start..claim.sentence.range.end];
    let first = text.lines().next().unwrap_or_default();
    let span = start..start + first.len();
    let message = "this claims something, and names no proof";
    file.finding("unproved-claim", span, message).hint(
        "behind it: `<!-- proof: a_test -->`, `<!-- proof: session -->`, or \
         `<!-- proof: none WHY -->`",
    )
}

fn is_held(book: &Book, view: &View) -> bool {
    book.settings.claims.pages.contains(&view.page.file.path)
}

/// The sentences of a page that claim something. A note proves the sentences
/// of its paragraph before it, as far as the note before that. So does the
/// name of a test in a sentence.
pub fn claims(book: &Book, view: &View, index: &Index) -> Vec<Claim> {
    let page = view.page;
    let mut marks: BTreeMap<usize, Proved> = BTreeMap::new();
    for (range, note) in &view.notes {
        let proved = match note {
            Note::Proof(_) => Proved::Test,
            Note::Session => Proved::Session,
            Note::None(reason) => Proved::Not(reason.clone()),
            Note::About(_) | Note::Table | Note::Cures(_) => continue,
        };
        marks.insert(range.start, proved);
    }
    for span in &page.spans {
        if index.tests.contains(&span.text) {
            marks.insert(span.range.start, Proved::Test);
        }
    }
    let words = &book.settings.claims.words;
    let claims = sentences(page).into_iter();
    let claims = claims.filter(|one| one.says_any(page, words));
    claims
        .map(|sentence| {
            let rest = sentence.range.start..sentence.paragraph.end;
            let proved = marks.range(rest).next().map(|(_, one)| one.clone());
            Claim {
                words: sentence.plain(page),
                sentence,
                proved: proved.unwrap_or(Proved::Unsaid),
            }
        })
        .collect()
}

/// All tests that pages name, in notes or in their words.
pub fn tests(views: &[View], index: &Index) -> BTreeSet<String> {
    let named = views.iter().flat_map(|view| {
        let spans = view.page.spans.iter().map(|span| span.text.clone());
        spans.filter(|text| index.tests.contains(text))
    });
    let noted = views.iter().flat_map(|view| &view.notes);
    let noted = noted.flat_map(|(_, note)| match note {
        Note::Proof(proofs) => proofs.as_slice(),
        _ => &[],
    });
    named.chain(noted.map(|proof| proof.test.clone())).collect()
}

/// Each test that a note names must be there and run, a session must be shown,
/// and a reason must be given.
fn proofs(
    book: &Book,
    view: &View,
    library: &Library,
    findings: &mut Vec<Finding>,
) {
    for (range, note) in &view.notes {
        let wrong = match note {
            Note::Proof(proofs) => proofs
                .iter()
                .find_map(|proof| missing(book, library, proof)),
            Note::Session => {
                let section = view.section_at(range.start);
                let has_session = section.is_some_and(|section| {
                    let mut blocks = view.page.blocks.iter();
                    blocks.any(|block| {
                        block.language() == "session"
                            && section.range.contains(&block.range.start)
                    })
                });
                (!has_session)
                    .then(|| "the section shows no session".to_owned())
            }
            Note::None(reason) => reason
                .is_empty()
                .then(|| "why does nothing prove it?".to_owned()),
            Note::About(about) => {
                let path = about.split(':').next().unwrap_or_default();
                (!view.exhibits.iter().any(|one| one.range == *range))
                    .then(|| format!("there is no `{about}` in `{path}`"))
            }
            Note::Table | Note::Cures(_) => None,
        };
        let file = view.page.file;
        findings
            .extend(wrong.map(|what| {
                file.finding("unknown-proof", range.clone(), what)
            }));
    }
}

/// Why this is no test that proves anything, if it is none.
pub(super) fn missing(
    book: &Book,
    library: &Library,
    proof: &Proof,
) -> Option<String> {
    let test = &proof.test;
    let Some(path) = proof.file(book) else {
        return Some(format!("there is no test `{test}`"));
    };
    let Some(file) = library.read(&path) else {
        return Some(format!("`{path}` cannot be read"));
    };
    let Some(text) = function(&file.text, test) else {
        return Some(format!("there is no test `{test}` in `{path}`"));
    };
    if !text.contains("test]") && !text.contains("test(") {
        return Some(format!("`{test}` is no test"));
    }
    text.contains("#[ignore")
        .then(|| format!("the test `{test}` is ignored"))
}
