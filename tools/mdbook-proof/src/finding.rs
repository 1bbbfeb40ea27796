//! What the proof-reader has to say, and how it is shown.

use std::{ops::Range, path::PathBuf, sync::Arc};

use annotate_snippets::{
    AnnotationKind, Group, Level as Look, Renderer, Snippet,
    renderer::DecorStyle,
};

use crate::profile::Level;

/// A text file of the book, as it was read.
#[derive(Debug, Clone)]
pub struct File {
    /// Where it is, relative to the book's root.
    pub path: PathBuf,
    /// What it says.
    pub text: Arc<str>,
}

impl File {
    /// The file `path` with this text.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> File {
        File {
            path: path.into(),
            text: text.into(),
        }
    }

    /// A finding about the bytes `span` of this file.
    pub fn finding(
        &self,
        rule: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Finding {
        Finding {
            rule,
            file: self.clone(),
            span,
            message: message.into(),
            level: Level::Deny,
            hint: None,
            report: None,
        }
    }

    /// The number of the line, from 1, in which the byte `at` stands.
    pub fn line(&self, at: usize) -> usize {
        1 + self.text[..at].matches('\n').count()
    }

    /// The bytes of the first line.
    pub fn first_line(&self) -> Range<usize> {
        0..self.text.find('\n').unwrap_or(self.text.len())
    }

    /// The lines of the file, each with the bytes that it occupies.
    pub fn lines(&self) -> impl Iterator<Item = (Range<usize>, &str)> {
        self.text.split_inclusive('\n').scan(0, |start, line| {
            let begin = *start;
            *start += line.len();
            let line = line.trim_end_matches(['\n', '\r']);
            Some((begin..begin + line.len(), line))
        })
    }
}

/// Something that is wrong: where, what, and what to do about it.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule's id, as the README lists it.
    pub rule: &'static str,
    /// The file in which it is wrong.
    pub file: File,
    /// The bytes that are wrong.
    pub span: Range<usize>,
    /// What is wrong with them.
    pub message: String,
    /// What comes of it.
    pub level: Level,
    /// What the author can do.
    pub hint: Option<String>,
    /// More lines than fit beside the source, such as two terminals compared.
    pub report: Option<String>,
}

impl Finding {
    /// The same finding, with advice.
    pub fn hint(mut self, hint: impl Into<String>) -> Finding {
        self.hint = Some(hint.into());
        self
    }

    /// The same finding, with the candidate that `wrong` may stand for.
    pub fn did_you_mean<'a>(
        self,
        wrong: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Finding {
        match nearest(wrong, candidates) {
            Some(name) => self.hint(format!("did you mean `{name}`?")),
            None => self,
        }
    }

    /// The same finding, with a report to be printed below it.
    pub fn report(mut self, report: impl Into<String>) -> Finding {
        self.report = Some(report.into());
        self
    }
}

/// The candidate that differs least from `wrong`, if any is close.
pub(crate) fn nearest<'a>(
    wrong: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    /// Below this, two names have little in common.
    const CLOSE: f64 = 0.8;
    candidates
        .into_iter()
        .map(|name| (strsim::jaro_winkler(wrong, name), name))
        .filter(|(likeness, _)| *likeness >= CLOSE)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, name)| name)
}

/// Shows the findings in rustc's look, in the order of files and lines.
///
/// With `colour`, the text holds the escape sequences of a terminal.
pub fn render(findings: &[Finding], colour: bool) -> String {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| (&finding.file.path, finding.span.start));
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let mut output = String::new();
    for finding in sorted {
        output += &renderer.render(&[group(finding)]);
        output += "\n";
        for line in finding.report.iter().flat_map(|report| report.lines()) {
            output += &format!("    {line}\n");
        }
        output += "\n";
    }
    output
}

fn group(finding: &Finding) -> Group<'_> {
    let snippet = Snippet::source(&*finding.file.text)
        .path(finding.file.path.to_string_lossy())
        .annotation(AnnotationKind::Primary.span(finding.span.clone()));
    let look = match finding.level {
        Level::Deny => Look::ERROR,
        Level::Warn | Level::Allow => Look::WARNING,
    };
    let title = look.primary_title(&*finding.message).id(finding.rule);
    let group = title.element(snippet);
    match &finding.hint {
        Some(hint) => group.element(Look::HELP.message(&**hint)),
        None => group,
    }
}
