//! A supervisor while it runs.

use std::{
    collections::VecDeque,
    future::poll_fn,
    mem,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use backon::BackoffBuilder;
use tokio::{
    task::JoinError,
    time::{Instant, Sleep, sleep},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tracing::{Instrument, error_span, warn};

use super::{GaveUp, Intensity, Strategy, Supervisor};
use crate::log::said;

/// A supervisor, and what has become of its children.
pub struct Run<'a> {
    supervisor: &'a Supervisor,
    /// One for each child.
    places: Vec<Place>,
    /// The restarts that count.
    recent: VecDeque<Instant>,
}

/// What becomes of a child.
enum Place {
    Done,
    Pausing(Pin<Box<Sleep>>),
    Running(CancellationToken, AbortOnDropHandle<()>),
}

/// What happens to a child.
pub enum Event {
    /// Its pause is over.
    Due,
    /// It has returned, or it has panicked.
    Ended(Result<(), JoinError>),
}

impl Place {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        match self {
            Place::Done => Poll::Pending,
            Place::Pausing(pause) => {
                pause.as_mut().poll(cx).map(|()| Event::Due)
            }
            Place::Running(_, task) => {
                Pin::new(task).poll(cx).map(Event::Ended)
            }
        }
    }
}

impl Run<'_> {
    pub fn begin(supervisor: &Supervisor) -> Run<'_> {
        let count = supervisor.children.len();
        let mut run = Run {
            supervisor,
            places: (0..count).map(|_| Place::Done).collect(),
            recent: VecDeque::new(),
        };
        (0..count).for_each(|place| run.start(place));
        run
    }

    /// What happens next, and to whom. `None` if all are done.
    pub async fn next(&mut self) -> Option<(usize, Event)> {
        if self.places.iter().all(|place| matches!(place, Place::Done)) {
            return None;
        }
        poll_fn(|cx| {
            for (number, place) in self.places.iter_mut().enumerate() {
                if let Poll::Ready(event) = place.poll(cx) {
                    return Poll::Ready(Some((number, event)));
                }
            }
            Poll::Pending
        })
        .await
    }

    pub fn start(&mut self, place: usize) {
        let child = &self.supervisor.children[place];
        let stop = CancellationToken::new();
        let (start, asked) = (child.start.clone(), stop.clone());
        let task = async move { start(asked).await }
            .instrument(error_span!("supervised", child = %child.name));
        let task = AbortOnDropHandle::new(tokio::spawn(task));
        self.places[place] = Place::Running(stop, task);
    }

    pub fn is_done(&mut self, place: usize) {
        self.places[place] = Place::Done;
    }

    /// Has a child begin again after a pause, and the others that have to; or
    /// gives up.
    // ANCHOR: restart
    pub async fn restart(
        &mut self,
        place: usize,
        error: JoinError,
    ) -> Result<(), GaveUp> {
        self.is_done(place);
        let name = &self.supervisor.children[place].name;
        let Some(pause) = self.pause() else {
            self.end_from(0).await;
            return Err(self.gave_up(name, error));
        };
        let seconds = pause.as_secs_f32();
        warn!("{name} has panicked, and begins again in {seconds:.2}s");
        let mut again = place..place + 1;
        if self.supervisor.strategy == Strategy::RestForOne {
            self.end_from(place + 1).await;
            again.end = self.places.len();
        }
        for place in &mut self.places[again] {
            *place = Place::Pausing(Box::pin(sleep(pause)));
        }
        Ok(())
    }
    // ANCHOR_END: restart

    /// How long it takes until the next restart. `None` if that is one too
    /// many.
    // ANCHOR: pause
    fn pause(&mut self) -> Option<Duration> {
        let Intensity { restarts, within } = self.supervisor.intensity;
        let now = Instant::now();
        self.recent.retain(|restart| now - *restart <= within);
        if self.recent.len() == restarts {
            return None;
        }
        self.recent.push_back(now);
        self.supervisor.pauses.build().nth(self.recent.len() - 1)
    }
    // ANCHOR_END: pause

    /// Ends the children from a place on, the last one first.
    pub async fn end_from(&mut self, first: usize) {
        for place in (first..self.places.len()).rev() {
            let was = mem::replace(&mut self.places[place], Place::Done);
            let Place::Running(stop, task) = was else {
                continue;
            };
            stop.cancel();
            if let Err(error) = task.await {
                let name = &self.supervisor.children[place].name;
                let message = message(error);
                warn!("{name} has panicked while it was ended: {message}");
            }
        }
    }

    fn gave_up(&self, child: &str, error: JoinError) -> GaveUp {
        GaveUp {
            child: child.to_owned(),
            message: message(error),
            intensity: self.supervisor.intensity,
        }
    }
}

/// What a panic has said.
fn message(error: JoinError) -> String {
    match error.try_into_panic() {
        Ok(panic) => said(&*panic).to_owned(),
        Err(_) => "somebody else has ended it".to_owned(),
    }
}
