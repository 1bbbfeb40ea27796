//! What a file adds to another one, as a diff: what a listing shows whose
//! fence says `diff=FILE`.

use similar::{Algorithm, ChangeTag, capture_diff_slices, group_diff_ops};

use crate::{
    edit::Change,
    finding::File,
    page::{Block, Page, path_of},
    since::{beside, named},
    source::{Selection, excerpt},
};

/// How many lines stay around a change, to say where it is.
const CONTEXT: usize = 1;

/// Stands between places of the files that are apart.
const GAP: &str = "⋮";

/// The path of the file to which the listing adds, if its fence names one:
/// `diff=FILE`, beside the file that it shows.
pub fn path(block: &Block, shown: &str) -> Option<String> {
    beside(block, "diff", shown)
}

/// The files to which the listings of a page add.
pub fn others(page: &Page) -> Vec<String> {
    let directives = page.directives().into_iter();
    let paths = directives.filter_map(|one| {
        let block = page.block_at(one.range.start)?;
        path(block, &path_of(page.file, &one))
    });
    paths.collect()
}

/// How a file differs from another.
#[derive(Debug)]
pub struct Diff {
    /// The places where it does, each with the lines around them.
    hunks: Vec<Vec<(Change, String)>>,
}

impl Diff {
    /// Compares what is selected of the two, line by line. The markers of
    /// anchors count for nothing.
    ///
    /// In Rust, the last brace of an item is its own, and not that of another
    /// one, unless less differs if all of them are the same: an item may have
    /// another name.
    pub fn new(old: &File, new: &File, selection: Selection) -> Diff {
        let (old, new) = (lines(old, selection), lines(new, selection));
        let by_item = Diff::of(&old, &new);
        let nameless = |lines: &[Line]| -> Vec<Line> {
            let lines = lines.iter();
            lines
                .map(|(_, text)| (String::new(), text.clone()))
                .collect()
        };
        let by_line = Diff::of(&nameless(&old), &nameless(&new));
        match by_line.size() < by_item.size() {
            true => by_line,
            false => by_item,
        }
    }

    fn of(old: &[Line], new: &[Line]) -> Diff {
        let ops = capture_diff_slices(Algorithm::Patience, old, new);
        let groups = group_diff_ops(ops, CONTEXT).into_iter();
        let hunks = groups.map(|group| {
            let changes = group.iter().flat_map(|op| op.iter_changes(old, new));
            let lines = changes.map(|one| {
                let change = match one.tag() {
                    ChangeTag::Equal => Change::Keep,
                    ChangeTag::Delete => Change::Remove,
                    ChangeTag::Insert => Change::Add,
                };
                (change, one.value().1)
            });
            lines.collect()
        });
        Diff {
            hunks: hunks.collect(),
        }
    }

    /// How many lines differ.
    fn size(&self) -> usize {
        let differs = |(change, _): &(Change, &str)| *change != Change::Keep;
        self.lines().filter(differs).count()
    }

    /// Its lines, without the gaps.
    pub fn lines(&self) -> impl Iterator<Item = (Change, &str)> {
        let lines = self.hunks.iter().flatten();
        lines.map(|(change, text)| (*change, &**text))
    }

    /// Whether the file has a line that the other has not.
    pub fn adds(&self) -> bool {
        self.lines()
            .any(|(change, text)| change == Change::Add && !text.is_empty())
    }

    /// What readers see: each line with its sign.
    pub fn text(&self) -> String {
        let hunks = self.hunks.iter().map(|hunk| {
            let lines = hunk.iter().map(|(change, text)| {
                format!("{}{text}", change.mark()).trim_end().to_owned()
            });
            lines.collect::<Vec<_>>().join("\n")
        });
        hunks.collect::<Vec<_>>().join(&format!("\n{GAP}\n"))
    }
}

/// The name of an item, and a line of it.
type Line = (String, String);

/// What is selected of the file, without its markers.
fn lines(file: &File, selection: Selection) -> Vec<Line> {
    let shown = excerpt(file, selection);
    let lines = shown.iter().flat_map(|shown| named(file, shown));
    let lines = lines.map(|(name, text)| (name, text.trim_end().to_owned()));
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "use a;\n\nfn one() {\n    a();\n}\n\nfn two() {}\n\n\
                       // ANCHOR: end\nfn end() {\n    b();\n}\n";

    fn diff(new: &str) -> Diff {
        let (old, new) = (File::new("a.rs", OLD), File::new("b.rs", new));
        Diff::new(&old, &new, Selection::Whole)
    }

    #[test]
    fn an_anchor_is_compared_with_that_of_the_same_name() {
        let end = "// ANCHOR: end\n";
        let old = format!("{OLD}// ANCHOR_END: end\n");
        let new = old
            .replace("    b();\n", "    c();\n")
            .replace("use a", "use c");
        let (old, new) = (File::new("a.rs", old), File::new("b.rs", new));
        let diff = Diff::new(&old, &new, Selection::Anchor("end"));
        assert!(old.text.contains(end));
        assert_eq!(diff.text(), " fn end() {\n-    b();\n+    c();\n }");
    }

    #[test]
    fn lines_have_signs_and_places_that_are_apart_a_gap() {
        let new = OLD.replace("use a;\n", "use a;\nuse c;\n");
        let new = new.replace("    b();\n", "    c();\n    d();\n");
        let expected = " use a;\n+use c;\n\n⋮\n fn end() {\n-    b();\n\
                        +    c();\n+    d();\n }";
        assert_eq!(diff(&new).text(), expected);
        assert!(diff(&new).adds());
    }

    #[test]
    fn markers_and_the_end_of_the_file_are_no_difference() {
        let new = OLD.replace("ANCHOR: end", "ANCHOR: start");
        assert_eq!(diff(new.trim_end()).text(), "");
        assert!(!diff(&new).adds());
    }

    /// Each brace is that of its own item.
    #[test]
    fn a_new_item_is_whole() {
        let new = OLD.replace("    a();\n}", "    a();\n    b();\n}");
        let more = "fn more() {\n    b();\n}\n\nfn two";
        let new = new.replace("fn two", more);
        let expected = "     a();\n+    b();\n }\n\n+fn more() {\n\
                        +    b();\n+}\n+\n fn two() {}";
        assert_eq!(diff(&new).text(), expected);
    }

    #[test]
    fn an_item_with_another_name_is_not_all_new() {
        let new = OLD.replace("fn one", "fn first");
        assert_eq!(
            diff(&new).text(),
            "\n-fn one() {\n+fn first() {\n     a();"
        );
    }

    #[test]
    fn who_takes_lines_away_adds_nothing() {
        let less = diff(&OLD.replace("    b();\n", ""));
        assert_eq!(less.text(), " fn end() {\n-    b();\n }");
        assert!(!less.adds());
        assert!(!diff(&OLD.replace("use a;\n", "use a;\n\n")).adds());
    }
}
