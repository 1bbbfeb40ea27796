//! The book, built in this process and kept in memory: what is asked for by a
//! path that the book does not have cannot be found.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use axum::body::Bytes;
use mdbook_driver::{MDBook, config::Config};
use mdbook_proof::{
    Book,
    book::{SessionSettings, files_below},
    commands::command,
    finding::File,
    page::Page,
    preprocess::Proof,
    session::{self, Action, Session, Step, copy::Alone},
};
use scraper::{Html, Selector};
use sha2::{Digest, Sha256};

use crate::protocol::What;

/// Where mdBook puts what it builds, below the project's folder.
const FOLDER: &str = "target/lab";

/// The name of the terminal in which the command of a listing runs.
const TERMINAL: &str = "terminal";

/// A build of the book.
#[derive(Debug)]
pub struct Edition {
    /// Whether all that it has is why the book could not be built.
    pub is_broken: bool,
    /// The files of the site, by their paths.
    pub files: BTreeMap<String, Bytes>,
    /// How its sessions are run.
    pub settings: SessionSettings,
    /// The sessions of each page, in their order.
    sessions: BTreeMap<String, Vec<Session>>,
    /// The page of each folder of an exercise.
    exercises: BTreeMap<String, String>,
    /// The programs that listen on the page's port, whatever they are told.
    stubborn: BTreeSet<String>,
}

impl Edition {
    /// Builds the book in the folder `root`. If it was built before from what
    /// `stamp` stands for, that is taken.
    ///
    /// # Errors
    ///
    /// When something is wrong with the book; the error's text says what.
    pub fn build(root: &Path, stamp: &str) -> Result<Edition> {
        let folder = root.join(FOLDER);
        let stamped = folder.with_extension("stamp");
        // Another lab may build the same book.
        let _alone = Alone::wait(&folder)?;
        let book = Book::load(root)?;
        if fs::read_to_string(&stamped).ok().as_deref() != Some(stamp) {
            // If this is cut off, nobody is to take what is half there.
            let _ = fs::remove_file(&stamped);
            render(root, &folder)?;
            fs::write(&stamped, stamp)?;
        }
        let mut files = BTreeMap::new();
        for path in files_below(&folder, "") {
            let name = path.strip_prefix(&folder).unwrap_or(&path);
            let name = name.to_string_lossy().replace('\\', "/");
            files.insert(name, Bytes::from(fs::read(&path)?));
        }
        Ok(Edition {
            is_broken: false,
            files,
            sessions: sessions(&book),
            exercises: exercises(&book),
            stubborn: stubborn(&book),
            settings: book.settings.session,
        })
    }

    /// What is there as long as the book could not be built: a page that says
    /// why.
    pub fn broken(said: &str) -> Edition {
        let said = said.replace('&', "&amp;").replace('<', "&lt;");
        let html = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>The book cannot \
             be built</title></head>\n<body><main><p>The book cannot be built. Mend it, \
             and load this page again.</p>\n<pre>{said}</pre></main></body>\n</html>\n"
        );
        let pages = ["index.html", "404.html"].map(str::to_owned);
        let html = Bytes::from(html);
        Edition {
            is_broken: true,
            files: pages.map(|page| (page, html.clone())).into(),
            settings: SessionSettings::default(),
            sessions: BTreeMap::new(),
            exercises: BTreeMap::new(),
            stubborn: BTreeSet::new(),
        }
    }

    /// Whether there is such a page, relative to the site.
    pub fn has_page(&self, page: &str) -> bool {
        page.ends_with(".html") && self.files.contains_key(page)
    }

    /// The files that are not as they were in another edition.
    pub fn changed_since(&self, before: &Edition) -> Vec<String> {
        let files = self.files.iter();
        files
            .filter(|(name, text)| before.files.get(*name) != Some(text))
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Whether the page is this one, of whatever edition and of whatever lab.
    pub fn is_same(&self, page: &str, digest: u64) -> bool {
        self.digest(page) == Some(digest)
    }

    /// A number that tells a page from what it was before, and that JavaScript
    /// can hold.
    pub fn digest(&self, page: &str) -> Option<u64> {
        let digest = Sha256::digest(self.files.get(page)?);
        let bytes = digest.first_chunk().copied()?;
        Some(u64::from_be_bytes(bytes) >> 11)
    }

    /// What the book says at a place of a page.
    pub fn find(&self, page: &str, what: What) -> Option<Session> {
        match what {
            What::Session(index) => {
                self.sessions.get(page)?.get(index).cloned()
            }
            What::Chip(index) => {
                let html = str::from_utf8(self.files.get(page)?).ok()?;
                let command = chips(html).into_iter().nth(index)?;
                Some(one_command(page, command))
            }
        }
    }

    /// How this is to be run: a program that has a port of the page in its
    /// code gets no other one, and its visitors go there.
    pub fn settings_of(
        &self,
        what: What,
        session: &Session,
    ) -> SessionSettings {
        let mut settings = self.settings.clone();
        let is_stubborn = session.steps.iter().any(|step| match &step.action {
            Action::Command(command) => self.stubborn.contains(command),
            _ => false,
        });
        if is_stubborn && matches!(what, What::Chip(_)) {
            settings.ports.clear();
        }
        settings
    }

    /// The page of an exercise.
    pub fn page_of(&self, exercise: &str) -> Option<&str> {
        self.exercises.get(exercise).map(String::as_str)
    }
}

/// Lets mdBook build the site, with the proof-reader as a part of this program.
fn render(root: &Path, folder: &Path) -> Result<()> {
    let mut config = Config::from_disk(root.join("book.toml"))?;
    config.update_from_env()?;
    config.build.build_dir = folder.to_owned();
    config.build.create_missing = false;
    let mut book = MDBook::load_with_config(root, config)?;
    // It takes the place of the command that `book.toml` names.
    book.with_preprocessor(Proof {
        is_served: true,
        colour: false,
    });
    book.build().context("the book cannot be built")
}

/// The path of a page on the site.
fn on_site(book: &Book, file: &File) -> String {
    let path = file.path.strip_prefix(&book.src).unwrap_or(&file.path);
    let path = path.with_extension("html");
    path.to_string_lossy().replace('\\', "/")
}

/// The sessions of the pages, in the order in which the pages show them.
fn sessions(book: &Book) -> BTreeMap<String, Vec<Session>> {
    let mut found = BTreeMap::new();
    for (index, file) in book.pages.iter().enumerate() {
        let page = Page::parse(file);
        let is_shown = |session: &Session| {
            let block = page.block_at(session.content.start);
            block.is_some_and(|block| !block.nested)
        };
        let sessions = session::sessions(&page).filter(is_shown);
        let sessions: Vec<Session> = sessions.collect();
        if index == 0 {
            // mdBook makes the first page the site's own as well.
            found.insert("index.html".to_owned(), sessions.clone());
        }
        found.insert(on_site(book, file), sessions);
    }
    found
}

/// The pages that include the task of an exercise, by its folder's name.
fn exercises(book: &Book) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for file in &book.pages {
        for directive in Page::parse(file).directives() {
            let path = mdbook_proof::page::path_of(file, &directive);
            let mut parts = Path::new(&path).components().rev();
            let is_task = parts
                .next()
                .is_some_and(|one| one.as_os_str() == "README.md");
            if let Some(folder) = parts.next().filter(|_| is_task) {
                let name = folder.as_os_str().to_string_lossy().into_owned();
                found.insert(name, on_site(book, file));
            }
        }
    }
    found
}

/// The commands that run an example in whose code a port of the page stands.
fn stubborn(book: &Book) -> BTreeSet<String> {
    let ports = book.settings.session.ports.values();
    let ports: Vec<String> = ports.map(ToString::to_string).collect();
    let has_port =
        |file: &&File| ports.iter().any(|port| file.text.contains(port));
    let files = book.sources.iter().filter(has_port);
    files
        .filter(|file| {
            file.path
                .parent()
                .is_some_and(|one| one.ends_with("examples"))
        })
        .filter_map(|file| command(book, file.path.to_str()?))
        .collect()
}

/// The commands in the captions of a page's listings.
fn chips(html: &str) -> Vec<String> {
    let selector = Selector::parse("kbd.run").expect("it is constant");
    let html = Html::parse_document(html);
    let chips = html.select(&selector);
    chips.map(|chip| chip.text().collect()).collect()
}

/// A command as a session of one line.
fn one_command(page: &str, command: String) -> Session {
    let file = File::new(PathBuf::from(page), "");
    Session {
        file,
        content: 0..0,
        steps: vec![Step {
            terminal: TERMINAL.to_owned(),
            action: Action::Command(command),
            range: 0..0,
        }],
        copy: false,
        with: None,
        edits: Vec::new(),
    }
}
