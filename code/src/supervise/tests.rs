use std::{future::pending, panic::panic_any, sync::Mutex};

use tokio::{
    sync::{
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
        oneshot,
    },
    task::JoinHandle,
    time::{Instant, advance, sleep, timeout},
};

use super::*;

mod schedules;

/// No test takes so long, by the clock that jumps.
const LONG: Duration = Duration::from_secs(10_000);

const SECOND: Duration = Duration::from_secs(1);

/// What a child is told to do.
#[derive(Debug)]
enum Do {
    Return,
    Panic,
    /// To panic, when it is ended.
    PanicAtItsEnd,
}

/// What children have done, and after which time.
#[derive(Debug, Clone)]
struct Diary(Arc<Mutex<Vec<(Duration, String)>>>, Instant);

impl Diary {
    fn new() -> Diary {
        Diary(Arc::default(), Instant::now())
    }

    fn write(&self, words: String) {
        self.0.lock().unwrap().push((self.1.elapsed(), words));
    }

    /// All that has happened since this was read.
    fn read(&self) -> Vec<(Duration, String)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// The same without the times.
    fn words(&self) -> String {
        let words = self.read().into_iter().map(|(_, words)| words);
        words.collect::<Vec<_>>().join(", ")
    }
}

/// Writes down the end of a child, however it comes.
struct Ends(String, Diary, bool);

impl Drop for Ends {
    fn drop(&mut self) {
        self.1.write(format!("{} ends", self.0));
        if self.2 {
            panic!("at the end");
        }
    }
}

/// A child that does what it is told.
fn puppet(
    supervisor: Supervisor,
    name: &'static str,
    diary: &Diary,
) -> (Supervisor, UnboundedSender<Do>) {
    let (tell, told) = unbounded_channel();
    let told = Arc::new(tokio::sync::Mutex::new(told));
    let diary = diary.clone();
    let start = move || {
        let (told, diary) = (told.clone(), diary.clone());
        async move {
            diary.write(format!("{name} begins"));
            let ends = Ends(name.to_owned(), diary, false);
            obey(&mut *told.lock().await, ends).await;
        }
    };
    (supervisor.child(name, start), tell)
}

async fn obey(told: &mut UnboundedReceiver<Do>, mut ends: Ends) {
    loop {
        match told.recv().await {
            Some(Do::Return) => return,
            Some(Do::Panic) => panic!("told to"),
            Some(Do::PanicAtItsEnd) => ends.2 = true,
            None => pending().await,
        }
    }
}

fn at_most(restarts: usize, within: Duration) -> Intensity {
    Intensity { restarts, within }
}

/// Pauses of a second.
fn steady() -> ExponentialBuilder {
    ExponentialBuilder::new()
        .with_min_delay(SECOND)
        .with_factor(1.0)
}

fn supervisor(strategy: Strategy, intensity: Intensity) -> Supervisor {
    Supervisor::new(strategy, intensity).pausing(steady())
}

/// Three children that have begun.
struct Family {
    diary: Diary,
    tell: [UnboundedSender<Do>; 3],
    run: JoinHandle<Result<(), GaveUp>>,
    stop: CancellationToken,
}

impl Family {
    async fn new(strategy: Strategy, intensity: Intensity) -> Family {
        let diary = Diary::new();
        let all = supervisor(strategy, intensity);
        let (all, a) = puppet(all, "a", &diary);
        let (all, b) = puppet(all, "b", &diary);
        let (all, c) = puppet(all, "c", &diary);
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let run = tokio::spawn(async move { all.run_until(&stopped).await });
        settle().await;
        assert_eq!(diary.words(), "a begins, b begins, c begins");
        Family {
            diary,
            tell: [a, b, c],
            run,
            stop,
        }
    }

    async fn tell(&self, child: usize, what: Do) {
        self.tell[child].send(what).unwrap();
        settle().await;
    }

    async fn end(self) -> (Result<(), GaveUp>, Diary) {
        let ended = timeout(LONG, self.run).await;
        (ended.expect("an end").unwrap(), self.diary)
    }
}

/// Lets everybody do what can be done without time.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

/// Lets time pass, and everybody do what is due.
async fn pass(time: Duration) {
    advance(time).await;
    settle().await;
}

#[tokio::test(start_paused = true)]
async fn one_for_one_restarts_the_child_alone() {
    let family = Family::new(Strategy::OneForOne, at_most(3, LONG)).await;
    family.tell(1, Do::Panic).await;
    assert_eq!(family.diary.words(), "b ends");
    pass(SECOND).await;
    assert_eq!(family.diary.words(), "b begins");
}

#[tokio::test(start_paused = true)]
async fn rest_for_one_restarts_the_later_ones_too_and_ends_them_in_reverse() {
    let family = Family::new(Strategy::RestForOne, at_most(3, LONG)).await;
    family.tell(1, Do::Panic).await;
    assert_eq!(family.diary.words(), "b ends, c ends");
    pass(SECOND).await;
    assert_eq!(family.diary.words(), "b begins, c begins");
    family.tell(0, Do::Panic).await;
    assert_eq!(family.diary.words(), "a ends, c ends, b ends");
    pass(SECOND).await;
    assert_eq!(family.diary.words(), "a begins, b begins, c begins");
}

#[tokio::test(start_paused = true)]
async fn a_child_that_returns_is_done() {
    let family = Family::new(Strategy::OneForOne, at_most(3, LONG)).await;
    for child in 0..3 {
        family.tell(child, Do::Return).await;
        pass(LONG / 100).await;
    }
    let (ended, diary) = family.end().await;
    assert_eq!(ended, Ok(()));
    assert_eq!(diary.words(), "a ends, b ends, c ends");
}

/// It begins again with the one it may have done its work for, as in Erlang.
#[tokio::test(start_paused = true)]
async fn a_child_that_is_done_is_still_one_of_the_rest() {
    let family = Family::new(Strategy::RestForOne, at_most(3, LONG)).await;
    family.tell(2, Do::Return).await;
    family.tell(1, Do::Panic).await;
    pass(SECOND).await;
    assert_eq!(family.diary.words(), "c ends, b ends, b begins, c begins");
}

#[tokio::test(start_paused = true)]
async fn it_gives_up_at_one_restart_too_many_and_ends_the_last_child_first() {
    let family = Family::new(Strategy::OneForOne, at_most(2, LONG)).await;
    for child in [0, 1] {
        family.tell(child, Do::Panic).await;
        pass(SECOND).await;
    }
    let words = family.diary.words();
    assert_eq!(words, "a ends, a begins, b ends, b begins");
    family.tell(1, Do::Panic).await;
    let (ended, diary) = family.end().await;
    let gave_up = ended.unwrap_err();
    assert_eq!((&*gave_up.child, &*gave_up.message), ("b", "told to"));
    assert_eq!(diary.words(), "b ends, c ends, a ends");
}

/// With `after` between the first panic and the last, of two that are borne.
async fn is_borne(after: Duration) -> bool {
    let within = 100 * SECOND;
    let family = Family::new(Strategy::OneForOne, at_most(2, within)).await;
    family.tell(0, Do::Panic).await;
    pass(50 * SECOND).await;
    family.tell(0, Do::Panic).await;
    pass(after - 50 * SECOND).await;
    family.tell(0, Do::Panic).await;
    !family.run.is_finished()
}

#[tokio::test(start_paused = true)]
async fn a_restart_counts_until_it_is_older_than_the_time() {
    let millisecond = Duration::from_millis(1);
    assert!(!is_borne(99 * SECOND).await);
    assert!(!is_borne(100 * SECOND).await);
    assert!(is_borne(100 * SECOND + millisecond).await);
}

#[tokio::test(start_paused = true)]
async fn no_restart_is_borne_if_none_may_be() {
    let family = Family::new(Strategy::OneForOne, at_most(0, LONG)).await;
    family.tell(0, Do::Panic).await;
    let (ended, diary) = family.end().await;
    assert!(ended.is_err());
    assert_eq!(diary.words(), "a ends, c ends, b ends");
}

/// Where a child panics as soon as it begins, the pauses are all that passes.
async fn pauses(supervisor: Supervisor) -> Vec<Duration> {
    let begun = Arc::new(Mutex::new(Vec::new()));
    let begins = begun.clone();
    let supervisor = supervisor.child("hasty", move || {
        begins.lock().unwrap().push(Instant::now());
        async { panic!("at once") }
    });
    let ended = timeout(LONG, supervisor.run()).await.expect("an end");
    assert_eq!(ended.unwrap_err().message, "at once");
    let begun = begun.lock().unwrap();
    begun.windows(2).map(|two| two[1] - two[0]).collect()
}

#[tokio::test(start_paused = true)]
async fn each_pause_is_twice_as_long_and_up_to_as_long_again() {
    let intensity = at_most(10, LONG);
    for _ in 0..100 {
        let supervisor = Supervisor::new(Strategy::OneForOne, intensity);
        let pauses = pauses(supervisor).await;
        assert_eq!(pauses.len(), 10);
        for (number, pause) in (0..).zip(pauses) {
            let least = Duration::from_millis(100) * 2_u32.pow(number);
            let least = least.min(10 * SECOND);
            // The clock has no smaller steps than milliseconds.
            let most = 2 * least + Duration::from_millis(1);
            assert!((least..=most).contains(&pause), "{number}: {pause:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn children_that_fall_together_do_not_all_rise_together() {
    let intensity = at_most(1, LONG);
    let mut all = Vec::new();
    for _ in 0..20 {
        let supervisor = Supervisor::new(Strategy::OneForOne, intensity);
        all.extend(pauses(supervisor).await);
    }
    all.dedup();
    assert!(all.len() > 1, "{all:?}");
}

/// Who has gone well for as long as the intensity looks back begins anew.
#[tokio::test(start_paused = true)]
async fn the_pauses_become_short_again() {
    let diary = Diary::new();
    let pauses = ExponentialBuilder::new().with_min_delay(SECOND);
    let intensity = at_most(5, 60 * SECOND);
    let all = Supervisor::new(Strategy::OneForOne, intensity).pausing(pauses);
    let (all, tell) = puppet(all, "a", &diary);
    let _run = tokio::spawn(async move { all.run().await });
    for (wait, pause) in [(0, 1), (10, 2), (10, 4), (61, 1)] {
        sleep(wait * SECOND).await;
        settle().await;
        diary.read();
        tell.send(Do::Panic).unwrap();
        sleep(20 * SECOND).await;
        let events = diary.read();
        let pauses = events[1].0 - events[0].0;
        assert_eq!(pauses, pause * SECOND, "{events:?}");
    }
}

/// Nobody else waits for the pause of a child.
#[tokio::test(start_paused = true)]
async fn a_child_falls_and_rises_while_another_pauses() {
    let family = Family::new(Strategy::OneForOne, at_most(3, LONG)).await;
    family.tell(0, Do::Panic).await;
    pass(SECOND / 2).await;
    family.tell(1, Do::Panic).await;
    pass(SECOND / 2).await;
    let words = family.diary.words();
    assert_eq!(words, "a ends, b ends, a begins");
    pass(SECOND / 2).await;
    assert_eq!(family.diary.words(), "b begins");
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_a_child_that_is_being_ended_changes_nothing() {
    let family = Family::new(Strategy::RestForOne, at_most(1, LONG)).await;
    family.tell(1, Do::PanicAtItsEnd).await;
    family.tell(2, Do::PanicAtItsEnd).await;
    family.tell(0, Do::Panic).await;
    assert_eq!(family.diary.words(), "a ends, c ends, b ends");
    pass(SECOND).await;
    let words = family.diary.words();
    assert_eq!(words, "a begins, b begins, c begins");
}

/// The intensity counts it once.
#[tokio::test(start_paused = true)]
async fn children_of_the_rest_that_panic_together_count_once() {
    let family = Family::new(Strategy::RestForOne, at_most(1, LONG)).await;
    for tell in &family.tell {
        tell.send(Do::Panic).unwrap();
    }
    settle().await;
    pass(SECOND).await;
    assert!(family.diary.words().ends_with("b begins, c begins"));
    assert!(!family.run.is_finished());
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_all_children_the_last_one_first() {
    let family = Family::new(Strategy::OneForOne, at_most(1, LONG)).await;
    family.tell(1, Do::Panic).await;
    family.stop.cancel();
    let (ended, diary) = family.end().await;
    assert_eq!(ended, Ok(()));
    assert_eq!(diary.words(), "b ends, c ends, a ends");
    pass(2 * SECOND).await;
    assert_eq!(diary.words(), "", "b was in its pause");
}

#[tokio::test(start_paused = true)]
async fn dropping_the_run_ends_all_children() {
    let family = Family::new(Strategy::OneForOne, at_most(1, LONG)).await;
    family.tell(1, Do::Panic).await;
    family.run.abort();
    settle().await;
    let words = family.diary.words();
    assert_eq!(words, "b ends, a ends, c ends");
    pass(2 * SECOND).await;
    assert_eq!(family.diary.words(), "");
}

#[tokio::test(start_paused = true)]
async fn a_child_that_cannot_even_begin_is_tried_again() {
    let count = Mutex::new(0);
    let supervisor = supervisor(Strategy::OneForOne, at_most(3, LONG));
    let supervisor = supervisor.child("fool", move || {
        let mut count = count.lock().unwrap_or_else(|e| e.into_inner());
        *count += 1;
        if *count < 3 {
            panic!("not yet");
        }
        async {}
    });
    let ended = timeout(LONG, supervisor.run()).await.expect("an end");
    assert_eq!(ended, Ok(()));
}

/// They begin in their order, and who needs another one has to ask it.
#[tokio::test(start_paused = true)]
async fn a_child_begins_before_the_one_before_it_is_ready() {
    let diary = Diary::new();
    let slow = diary.clone();
    let all = supervisor(Strategy::OneForOne, at_most(0, LONG));
    let all = all.child("a", move || {
        let slow = slow.clone();
        async move {
            slow.write("a begins".to_owned());
            sleep(SECOND).await;
            slow.write("a is ready".to_owned());
        }
    });
    let (all, _) = puppet(all, "b", &diary);
    let _run = tokio::spawn(async move { all.run().await });
    settle().await;
    assert_eq!(diary.words(), "a begins, b begins");
    pass(SECOND).await;
    assert_eq!(diary.words(), "a is ready");
}

/// Who has asked it in vain learns that, and goes on.
#[tokio::test(start_paused = true)]
async fn a_child_forgets_what_it_has_and_keeps_what_it_is_lent() {
    let (asks, mailbox) = unbounded_channel::<oneshot::Sender<u32>>();
    let mailbox = Arc::new(tokio::sync::Mutex::new(mailbox));
    let all = supervisor(Strategy::OneForOne, at_most(1, LONG));
    let all = all.child("counts to two", move || {
        let mailbox = mailbox.clone();
        async move {
            let (mut mailbox, mut number) = (mailbox.lock().await, 0);
            while let Some(answer) = mailbox.recv().await {
                number += 1;
                assert!(number < 3, "a bug");
                answer.send(number).unwrap();
            }
        }
    });
    let answers = [(); 4].map(|()| {
        let (answer, answered) = oneshot::channel();
        asks.send(answer).unwrap();
        answered
    });
    drop(asks);
    let ended = timeout(LONG, all.run()).await.expect("an end");
    assert_eq!(ended, Ok(()));
    let answers = answers.map(|mut answered| answered.try_recv().ok());
    assert_eq!(answers, [Some(1), Some(2), None, Some(1)]);
}

/// It is ended where it waits, so it has to wait somewhere.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_child_that_never_gives_way_holds_up_the_end() {
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (begins, mut begun) = unbounded_channel();
    let released = Arc::new(Mutex::new(released));
    let all = supervisor(Strategy::OneForOne, at_most(0, LONG));
    let all = all.child("rude", move || {
        let (released, begins) = (released.clone(), begins.clone());
        async move {
            begins.send(()).unwrap();
            // The thread waits here, and not the task.
            let _ = released.lock().unwrap().recv();
        }
    });
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let mut run = tokio::spawn(async move { all.run_until(&stopped).await });
    begun.recv().await.unwrap();
    stop.cancel();
    let early = timeout(Duration::from_millis(100), &mut run).await;
    assert!(early.is_err(), "nobody can end it");
    drop(release);
    let ended = timeout(LONG, run).await.expect("an end");
    assert_eq!(ended.unwrap(), Ok(()));
}

/// Two above, two below, in the order above, below, below, above.
struct Tree {
    diary: Diary,
    before: UnboundedSender<Do>,
    below: [UnboundedSender<Do>; 2],
    stop: CancellationToken,
    run: JoinHandle<Result<(), GaveUp>>,
}

impl Tree {
    async fn new(restarts: usize) -> Tree {
        let diary = Diary::new();
        let below = supervisor(Strategy::OneForOne, at_most(1, LONG));
        let (below, c) = puppet(below, "c", &diary);
        let (below, d) = puppet(below, "d", &diary);
        let above = supervisor(Strategy::RestForOne, at_most(restarts, LONG));
        let (above, a) = puppet(above, "a", &diary);
        let above = above.supervisor("below", below);
        let (above, _) = puppet(above, "e", &diary);
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let run = tokio::spawn(async move { above.run_until(&stopped).await });
        settle().await;
        diary.read();
        Tree {
            diary,
            before: a,
            below: [c, d],
            stop,
            run,
        }
    }

    async fn tell(&self, child: &UnboundedSender<Do>, what: Do) {
        child.send(what).unwrap();
        settle().await;
    }

    /// Has the supervisor below give up.
    async fn overstrain(&self) {
        self.tell(&self.below[0], Do::Panic).await;
        pass(SECOND).await;
        self.diary.read();
        self.tell(&self.below[0], Do::Panic).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_that_gives_up_is_restarted_by_the_one_above() {
    let tree = Tree::new(1).await;
    tree.overstrain().await;
    assert_eq!(tree.diary.words(), "c ends, d ends, e ends");
    pass(SECOND).await;
    assert_eq!(tree.diary.words(), "e begins, c begins, d begins");
    // It has forgotten what it has borne.
    tree.overstrain().await;
    let ended = timeout(LONG, tree.run).await.expect("an end").unwrap();
    let gave_up = ended.unwrap_err();
    assert_eq!(gave_up.child, "below");
    assert!(gave_up.message.starts_with("c has panicked again after 1 "));
    assert!(tree.diary.words().ends_with("a ends"));
}

#[tokio::test(start_paused = true)]
async fn a_tree_ends_in_reverse_to_its_leaves() {
    let tree = Tree::new(1).await;
    tree.stop.cancel();
    let ended = timeout(LONG, tree.run).await.expect("an end").unwrap();
    assert_eq!(ended, Ok(()));
    assert_eq!(tree.diary.words(), "e ends, d ends, c ends, a ends");
}

#[tokio::test(start_paused = true)]
async fn a_panic_above_ends_and_begins_those_below() {
    let tree = Tree::new(1).await;
    tree.tell(&tree.before, Do::Panic).await;
    assert_eq!(tree.diary.words(), "a ends, e ends, d ends, c ends");
    pass(SECOND).await;
    let words = tree.diary.words();
    assert_eq!(words, "a begins, e begins, c begins, d begins");
}

#[tokio::test(start_paused = true)]
async fn dropping_the_run_ends_those_below_too() {
    let tree = Tree::new(1).await;
    tree.run.abort();
    settle().await;
    let words = tree.diary.words();
    for name in ["a", "c", "d", "e"] {
        assert!(words.contains(&format!("{name} ends")), "{words}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_panic_says_is_passed_on() {
    let intensity = at_most(0, SECOND);
    let says = async |panic: fn()| {
        let supervisor = supervisor(Strategy::OneForOne, intensity)
            .child("a", move || async move { panic() });
        supervisor.run().await.unwrap_err().message
    };
    assert_eq!(says(|| panic!("as text")).await, "as text");
    assert_eq!(says(|| panic!("with {}", 1)).await, "with 1");
    assert_eq!(says(|| panic_any(7)).await, "no message");
}

#[test]
fn giving_up_says_how_much_was_borne() {
    let gave_up = |restarts| GaveUp {
        child: "a".to_owned(),
        message: "ouch".to_owned(),
        intensity: at_most(restarts, 60 * SECOND),
    };
    let words = "a has panicked again after 1 restart within 1m: ouch";
    assert_eq!(gave_up(1).to_string(), words);
    let words = "a has panicked again after 3 restarts within 1m: ouch";
    assert_eq!(gave_up(3).to_string(), words);
}
