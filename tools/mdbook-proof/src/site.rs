//! The site as readers get it: built into a temporary folder, and every link,
//! image and id in it followed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, Result};
use mdbook_driver::{MDBook, config::Config};
use scraper::{ElementRef, Html, Selector};
use tracing::{Event, Level, Subscriber, field};
use tracing_subscriber::{
    Layer, layer::Context as LayerContext, layer::SubscriberExt, registry,
};

use crate::book::{files_below, normalize};

/// Something that is wrong with the site.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The rule's id, as the README lists it.
    pub rule: &'static str,
    /// The page, relative to the site; empty for what mdBook says itself.
    pub page: String,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let Fault {
            rule,
            page,
            message,
        } = self;
        match &**page {
            "" => write!(f, "error[{rule}]: {message}"),
            page => write!(f, "error[{rule}]: {page}: {message}"),
        }
    }
}

/// Builds the book in the folder `root` and returns everything that is wrong
/// with the site. The book's own `build-dir` is not touched.
///
/// # Errors
///
/// When mdBook cannot build it, or a page of the site cannot be read.
pub fn check(root: &Path) -> Result<Vec<Fault>> {
    let folder = tempfile::tempdir()?;
    let log = Log::default();
    let subscriber = registry().with(log.clone());
    tracing::subscriber::with_default(subscriber, || {
        let mut config = Config::from_disk(root.join("book.toml"))?;
        config.update_from_env()?;
        // The sources are not ours to write to.
        config.build.create_missing = false;
        config.build.build_dir = folder.path().to_owned();
        let book = MDBook::load_with_config(root, config)?;
        book.build()
    })
    .context("mdBook cannot build the book")?;
    let said = log.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut faults: Vec<Fault> = said
        .into_iter()
        .map(|message| Fault {
            rule: "site-warning",
            page: String::new(),
            message,
        })
        .collect();
    let site = Site::read(folder.path())?;
    for (path, html) in &site.pages {
        site.check_page(path, html, &mut faults);
    }
    faults.sort();
    faults.dedup();
    Ok(faults)
}

/// Everything that mdBook logs as a warning or worse.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &Event, _: LayerContext<S>) {
        struct Message(String);
        impl field::Visit for Message {
            fn record_debug(
                &mut self,
                field: &field::Field,
                value: &dyn std::fmt::Debug,
            ) {
                if field.name() == "message" {
                    self.0 = format!("{value:?}");
                }
            }
        }
        if *event.metadata().level() <= Level::WARN {
            let mut message = Message(String::new());
            event.record(&mut message);
            let mut said =
                self.0.lock().unwrap_or_else(PoisonError::into_inner);
            said.push(message.0);
        }
    }
}

struct Site {
    root: PathBuf,
    pages: BTreeMap<String, Html>,
    ids: BTreeMap<String, BTreeSet<String>>,
}

impl Site {
    fn read(root: &Path) -> Result<Site> {
        let mut pages = BTreeMap::new();
        let mut ids = BTreeMap::new();
        for file in files_below(root, ".html") {
            let path = file.strip_prefix(root).unwrap_or(&file);
            let path = path.to_string_lossy().into_owned();
            let html = Html::parse_document(&fs::read_to_string(&file)?);
            let selector = selector("[id], a[name]");
            let found = html.select(&selector).filter_map(|element| {
                element.attr("id").or(element.attr("name"))
            });
            ids.insert(path.clone(), found.map(str::to_owned).collect());
            pages.insert(path, html);
        }
        Ok(Site {
            root: root.to_owned(),
            pages,
            ids,
        })
    }

    fn check_page(&self, path: &str, html: &Html, faults: &mut Vec<Fault>) {
        // The page for printing repeats all others, and the frame with the
        // table of contents is a part of each.
        let is_whole = !["print.html", "toc.html", "404.html"].contains(&path);
        let mut report = |rule, message| {
            faults.push(Fault {
                rule,
                page: path.to_owned(),
                message,
            });
        };
        self.check_links(path, html, &mut report);
        if is_whole {
            check_ids(html, &mut report);
            check_boxes(html, &mut report);
            check_text(html, &mut report);
        }
    }

    fn check_links(&self, path: &str, html: &Html, report: Report) {
        for (attribute, rule) in [("href", "dead-link"), ("src", "dead-image")]
        {
            let selector = selector(&format!("[{attribute}]"));
            for element in html.select(&selector) {
                let link = element.attr(attribute).unwrap_or_default();
                if let Some(why) = self.dead(path, link) {
                    report(rule, format!("`{link}` {why}"));
                }
            }
        }
    }

    /// Why a link leads nowhere, if it does. Links to other sites are taken
    /// on trust: nothing here asks the network.
    fn dead(&self, page: &str, link: &str) -> Option<&'static str> {
        let scheme = link.split(['#', '/', '?']).next().unwrap_or_default();
        if scheme.contains(':') || link.starts_with("//") {
            return None;
        }
        let (target, fragment) = match link.split_once('#') {
            Some((target, fragment)) => (target, Some(fragment)),
            None => (link, None),
        };
        let target = target.split('?').next().unwrap_or_default();
        let target = &*decode(target);
        let target = match target {
            "" => page.to_owned(),
            target if target.starts_with('/') => target[1..].to_owned(),
            target => {
                let folder = Path::new(page).parent().unwrap_or(Path::new(""));
                let path = normalize(&folder.join(target));
                path.to_string_lossy().into_owned()
            }
        };
        let target = match target.ends_with('/') || target.is_empty() {
            true => format!("{target}index.html"),
            false => target,
        };
        if !self.root.join(&target).exists() {
            return Some("is not there");
        }
        let fragment = fragment.filter(|fragment| !fragment.is_empty())?;
        let ids = self.ids.get(&target)?;
        (!ids.contains(fragment)).then_some("names a place that is not there")
    }
}

/// What takes the rule that is broken, and how.
type Report<'a> = &'a mut dyn FnMut(&'static str, String);

fn check_ids(html: &Html, report: Report) {
    let mut seen = BTreeSet::new();
    for element in html.select(&selector("[id]")) {
        let id = element.attr("id").unwrap_or_default();
        if !seen.insert(id) {
            report("duplicate-id", format!("`{id}` is there twice"));
        }
    }
}

/// Boxes in which nothing but hidden lines is left. mdBook puts such lines
/// around what it could run.
fn check_boxes(html: &Html, report: Report) {
    let hidden = selector(".boring");
    let length = |element: ElementRef| -> usize {
        element.text().map(|text| text.trim().len()).sum()
    };
    for element in html.select(&selector("main pre code")) {
        let hidden: usize = element.select(&hidden).map(length).sum();
        if length(element) == hidden {
            report("empty-listing", "a box without code".to_owned());
        }
    }
}

/// What markdown left in the text because it could make nothing of it.
fn check_text(html: &Html, report: Report) {
    const CODE: [&str; 5] = ["code", "samp", "kbd", "script", "style"];
    for element in html.select(&selector("main *")) {
        let names: Vec<&str> = element
            .ancestors()
            .filter_map(|node| node.value().as_element())
            .chain([element.value()])
            .map(|element| element.name())
            .collect();
        let in_listing = names.contains(&"pre");
        let in_code = names.iter().any(|name| CODE.contains(name));
        let own = element.children().filter_map(|node| node.value().as_text());
        for text in own {
            if text.contains("{{#") && (in_listing || !in_code) {
                report("literal-directive", format!("`{}`", text.trim()));
            }
            if !in_code {
                check_marks(text, report);
            }
        }
    }
}

fn check_marks(text: &str, report: Report) {
    for (mark, what) in [("[^", "a footnote"), ("][", "a link")] {
        if text.contains(mark) {
            let message =
                format!("{what} without a definition: `{}`", text.trim());
            report("undefined-reference", message);
        }
    }
}

fn selector(text: &str) -> Selector {
    Selector::parse(text).expect("the selectors are constant")
}

/// `my page.html` for `my%20page.html`.
fn decode(link: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = link.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        (bytes, rest) = match (first, byte) {
            (b'%', Some(byte)) => ([bytes, vec![byte]].concat(), &after[2..]),
            _ => ([bytes, vec![*first]].concat(), after),
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
