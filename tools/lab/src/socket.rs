//! The WebSocket of a page. When it closes, because its tab is closed or left,
//! all that runs for the page is ended.

use std::{collections::HashMap, sync::Arc};

use axum::{
    extract::{
        Query, State, WebSocketUpgrade,
        rejection::QueryRejection,
        ws::{Message, WebSocket, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, StatusCode},
    response::Response,
};
use mdbook_proof::session::live::{
    Input, Notice, Play, Reader, WITHOUT_INPUT, Way,
};
use serde::Deserialize;
use tokio::{
    sync::{broadcast::error::RecvError, mpsc},
    task::spawn_blocking,
};

use crate::{
    Lab,
    plays::AT_ONCE,
    protocol::{Ask, Number, Tell, What},
    site::refusal,
};

/// The longest message of a page, in bytes: a learner's file, and its quotation
/// marks.
const LONGEST: usize = 512 << 10;

/// The longest line that can be typed, in bytes. A terminal takes no longer one.
const LINE: usize = 4095;

/// Which page it is.
#[derive(Debug, Clone, Deserialize)]
pub struct Shown {
    /// Its path on the site.
    page: String,
    /// The digest of what it says.
    digest: u64,
}

/// Opens the socket of a page of ours.
pub async fn open(
    State(lab): State<Arc<Lab>>,
    headers: HeaderMap,
    from: Result<Query<Shown>, QueryRejection>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    if !lab.guard.is_ours(&headers) {
        return refusal(StatusCode::FORBIDDEN, "This is no page of the lab.");
    }
    let (Ok(Query(from)), Ok(upgrade)) = (from, upgrade) else {
        return refusal(StatusCode::BAD_REQUEST, "This is a page's socket.");
    };
    let is_here = lab
        .newest()
        .await
        .is_some_and(|edition| edition.has_page(&from.page));
    if !is_here {
        return refusal(StatusCode::NOT_FOUND, "There is no such page.");
    }
    upgrade
        .max_message_size(LONGEST)
        .max_frame_size(LONGEST)
        .on_upgrade(move |socket| Page::new(lab, from).serve(socket))
}

/// A page that somebody reads.
struct Page {
    lab: Arc<Lab>,
    from: Shown,
    plays: HashMap<Number, Reader>,
    to_page: mpsc::UnboundedSender<Tell>,
    tells: mpsc::UnboundedReceiver<Tell>,
}

impl Page {
    fn new(lab: Arc<Lab>, from: Shown) -> Page {
        // What the plays tell is bounded, since each may print so much only.
        let (to_page, tells) = mpsc::unbounded_channel();
        Page {
            lab,
            from,
            plays: HashMap::new(),
            to_page,
            tells,
        }
    }

    async fn serve(mut self, mut socket: WebSocket) {
        let mut news = self.lab.news.subscribe();
        self.greet();
        loop {
            let tell = tokio::select! {
                // What a page has asked for comes before the news, which may
                // be newer.
                biased;
                message = socket.recv() => match message {
                    Some(Ok(Message::Text(text))) => {
                        self.take(&text);
                        continue;
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                    // The end, an error, or what no page of ours sends.
                    _ => return,
                },
                Some(tell) = self.tells.recv() => tell,
                tell = news.recv() => match tell {
                    Ok(tell) => tell,
                    Err(RecvError::Lagged(_)) => {
                        self.greet();
                        continue;
                    }
                    Err(RecvError::Closed) => return,
                },
            };
            let Ok(text) = serde_json::to_string(&tell) else {
                continue;
            };
            if socket.send(Message::Text(text.into())).await.is_err() {
                return;
            }
        }
    }

    fn greet(&self) {
        let edition = self.lab.edition.borrow().clone();
        if let Some(edition) = &edition {
            self.tell(Tell::Hello);
            if !edition.is_same(&self.from.page, self.from.digest) {
                let pages = vec![self.from.page.clone()];
                self.tell(Tell::Built { pages });
            }
        }
        let to_page = self.to_page.clone();
        let lab = self.lab.clone();
        spawn_blocking(move || {
            let exercises = lab.exercises.all(edition.as_deref());
            let _ = to_page.send(Tell::Exercises { exercises });
        });
    }

    fn tell(&self, tell: Tell) {
        // The page may have gone.
        let _ = self.to_page.send(tell);
    }

    fn sorry(&self, why: impl Into<String>) {
        self.tell(Tell::Sorry { why: why.into() });
    }

    fn take(&mut self, text: &str) {
        match serde_json::from_str(text) {
            Ok(ask) => self.act(ask),
            Err(error) => self.sorry(format!("no page asks so: {error}")),
        }
    }

    fn act(&mut self, ask: Ask) {
        match ask {
            Ask::Start { play, what, way } => self.start(play, what, way),
            Ask::Stop { play } => match self.plays.get(&play) {
                Some(reader) => reader.stop(""),
                None => self.over(play, ""),
            },
            Ask::Type { play, text, .. } if !is_line(&text) => {
                let why = "A terminal takes no such line.".to_owned();
                let notice = Notice::Refused { why };
                self.tell(Tell::Play { play, notice });
            }
            ask => match input(ask) {
                Ok((play, input)) => self.pass_on(play, input),
                Err(ask) => self.about_exercises(ask),
            },
        }
    }

    fn pass_on(&self, play: Number, input: Input) {
        match self.plays.get(&play) {
            Some(reader) if reader.ask(input) => {}
            Some(reader) if !reader.is_over() => {
                let why = "There is too much to do just now.".to_owned();
                let notice = Notice::Refused { why };
                self.tell(Tell::Play { play, notice });
            }
            _ => self.sorry("Nobody listens to this any more."),
        }
    }

    /// Files are read and written, which may take its time.
    fn about_exercises(&self, ask: Ask) {
        let to_page = self.to_page.clone();
        let lab = self.lab.clone();
        spawn_blocking(move || {
            let tell = lab.exercises.take(ask, &lab);
            let tell = tell.unwrap_or_else(|error| {
                let why = format!("{error:#}");
                Some(Tell::Sorry { why })
            });
            if let Some(tell) = tell {
                let _ = to_page.send(tell);
            }
        });
    }

    fn over(&self, play: Number, why: &str) {
        let why = why.to_owned();
        let notice = Notice::Over { why };
        self.tell(Tell::Play { play, notice });
    }

    fn start(&mut self, play: Number, what: What, way: Way) {
        let Shown { page, digest } = &self.from;
        let Some(edition) = self.lab.edition.borrow().clone() else {
            return;
        };
        if !edition.is_same(page, *digest) {
            return self.over(play, "This page has changed. Load it again.");
        }
        let Some(session) = edition.find(page, what) else {
            return self.over(play, "There is no such thing on this page.");
        };
        if self.plays.contains_key(&play) {
            return self.sorry("This page has such a play already.");
        }
        self.plays.retain(|_, reader| !reader.is_over());
        let Some(place) = self.lab.plays.place() else {
            let why =
                format!("{AT_ONCE} sessions run already. Stop one first.");
            return self.over(play, &why);
        };
        let what = Play {
            root: self.lab.root.clone(),
            settings: edition.settings_of(what, &session),
            session,
            is_compared: matches!(what, What::Session(_)),
            way,
            pace: self.lab.pace,
            patience: WITHOUT_INPUT,
        };
        let to_page = self.to_page.clone();
        let tell = move |notice| {
            let _ = to_page.send(Tell::Play { play, notice });
        };
        let reader = self.lab.plays.start(place, what, tell);
        self.plays.insert(play, reader);
    }
}

/// What is asked of a play; or else the question itself.
fn input(ask: Ask) -> Result<(Number, Input), Ask> {
    Ok(match ask {
        Ask::Type {
            play,
            terminal,
            text,
        } => (play, Input::Type { terminal, text }),
        Ask::Key {
            play,
            terminal,
            key,
        } => (play, Input::Key { terminal, key }),
        Ask::Edit { play } => (play, Input::Edit),
        Ask::Visit { play } => (play, Input::Visit),
        other => return Err(other),
    })
}

/// Whether a terminal takes this as one line.
fn is_line(text: &str) -> bool {
    text.len() <= LINE && !text.contains(['\n', '\r'])
}

impl Drop for Page {
    fn drop(&mut self) {
        for reader in self.plays.values() {
            reader.stop("");
        }
    }
}
