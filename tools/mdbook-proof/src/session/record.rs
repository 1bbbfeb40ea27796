//! Writing a session anew, from a run of its commands.

use std::{
    fmt::Write as _,
    io,
    path::Path,
    time::{Duration, Instant},
};

use crate::{
    book::SessionSettings,
    session::{
        Action, Session, numbers::Renaming, player::Player, programs::missing,
    },
};

/// When a session is rewritten, how long a silence means that a program has
/// said what it has to say.
const SILENCE: Duration = Duration::from_millis(1500);

/// Runs a session and returns its lines as they really happened, in the
/// numbers of the page where it has any.
///
/// # Errors
///
/// When the system has no port, terminal or process to give, or a program is
/// missing.
pub fn record(
    root: &Path,
    settings: &SessionSettings,
    session: &Session,
) -> io::Result<String> {
    if let Some(program) = missing(session) {
        return Err(io::Error::other(format!("{program} is not installed")));
    }
    let mut player = Player::new(root, settings, session)?;
    let _alone = player.copy(root)?;
    let mut spare: Vec<String> = Vec::new();
    for step in &session.steps {
        if let Action::Print(line) = &step.action {
            spare.extend(Renaming::numbers(&player.varying, line));
        }
    }
    let mut text = String::new();
    for step in &session.steps {
        if matches!(step.action, Action::Print(_)) {
            continue;
        }
        player.transcribe(&mut text, &mut spare);
        if let Err(failure) = player.act(step)? {
            return Err(io::Error::other(failure.message));
        }
        let line = &session.file.text[step.range.clone()];
        text += line;
        text.push('\n');
    }
    player.transcribe(&mut text, &mut spare);
    Ok(text)
}

impl Player<'_> {
    /// Adds what is printed, until there is silence, to the text of a session.
    fn transcribe(&mut self, text: &mut String, spare: &mut Vec<String>) {
        let first = Instant::now() + self.deadline;
        let is_waiting = !self.terminals.is_empty();
        if is_waiting
            && self.printed.lines.is_empty()
            && self.printed.ended.is_empty()
        {
            // The first word of a program may take long, if it is compiled.
            let silence = Instant::now() + SILENCE;
            self.printed.listen(first.min(silence));
        }
        let latest = Instant::now() + self.deadline;
        while Instant::now() < latest
            && self.printed.listen(Instant::now() + SILENCE)
        {}
        for (name, line) in std::mem::take(&mut self.printed.lines) {
            let line = self.renaming.to_page(&self.varying, &line, spare);
            let _ = writeln!(text, "{}", format!("{name} | {line}").trim_end());
        }
    }
}
