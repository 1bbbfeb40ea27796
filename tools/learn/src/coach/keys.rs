//! The keys, and what each of them does.

use std::path::Path;

use anyhow::Result;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Coach, Parting, View};
use crate::exercise::read;

impl Coach<'_> {
    /// Does what a key is for. Two of them are for leaving.
    pub(super) fn press(&mut self, key: KeyEvent) -> Result<Option<Parting>> {
        self.notice.clear();
        self.kept = None;
        let asked = std::mem::take(&mut self.asked);
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            let is_c = key.code == KeyCode::Char('c');
            return Ok(is_c.then_some(Parting::Interrupted));
        }
        match key.code {
            KeyCode::Char('q') => return Ok(Some(Parting::Quit)),
            KeyCode::Char('h') => self.hint()?,
            KeyCode::Char('n') => self.next()?,
            KeyCode::Char('l') => self.list(),
            KeyCode::Char('r') if asked => self.reset()?,
            KeyCode::Char('r') => self.ask()?,
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
        match self.state.first_open(self.exercises, self.at) {
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

    /// What has been written is not taken away at a slip of a finger.
    fn ask(&mut self) -> Result<()> {
        let exercise = self.exercise();
        if read(&exercise.source())? == exercise.starter()? {
            self.notice = "It is as it was at the start.".to_owned();
            return Ok(());
        }
        let copy = self.below_root(&exercise.next_copy());
        self.notice = format!(
            "Press r again to start anew, any other key to go on. Yours will \
             be kept as {copy}."
        );
        self.asked = true;
        Ok(())
    }

    /// The file is watched, so the start is checked at once.
    fn reset(&mut self) -> Result<()> {
        let exercise = self.exercise();
        let copy = exercise.replace(&exercise.starter()?)?;
        let copy = copy.map(|copy| self.below_root(&copy));
        self.kept = copy.map(|copy| format!("Yours is kept as {copy}."));
        Ok(())
    }

    /// A path as one would type it in the project's folder.
    fn below_root(&self, path: &Path) -> String {
        let path = path.strip_prefix(self.root).unwrap_or(path);
        path.display().to_string()
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
