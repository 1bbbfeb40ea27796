//! What the coach puts on the screen.

use super::{Coach, View};
use crate::{
    exercise::Exercise,
    screen::{Line, Picture, Style},
};

impl Coach<'_> {
    /// All of it. It depends on the coach alone, and changes nothing.
    pub(super) fn picture(&self) -> Picture {
        let mut body = match &self.view {
            View::Exercise => self.verdict(),
            View::List { cursor } => self.table(*cursor),
            View::Solution(text) => vec![plain(text)],
        };
        let kept = self.kept.as_deref().unwrap_or_default();
        for notice in [&self.notice, kept] {
            if !notice.is_empty() {
                body.splice(0..0, [plain(notice), plain("")]);
            }
        }
        Picture {
            head: self.head(),
            body,
            foot: self.foot(),
        }
    }

    fn head(&self) -> Vec<Line> {
        let exercise = self.exercise();
        let folder = format!("code/exercises/{}", exercise.name);
        let (number, count) = (self.at + 1, self.exercises.len());
        let title = &exercise.title;
        vec![
            bold(&format!("Exercise {number} of {count}: {title}")),
            plain(&format!("the task: {folder}/README.md")),
            plain(&format!("your code: {folder}/src/lib.rs")),
            plain(""),
        ]
    }

    /// What the check has found, then the hints that were asked for.
    fn verdict(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        match &self.outcome {
            None => lines.push(plain("checking…")),
            Some(outcome) => {
                let style = match outcome.passed() {
                    true => Style::Good,
                    false => Style::Bad,
                };
                let text = outcome.to_string();
                let (first, rest) =
                    text.split_once('\n').unwrap_or((&text, ""));
                lines.push(Line(style, first.to_owned()));
                lines.push(plain(rest));
                if outcome.passed() {
                    lines.push(plain(&self.what_now()));
                }
            }
        }
        let count = self.hints.len();
        for (index, hint) in self.hints.iter().take(self.shown).enumerate() {
            let heading = format!("Hint {} of {count}", index + 1);
            lines.extend([plain(""), bold(&heading), plain(hint)]);
        }
        lines
    }

    fn what_now(&self) -> String {
        let done = |one: &Exercise| self.state.is_done(one);
        let next = match self.exercises.iter().all(done) {
            true => "All exercises are done. Congratulations!",
            false => "Press n to go on.",
        };
        format!("{next} Press s to compare yours with a solution.")
    }

    fn table(&self, cursor: usize) -> Vec<Line> {
        let line = |(index, exercise): (usize, &Exercise)| {
            let here = if index == cursor { '>' } else { ' ' };
            let text = format!("{here} {}", self.state.row(exercise));
            match index == cursor {
                true => bold(&text),
                false => plain(&text),
            }
        };
        let mut lines: Vec<Line> =
            self.exercises.iter().enumerate().map(line).collect();
        if let Some(kept) = self.state.about_kept(self.exercises) {
            lines.extend([plain(""), plain(&kept)]);
        }
        lines
    }

    fn foot(&self) -> Vec<Line> {
        let keys = match self.view {
            View::List { .. } => "↑ ↓ choose  Enter go there  l back  q quit",
            View::Solution(_) => "s back  n next  l list  q quit",
            View::Exercise => {
                "h hint  n next  l list  r reset  s solution  q quit"
            }
        };
        vec![
            plain(""),
            plain(&self.state.bar(self.exercises)),
            plain(keys),
        ]
    }
}

fn plain(text: &str) -> Line {
    Line(Style::Plain, text.to_owned())
}

fn bold(text: &str) -> Line {
    Line(Style::Bold, text.to_owned())
}
