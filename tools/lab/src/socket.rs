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
use tokio::sync::{broadcast::error::RecvError, mpsc};

use crate::{
    Lab,
    plays::AT_ONCE,
    protocol::{Ask, Number, Tell, What},
    site::refusal,
};

/// The longest message of a page, in bytes: a learner's file, and its quotation
/// marks.
const LONGEST: usize = 256 << 10;

/// The longest line that can be typed, in bytes. A terminal takes no longer one.
const LINE: usize = 4095;

/// Which page it is.
#[derive(Debug, Clone, Deserialize)]
pub struct From {
    /// Its path on the site.
    page: String,
    /// The build that it is from.
    build: u64,
}

/// Opens the socket of a page of ours.
pub async fn open(
    State(lab): State<Arc<Lab>>,
    headers: HeaderMap,
    from: Result<Query<From>, QueryRejection>,
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
    from: From,
    plays: HashMap<Number, Reader>,
    to_page: mpsc::UnboundedSender<Tell>,
    tells: mpsc::UnboundedReceiver<Tell>,
}

impl Page {
    fn new(lab: Arc<Lab>, from: From) -> Page {
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
                    Err(RecvError::Lagged(_)) => continue,
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
            let build = edition.build;
            self.tell(Tell::Hello { build });
            if !edition.is_same(&self.from.page, self.from.build) {
                let pages = vec![self.from.page.clone()];
                self.tell(Tell::Built { build, pages });
            }
        }
        let exercises = self.lab.exercises.all(edition.as_deref());
        self.tell(Tell::Exercises { exercises });
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
        let (play, input) = match ask {
            Ask::Start { play, what, way } => {
                return self.start(play, what, way);
            }
            Ask::Type {
                play,
                terminal,
                text,
            } => {
                if text.len() > LINE || text.contains(['\n', '\r']) {
                    let why = "A terminal takes no such line.".to_owned();
                    let notice = Notice::Refused { why };
                    return self.tell(Tell::Play { play, notice });
                }
                (play, Input::Type { terminal, text })
            }
            Ask::Key {
                play,
                terminal,
                key,
            } => (play, Input::Key { terminal, key }),
            Ask::Edit { play } => (play, Input::Edit),
            Ask::Visit { play } => (play, Input::Visit),
            Ask::Stop { play } => {
                match self.plays.remove(&play) {
                    Some(reader) => reader.stop(""),
                    None => self.over(play, ""),
                }
                return;
            }
            other => {
                let to_page = self.to_page.clone();
                let lab = self.lab.clone();
                // Files are read and written, which may take its time.
                tokio::task::spawn_blocking(move || {
                    let tell = match lab.exercises.take(other, &lab) {
                        Ok(tell) => tell,
                        Err(error) => Some(Tell::Sorry {
                            why: format!("{error:#}"),
                        }),
                    };
                    if let Some(tell) = tell {
                        let _ = to_page.send(tell);
                    }
                });
                return;
            }
        };
        match self.plays.get(&play) {
            Some(reader) if reader.ask(input) => {}
            _ => self.sorry("Nobody listens to this any more."),
        }
    }

    fn over(&self, play: Number, why: &str) {
        let why = why.to_owned();
        let notice = Notice::Over { why };
        self.tell(Tell::Play { play, notice });
    }

    fn start(&mut self, play: Number, what: What, way: Way) {
        let From { page, build } = &self.from;
        let Some(edition) = self.lab.edition.borrow().clone() else {
            return;
        };
        if !edition.is_same(page, *build) {
            return self.over(play, "This page has changed. Load it again.");
        }
        let Some(session) = edition.find(page, what) else {
            return self.over(play, "There is no such thing on this page.");
        };
        if self.plays.contains_key(&play) {
            return self.sorry("This page has such a play already.");
        }
        // Those that are over hear nothing.
        self.plays.retain(|_, reader| reader.ask(Input::Look));
        let Some(place) = self.lab.plays.place() else {
            let why =
                format!("{AT_ONCE} sessions run already. Stop one first.");
            return self.over(play, &why);
        };
        let what = Play {
            root: self.lab.root.clone(),
            settings: edition.settings.clone(),
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

impl Drop for Page {
    fn drop(&mut self) {
        for reader in self.plays.values() {
            reader.stop("");
        }
    }
}
