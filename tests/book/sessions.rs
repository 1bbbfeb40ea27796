use std::{env, fs, io::Write, path::Path, sync::Mutex, thread};

use anyhow::{Result, ensure};
use mdbook_proof::{
    Book, overwrites,
    page::Page,
    render,
    session::{
        self, Session,
        run::{Outcome, prepare, record, run},
    },
};

use crate::ROOT;

/// How many sessions run at the same time. They mostly wait.
const AT_ONCE: usize = 4;

fn sessions(book: &Book) -> Vec<Session> {
    let pages = book.pages.iter().map(Page::parse);
    pages
        .flat_map(|page| session::sessions(&page).collect::<Vec<_>>())
        .collect()
}

#[test]
fn every_session_happens_as_the_page_says() -> Result<()> {
    let book = Book::load(ROOT)?;
    let sessions = sessions(&book);
    ensure!(!sessions.is_empty(), "the pages show no session");
    prepare(Path::new(ROOT), &book.settings.session)?;
    if overwrites() {
        return overwrite(&book, &sessions);
    }

    let queue = Mutex::new(sessions.iter());
    let outcomes = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(session) = queue.lock().unwrap().next() else {
                        return;
                    };
                    let settings = &book.settings.session;
                    let outcome = run(Path::new(ROOT), settings, session);
                    outcomes.lock().unwrap().push((session, outcome));
                }
            });
        }
    });
    let mut failures = Vec::new();
    for (session, outcome) in outcomes.into_inner().unwrap() {
        match outcome? {
            Outcome::Passed => {}
            Outcome::Failed(finding) => failures.push(*finding),
            Outcome::NotReplayed(program) => not_replayed(session, &program)?,
        }
    }
    ensure!(failures.is_empty(), "\n{}", render(&failures, false));
    Ok(())
}

/// A session that nothing has proved is named, and is an error where all
/// programs ought to be installed.
fn not_replayed(session: &Session, program: &str) -> Result<()> {
    let path = session.file.path.display();
    let line = session.file.line(session.content.start) - 1;
    let message = format!("not replayed: {path}:{line} needs `{program}`");
    ensure!(env::var_os("CI").is_none(), "{message}");
    // Past the test's captured output, so that it is always seen.
    let _ = writeln!(std::io::stderr(), "{message}");
    Ok(())
}

/// Writes into the pages what really happens.
fn overwrite(book: &Book, sessions: &[Session]) -> Result<()> {
    for page in &book.pages {
        let mut text = page.text.to_string();
        let own = sessions.iter().filter(|one| one.file.path == page.path);
        for session in own.rev() {
            let root = Path::new(ROOT);
            let lines = record(root, &book.settings.session, session)?;
            text.replace_range(session.content.clone(), &lines);
        }
        if *text != *page.text {
            fs::write(book.root.join(&page.path), text)?;
        }
    }
    Ok(())
}
