//! A room full of people.
//!
//! [`room`] is a task that owns the room, and [`mailbox`] what it has for each
//! of its members. In here is the conversation with one of them. [`name`] and
//! [`command`] are what people type, and [`mention`] marks names in it.

use std::{error::Error, iter, str::FromStr, time::Duration};

use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadHalf, WriteHalf, split},
    sync::mpsc,
    task::yield_now,
    time::timeout,
};
use tokio_util::{
    codec::{FramedRead, FramedWrite},
    sync::CancellationToken,
};

use crate::{conversation::End, limits::Limits, messages::Lines};

pub mod command;
pub mod mailbox;
pub mod mention;
pub mod name;
pub mod room;

use self::command::Command;
use self::mailbox::{Inbox, Line};
use self::name::Name;
use self::room::{Answer, Member, Room, Voice};

/// The longest line that a person may send, in bytes, even if the limits allow
/// more: it may have to be kept for everybody, a thousand times.
pub const LONGEST_WORDS: usize = 1024;

/// So many lines of the mailbox are written at once, and so many that were
/// typed are said at once.
const AT_ONCE: usize = 64;

/// Brings a person into the room, where they take part until they leave, or
/// the room is closed. What is in their mailbox then is still written.
///
/// A server that stops closes the room, and `stop` says that this is why.
///
/// # Errors
///
/// Why the person has to go, or what broke the connection.
pub async fn converse<S>(
    stream: S,
    room: &Room,
    limits: &Limits,
    stop: &CancellationToken,
) -> Result<(), End>
where
    S: AsyncRead + AsyncWrite,
{
    let mut person = Person::new(stream, limits);
    let taking_part = async {
        let greeting = timeout(limits.idle.get(), person.introduce(room));
        match greeting.await.map_err(|_| End::Idle)?? {
            Some(member) => person.take_part(member, stop).await,
            None => Ok(()),
        }
    };
    match taking_part.await {
        Err(End::Closed) if stop.is_cancelled() => Err(End::Stopping),
        ended => ended,
    }
}

/// A person at the other end of a wire.
struct Person<S> {
    keyboard: Keyboard<S>,
    screen: Screen<S>,
}

/// What the person types.
struct Keyboard<S>(FramedRead<ReadHalf<S>, Lines>);

/// What the person sees.
struct Screen<S> {
    wire: FramedWrite<WriteHalf<S>, Lines>,
    patience: Duration,
}

impl<S: AsyncRead + AsyncWrite> Person<S> {
    fn new(stream: S, limits: &Limits) -> Person<S> {
        let longest = limits.longest_line.get() as usize;
        let lines = || Lines::no_longer_than(longest.min(LONGEST_WORDS));
        let (keyboard, screen) = split(stream);
        Person {
            keyboard: Keyboard(FramedRead::new(keyboard, lines())),
            screen: Screen {
                wire: FramedWrite::new(screen, lines()),
                patience: limits.write_time.get(),
            },
        }
    }

    /// Asks for a name until there is one that can be had. `None` if the
    /// person leaves before that.
    async fn introduce(&mut self, room: &Room) -> Result<Option<Member>, End> {
        self.screen.show(["* who are you?"]).await?;
        loop {
            let name = tokio::select! {
                name = self.keyboard.next() => name?,
                () = room.closed() => return Err(End::Closed),
            };
            let Some(name) = name else { return Ok(None) };
            match join(room, name).await {
                Ok(member) => return Ok(Some(member)),
                Err(_) if room.is_closed() => return Err(End::Closed),
                Err(problem) => {
                    self.screen.show([format!("* {problem}")]).await?;
                }
            }
        }
    }

    /// Does what the person wants and shows what others say, both at once.
    /// Otherwise whoever waits for the room could not be written to, and the
    /// room might wait for that.
    // ANCHOR: take_part
    async fn take_part(
        &mut self,
        member: Member,
        stop: &CancellationToken,
    ) -> Result<(), End> {
        let (voice, inbox) = member.split();
        let (notes, noted) = mpsc::channel(AT_ONCE);
        tokio::try_join!(
            biased;
            self.keyboard.speak(voice, notes, stop),
            self.screen.listen(inbox, noted),
        )?;
        Ok(())
    }
    // ANCHOR_END: take_part
}

impl<S: AsyncRead> Keyboard<S> {
    /// Does what the person wants until they leave. What they have to be told
    /// of that goes to `notes`, but not when the server stops, since its last
    /// word is the answer to everything.
    async fn speak(
        &mut self,
        voice: Voice,
        notes: mpsc::Sender<Line>,
        stop: &CancellationToken,
    ) -> Result<(), End> {
        let mut leaves = false;
        while !leaves {
            let commands = self.next_few().await?;
            let answers;
            (answers, leaves) = obey_each(&voice, commands).await;
            for answer in answers {
                if !stop.is_cancelled() {
                    let _ = notes.send(answer.into()).await;
                }
            }
        }
        Ok(())
    }

    /// The next command, and those that were typed with it. None when the
    /// person says no more.
    async fn next_few(&mut self) -> Result<Vec<anyhow::Result<Command>>, End> {
        let mut few = Vec::from_iter(self.next().await?);
        // A wire that ends after some lines is still at its end when these have
        // been obeyed. One that breaks is taken for that.
        while (1..AT_ONCE).contains(&few.len())
            && let Some(Ok(Some(command))) = self.next().now_or_never()
        {
            few.push(command);
        }
        Ok(few)
    }

    /// What the next line means, or what is wrong with it. `None` when the
    /// person says no more.
    ///
    /// # Cancel safety
    ///
    /// No line is lost if the future is dropped while it waits.
    async fn next<T>(&mut self) -> Result<Option<anyhow::Result<T>>, End>
    where
        T: FromStr<Err: Error + Send + Sync + 'static>,
    {
        let line = self.0.next().await.transpose()?;
        Ok(line.map(|line| Ok(line?.trim().parse()?)))
    }
}

impl<S: AsyncWrite> Screen<S> {
    /// Shows what the room has for a member until that is all, and what there
    /// is to be told besides.
    // ANCHOR: listen
    async fn listen(
        &mut self,
        mut inbox: Inbox,
        mut notes: mpsc::Receiver<Line>,
    ) -> Result<(), End> {
        let mut lines = Vec::new();
        loop {
            tokio::select! {
                biased; // An answer comes behind what was said before.
                count = inbox.take(&mut lines, AT_ONCE) => {
                    if count == 0 {
                        break;
                    }
                }
                Some(note) = notes.recv() => lines.push(note),
            }
            lines.extend(iter::from_fn(|| notes.try_recv().ok()));
            inbox.write(self.show(lines.drain(..))).await?;
        }
        // Whoever speaks has its answers by now, and passes them on first.
        yield_now().await;
        self.show(iter::from_fn(|| notes.try_recv().ok())).await?;
        // If nobody speaks any more, the member has left.
        inbox.why_no_more(notes.is_closed())
    }
    // ANCHOR_END: listen

    /// Writes lines, all at once.
    async fn show<L: AsRef<str>>(
        &mut self,
        lines: impl IntoIterator<Item = L>,
    ) -> Result<(), End> {
        let writing = async {
            for line in lines {
                self.wire.feed(line).await?;
            }
            SinkExt::<&str>::flush(&mut self.wire).await
        };
        let in_time = timeout(self.patience, writing).await;
        Ok(in_time.map_err(|_| End::Deaf)??)
    }
}

async fn join(
    room: &Room,
    name: anyhow::Result<Name>,
) -> anyhow::Result<Member> {
    Ok(room.join(name?).await??)
}

/// Does what a member wants, in turn. Returns what it is told of that, and
/// whether it leaves.
///
/// The room gets all that was said at once before the first answer is waited
/// for. Others then find many lines in their mailboxes, and write them
/// together, which costs no more than one.
// ANCHOR: obey_each
async fn obey_each(
    voice: &Voice,
    commands: Vec<anyhow::Result<Command>>,
) -> (Vec<String>, bool) {
    let mut leaves = commands.is_empty();
    let mut outcomes = Vec::new();
    for command in commands {
        leaves = matches!(command, Ok(Command::Leave));
        if leaves {
            break;
        }
        outcomes.push(obey(voice, command).await);
    }
    let mut answers = Vec::new();
    for outcome in outcomes {
        answers.extend(in_words(outcome).await);
    }
    (answers, leaves)
}
// ANCHOR_END: obey_each

/// What comes of a command.
enum Outcome {
    /// It was sent, and the room has still to do it.
    Sent(Answer<()>),
    /// It is done, and there may be something to tell.
    Done(Option<String>),
}

/// Does what a member wants, or at least asks the room to.
async fn obey(
    voice: &Voice,
    command: anyhow::Result<Command>,
) -> anyhow::Result<Outcome> {
    Ok(match command? {
        Command::Say(words) => Outcome::Sent(voice.begin_to_say(words).await?),
        Command::Whisper(to, words) => {
            voice.whisper(to, words).await??;
            Outcome::Done(None)
        }
        Command::Who => {
            let names = voice.who().await?;
            let names: Vec<_> = names.iter().map(Name::as_str).collect();
            Outcome::Done(Some(format!("* here: {}", names.join(", "))))
        }
        Command::Leave => Outcome::Done(None),
    })
}

/// What the member is told of it, and nobody else: an answer, or what is wrong.
async fn in_words(outcome: anyhow::Result<Outcome>) -> Option<String> {
    let answer = async {
        anyhow::Ok(match outcome? {
            Outcome::Sent(answer) => {
                answer.wait().await?;
                None
            }
            Outcome::Done(answer) => answer,
        })
    };
    answer
        .await
        .unwrap_or_else(|problem| Some(format!("* {problem}")))
}

#[cfg(test)]
mod tests;
