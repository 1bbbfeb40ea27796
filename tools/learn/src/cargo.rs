//! What cargo says with `--message-format=json`, a message a line.

use std::path::PathBuf;

use serde::Deserialize;

/// A message, as far as it is of use here.
#[derive(Debug, Deserialize)]
pub struct Message {
    /// Which package it is about.
    #[serde(default)]
    pub package_id: String,
    /// The program that has been built.
    pub executable: Option<PathBuf>,
    /// What the compiler says.
    pub message: Option<Diagnostic>,
}

/// A warning or an error of the compiler.
#[derive(Debug, Deserialize)]
pub struct Diagnostic {
    /// `warning` or `error`.
    pub level: String,
    /// As it would stand in a terminal.
    pub rendered: Option<String>,
    /// Its name, such as `E0308` or `unused_must_use`, if it has one.
    pub code: Option<Code>,
    /// The places that it is about.
    #[serde(default)]
    pub spans: Vec<Span>,
}

/// What a warning or an error is called.
#[derive(Debug, Deserialize)]
pub struct Code {
    /// Its name.
    pub code: String,
}

/// A place in the code.
#[derive(Debug, Deserialize)]
pub struct Span {
    /// Its file, from the workspace's folder.
    pub file_name: PathBuf,
}

impl Diagnostic {
    /// Whether a file with this ending is one of its places.
    pub fn is_about(&self, file: &str) -> bool {
        self.spans.iter().any(|span| span.file_name.ends_with(file))
    }
}

/// The messages in what cargo has printed; other lines are passed over.
pub fn messages(output: &[u8]) -> impl Iterator<Item = Message> {
    let lines = output.split(|byte| *byte == b'\n');
    lines.filter_map(|line| serde_json::from_slice(line).ok())
}
