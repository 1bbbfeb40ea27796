//! The conversation: each request is answered, whatever its framing.

use std::{fmt, io};

use bytes::BytesMut;
use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use tokio_util::codec::{Decoder, Encoder, Framed};

use super::request::{Reply, Request};
use crate::{
    conversation::{self, End},
    drain::{Stop, Until},
    limits::Limits,
};

/// Answers the requests of a client until it says no more, or the server
/// stops.
///
/// A message must be whole within the limit for silence, which begins with the
/// answer to the last one. A bad one is answered, too, if it is known where the
/// next one begins.
///
/// # Errors
///
/// Why the client has to go, or what broke the connection.
// ANCHOR: answer
pub async fn answer<S, C, B, E>(
    stream: S,
    codec: C,
    limits: &Limits,
    stop: &Stop,
) -> Result<(), End>
where
    S: AsyncRead + AsyncWrite + Unpin,
    C: Decoder<Item = Result<String, B>, Error = E>,
    C: Encoder<String, Error = io::Error>,
    B: fmt::Display,
    E: From<io::Error> + Into<End>,
{
    let mut wire = Framed::new(Until::new(stream, &stop.asked), codec);
    let mut desk = Desk::new(limits);
    while let Some(message) = next(&mut wire, limits).await? {
        let sending = wire.send(desk.reply(message).to_string());
        let in_time = timeout(limits.write_time.get(), sending);
        in_time.await.map_err(|_| End::Deaf)??;
    }
    Ok(())
}
// ANCHOR_END: answer

/// The next message, good or bad. `None` if the client says no more.
// ANCHOR: next
async fn next<S, C, B, E>(
    wire: &mut Framed<Until<S>, C>,
    limits: &Limits,
) -> Result<Option<Result<String, B>>, End>
where
    S: AsyncRead + Unpin,
    C: Decoder<Item = Result<String, B>, Error = E>,
    E: From<io::Error> + Into<End>,
{
    let coming = timeout(limits.idle.get(), wire.next());
    let message = coming.await.map_err(|_| End::Idle)?;
    if wire.get_ref().was_stopped() {
        // What is left is half a message, and it was not the client's end.
        return Err(End::Stopping);
    }
    message.transpose().map_err(E::into)
}
// ANCHOR_END: next

/// Says something last, as a message, and closes so that it can arrive.
pub async fn part<S, C>(stream: &mut S, mut codec: C, word: Reply)
where
    S: AsyncRead + AsyncWrite + Unpin,
    C: Encoder<String, Error = io::Error>,
{
    let mut bytes = BytesMut::new();
    if codec.encode(word.to_string(), &mut bytes).is_ok() {
        conversation::part(stream, &bytes).await;
    }
}

/// Where the requests of one client are answered.
#[derive(Debug)]
struct Desk {
    longest: usize,
    answered: u64,
}

impl Desk {
    fn new(limits: &Limits) -> Desk {
        Desk {
            longest: limits.longest_line.get() as usize,
            answered: 0,
        }
    }

    /// What a message is answered. It is no longer than a message may be.
    fn reply<B>(&mut self, message: Result<String, B>) -> Reply
    where
        B: fmt::Display,
    {
        let request = match message.map(|text| text.parse::<Request>()) {
            Ok(Ok(request)) => request,
            Ok(Err(why)) => return Reply::error(why),
            Err(why) => return Reply::error(why),
        };
        self.answered += 1;
        match request {
            Request::Echo(text) => self.text(1, &text),
            Request::Repeat(times, text) => self.text(times, &text),
            Request::Count => Reply::Count(self.answered),
        }
    }

    fn text(&self, times: usize, text: &str) -> Reply {
        match "text ".len() + text.len() * times <= self.longest {
            true => Reply::Text(text.repeat(times)),
            false => Reply::error("the answer would be too long"),
        }
    }
}
