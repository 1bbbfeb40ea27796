//! The screen: a head, a body that scrolls, and a foot.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
};

use crossterm::{
    cursor::{Hide, MoveTo, Show},
    queue,
    style::{Attribute, Color, Print, SetAttribute, SetForegroundColor},
    terminal::{
        self, BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate,
        EnterAlternateScreen, LeaveAlternateScreen,
    },
};

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As any text.
    Plain,
    /// As a heading.
    Bold,
    /// Good news.
    Good,
    /// Bad news.
    Bad,
}

/// A line of text. One that is longer than the screen is wide is broken.
#[derive(Debug, Clone)]
pub struct Line(pub Style, pub String);

/// What stands on the screen.
#[derive(Debug, Default)]
pub struct Picture {
    /// Always at the top.
    pub head: Vec<Line>,
    /// As much of it as there is room for, from line `scroll` on.
    pub body: Vec<Line>,
    /// Always at the bottom.
    pub foot: Vec<Line>,
}

/// The terminal, which is given back as it was when this is dropped.
#[derive(Debug)]
pub struct Screen(());

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    ///
    /// When it cannot show single keys or move its cursor.
    pub fn open() -> io::Result<Screen> {
        terminal::enable_raw_mode()?;
        let screen = Screen(());
        crossterm::execute!(io::stdout(), EnterAlternateScreen, Hide)?;
        Ok(screen)
    }

    /// Shows a picture, its body from line `scroll` on. A `scroll` that is too
    /// large is made smaller.
    ///
    /// # Errors
    ///
    /// When the terminal has gone.
    pub fn draw(
        &self,
        picture: &Picture,
        scroll: &mut usize,
    ) -> io::Result<()> {
        let (columns, rows) = terminal::size()?;
        let text = lay_out(picture, columns.into(), rows.into(), scroll);
        let mut out = Vec::new();
        queue!(out, BeginSynchronizedUpdate, MoveTo(0, 0))?;
        for (row, line) in text.iter().enumerate() {
            if row > 0 {
                queue!(out, Print("\r\n"))?;
            }
            print(&mut out, line)?;
            queue!(out, Clear(ClearType::UntilNewLine))?;
        }
        queue!(out, Clear(ClearType::FromCursorDown), EndSynchronizedUpdate)?;
        let mut stdout = io::stdout();
        stdout.write_all(&out)?;
        stdout.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that has gone.
        let _ = crossterm::execute!(io::stdout(), LeaveAlternateScreen, Show);
        let _ = terminal::disable_raw_mode();
    }
}

fn print(out: &mut Vec<u8>, Line(style, text): &Line) -> io::Result<()> {
    // Colours are left out where `NO_COLOR` is set.
    match style {
        Style::Plain => {}
        Style::Bold => queue!(out, SetAttribute(Attribute::Bold))?,
        Style::Good => queue!(out, SetForegroundColor(Color::Green))?,
        Style::Bad => queue!(out, SetForegroundColor(Color::Red))?,
    }
    queue!(out, Print(text), SetAttribute(Attribute::Reset))
}

/// The rows of the screen. The foot is at the bottom, whatever the body needs.
fn lay_out(
    picture: &Picture,
    columns: usize,
    rows: usize,
    scroll: &mut usize,
) -> Vec<Line> {
    let head = wrap(&picture.head, columns);
    let body = wrap(&picture.body, columns);
    let mut foot = wrap(&picture.foot, columns);
    let room = rows.saturating_sub(head.len() + foot.len());
    *scroll = (*scroll).min(body.len().saturating_sub(room));
    let shown = body.len().min(*scroll + room);
    if shown - *scroll < body.len()
        && let Some(Line(_, text)) = foot.first_mut()
    {
        let of = body.len();
        let first = *scroll + 1;
        let _ = write!(text, "lines {first} to {shown} of {of}: ↑ ↓ scroll");
    }
    let mut lines = head;
    lines.extend(body.into_iter().skip(*scroll).take(room));
    let blank = Line(Style::Plain, String::new());
    lines.resize(lines.len().max(rows.saturating_sub(foot.len())), blank);
    lines.extend(foot);
    lines.truncate(rows);
    lines
}

fn wrap(lines: &[Line], columns: usize) -> Vec<Line> {
    let mut wrapped = Vec::new();
    for Line(style, text) in lines {
        for line in text.split('\n') {
            let line = tame(line);
            for piece in textwrap::wrap(&line, columns.max(1)) {
                wrapped.push(Line(*style, piece.into_owned()));
            }
        }
    }
    wrapped
}

/// What a learner's program prints must not drive the terminal.
fn tame(line: &str) -> String {
    let mut tamed = String::new();
    for letter in line.chars() {
        match letter {
            '\t' => tamed.push_str("    "),
            letter if letter.is_control() => {
                tamed.extend(letter.escape_default())
            }
            letter => tamed.push(letter),
        }
    }
    tamed
}
