//! The keys, and what each of them does.

use anyhow::Result;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Coach, Parting, View};

impl Coach<'_> {
    /// Does what a key is for. Two of them are for leaving.
    pub(super) fn press(&mut self, key: KeyEvent) -> Result<Option<Parting>> {
        self.notice.clear();
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            let is_c = key.code == KeyCode::Char('c');
            return Ok(is_c.then_some(Parting::Interrupted));
        }
        match key.code {
            KeyCode::Char('q') => return Ok(Some(Parting::Quit)),
            KeyCode::Char('h') => self.hint()?,
            KeyCode::Char('n') => self.next()?,
            KeyCode::Char('l') => self.list(),
            KeyCode::Char('r') => self.reset()?,
            KeyCode::Char('s') => self.solution()?,
            KeyCode::Esc => self.show(View::Exercise),
            KeyCode::Enter => {
                if let View::List { cursor } = self.view {
                    self.go_to(cursor)?;
                }
            }
            KeyCode::Up => self.up(1),
            KeyCode::Down => self.down(1),
            KeyCode::PageUp => self.up(10),
            KeyCode::PageDown => self.down(10),
            _ => {}
        }
        Ok(None)
    }

    fn show(&mut self, view: View) {
        self.view = view;
        self.scroll = 0;
    }

    fn up(&mut self, lines: usize) {
        match &mut self.view {
            View::List { cursor } => *cursor = cursor.saturating_sub(lines),
            _ => self.scroll = self.scroll.saturating_sub(lines),
        }
    }

    fn down(&mut self, lines: usize) {
        let last = self.exercises.len() - 1;
        match &mut self.view {
            View::List { cursor } => *cursor = last.min(*cursor + lines),
            _ => self.scroll = self.scroll.saturating_add(lines),
        }
    }

    /// Shows one hint more, and scrolls to it.
    fn hint(&mut self) -> Result<()> {
        if self.shown == 0 {
            self.hints = self.exercise().hints()?;
        }
        self.view = View::Exercise;
        if self.shown == self.hints.len() {
            self.notice = "There are no more hints.".to_owned();
        }
        self.shown = self.hints.len().min(self.shown + 1);
        self.scroll = usize::MAX;
        Ok(())
    }

    fn next(&mut self) -> Result<()> {
        let count = self.exercises.len();
        let mut others = (1..count).map(|step| (self.at + step) % count);
        let open = |at: &usize| !self.state.is_done(&self.exercises[*at]);
        match others.find(open) {
            Some(at) => self.go_to(at)?,
            None => self.notice = "No other exercise is left.".to_owned(),
        }
        Ok(())
    }

    fn list(&mut self) {
        let view = match self.view {
            View::List { .. } => View::Exercise,
            _ => View::List { cursor: self.at },
        };
        self.show(view);
    }

    /// The file is watched, so the start is checked at once.
    fn reset(&mut self) -> Result<()> {
        self.notice = match self.exercise().reset()? {
            Some(name) => format!("Yours is kept as src/{name}."),
            None => "It is as it was at the start.".to_owned(),
        };
        Ok(())
    }

    fn solution(&mut self) -> Result<()> {
        if matches!(self.view, View::Solution(_)) {
            self.show(View::Exercise);
        } else if self.state.is_done(self.exercise()) {
            let solution = self.exercise().solution()?;
            self.show(View::Solution(solution));
        } else {
            self.notice = "The solution is shown when yours has passed; \
                           `cargo learn solution --peek` shows it even so."
                .to_owned();
        }
        Ok(())
    }
}
