//! The sessions and listings that are running, of all pages.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
    thread,
};

use mdbook_proof::session::live::{Notice, Play, Reader, play, reader};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::lock;

/// How many may run at once.
pub const AT_ONCE: usize = 8;

/// What is told when the lab ends.
const ENDING: &str = "the lab is ending";

/// What is told of a play that a mistake of ours has ended.
const BROKEN: &str =
    "the lab has made a mistake, which stands in its own terminal";

/// What is running.
#[derive(Debug)]
pub struct Plays {
    places: Arc<Semaphore>,
    /// Where they can be stopped.
    running: Mutex<Running>,
    /// The one that has the copy of the project.
    copying: Mutex<Option<Reader>>,
}

#[derive(Debug, Default)]
struct Running {
    readers: Vec<Reader>,
    /// Whether the lab is ending: then nothing is started any more.
    is_ending: bool,
}

impl Default for Plays {
    fn default() -> Plays {
        Plays {
            places: Arc::new(Semaphore::new(AT_ONCE)),
            running: Mutex::default(),
            copying: Mutex::default(),
        }
    }
}

impl Plays {
    /// A place for one more, if there is one.
    pub fn place(&self) -> Option<OwnedSemaphorePermit> {
        self.places.clone().try_acquire_owned().ok()
    }

    /// Starts a play in a thread of its own, and returns where to ask it for
    /// something. It tells what happens, and `Over` at last.
    pub fn start(
        &self,
        place: OwnedSemaphorePermit,
        what: Play,
        mut tell: impl FnMut(Notice) + Send + 'static,
    ) -> Reader {
        let (reader, ear) = reader();
        {
            let mut running = lock(&self.running);
            running.readers.retain(|one| !one.is_over());
            running.readers.push(reader.clone());
            if running.is_ending {
                reader.stop(ENDING);
            }
        }
        if what.session.needs_copy() {
            self.take_copy(&reader);
        }
        thread::spawn(move || {
            // Its processes end with it, whatever happens.
            let played = catch_unwind(AssertUnwindSafe(|| {
                play(&what, ear, &mut tell);
            }));
            if played.is_err() {
                let why = BROKEN.to_owned();
                tell(Notice::Over { why });
            }
            drop(place);
        });
        reader
    }

    /// There is one copy of the project: who had it has to go.
    fn take_copy(&self, reader: &Reader) {
        if let Some(before) = lock(&self.copying).replace(reader.clone()) {
            before.stop("another session needs the copy of the project");
        }
    }

    /// Stops all of them, and waits until they have ended.
    pub async fn end(&self) {
        {
            let mut running = lock(&self.running);
            running.is_ending = true;
            for reader in running.readers.drain(..) {
                reader.stop(ENDING);
            }
        }
        let all = u32::try_from(AT_ONCE).unwrap_or(u32::MAX);
        let _ = self.places.acquire_many(all).await;
    }
}
