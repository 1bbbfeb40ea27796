use std::{future::pending, panic};

use metrics::with_local_recorder;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

use super::*;

/// What is counted by `counted`, as the page would say it.
fn page(counted: impl FnOnce()) -> String {
    let recorder = PrometheusBuilder::new()
        .set_buckets(&CLASSES)
        .unwrap()
        .build_recorder();
    with_local_recorder(&recorder, counted);
    recorder.handle().render()
}

#[track_caller]
fn assert_says(page: &str, line: &str) {
    assert!(
        page.lines().any(|said| said == line),
        "no {line:?} in\n{page}"
    );
}

#[test]
fn a_conversation_is_open_until_it_is_dropped() {
    let open = page(|| std::mem::forget(Conversation::begin()));
    assert_says(&open, "echo_accepted_total 1");
    assert_says(&open, "echo_open 1");
    let over = page(|| drop(Conversation::begin()));
    assert_says(&over, "echo_accepted_total 1");
    assert_says(&over, "echo_open 0");
    assert_says(&over, "echo_conversation_seconds_count 1");
    assert_says(&over, "echo_conversation_seconds_bucket{le=\"0.01\"} 1");
}

#[test]
fn a_conversation_that_panics_is_over() {
    let page = page(|| {
        let panicking = panic::catch_unwind(|| {
            let _counted = Conversation::begin();
            // Unlike a panic it says nothing of itself in the tests' output.
            panic::resume_unwind(Box::new("on purpose"));
        });
        panicking.unwrap_err();
    });
    assert_says(&page, "echo_open 0");
    assert_says(&page, "echo_conversation_seconds_count 1");
}

#[test]
fn a_conversation_that_is_cut_off_is_over() {
    let page = page(|| {
        let conversation = async {
            let _counted = Conversation::begin();
            pending::<()>().await;
        };
        let mut conversation = Box::pin(conversation);
        let mut context =
            std::task::Context::from_waker(std::task::Waker::noop());
        assert!(conversation.as_mut().poll(&mut context).is_pending());
    });
    assert_says(&page, "echo_open 0");
}

/// Each reason has a name of its own.
#[test]
fn every_reason_is_counted_by_itself() {
    let page = page(|| {
        refused(Refusal::Full);
        refused(Refusal::Crowd);
        let broken = std::io::Error::other("broken");
        for end in [
            End::Idle,
            End::Slow,
            End::TooLong,
            End::Deaf,
            End::Stopping,
            End::Broken(broken),
        ] {
            let_go(&end);
        }
    });
    for reason in ["full", "crowd"] {
        let line = format!("echo_refused_total{{reason=\"{reason}\"}} 1");
        assert_says(&page, &line);
    }
    for reason in ["idle", "slow", "too_long", "deaf", "stopping", "broken"] {
        let line = format!("echo_let_go_total{{reason=\"{reason}\"}} 1");
        assert_says(&page, &line);
    }
}

/// Only what the other side has taken counts as sent.
#[test]
fn bytes_are_counted_when_they_have_passed() {
    let page = page(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(async {
            let (ours, mut theirs) = duplex(4);
            let mut counted = bytes(ours);
            theirs.write_all(b"abc").await.unwrap();
            counted.read_exact(&mut [0; 2]).await.unwrap();
            let passed = counted.write(b"more than fits").await.unwrap();
            assert_eq!(passed, 4);
        });
    });
    assert_says(&page, "echo_received_bytes_total 2");
    assert_says(&page, "echo_sent_bytes_total 4");
}
