//! What a supervisor does, worked out from a plan, without tasks or clocks.

use super::*;

/// What becomes of a child.
#[derive(Clone, Copy)]
enum State {
    Done,
    Pausing(Duration),
    /// Until it ends by itself, and whether that is a panic.
    Running(Duration, bool),
}

struct Model<'a> {
    plan: &'a Plan,
    states: Vec<State>,
    /// How many lives each has begun.
    begun: Vec<usize>,
    restarts: Vec<Duration>,
    now: Duration,
    entries: Vec<Entry>,
}

pub fn play(plan: &Plan) -> (Vec<Entry>, Outcome) {
    let count = plan.lives.len();
    let mut model = Model {
        plan,
        states: vec![State::Done; count],
        begun: vec![0; count],
        restarts: Vec::new(),
        now: Duration::ZERO,
        entries: Vec::new(),
    };
    (0..count).for_each(|place| model.begin(place));
    let outcome = loop {
        if let Some(outcome) = model.step() {
            break outcome;
        }
    };
    (model.entries, outcome)
}

impl Model<'_> {
    fn write(&mut self, place: usize, what: What) {
        self.entries.push((self.now, place, what));
    }

    fn begin(&mut self, place: usize) {
        let life = self.plan.lives[place].get(self.begun[place]);
        self.begun[place] += 1;
        self.states[place] = match life {
            Some(life) => State::Running(self.now + life.time, life.panics),
            None => State::Running(Duration::MAX, false),
        };
        self.write(place, What::Begins);
    }

    /// The place to which something happens next, and when.
    fn next(&self) -> Option<(Duration, usize)> {
        let times = self.states.iter().enumerate();
        let times = times.filter_map(|(place, state)| match *state {
            State::Done => None,
            State::Pausing(until) => Some((until, place)),
            State::Running(until, _) => Some((until, place)),
        });
        times.min()
    }

    fn step(&mut self) -> Option<Outcome> {
        let Some((time, place)) = self.next() else {
            return Some(Outcome::Done);
        };
        self.now = time.min(self.plan.end);
        if time > self.plan.end {
            self.end_from(0);
            let is_dropped = self.plan.is_dropped;
            let ends = [Outcome::Stopped, Outcome::Dropped];
            return Some(ends[usize::from(is_dropped)].clone());
        }
        match self.states[place] {
            State::Done => unreachable!("nothing happens to it"),
            State::Pausing(_) => self.begin(place),
            State::Running(_, false) => {
                self.states[place] = State::Done;
                self.write(place, What::Returns);
            }
            State::Running(_, true) => return self.panic(place),
        }
        None
    }

    fn panic(&mut self, place: usize) -> Option<Outcome> {
        self.states[place] = State::Done;
        self.write(place, What::Panics);
        let Intensity { restarts, within } = self.plan.intensity;
        let counts = |then: &&Duration| **then + within >= self.now;
        let recent = self.restarts.iter().filter(counts).count();
        if recent >= restarts {
            self.end_from(0);
            return Some(Outcome::GaveUp(place.to_string()));
        }
        self.restarts.push(self.now);
        let [first, longest] = self.plan.pauses;
        let pause = longest.min(first * (1 << recent));
        let mut last = place;
        if self.plan.strategy == Strategy::RestForOne {
            self.end_from(place + 1);
            last = self.states.len() - 1;
        }
        self.states[place..=last].fill(State::Pausing(self.now + pause));
        None
    }

    /// Ends all from this place on, the last one first.
    fn end_from(&mut self, place: usize) {
        for place in (place..self.states.len()).rev() {
            if let State::Running(..) = self.states[place] {
                self.write(place, What::IsEnded);
            }
            self.states[place] = State::Done;
        }
    }
}
