//! Which rules hold for a book, and how strictly.

use serde::Deserialize;

/// What comes of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It is not shown.
    Allow,
    /// It is shown, and the book is built.
    Warn,
    /// It is shown, and the book is not built.
    Deny,
}

/// A choice of levels for all rules.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// What mdBook does wrong without a word. A finding is a fault, whatever
    /// an author's taste.
    #[default]
    Silent,
    /// Everything: nothing stands on a page that nothing proves.
    Proven,
}

/// A rule of [`crate::check()`], and its level in each profile.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// What the README and the settings call it.
    pub id: &'static str,
    /// Its level in the profile `silent`.
    pub silent: Level,
    /// Its level in the profile `proven`.
    pub proven: Level,
}

/// Holds in both profiles.
const fn fault(id: &'static str) -> Rule {
    rule(id, Level::Deny, Level::Deny)
}

/// Holds in the profile `proven` only.
const fn proof(id: &'static str) -> Rule {
    rule(id, Level::Allow, Level::Deny)
}

const fn rule(id: &'static str, silent: Level, proven: Level) -> Rule {
    Rule { id, silent, proven }
}

/// All rules, in the order of the README.
pub const RULES: &[Rule] = &[
    fault("missing-file"),
    fault("unknown-anchor"),
    fault("empty-anchor"),
    rule("split-anchor", Level::Warn, Level::Deny),
    fault("numeric-anchor"),
    fault("empty-range"),
    proof("line-range"),
    fault("space-in-directive"),
    fault("malformed-directive"),
    fault("nested-include"),
    proof("include-outside"),
    fault("shown-marker"),
    fault("included-directive"),
    fault("unclosed-anchor"),
    proof("unopened-anchor"),
    proof("duplicate-anchor"),
    proof("anchor-name"),
    proof("malformed-marker"),
    fault("code-beside-marker"),
    proof("unshown-anchor"),
    fault("unclosed-fence"),
    proof("untagged-fence"),
    proof("typed-rust"),
    fault("hidden-line"),
    proof("long-listing"),
    proof("wide-listing"),
    fault("nothing-new"),
    fault("diff-form"),
    fault("build-dir"),
    proof("default-build-dir"),
    fault("html-setting"),
    fault("watched-folder"),
    fault("missing-page"),
    fault("orphan-page"),
    fault("readme-link"),
    proof("readme-page"),
    proof("unknown-name"),
    proof("far-name"),
    proof("unused-word"),
    proof("unknown-command"),
    fault("cargo-target"),
    proof("cargo-command"),
    fault("cargo-metadata"),
    proof("number"),
    proof("bare-number"),
    proof("session-form"),
    proof("edit-form"),
    proof("edit-place"),
    proof("unmade-edit"),
    proof("unread"),
    proof("unproved-claim"),
    proof("unknown-proof"),
    proof("cure-form"),
    fault("allow-without-reason"),
    fault("unused-allow"),
];

impl Profile {
    /// The level of this rule. A rule that is none of [`RULES`] needs a
    /// function of its own to be checked at all, and then it holds.
    pub fn level(self, id: &str) -> Level {
        let rule = RULES.iter().find(|rule| rule.id == id);
        rule.map_or(Level::Deny, |rule| match self {
            Profile::Silent => rule.silent,
            Profile::Proven => rule.proven,
        })
    }
}
