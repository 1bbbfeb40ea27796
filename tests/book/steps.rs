//! The package that readers write. It must end as the book's own modules: the
//! same items in the same order, but for what is said of them and who may use
//! them.

use std::{fs, path::Path};

use anyhow::{Result, ensure};
use quote::ToTokens;
use syn::{Attribute, Item, Visibility, visit_mut::VisitMut};

use crate::ROOT;

/// Takes away documentation, derived traits, and visibility.
struct Bare;

impl VisitMut for Bare {
    fn visit_visibility_mut(&mut self, visibility: &mut Visibility) {
        *visibility = Visibility::Inherited;
    }

    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        attributes.clear();
    }
}

fn items(path: &str) -> Result<Vec<String>> {
    let text = fs::read_to_string(Path::new(ROOT).join(path))?;
    let mut file = syn::parse_file(&text)?;
    Bare.visit_file_mut(&mut file);
    let is_code = |item: &&Item| !matches!(item, Item::Mod(_));
    let items = file.items.iter().filter(is_code);
    Ok(items
        .map(|item| item.to_token_stream().to_string())
        .collect())
}

fn compare(own: &str, book: &str) -> Result<()> {
    let (own_items, book_items) = (items(own)?, items(book)?);
    for (one, other) in own_items.iter().zip(&book_items) {
        ensure!(one == other, "{own} and {book}:\n{one}\n{other}");
    }
    ensure!(own_items.len() == book_items.len(), "{own} is not {book}");
    Ok(())
}

#[test]
fn the_steps_lead_to_the_books_server() -> Result<()> {
    compare("code/mine/src/server.rs", "code/src/server.rs")
}

#[test]
fn readers_write_the_books_client() -> Result<()> {
    compare("code/mine/src/client.rs", "code/src/client.rs")
}

/// Each step has all that the next one keeps: a reader who types the marked
/// lines of a page into the step before has the step. So each listing of a
/// step is shown, and what is not shown has not changed.
#[test]
fn what_a_page_does_not_show_of_a_step_is_as_in_the_step_before() -> Result<()>
{
    let steps = [
        "step_1_listen",
        "step_2_echo",
        "step_3_spawn",
        "step_4_log",
        "step_5_errors",
        "step_6_accept",
    ];
    for pair in steps.windows(2) {
        let [old, new] = pair else { continue };
        let [old, new] = [old, new].map(|name| {
            let path = format!("code/mine/examples/{name}.rs");
            fs::read_to_string(Path::new(ROOT).join(path))
        });
        let (old, new) = (old?, new?);
        for line in unshown(&new) {
            ensure!(
                old.lines().any(|one| one == line),
                "{}: no page shows `{line}`, which is new",
                pair[1]
            );
        }
    }
    Ok(())
}

/// The lines outside all anchors, without the first, which says what the step
/// is.
fn unshown(text: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut lines = Vec::new();
    for line in text.lines().skip(1) {
        if line.contains("ANCHOR_END: ") {
            depth -= 1;
        } else if line.contains("ANCHOR: ") {
            depth += 1;
        } else if depth == 0 {
            lines.push(line);
        }
    }
    lines
}
