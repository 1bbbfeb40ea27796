//! Tables of what the pages claim and of what proves it, and of flaws and what
//! cures them.

use std::{fmt::Write, path::Path};

use crate::{
    book::relative,
    rules::claims::{Claim, Claims, Proved},
};

/// The table, and below it the claims that nothing proves.
pub(super) fn table(from: &Path, claims: &[Claims]) -> String {
    let mut text = "| chapter | claims | a test proves | its session shows | \
                    nothing proves |\n|:--|--:|--:|--:|--:|\n"
        .to_owned();
    let all = claims.iter().flat_map(|one| &one.claims);
    for chapter in claims {
        let name =
            format!("[{}]({})", chapter.title, relative(from, &chapter.page));
        text += &row(&name, chapter.claims.iter());
    }
    text += &row("all", all.clone());
    if all.clone().any(|one| reason(one).is_some()) {
        text += "\n<details>\n<summary>\n\nWhat nothing proves, and why\n\n\
                 </summary>\n\n";
        for (sentence, why) in
            all.filter_map(|one| Some((&one.words, reason(one)?)))
        {
            let _ = writeln!(text, "- {sentence} *({why})*");
        }
        text += "\n</details>\n";
    }
    text
}

/// A row for each flaw.
pub(super) fn cures(rows: &[Vec<String>]) -> String {
    let mut text = "| the flaw | who has it | who has it no more |\n\
                    |:--|:--|:--|\n"
        .to_owned();
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
    text
}

fn row<'a>(name: &str, claims: impl Iterator<Item = &'a Claim>) -> String {
    let (mut all, mut test, mut session) = (0, 0, 0);
    for claim in claims {
        all += 1;
        match claim.proved {
            Proved::Test => test += 1,
            Proved::Session => session += 1,
            Proved::Not(_) | Proved::Unsaid => {}
        }
    }
    let rest = all - test - session;
    format!("| {name} | {all} | {test} | {session} | {rest} |\n")
}

fn reason(claim: &Claim) -> Option<&str> {
    match &claim.proved {
        Proved::Not(why) => Some(why),
        Proved::Unsaid => Some("nobody says why"),
        Proved::Test | Proved::Session => None,
    }
}
