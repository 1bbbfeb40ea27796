//! Edits: what a page asks its readers to change in a file.
//!
//! The first column of each line in an `edit` block is that of a diff. A space
//! or a `-` marks a line that stands in the file, a `-` or a `+` one that the
//! edit takes away or adds. The lines that stand there are a run without gaps,
//! and the file has this run once, so the page need not count lines. How far
//! all of it is indented is for the file to say.

use std::{
    fmt, fs, io,
    ops::Range,
    path::{Component, Path},
};

use crate::{
    finding::{File, Finding},
    page::{Block, Page},
};

/// What an edit does with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It stays, and says where the edit is.
    Keep,
    /// It is taken away.
    Remove,
    /// It is added.
    Add,
}

impl Change {
    fn of(mark: char) -> Option<Change> {
        match mark {
            ' ' => Some(Change::Keep),
            '-' => Some(Change::Remove),
            '+' => Some(Change::Add),
            _ => None,
        }
    }

    /// The first column of the line.
    pub fn mark(self) -> char {
        match self {
            Change::Keep => ' ',
            Change::Remove => '-',
            Change::Add => '+',
        }
    }
}

/// A line of an edit.
#[derive(Debug, Clone)]
pub struct Line {
    /// What is done with it.
    pub change: Change,
    /// What it says, without the indentation that all lines have.
    pub text: String,
    /// Its bytes in the page.
    pub range: Range<usize>,
}

/// An edit of a file.
#[derive(Debug, Clone)]
pub struct Edit {
    /// The file, relative to the book's root.
    pub file: String,
    /// The lines, in their order.
    pub lines: Vec<Line>,
    /// The bytes of the block in its page.
    pub range: Range<usize>,
}

/// Why an edit cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// The file does not have the run of lines.
    Missing,
    /// It has several, which begin in these lines, counted from 1.
    Several(Vec<usize>),
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Misfit::Missing => f.write_str("does not have these lines"),
            Misfit::Several(places) => {
                let places: Vec<String> =
                    places.iter().map(ToString::to_string).collect();
                let count = places.len();
                let places = places.join(" and ");
                write!(f, "has these lines {count} times, at {places}")
            }
        }
    }
}

impl Edit {
    /// Reads a block of the page `file` as an edit.
    ///
    /// # Errors
    ///
    /// A finding for each line that is not of the right form; or one for the
    /// block, if there is no telling what it changes, or where.
    pub fn parse(file: &File, block: &Block) -> Result<Edit, Vec<Finding>> {
        let start = block.range.start;
        let fence = start..block.content.start.max(start + 1) - 1;
        let wrong = |message: &str, hint: &str| {
            let finding = file.finding("edit-form", fence.clone(), message);
            Err(vec![finding.hint(hint)])
        };
        let Some(path) = block.value("file").filter(|path| !path.is_empty())
        else {
            let hint = "write ```edit,file=src/lib.rs";
            return wrong("this edit does not say which file it changes", hint);
        };
        if !is_inside(path) {
            let message = "this edit leaves the book's folder";
            return wrong(message, "name a file below it");
        }
        if block.nested {
            let message = "an edit stands in a list or a quotation";
            return wrong(message, "move the block to the left margin");
        }
        let mut lines = lines(file, block)?;
        dedent(&mut lines);
        let edit = Edit {
            file: path.to_owned(),
            lines,
            range: block.range.clone(),
        };
        if edit.before().all(str::is_empty) {
            let message = "nothing says where this edit is made";
            return wrong(
                message,
                "begin a line that is in the file by a space",
            );
        }
        if edit.before().eq(edit.after()) {
            let hint = "begin a line by `-` to take it away, by `+` to add it";
            return wrong("this edit changes nothing", hint);
        }
        Ok(edit)
    }

    /// The lines that the file has.
    pub fn before(&self) -> impl Iterator<Item = &str> {
        self.without(Change::Add)
    }

    /// The lines that stand in their place.
    pub fn after(&self) -> impl Iterator<Item = &str> {
        self.without(Change::Remove)
    }

    fn without(&self, change: Change) -> impl Iterator<Item = &str> {
        let lines = self.lines.iter();
        let lines = lines.filter(move |line| line.change != change);
        lines.map(|line| &*line.text)
    }

    /// The lines as a diff, each with its first column.
    pub fn diff(&self) -> String {
        let lines = self.lines.iter().map(|line| {
            let line = format!("{}{}", line.change.mark(), line.text);
            line.trim_end().to_owned()
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The text of the file after the edit.
    ///
    /// # Errors
    ///
    /// When the lines are not there, or there several times.
    pub fn apply(&self, text: &str) -> Result<String, Misfit> {
        let old: Vec<&str> = self.before().collect();
        let lines: Vec<&str> = text.lines().collect();
        let places: Vec<(usize, &str)> = lines
            .windows(old.len())
            .enumerate()
            .filter_map(|(at, run)| Some((at, margin(&old, run)?)))
            .collect();
        let (at, margin) = match places[..] {
            [] => return Err(Misfit::Missing),
            [place] => place,
            _ => {
                let places = places.iter().map(|(at, _)| at + 1);
                return Err(Misfit::Several(places.collect()));
            }
        };
        let new = self.after().map(|line| indented(margin, line));
        let above = lines[..at].iter().map(ToString::to_string);
        let below = lines[at + old.len()..].iter().map(ToString::to_string);
        let all: Vec<String> = above.chain(new).chain(below).collect();
        let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let last = if text.ends_with('\n') { end } else { "" };
        Ok(all.join(end) + last)
    }

    /// Makes the edit below the folder `root`.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or written, or does not fit.
    pub fn make(&self, root: &Path) -> io::Result<()> {
        let path = root.join(&self.file);
        let text = self.apply(&fs::read_to_string(&path)?);
        let text = text.map_err(|misfit| {
            io::Error::other(format!("`{}` {misfit}", self.file))
        })?;
        fs::write(path, text)
    }
}

/// The nearest edit of the file above the byte `at` of a page.
pub fn above(page: &Page, file: &str, at: usize) -> Option<Edit> {
    edits(page)
        .filter(|edit| edit.file == file && edit.range.start < at)
        .last()
}

/// The edits of a page that are of the right form, in their order.
pub fn edits(page: &Page) -> impl Iterator<Item = Edit> {
    let blocks = page.blocks.iter();
    let blocks = blocks.filter(|block| block.language() == "edit");
    blocks.filter_map(|block| Edit::parse(page.file, block).ok())
}

/// Whether a path cannot lead out of the folder from which it starts.
fn is_inside(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    parts.all(|part| matches!(part, Component::Normal(_)))
}

fn lines(file: &File, block: &Block) -> Result<Vec<Line>, Vec<Finding>> {
    let mut lines = Vec::new();
    let mut findings = Vec::new();
    let mut start = block.content.start;
    for line in file.text[block.content.clone()].split_inclusive('\n') {
        let text = line.trim_end_matches(['\n', '\r']);
        let range = start..start + text.len();
        start += line.len();
        // Editors take away a space at the end of a line.
        let mark = text.chars().next().unwrap_or(' ');
        match Change::of(mark) {
            Some(change) => lines.push(Line {
                change,
                text: text.get(1..).unwrap_or("").trim_end().to_owned(),
                range,
            }),
            None => {
                let message = "this is no line of an edit";
                let hint = "begin it by a space, a `-` or a `+`";
                let finding = file.finding("edit-form", range, message);
                findings.push(finding.hint(hint));
            }
        }
    }
    match findings.is_empty() {
        true => Ok(lines),
        false => Err(findings),
    }
}

/// Takes off the indentation that all lines have.
fn dedent(lines: &mut [Line]) {
    let indents = lines.iter().filter(|line| !line.text.is_empty());
    let indents =
        indents.map(|line| line.text.len() - line.text.trim_start().len());
    let common = indents.min().unwrap_or(0);
    for line in lines {
        line.text = line.text.get(common..).unwrap_or("").to_owned();
    }
}

/// The indentation with which these lines stand in the file, if they do.
fn margin<'a>(old: &[&str], run: &[&'a str]) -> Option<&'a str> {
    let (first, line) = old.iter().zip(run).find(|(old, _)| !old.is_empty())?;
    let margin = line.trim_end().strip_suffix(first)?;
    let fits =
        |(old, line): (&&str, &&str)| line.trim_end() == indented(margin, old);
    let is_margin = margin.chars().all(char::is_whitespace);
    (is_margin && old.iter().zip(run).all(fits)).then_some(margin)
}

fn indented(margin: &str, line: &str) -> String {
    match line {
        "" => String::new(),
        line => format!("{margin}{line}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(info: &str, lines: &str) -> Result<Edit, Vec<Finding>> {
        let text = format!("# Page\n\n```{info}\n{lines}```\n");
        let file = File::new("page.md", text);
        let page = Page::parse(&file);
        Edit::parse(&file, &page.blocks[0])
    }

    fn edit(lines: &str) -> Edit {
        parse("edit,file=a.rs", lines).unwrap()
    }

    const TEXT: &str = "fn a() {\n    one();\n\n    if b {\n        two();\n    \
                        }\n}\n\nfn c() {\n    one();\n}\n";

    #[test]
    fn a_line_is_added_where_the_others_stand() {
        let edit = edit("     if b {\n+        zero();\n         two();\n");
        let expected =
            TEXT.replace("        two();", "        zero();\n        two();");
        assert_eq!(edit.apply(TEXT).unwrap(), expected);
        assert_eq!(edit.file, "a.rs");
    }

    #[test]
    fn a_line_is_replaced_and_another_taken_away() {
        let both =
            edit(" fn a() {\n-    one();\n-\n+    three();\n     if b {\n");
        let expected = TEXT.replacen("    one();\n\n", "    three();\n", 1);
        assert_eq!(both.apply(TEXT).unwrap(), expected);
    }

    /// The page may leave out what all lines have, or have less of it.
    #[test]
    fn the_file_says_how_far_the_lines_are_indented() {
        let expected = TEXT.replace("two();", "two(2);");
        for lines in [
            "-two();\n+two(2);\n",
            "-  two();\n+  two(2);\n",
            "-                two();\n+                two(2);\n",
        ] {
            assert_eq!(edit(lines).apply(TEXT).unwrap(), expected);
        }
        // What is added may stand further left than the rest.
        let outer = edit("     two();\n+// left\n");
        let expected = TEXT.replace("two();\n", "two();\n    // left\n");
        assert_eq!(outer.apply(TEXT).unwrap(), expected);
        // But all of it moves together.
        let uneven = edit(" if b {\n-  two();\n");
        assert_eq!(uneven.apply(TEXT), Err(Misfit::Missing));
    }

    #[test]
    fn a_blank_line_may_have_lost_its_space() {
        let edit = edit("-one();\n\n if b {\n");
        let expected = TEXT.replacen("    one();\n", "", 1);
        assert_eq!(edit.apply(TEXT).unwrap(), expected);
    }

    #[test]
    fn lines_that_are_not_there_or_twice_are_told() {
        let edit_of = |lines| edit(lines).apply(TEXT).unwrap_err();
        assert_eq!(edit_of("-on();\n"), Misfit::Missing);
        assert_eq!(edit_of("-ne();\n"), Misfit::Missing);
        assert_eq!(edit_of("-one();\n two();\n"), Misfit::Missing);
        let twice = edit_of("-one();\n");
        assert_eq!(twice, Misfit::Several(vec![2, 10]));
        assert_eq!(twice.to_string(), "has these lines 2 times, at 2 and 10");
        assert_eq!(edit("-a\n").apply(""), Err(Misfit::Missing));
    }

    #[test]
    fn lines_end_as_they_did() {
        let edit = edit("-two\n+three\n");
        assert_eq!(edit.apply("one\ntwo").unwrap(), "one\nthree");
        assert_eq!(edit.apply("one\r\ntwo\r\n").unwrap(), "one\r\nthree\r\n");
    }

    #[test]
    fn what_is_no_edit_is_refused() {
        let complaints = |info: &str, lines: &str| {
            let findings = parse(info, lines).unwrap_err();
            let message = |one: &Finding| {
                assert_eq!(one.rule, "edit-form");
                one.message.clone()
            };
            findings.iter().map(message).collect::<Vec<_>>()
        };
        let nameless = ["this edit does not say which file it changes"];
        assert_eq!(complaints("edit", "-a\n"), nameless);
        assert_eq!(complaints("edit,file=", "-a\n"), nameless);
        for path in ["../a.rs", "/etc/a.rs", "b/../../a.rs"] {
            let info = format!("edit,file={path}");
            let outside = ["this edit leaves the book's folder"];
            assert_eq!(complaints(&info, "-a\n"), outside);
        }
        let info = "edit,file=a.rs";
        let line = "this is no line of an edit";
        assert_eq!(complaints(info, "a\n-b\n*c\n"), [line, line]);
        let placeless = ["nothing says where this edit is made"];
        assert_eq!(complaints(info, "+a\n"), placeless);
        assert_eq!(complaints(info, " \n+a\n"), placeless);
        assert_eq!(complaints(info, ""), placeless);
        let idle = ["this edit changes nothing"];
        assert_eq!(complaints(info, " a\n"), idle);
        assert_eq!(complaints(info, "-a\n+a\n"), idle);
    }

    #[test]
    fn the_nearest_edit_above_is_meant() {
        let text = "```edit,file=a.rs\n-a\n```\n\n```edit,file=a.rs\n-b\n```\n\n\
                    ```edit,file=c.rs\n-c\n```\n\n```edit,file=a.rs\n-d\n```\n";
        let file = File::new("page.md", text);
        let page = Page::parse(&file);
        let at = page.blocks[2].range.end;
        let edit = above(&page, "a.rs", at).unwrap();
        assert_eq!(edit.before().collect::<Vec<_>>(), ["b"]);
        assert!(above(&page, "b.rs", at).is_none());
        assert!(above(&page, "a.rs", 0).is_none());
    }

    #[test]
    fn an_edit_is_made_in_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.rs");
        fs::write(&path, "one\n").unwrap();
        let edit = edit("-one\n+two\n");
        edit.make(folder.path()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two\n");
        let error = edit.make(folder.path()).unwrap_err().to_string();
        assert_eq!(error, "`a.rs` does not have these lines");
    }
}
