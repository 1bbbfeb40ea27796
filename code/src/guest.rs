//! What becomes of a client, from the door to its last word, in a server that
//! can be stopped.

use std::{net::SocketAddr, sync::Arc};

use tokio::net::TcpStream;
use tracing::{debug, info};

use crate::{
    admission::Door,
    conversation::{End, echo},
    counters,
    drain::{Stop, Until},
    limits::Limits,
};

/// Lets a client in, if there is a place for it, and talks to it until one of
/// the two does not want any more.
pub async fn client(
    mut socket: TcpStream,
    peer: SocketAddr,
    door: Arc<Door>,
    limits: Limits,
    stop: Stop,
) {
    let _place = match door.admit(peer) {
        Ok(place) => place,
        Err(why) => {
            debug!("refused: {why}");
            counters::refused(why);
            return door.refuse(&mut socket, &why).await;
        }
    };
    info!("connected");
    let _counted = counters::Conversation::begin();
    match talk(&mut socket, &limits, &stop).await {
        Ok(()) => info!("closed"),
        Err(end) => {
            info!("let go: {end}");
            counters::let_go(&end);
            end.tell(&mut socket).await;
        }
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
