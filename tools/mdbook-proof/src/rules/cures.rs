//! Flaws and their cures: each has a name and two tests, of two programs. An
//! example is a program, too.

use std::{collections::BTreeSet, ops::Range};

use crate::{
    check::Report,
    cures::{Cure, Test, cures},
    finding::{File, Finding},
    notes::{Note, Proof},
    rules::{claims, names::Known},
    view::{Library, View},
};

/// Checks what the notes of the pages name, and adds the rows of their tables
/// to the report.
pub fn check(
    known: &Known,
    views: &[View],
    library: &Library,
    report: &mut Report,
) {
    let runnable = known.workspace.runnable();
    for (file, range, path) in named(views) {
        let Some(cures) = cures(path, &|path| library.read(path)) else {
            report.findings.push(missing(file, range, path));
            continue;
        };
        for cure in &cures {
            let note = (file, range);
            let found = check_one(known, &runnable, library, cure, note);
            report.findings.extend(found);
            let names = cure.tests.iter().map(|test| test.name.clone());
            report.proofs.extend(names);
        }
        let rows = cures.iter().map(|cure| cure.row(&runnable)).collect();
        report.cures.insert(path.to_owned(), rows);
    }
}

/// The files of cures that the pages name, and where.
fn named<'a>(
    views: &'a [View],
) -> impl Iterator<Item = (&'a File, &'a Range<usize>, &'a str)> {
    views.iter().flat_map(|view| {
        let notes = view.notes.iter();
        notes.filter_map(|(range, note)| match note {
            Note::Cures(path) => Some((view.page.file, range, &**path)),
            _ => None,
        })
    })
}

fn missing(file: &File, range: &Range<usize>, path: &str) -> Finding {
    let message = format!("`{path}` cannot be read");
    let hint = "a note names a file of cures, and each `mod` in it stands for \
                a file in the folder of its name";
    file.finding("missing-file", range.clone(), message)
        .hint(hint)
}

/// What is wrong with a cure, on which this note insists.
fn check_one(
    known: &Known,
    runnable: &BTreeSet<String>,
    library: &Library,
    cure: &Cure,
    (page, note): (&File, &Range<usize>),
) -> Vec<Finding> {
    let file = &cure.file;
    if file.text.is_empty() {
        let path = file.path.to_string_lossy();
        return vec![missing(page, note, &path)];
    }
    let mut findings = shape(cure);
    findings.extend(not_run(known, library, cure));
    if known.workspace.is_known {
        findings.extend(programs(runnable, cure));
    }
    findings
}

/// A cure without a name, or without two tests.
fn shape(cure: &Cure) -> Vec<Finding> {
    let file = &cure.file;
    let mut findings = Vec::new();
    if cure.flaw.is_none() {
        let message = "this file does not say what the flaw is";
        let hint = "open it with the flaw: `//! A client that never reads.`";
        findings.push(wrong(file, file.first_line(), message, hint));
    }
    if cure.tests.len() != 2 {
        let count = cure.tests.len();
        let message = format!("a flaw has two tests, and this one has {count}");
        let hint = "the first shows the flaw, the second that it is gone";
        findings.push(wrong(file, file.first_line(), message, hint));
    }
    findings
}

fn wrong(
    file: &File,
    range: Range<usize>,
    message: impl Into<String>,
    hint: impl Into<String>,
) -> Finding {
    file.finding("cure-form", range, message).hint(hint)
}

/// Tests that are ignored.
fn not_run<'a>(
    known: &'a Known,
    library: &'a Library,
    cure: &'a Cure,
) -> impl Iterator<Item = Finding> {
    cure.tests.iter().filter_map(move |test| {
        let proof = Proof {
            path: Some(cure.file.path.to_string_lossy().into_owned()),
            test: test.name.clone(),
        };
        let what = claims::missing(known.book, library, &proof)?;
        let range = test.range.clone();
        Some(cure.file.finding("unknown-proof", range, what))
    })
}

/// Tests that begin with no program's name, or with the same.
fn programs(runnable: &BTreeSet<String>, cure: &Cure) -> Vec<Finding> {
    let mut met: Vec<&str> = Vec::new();
    let mut findings = Vec::new();
    for test in &cure.tests {
        let Some((program, _)) = test.program(runnable) else {
            findings.push(no_program(runnable, cure, test));
            continue;
        };
        if met.contains(&program) {
            let message = format!("both tests are about `{program}`");
            let hint = "one program has the flaw, and another has it no more";
            let range = test.range.clone();
            findings.push(wrong(&cure.file, range, message, hint));
        }
        met.push(program);
    }
    findings
}

fn no_program(
    runnable: &BTreeSet<String>,
    cure: &Cure,
    test: &Test,
) -> Finding {
    let message = format!("`{}` does not say what a program does", test.name);
    let hint = "begin with its name: `server_keeps_a_silent_client`";
    let first = test.name.split('_').next().unwrap_or_default();
    let others = runnable.iter().filter(|name| *name != first);
    wrong(&cure.file, test.range.clone(), message, hint)
        .did_you_mean(first, others.map(String::as_str))
}
