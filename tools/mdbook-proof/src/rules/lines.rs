//! The lines that a directive names: all of a file, some by their numbers, or
//! those of an anchor.

use crate::{
    finding::{File, Finding},
    page::{Directive, Page},
    source::{Marker, Selection, excerpt, markers},
};

type Checked = Result<(), Box<Finding>>;

/// Checks that the file has the lines, and that mdBook shows them.
///
/// # Errors
///
/// The first thing that is wrong.
pub fn check(page: &Page, directive: &Directive, file: &File) -> Checked {
    let one = One {
        page,
        directive,
        file,
        markers: markers(file),
    };
    match directive.selection() {
        Selection::Whole => one.markers_in(1, usize::MAX),
        Selection::Lines(first, last) => one.lines(first, last),
        Selection::Anchor(name) | Selection::Joined(name) => one.anchor(name),
    }
}

/// How many lines mdBook puts in place of the directive.
pub fn count(directive: &Directive, file: &File) -> usize {
    // What is not shown of these is hidden, and there.
    let whole = ["rustdoc_include", "playground", "playpen"];
    let selection = match directive.selection() {
        _ if whole.contains(&&*directive.word) => Selection::Whole,
        selection => selection,
    };
    let shown = excerpt(file, selection);
    shown.map_or(0, |shown| shown.text.lines().count())
}

/// A directive, and the file that it names.
struct One<'a> {
    page: &'a Page<'a>,
    directive: &'a Directive,
    file: &'a File,
    markers: Vec<Marker>,
}

impl One<'_> {
    fn finding(
        &self,
        rule: &'static str,
        message: impl Into<String>,
    ) -> Box<Finding> {
        let span = self.directive.range.clone();
        Box::new(self.page.file.finding(rule, span, message))
    }

    fn path(&self) -> std::borrow::Cow<'_, str> {
        self.file.path.to_string_lossy()
    }

    /// Lines by their numbers are shown with the markers in them. In markdown
    /// a marker is a comment, which readers do not see; nor is one in a diff.
    fn markers_in(&self, first: usize, last: usize) -> Checked {
        let block = self.page.block_at(self.directive.range.start);
        let is_block = block.is_some();
        let is_diff = block.is_some_and(|one| one.value("diff").is_some());
        let is_seen = |marker: &&Marker| {
            let line = self.file.text[marker.line.clone()].trim_start();
            (first..=last).contains(&marker.number)
                && (is_block || !line.starts_with("<!--"))
        };
        if self.directive.word != "include"
            || is_diff
            || !self.markers.iter().any(|marker| is_seen(&marker))
        {
            return Ok(());
        }
        let message = format!(
            "`{}` is shown with the markers of its anchors",
            self.path()
        );
        Err(self.finding("shown-marker", message))
    }

    fn lines(&self, first: usize, last: usize) -> Checked {
        let written = self.directive.anchor.as_deref().unwrap_or_default();
        if self.markers.iter().any(|marker| marker.name == written) {
            let message =
                format!("`{written}` is the number of a line for mdBook");
            let hint = "give the anchor a name with a letter in it";
            return Err(Box::new(
                self.finding("numeric-anchor", message).hint(hint),
            ));
        }
        if excerpt(self.file, Selection::Lines(first, last)).is_none() {
            let path = self.path();
            let message =
                format!("there is nothing in these lines of `{path}`");
            return Err(self.finding("empty-range", message));
        }
        self.markers_in(first, last)?;
        let message = "lines are named by their numbers, which change whenever \
                       a line is added above";
        let hint = "mark the lines with an anchor";
        Err(Box::new(self.finding("line-range", message).hint(hint)))
    }

    fn anchor(&self, name: &str) -> Checked {
        let opens = self.markers.iter().filter(|marker| marker.opens);
        let names: Vec<&str> = opens.map(|marker| &*marker.name).collect();
        if !names.contains(&name) {
            return Err(self.no_anchor(name, &names));
        }
        let selection = self.directive.selection();
        let Some(shown) = excerpt(self.file, selection) else {
            let path = self.path();
            let message =
                format!("the anchor `{name}` in `{path}` has no lines");
            return Err(self.finding("empty-anchor", message));
        };
        if excerpt(self.file, Selection::Joined(name)) != Some(shown) {
            let message = format!(
                "`{name}` is opened several times, and mdBook shows only what \
                 stands behind the first"
            );
            let hint = "give each piece a name, or use `rustdoc_include`";
            return Err(Box::new(
                self.finding("split-anchor", message).hint(hint),
            ));
        }
        Ok(())
    }

    fn no_anchor(&self, name: &str, names: &[&str]) -> Box<Finding> {
        let message = format!("`{}` has no anchor `{name}`", self.path());
        let finding = self.finding("unknown-anchor", message);
        let is_range = |c: char| c.is_ascii_digit() || c == '-';
        Box::new(match name.replacen('-', ":", 1) {
            range if name.chars().all(is_range) => {
                finding.hint(format!("lines are written as `{range}`"))
            }
            _ => finding.did_you_mean(name, names.iter().copied()),
        })
    }
}
