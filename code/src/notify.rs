//! What the server tells whoever has started it.
//!
//! systemd, and whatever else understands its protocol, names a socket in the
//! environment variable `NOTIFY_SOCKET`. Without it nothing is told.

#[cfg(unix)]
use sd_notify::NotifyState;

/// Clients can connect.
// ANCHOR: ready
#[cfg(unix)]
pub fn ready() {
    tell(NotifyState::Ready);
}

/// Nobody is accepted any more, and the conversations come to their ends.
#[cfg(unix)]
pub fn stopping() {
    tell(NotifyState::Stopping);
}

#[cfg(unix)]
fn tell(state: NotifyState) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!("cannot notify the service manager: {error}");
    }
}
// ANCHOR_END: ready

/// Nobody asks for it here.
#[cfg(not(unix))]
pub fn ready() {}

/// Nobody asks for it here.
#[cfg(not(unix))]
pub fn stopping() {}
