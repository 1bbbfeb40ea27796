//! The room: a task that owns it, and a channel to that task.
//!
//! Nobody else touches what the task owns, so there is nothing to lock. It
//! takes one request after the other, as a process of Erlang takes messages.

use std::{
    collections::{BTreeMap, VecDeque},
    convert::Infallible,
    error::Error,
    fmt, mem,
};

use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};

use super::{
    mailbox::{Inbox, Line, Mailbox, Slow, mailbox},
    name::Name,
};

/// So many requests may wait for the room. Who comes then waits itself.
const REQUESTS: usize = 64;

/// So many lines the room remembers for those who join.
pub const HISTORY: usize = 100;

/// What can be asked of the room. Each request has its answer.
// ANCHOR: request
#[derive(Debug)]
enum Request {
    Join(Name, oneshot::Sender<Result<(Inbox, Lease), Taken>>),
    Say(Name, String, oneshot::Sender<()>),
    Whisper(Name, Name, String, oneshot::Sender<Result<(), Nobody>>),
    Who(oneshot::Sender<Vec<Name>>),
}
// ANCHOR_END: request

/// A way to the room. Any number of tasks may have one.
#[derive(Debug, Clone)]
pub struct Room {
    requests: mpsc::Sender<Request>,
}

/// How the room shows what somebody says, given the names of those who are
/// here. The shown text is what all of them get.
pub type Show = fn(&str, &mut dyn Iterator<Item = &Name>) -> String;

/// Dropped when a member leaves, however it leaves.
type Lease = oneshot::Sender<Infallible>;

impl Room {
    /// A room, and the task that is the room, which has to be run.
    pub fn new(slow: Slow) -> (Room, Keeper) {
        let (sender, requests) = mpsc::channel(REQUESTS);
        let keeper = Keeper {
            requests,
            slow,
            show: |words, _| words.to_owned(),
            members: BTreeMap::new(),
            leases: JoinSet::new(),
            history: VecDeque::new(),
            said: 0,
            ran_before: false,
        };
        (Room { requests: sender }, keeper)
    }

    /// Joins under a name.
    ///
    /// # Errors
    ///
    /// When the room is gone, or has crashed; the inner error is for a name that
    /// somebody else has.
    pub async fn join(
        &self,
        name: Name,
    ) -> Result<Result<Member, Taken>, Trouble> {
        let joined = self
            .ask(|answer| Request::Join(name.clone(), answer))
            .await?;
        Ok(joined.map(|(inbox, lease)| Member {
            voice: Voice {
                name,
                room: self.clone(),
                _lease: lease,
            },
            inbox,
        }))
    }

    /// Who is here.
    ///
    /// # Errors
    ///
    /// When the room is gone, or has crashed.
    pub async fn who(&self) -> Result<Vec<Name>, Trouble> {
        self.ask(Request::Who).await
    }

    /// Returns when there is no room any more. One that has crashed may open
    /// again, so that is not enough.
    pub async fn closed(&self) {
        self.requests.closed().await;
    }

    /// Whether there is no room any more.
    pub fn is_closed(&self) -> bool {
        self.requests.is_closed()
    }

    /// Sends a request, and waits for the answer.
    // ANCHOR: ask
    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<T>) -> Request,
    ) -> Result<T, Trouble> {
        let answer = self.send(request).await?.wait().await;
        // A room that is closed has taken no request with it by a crash.
        answer.map_err(|trouble| match self.is_closed() {
            true => Trouble::Closed,
            false => trouble,
        })
    }

    /// Sends a request. The answer can be waited for later.
    async fn send<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<T>) -> Request,
    ) -> Result<Answer<T>, Trouble> {
        let (answer, answered) = oneshot::channel();
        let sent = self.requests.send(request(answer)).await;
        sent.map_err(|_| Trouble::Closed)?;
        Ok(Answer(answered))
    }
    // ANCHOR_END: ask
}

/// Somebody who has joined. Dropping it leaves the room.
#[derive(Debug)]
pub struct Member {
    voice: Voice,
    inbox: Inbox,
}

impl Member {
    /// What the member says to the room.
    pub fn voice(&self) -> &Voice {
        &self.voice
    }

    /// What the room has for the member.
    pub fn inbox(&mut self) -> &mut Inbox {
        &mut self.inbox
    }

    /// Both, for two who go on at once.
    pub fn split(self) -> (Voice, Inbox) {
        (self.voice, self.inbox)
    }

    /// Leaves. What is in the mailbox can still be taken.
    pub fn leave(self) -> Inbox {
        self.inbox
    }
}

/// A member's way to the room, under its name. Dropping it leaves the room.
#[derive(Debug)]
pub struct Voice {
    name: Name,
    room: Room,
    _lease: Lease,
}

impl Voice {
    /// The member's name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Says something to everybody. When it returns, everybody has it in their
    /// mailbox, unless that is full, and the room will remember it.
    ///
    /// # Errors
    ///
    /// When the room is gone, or has crashed over these words.
    pub async fn say(&self, words: String) -> Result<(), Trouble> {
        self.begin_to_say(words).await?.wait().await
    }

    /// Says something to everybody, after all that this member has said before.
    /// When the answer comes, it is as with [`Voice::say`].
    ///
    /// # Errors
    ///
    /// When the room is gone.
    pub async fn begin_to_say(
        &self,
        words: String,
    ) -> Result<Answer<()>, Trouble> {
        let name = self.name.clone();
        let request = |answer| Request::Say(name, words, answer);
        self.room.send(request).await
    }

    /// Says something to one member. Nobody else hears it, and the room does
    /// not remember it. A member whose mailbox is full may miss it.
    ///
    /// # Errors
    ///
    /// When there is no such member, or the room is gone or has crashed.
    pub async fn whisper(
        &self,
        to: Name,
        words: String,
    ) -> Result<Result<(), Nobody>, Trouble> {
        let name = self.name.clone();
        self.room
            .ask(|answer| Request::Whisper(name, to, words, answer))
            .await
    }

    /// Who is here.
    ///
    /// # Errors
    ///
    /// When the room is gone, or has crashed.
    pub async fn who(&self) -> Result<Vec<Name>, Trouble> {
        self.room.who().await
    }
}

/// An answer of the room that has still to come.
#[derive(Debug)]
#[must_use = "only the answer tells whether it was done"]
pub struct Answer<T>(oneshot::Receiver<T>);

impl<T> Answer<T> {
    /// Waits for it.
    ///
    /// # Errors
    ///
    /// When the room has crashed over the request.
    pub async fn wait(self) -> Result<T, Trouble> {
        self.0.await.map_err(|_| Trouble::Crashed)
    }
}

/// Somebody else has the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken;

/// There is nobody of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nobody;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The room has crashed over this request. It may open again.
    Crashed,
    /// There is no room any more.
    Closed,
}

/// What the room owns. It becomes a task by [`Keeper::run`].
///
/// When it is dropped the room is closed. The requests go before the members,
/// so whoever finds a mailbox at its end has no answer to wait for.
// ANCHOR: keeper
#[derive(Debug)]
pub struct Keeper {
    requests: mpsc::Receiver<Request>,
    slow: Slow,
    show: Show,
    members: BTreeMap<Name, Seat>,
    /// A task for each member, which ends when the member leaves.
    leases: JoinSet<Name>,
    /// The last lines.
    history: VecDeque<Line>,
    /// So many lines were ever said.
    said: u64,
    ran_before: bool,
}
// ANCHOR_END: keeper

/// What the room knows of a member.
// ANCHOR: seat
#[derive(Debug)]
struct Seat {
    mailbox: Mailbox,
    /// So many of the lines that were ever said it has.
    heard: u64,
}
// ANCHOR_END: seat

impl Keeper {
    /// The same room, which shows what is said by a function. Without it, words
    /// are shown as they were said.
    pub fn showing(self, show: Show) -> Keeper {
        Keeper { show, ..self }
    }

    /// Answers requests until nobody is left who could ask.
    ///
    /// # Cancel safety
    ///
    /// No request is done half if the future is dropped, but for one: while the
    /// room waits for a slow member, the others may have a line that this one
    /// has not. It gets it when the room is run again.
    // ANCHOR: run
    pub async fn run(&mut self) {
        if mem::replace(&mut self.ran_before, true) {
            self.remember("* the room has crashed, and is open again")
                .await;
        }
        loop {
            tokio::select! {
                request = self.requests.recv() => match request {
                    Some(request) => self.answer(request).await,
                    None => return,
                },
                Some(Ok(name)) = self.leases.join_next() => {
                    self.members.remove(&name);
                    self.remember(format!("* {name} has left")).await;
                }
            }
        }
    }
    // ANCHOR_END: run

    /// Does what is asked, and answers. Who does not wait for the answer any
    /// more has left.
    // ANCHOR: answer
    async fn answer(&mut self, request: Request) {
        match request {
            Request::Join(name, answer) => {
                let _ = answer.send(self.join(name).await);
            }
            Request::Say(name, words, answer) => {
                // Before anything is changed, since this may crash.
                let words = (self.show)(&words, &mut self.members.keys());
                self.remember(format!("{name}: {words}")).await;
                let _ = answer.send(());
            }
            Request::Whisper(from, to, words, answer) => {
                let _ = answer.send(self.whisper(from, to, words).await);
            }
            Request::Who(answer) => {
                let _ = answer.send(self.members.keys().cloned().collect());
            }
        }
    }
    // ANCHOR_END: answer

    async fn join(&mut self, name: Name) -> Result<(Inbox, Lease), Taken> {
        if self.members.contains_key(&name) {
            return Err(Taken);
        }
        let (mailbox, inbox) = mailbox(self.slow);
        let (lease, left) = oneshot::channel();
        let gone = name.clone();
        self.leases.spawn(async move {
            let _: Result<Infallible, _> = left.await;
            gone
        });
        let seat = Seat { mailbox, heard: 0 };
        self.members.insert(name.clone(), seat);
        self.remember(format!("* {name} has joined")).await;
        Ok((inbox, lease))
    }

    async fn whisper(
        &mut self,
        from: Name,
        to: Name,
        words: String,
    ) -> Result<(), Nobody> {
        let seat = self.members.get_mut(&to).ok_or(Nobody)?;
        seat.mailbox
            .put(format!("{from}, to you: {words}").into())
            .await;
        Ok(())
    }

    /// Says a line to everybody, and to those who come later.
    // ANCHOR: remember
    async fn remember(&mut self, line: impl Into<Line>) {
        if self.history.len() == HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(line.into());
        self.said += 1;
        for seat in self.members.values_mut() {
            seat.catch_up(&self.history, self.said).await;
        }
    }
    // ANCHOR_END: remember
}

impl Seat {
    /// Puts into the mailbox what the member does not have yet.
    // ANCHOR: catch_up
    async fn catch_up(&mut self, history: &VecDeque<Line>, said: u64) {
        let new = usize::try_from(said - self.heard).unwrap_or(usize::MAX);
        for line in history.iter().skip(history.len().saturating_sub(new)) {
            self.mailbox.put(line.clone()).await;
        }
        self.heard = said;
    }
    // ANCHOR_END: catch_up
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("somebody else has that name")
    }
}

impl Error for Taken {}

impl fmt::Display for Nobody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is nobody of that name")
    }
}

impl Error for Nobody {}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Trouble::Crashed => "that was not said: the room has crashed",
            Trouble::Closed => "the room is closed",
        })
    }
}

impl Error for Trouble {}

#[cfg(test)]
mod tests;
