//! Stopping without cutting anyone off.
//!
//! A signal says that the server shall stop. It accepts nobody any more, and
//! each conversation comes to its end: what the client has sent is answered,
//! and then it is told. There is a limit to how long all of this may take.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    task::coop::has_budget_remaining,
    time,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};

use crate::{
    conversation::{End, echo},
    counters,
    limits::{Limits, Patience},
    notify,
};

/// How long the conversations may take to end when nobody says otherwise.
/// systemd kills after 90 seconds. Docker does after 10, so in a container it
/// must be shorter.
pub const DEFAULT_GRACE: Patience = Patience::from_secs(10);

/// The exit code of a program that has cut somebody off.
pub const CUT_OFF: i32 = 3;

/// The two stages of stopping.
// ANCHOR: stop
#[derive(Debug, Clone, Default)]
pub struct Stop {
    /// Nobody is accepted any more, and the conversations shall end.
    pub asked: CancellationToken,
    /// There is no more time for that.
    pub now: CancellationToken,
    /// So many were cut off then.
    cut: Arc<AtomicUsize>,
}
// ANCHOR_END: stop

impl Stop {
    /// Cancels `asked` at the first SIGINT or SIGTERM, and `now` at the second.
    ///
    /// # Errors
    ///
    /// When the signals cannot be heard.
    // ANCHOR: at_signals
    pub fn at_signals() -> io::Result<Stop> {
        let mut signals = Signals::new()?;
        let stop = Stop::default();
        let Stop { asked, now, .. } = stop.clone();
        tokio::spawn(async move {
            let name = signals.next().await;
            info!("{name}: stopping");
            asked.cancel();
            let name = signals.next().await;
            info!("{name} again: not waiting any more");
            now.cancel();
        });
        Ok(stop)
    }
    // ANCHOR_END: at_signals

    /// A conversation that is dropped, wherever it is, when there is no more
    /// time.
    // ANCHOR: cut
    pub fn cut<F>(&self, conversation: F) -> impl Future<Output = ()> + use<F>
    where
        F: Future<Output = ()>,
    {
        let Stop { now, cut, .. } = self.clone();
        async move {
            if now.run_until_cancelled(conversation).await.is_none() {
                cut.fetch_add(1, Relaxed);
            }
        }
    }
    // ANCHOR_END: cut

    /// Waits until the conversations have ended, for as long as `grace` or
    /// until `now`; then cuts off those that have not. Returns how many.
    // ANCHOR: drain
    pub async fn drain(&self, tasks: &TaskTracker, grace: Duration) -> usize {
        notify::stopping();
        tasks.close();
        tokio::select! {
            () = tasks.wait() => {}
            () = time::sleep(grace) => {}
            () = self.now.cancelled() => {}
        }
        self.now.cancel();
        tasks.wait().await;
        let cut = self.cut.load(Relaxed);
        match cut {
            0 => info!("all conversations have ended"),
            _ => warn!("cut off: {cut}"),
        }
        cut
    }
    // ANCHOR_END: drain
}

/// The signals by which people and systems ask a program to stop.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    // ANCHOR: signals
    fn new() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt())?;
        let terminate = signal(SignalKind::terminate())?;
        Ok(Signals {
            interrupt,
            terminate,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
    // ANCHOR_END: signals
}

/// Windows has Ctrl-C.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Signals> {
        Ok(Signals)
    }

    async fn next(&mut self) -> &'static str {
        match tokio::signal::ctrl_c().await {
            Ok(()) => "Ctrl-C",
            Err(_) => std::future::pending().await,
        }
    }
}

/// How long a conversation is open when it shall end. The runtime learns in
/// this time what the system has received before.
const LAST_CALL: Duration = Duration::from_millis(10);

/// A stream that ends when the server shall stop, as if the client had said
/// all that it has to say. What has come before that is still read.
// ANCHOR: until
pub struct Until<S> {
    stream: S,
    /// `None` when it is time to stop.
    stop: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    was_stopped: bool,
}

impl<S: AsyncRead + Unpin> AsyncRead for Until<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // In this order: the read must know all that came before the stop.
        let is_stopped = self.is_stopped(cx);
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if read.is_pending() && is_stopped && has_budget_remaining() {
            // Nothing was put into the buffer, and that means the end.
            self.was_stopped = true;
            return Poll::Ready(Ok(()));
        }
        read
    }
}
// ANCHOR_END: until

impl<S> Until<S> {
    /// A stream that ends when `stop` is cancelled.
    pub fn new(stream: S, stop: &CancellationToken) -> Until<S> {
        let stop = stop.clone();
        let stop = async move {
            stop.cancelled().await;
            time::sleep(LAST_CALL).await;
        };
        let stop = Some(Box::pin(stop) as _);
        Until {
            stream,
            stop,
            was_stopped: false,
        }
    }

    fn is_stopped(&mut self, cx: &mut Context<'_>) -> bool {
        self.stop.take_if(|stop| stop.as_mut().poll(cx).is_ready());
        self.stop.is_none()
    }

    /// Whether it has ended because the server stops, and not by itself.
    pub fn was_stopped(&self) -> bool {
        self.was_stopped
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Until<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

// ANCHOR: talk
/// Until the client has said all that it has to say, or the server stops.
///
/// # Errors
///
/// Why the client has to go, or what broke the connection.
pub async fn talk(
    socket: &mut TcpStream,
    limits: &Limits,
    stop: &Stop,
) -> Result<(), End> {
    let mut stream = Until::new(counters::bytes(socket), &stop.asked);
    echo(&mut stream, limits).await?;
    match stream.was_stopped() {
        true => Err(End::Stopping),
        false => Ok(()),
    }
}
// ANCHOR_END: talk

#[cfg(test)]
mod tests;
