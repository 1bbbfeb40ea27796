//! Code blocks: their fences, their languages, and what they hold.

use crate::{
    book::{Book, Settings},
    exhibit::Exhibit,
    finding::{File, Finding},
    page::{self, Block, Directive, Page, path_of},
    rules::{diffs, includes::Included, lookalikes::lookalikes},
    since,
    view::View,
};

/// Checks the code blocks of a page.
pub fn check(
    book: &Book,
    view: &View,
    included: &Included,
    findings: &mut Vec<Finding>,
) {
    let page = view.page;
    let directives = page.directives();
    for block in &page.blocks {
        shape(page, block, findings);
        findings.extend(without_program(book, page, block));
        let listed: Vec<&Directive> = directives
            .iter()
            .filter(|directive| block.content.contains(&directive.range.start))
            .collect();
        if block.is_rust() {
            typed(page, block, &listed, findings);
        }
        match diffs::check(book, page, block, &listed, included) {
            Some(wrong) => findings.push(wrong),
            None => listings(book, view, block, &listed, included, findings),
        }
    }
}

/// What the directives of a block show.
fn listings(
    book: &Book,
    view: &View,
    block: &Block,
    listed: &[&Directive],
    included: &Included,
    findings: &mut Vec<Finding>,
) {
    for directive in listed {
        let mut shown = view.exhibits.iter();
        let shown = shown.find(|one| one.range == directive.range);
        let file = shown.and_then(|one| included.files.get(&one.path));
        if let (Some(shown), Some(file)) = (shown, file) {
            let listing = Listing {
                page: view.page,
                block,
                directive,
                file,
                shown,
            };
            listing.check(&book.settings, findings);
            findings.extend(listing.since(book));
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

/// A session that names a program which is not there.
fn without_program(book: &Book, page: &Page, block: &Block) -> Option<Finding> {
    let path = block.value("with")?;
    book.read(path).is_err().then(|| {
        let message = format!("`{path}` cannot be read");
        page.file
            .finding("missing-file", first_line(page, block), message)
    })
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
    let meant = lookalikes(page)
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

/// A block, and what a directive puts into it.
struct Listing<'a> {
    page: &'a Page<'a>,
    block: &'a Block,
    directive: &'a Directive,
    file: &'a File,
    shown: &'a Exhibit,
}

impl Listing<'_> {
    fn check(&self, settings: &Settings, findings: &mut Vec<Finding>) {
        if !page::directives(&self.shown.text).is_empty() {
            let message =
                "mdBook would look for directives in what it includes";
            findings.push(self.finding("included-directive", message));
        }
        if self.block.is_rust() {
            findings.extend(self.hidden());
            findings.extend(self.long(settings.max_lines));
            findings.extend(self.wide(settings.max_columns));
        }
    }

    /// A listing that is said to add something to another file.
    fn since(&self, book: &Book) -> Option<Finding> {
        let path = path_of(self.page.file, self.directive);
        let old = since::path(self.block, &path)?;
        let span = first_line(self.page, self.block);
        if !book.has(&old) {
            let message = format!("`{old}` cannot be read");
            return Some(self.page.file.finding("missing-file", span, message));
        }
        let message = format!("it has no line that `{old}` does not have");
        self.shown
            .adds_nothing()
            .then(|| self.page.file.finding("nothing-new", span, message))
    }

    fn finding(
        &self,
        rule: &'static str,
        message: impl Into<String>,
    ) -> Finding {
        let span = self.directive.range.clone();
        self.page.file.finding(rule, span, message)
    }

    /// A line that mdBook hides. In a file that is Rust, it is in a string or
    /// a comment, and nobody has meant it to be hidden.
    fn hidden(&self) -> Option<Finding> {
        if self.block.value("diff").is_some() {
            return None;
        }
        let mut lines = self.shown.text.lines().map(str::trim);
        let line = lines.find(|line| *line == "#" || line.starts_with("# "))?;
        syn::parse_file(&self.file.text).ok()?;
        let message = format!("mdBook hides the line `{line}`");
        Some(self.finding("hidden-line", message))
    }

    fn long(&self, limit: usize) -> Option<Finding> {
        let lines = self.shown.text.trim().lines().count();
        let message = format!("{lines} lines are more than {limit}");
        (lines > limit).then(|| self.finding("long-listing", message))
    }

    fn wide(&self, limit: usize) -> Option<Finding> {
        let columns = |line: &str| line.chars().count();
        let widest = self.shown.text.lines().map(columns).max()?;
        let message = format!("a line has {widest} columns, more than {limit}");
        (widest > limit).then(|| self.finding("wide-listing", message))
    }
}

pub(super) fn first_line(page: &Page, block: &Block) -> std::ops::Range<usize> {
    let text = &page.file.text[block.range.clone()];
    let length = text.find('\n').unwrap_or(text.len());
    block.range.start..block.range.start + length
}
