//! Code blocks: their fences, their languages, and what they hold.

use crate::{
    book::Book,
    finding::Finding,
    page::{self, Block, Directive, Page, path_of},
    rules::includes::{self, Included},
    source::{Excerpt, excerpt},
};

/// Checks the code blocks of a page.
pub fn check(
    book: &Book,
    page: &Page,
    included: &Included,
    findings: &mut Vec<Finding>,
) {
    let directives = page.directives();
    for block in &page.blocks {
        shape(page, block, findings);
        let listed: Vec<&Directive> = directives
            .iter()
            .filter(|directive| block.content.contains(&directive.range.start))
            .collect();
        if block.is_rust() {
            typed(page, block, &listed, findings);
        }
        for directive in listed {
            let path = path_of(page.file, directive);
            let anchor = directive.anchor.as_deref();
            let file = included.files.get(&path);
            if let Some(shown) = file.and_then(|file| excerpt(file, anchor)) {
                listing(book, page, block, directive, &shown, findings);
            }
        }
    }
}

fn shape(page: &Page, block: &Block, findings: &mut Vec<Finding>) {
    let first = first_line(page, block);
    if !block.closed {
        let message = "this fence is never closed, and takes in the rest of \
                       the page";
        findings.push(page.file.finding("unclosed-fence", first, message));
        return;
    }
    match &block.info {
        Some(info) if info.trim().is_empty() => {
            let message = "this block does not say what it holds, and mdBook \
                           would test it as Rust";
            findings.push(
                page.file
                    .finding("untagged-fence", first, message)
                    .hint("name a language, or `text`"),
            );
        }
        Some(_) => {}
        None => {
            let message = "an indented block has no language, and mdBook would \
                           test it as Rust";
            findings.push(
                page.file
                    .finding("untagged-fence", first, message)
                    .hint("put it between fences, and name its language"),
            );
        }
    }
}

/// Rust that is not an include. Nothing compiles it.
fn typed(
    page: &Page,
    block: &Block,
    listed: &[&Directive],
    findings: &mut Vec<Finding>,
) {
    let mut rest = page.file.text[block.content.clone()].to_owned();
    for directive in listed.iter().rev() {
        let start = directive.range.start - block.content.start;
        rest.replace_range(start..start + directive.range.len(), "");
    }
    // What looks like a directive, and is none, has a rule of its own.
    let meant = includes::lookalikes(page)
        .iter()
        .any(|range| block.content.contains(&range.start));
    let blank = |c: char| c.is_whitespace() || c == '>';
    let typed = !rest.chars().all(blank);
    if (typed || listed.is_empty()) && !meant {
        findings.push(
            page.file
                .finding(
                    "typed-rust",
                    first_line(page, block),
                    "this Rust is typed, and no compiler has seen it",
                )
                .hint("include it from a source file"),
        );
    }
}

fn listing(
    book: &Book,
    page: &Page,
    block: &Block,
    directive: &Directive,
    shown: &Excerpt,
    findings: &mut Vec<Finding>,
) {
    let mut report = |rule, message: String| {
        findings.push(page.file.finding(
            rule,
            directive.range.clone(),
            message,
        ));
    };
    if shown.text.contains("{{#") || !page::directives(&shown.text).is_empty() {
        let message = "mdBook would look for directives in what it includes";
        report("included-directive", message.to_owned());
    }
    if !block.is_rust() {
        return;
    }
    let hidden = shown.text.lines().find(|line| {
        let line = line.trim_start();
        line == "#" || line.starts_with("# ")
    });
    if let Some(line) = hidden {
        report(
            "hidden-line",
            format!("mdBook hides the line `{}`", line.trim()),
        );
    }
    let lines = shown.text.trim().lines().count();
    let limit = book.settings.max_lines;
    if lines > limit {
        let message = format!("{lines} lines are more than {limit}");
        report("long-listing", message);
    }
    let columns = |line: &str| line.chars().count();
    let widest = shown.text.lines().map(columns).max().unwrap_or_default();
    let limit = book.settings.max_columns;
    if widest > limit {
        let message = format!("a line has {widest} columns, more than {limit}");
        report("wide-listing", message);
    }
}

fn first_line(page: &Page, block: &Block) -> std::ops::Range<usize> {
    let text = &page.file.text[block.range.clone()];
    let length = text.find('\n').unwrap_or(text.len());
    block.range.start..block.range.start + length
}
