//! A client in memory that counts what a server does with its end of the wire:
//! each call of `poll_read`, `poll_write` and `poll_flush`. On a socket nearly
//! each read and write would be a call of the system. A flush would not, but it
//! says how often a server believes that it is done.
//!
//! It sends messages and expects the same bytes back. It allocates nothing
//! while it is used, so that what is allocated meanwhile is the server's.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How often the server has called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// Calls that read, also those that found nothing.
    pub reads: usize,
    /// Calls that wrote, also those that found no room.
    pub writes: usize,
    /// Calls that flushed.
    pub flushes: usize,
}

/// The server's end of the wire, with a client behind it.
#[derive(Debug)]
pub struct Wire {
    /// How often the server has called.
    pub calls: Calls,
    /// What the server has written.
    pub written: Vec<u8>,
    /// So many bytes of it were flushed, and have come to the client.
    pub flushed: usize,
    /// A message more is sent while fewer than these are unanswered.
    pub window: usize,
    /// No read brings more bytes than these.
    pub piece: usize,
    /// No write takes more bytes than these; with 0, the server waits for room
    /// for ever.
    pub room: usize,
    /// Whether the client stays when it has sent all, and says nothing.
    pub stays: bool,
    /// All that the client sends, whole messages and perhaps a part of one.
    sends: Vec<u8>,
    /// Where each whole message ends in that.
    ends: Vec<usize>,
    sent: usize,
    reader: Option<Waker>,
}

impl Wire {
    /// A client that sends these messages, each when the last one is answered.
    pub fn new(messages: &[Vec<u8>]) -> Wire {
        let mut ends = Vec::with_capacity(messages.len());
        let mut sends = Vec::new();
        for message in messages {
            sends.extend_from_slice(message);
            ends.push(sends.len());
        }
        Wire {
            calls: Calls::default(),
            written: Vec::with_capacity(sends.len()),
            flushed: 0,
            window: 1,
            piece: usize::MAX,
            room: usize::MAX,
            stays: false,
            sends,
            ends,
            sent: 0,
            reader: None,
        }
    }

    /// Sends this after the last message, and it is no whole one.
    pub fn and_then(mut self, part: &[u8]) -> Wire {
        self.sends.extend_from_slice(part);
        self
    }

    /// What should come back: all whole messages.
    pub fn expected(&self) -> &[u8] {
        let end = self.ends.last().copied().unwrap_or_default();
        &self.sends[..end]
    }

    /// How many messages have come back to the client.
    pub fn answered(&self) -> usize {
        self.ends.partition_point(|&end| end <= self.flushed)
    }

    /// So far the client sends before it waits for an answer.
    fn limit(&self) -> usize {
        let next = self.answered().saturating_add(self.window).max(1) - 1;
        match self.ends.get(next) {
            Some(&end) => end,
            None => self.sends.len(),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.calls.reads += 1;
        let left = self.limit() - self.sent;
        let is_all = self.sent == self.sends.len();
        if left == 0 && (self.stays || !is_all) {
            self.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let length = left.min(self.piece).min(buffer.remaining());
        buffer.put_slice(&self.sends[self.sent..][..length]);
        self.sent += length;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.calls.writes += 1;
        let length = bytes.len().min(self.room);
        if length == 0 && !bytes.is_empty() {
            return Poll::Pending;
        }
        self.written.extend_from_slice(&bytes[..length]);
        Poll::Ready(Ok(length))
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        self.calls.flushes += 1;
        self.flushed = self.written.len();
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}
