//! What no supervisor notices: something that neither ends nor goes on.
//!
//! A task that never gives way, or waits for something that never comes, does
//! not panic. So it is asked for a sign of life, and a thread of its own, which
//! no task can hold up, listens for that.

use std::{
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use tracing::{info, warn};

/// So many signs are due in the time after which their lack is told.
const SIGNS: u32 = 4;

/// What a watchdog has to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// There was no sign of life for so long.
    Silent(Duration),
    /// There is one again.
    Back,
}

/// Watches something, and warns in the log when there was no sign of life for
/// as long as `patience`, and again each time that this has passed.
///
/// `sign` returns when what is watched lives. It is asked again and again, in a
/// task of the runtime, so a runtime that stands still is noticed, too. One
/// worker that stands still among others is not.
pub fn start<S, F>(name: &'static str, patience: Duration, sign: S)
where
    S: FnMut() -> F + Send + 'static,
    F: Future<Output = ()> + Send,
{
    watch(patience, sign, move |news| match news {
        News::Silent(time) => {
            let seconds = time.as_secs_f32();
            warn!("no sign of life from {name} for {seconds:.0}s");
        }
        News::Back => info!("{name} is back"),
    });
}

/// The same, for somebody who wants to hear the news.
pub fn watch<S, F>(
    patience: Duration,
    mut sign: S,
    tell: impl FnMut(News) + Send + 'static,
) where
    S: FnMut() -> F + Send + 'static,
    F: Future<Output = ()> + Send,
{
    let (life, signs) = mpsc::channel();
    thread::spawn(move || listen(&signs, patience, tell));
    tokio::spawn(async move {
        loop {
            sign().await;
            if life.send(()).is_err() {
                return;
            }
            tokio::time::sleep(patience / SIGNS).await;
        }
    });
}

/// Until there is nobody left to give a sign.
// ANCHOR: listen
fn listen(
    signs: &Receiver<()>,
    patience: Duration,
    mut tell: impl FnMut(News),
) {
    let (mut last, mut is_silent) = (Instant::now(), false);
    loop {
        match signs.recv_timeout(patience) {
            Ok(()) if is_silent => tell(News::Back),
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => {
                tell(News::Silent(last.elapsed()));
                is_silent = true;
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
        (last, is_silent) = (Instant::now(), false);
    }
}
// ANCHOR_END: listen

#[cfg(test)]
mod tests;
