//! What the server counts, and the port on which it tells.
//!
//! The counters have the names and the form that Prometheus expects. They are
//! read by `curl localhost:9000/metrics`.

use std::time::{Duration, Instant};

use anyhow::Context;
use axum::{Router, routing::get};
use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    time,
};
use tokio_util::io::{InspectReader, InspectWriter};
use tracing::info;

use crate::{admission::Refusal, conversation::End};

/// The port on which the counters are read when nobody names another.
pub const DEFAULT_METRICS_PORT: u16 = 9000;

/// The upper ends of the classes into which conversations are sorted by their
/// length, in seconds.
const CLASSES: [f64; 6] = [0.01, 0.1, 1.0, 10.0, 60.0, 600.0];

/// How often what was measured is put into its class. Until then it is kept
/// one by one.
const UPKEEP: Duration = Duration::from_secs(5);

/// Counts from now on, and tells whoever asks at this listener.
///
/// # Errors
///
/// When something counts already.
// ANCHOR: start
pub fn start(listener: TcpListener) -> anyhow::Result<()> {
    let counters = PrometheusBuilder::new()
        .set_buckets(&CLASSES)?
        .install_recorder()
        .context("cannot count")?;
    tokio::spawn(keep_up(counters.clone()));

    let page = get(move || async move { counters.render() });
    let pages = Router::new().route("/metrics", page);
    info!("Counters on port {}...", listener.local_addr()?.port());
    tokio::spawn(axum::serve(listener, pages).into_future());
    Ok(())
}
// ANCHOR_END: start

async fn keep_up(counters: PrometheusHandle) {
    let mut times = time::interval(UPKEEP);
    loop {
        times.tick().await;
        counters.run_upkeep();
    }
}

// ANCHOR: conversation
/// A conversation that is being counted, until this is dropped.
#[derive(Debug)]
pub struct Conversation {
    began: Instant,
}

impl Conversation {
    /// One more.
    pub fn begin() -> Conversation {
        counter!("echo_accepted_total").increment(1);
        gauge!("echo_open").increment(1);
        Conversation {
            began: Instant::now(),
        }
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        gauge!("echo_open").decrement(1);
        histogram!("echo_conversation_seconds").record(self.began.elapsed());
    }
}
// ANCHOR_END: conversation

/// Counts a client that was not let in.
pub fn refused(why: Refusal) {
    let reason = match why {
        Refusal::Full => "full",
        Refusal::Crowd => "crowd",
    };
    counter!("echo_refused_total", "reason" => reason).increment(1);
}

/// Counts a client that had to go.
pub fn let_go(end: &End) {
    let reason = match end {
        End::Idle => "idle",
        End::Slow => "slow",
        End::TooLong => "too_long",
        End::BadFrame(_) => "bad_frame",
        End::Deaf => "deaf",
        End::Behind => "behind",
        End::Closed => "closed",
        End::Broken(_) => "broken",
        End::Stopping => "stopping",
    };
    counter!("echo_let_go_total", "reason" => reason).increment(1);
}

/// Counts the bytes that pass through a stream.
// ANCHOR: bytes
pub fn bytes<S>(stream: S) -> impl AsyncRead + AsyncWrite + Unpin
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let received = counter!("echo_received_bytes_total");
    let sent = counter!("echo_sent_bytes_total");
    InspectReader::new(
        InspectWriter::new(stream, move |bytes: &[u8]| {
            sent.increment(bytes.len() as u64);
        }),
        move |bytes: &[u8]| received.increment(bytes.len() as u64),
    )
}
// ANCHOR_END: bytes

#[cfg(test)]
mod tests;
