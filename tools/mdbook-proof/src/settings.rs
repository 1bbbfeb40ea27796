//! What `book.toml` says to the proof-reader.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::{
    finding::nearest,
    profile::{Level, Profile, RULES},
};

/// What `[preprocessor.proof]` in `book.toml` may say.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// How mdBook starts the proof-reader; mdBook's own key.
    command: Option<String>,
    /// Which preprocessors run after it; mdBook's own key.
    before: Vec<String>,
    /// Which preprocessors run before it; mdBook's own key.
    after: Vec<String>,
    /// For which renderers it runs; mdBook's own key.
    renderers: Vec<String>,
    /// Whether the book may be built without it; mdBook's own key.
    optional: bool,
    /// Which rules hold.
    pub profile: Profile,
    /// The levels of single rules, where they are not the profile's.
    pub rules: BTreeMap<String, Level>,
    /// Whether listings get captions, and sessions their terminals.
    captions: Option<bool>,
    /// Folders of the packages whose code the pages show.
    pub crates: Vec<PathBuf>,
    /// The file that lists the words which are names of something else.
    pub words: Option<PathBuf>,
    /// The longest line of a listing, in columns.
    pub max_columns: usize,
    /// The longest listing, in lines.
    pub max_lines: usize,
    /// Folders of texts that programs have written: their numbers are what was
    /// measured, and need no other proof.
    pub measured: Vec<PathBuf>,
    /// The folder of the pages that show whole files, relative to the pages.
    pub file_pages: Option<PathBuf>,
    /// The commands that run a file, where they do not follow from its path.
    pub run: BTreeMap<String, String>,
    /// The file with the marks of what has been read; none by default.
    pub read: Option<PathBuf>,
    /// Which sentences have to name their proof.
    pub claims: ClaimSettings,
    /// How sessions are run.
    pub session: SessionSettings,
    /// Listings that must not compile.
    pub compile_fail: CompileFailSettings,
}

/// What `[preprocessor.proof.compile-fail]` may say.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct CompileFailSettings {
    /// Folders of files that must not compile, each with a `.stderr` beside it.
    pub folders: Vec<PathBuf>,
    /// The package whose libraries they may use.
    pub package: Option<String>,
    /// The version of the compiler whose words the pages show.
    pub rustc: Option<String>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            command: None,
            before: Vec::new(),
            after: Vec::new(),
            renderers: Vec::new(),
            optional: false,
            profile: Profile::default(),
            rules: BTreeMap::new(),
            captions: None,
            crates: Vec::new(),
            words: None,
            max_columns: 80,
            max_lines: 25,
            measured: Vec::new(),
            file_pages: None,
            run: BTreeMap::new(),
            read: None,
            claims: ClaimSettings::default(),
            session: SessionSettings::default(),
            compile_fail: CompileFailSettings::default(),
        }
    }
}

impl Settings {
    /// Reads them from `book.toml`.
    ///
    /// # Errors
    ///
    /// When there is a key or a rule that does not exist, or a value of
    /// another form.
    pub fn read(table: &toml::Table) -> Result<Settings> {
        const PLACE: &str = "[preprocessor.proof] in book.toml";
        let Some(value) = get(table, &["preprocessor", "proof"]) else {
            return Ok(Settings::default());
        };
        let settings: Settings = value.clone().try_into().context(PLACE)?;
        let ids = || RULES.iter().map(|rule| rule.id);
        for id in settings.rules.keys() {
            if !ids().any(|known| known == id) {
                let hint = nearest(id, ids())
                    .map(|near| format!(", did you mean `{near}`?"));
                bail!(
                    "{PLACE}: there is no rule `{id}`{}",
                    hint.unwrap_or_default()
                );
            }
        }
        Ok(settings)
    }

    /// What comes of a finding of this rule.
    pub fn level(&self, rule: &str) -> Level {
        let own = self.rules.get(rule).copied();
        own.unwrap_or_else(|| self.profile.level(rule))
    }

    /// Whether listings get captions, and sessions their terminals. A book
    /// that is only to be checked stays as it is.
    pub fn has_captions(&self) -> bool {
        let wanted =
            self.profile == Profile::Proven || self.file_pages.is_some();
        self.captions.unwrap_or(wanted)
    }
}

/// What `[preprocessor.proof.claims]` says: which sentences claim something
/// that must be proved.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ClaimSettings {
    /// The pages that are held to it, relative to the book's root.
    pub pages: Vec<PathBuf>,
    /// A sentence with one of these words is a claim.
    pub words: Vec<String>,
}

/// What `[preprocessor.proof.session]` may say.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct SessionSettings {
    /// The ports that the pages write, by the environment variables that tell
    /// them to the programs. A run uses free ones in their place.
    pub ports: BTreeMap<String, u16>,
    /// More of the environment.
    pub env: BTreeMap<String, String>,
    /// Commands that are run once before the first session, such as a build.
    pub prepare: Vec<String>,
    /// What stands around numbers that differ from run to run. `{}` marks one
    /// that must differ in the same way everywhere, `{*}` one that need not.
    pub varying: Vec<String>,
    /// What programs print to ask for a line, and do not end. It is left out
    /// where a line that they print follows it.
    pub prompts: Vec<String>,
    /// How long to wait for a line, in seconds.
    pub deadline: u64,
    /// The package that readers make themselves.
    pub own: Option<OwnSettings>,
    /// Commands that talk to the server of a session that has come to its end.
    /// The first one is meant whose programs are installed.
    pub visitors: Vec<String>,
}

/// What `[preprocessor.proof.session.own]` says: a package that readers make
/// themselves, and in which some sessions are played.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OwnSettings {
    /// Its folder, relative to the book's root.
    pub folder: PathBuf,
    /// The file in it that a session fills.
    pub file: PathBuf,
    /// The commands that make it, each in the folder where the one before it
    /// has ended.
    pub make: Vec<String>,
}

impl Default for SessionSettings {
    fn default() -> SessionSettings {
        SessionSettings {
            ports: BTreeMap::new(),
            env: BTreeMap::new(),
            prepare: Vec::new(),
            varying: Vec::new(),
            prompts: Vec::new(),
            deadline: 20,
            own: None,
            visitors: Vec::new(),
        }
    }
}

/// The value below these keys of a table.
pub fn get<'a>(
    table: &'a toml::Table,
    keys: &[&str],
) -> Option<&'a toml::Value> {
    let (last, path) = keys.split_last()?;
    path.iter()
        .try_fold(table, |table, key| table.get(*key)?.as_table())?
        .get(*last)
}
