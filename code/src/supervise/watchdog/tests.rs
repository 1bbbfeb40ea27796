use std::{future::ready, sync::Mutex};

use super::*;

/// Nothing takes this long.
const DEADLINE: Duration = Duration::from_secs(30);

/// The signs are given, or are not, by who hears the news. So no time passes.
#[test]
fn silence_is_told_again_and_again_and_so_is_its_end() {
    let (life, signs) = mpsc::channel();
    let life = Mutex::new(Some(life));
    let mut heard = Vec::new();
    listen(&signs, Duration::ZERO, |news| {
        let mut life = life.lock().unwrap();
        let is_back = news == News::Back;
        heard.push(is_back);
        match heard.len() {
            1 => {}
            2 => life.as_ref().unwrap().send(()).unwrap(),
            3 => {}
            _ => *life = None,
        }
    });
    assert_eq!(heard[..4], [false, false, true, false]);
}

#[test]
fn a_sign_in_time_is_no_news() {
    let (life, signs) = mpsc::channel();
    for _ in 0..3 {
        life.send(()).unwrap();
    }
    drop(life);
    listen(&signs, DEADLINE, |news| panic!("{news:?}"));
}

/// The runtime stands still until the watchdog has noticed it, and is back as
/// soon as it has.
#[tokio::test]
async fn a_task_that_never_gives_way_is_noticed() {
    let patience = Duration::from_millis(50);
    let (noticed, news) = mpsc::channel();
    watch(
        patience,
        || ready(()),
        move |news| {
            // After the test nobody hears it any more.
            let _ = noticed.send(news);
        },
    );
    let silent = news.recv_timeout(DEADLINE).unwrap();
    assert!(matches!(silent, News::Silent(time) if time >= patience));
    let back = async {
        while !matches!(news.try_recv(), Ok(News::Back)) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, back).await.unwrap();
}

/// The runtime goes on, but what is asked does not answer.
#[tokio::test]
async fn a_sign_that_never_comes_is_noticed() {
    let (noticed, mut news) = tokio::sync::mpsc::unbounded_channel();
    watch(
        Duration::from_millis(50),
        std::future::pending,
        move |news| _ = noticed.send(news),
    );
    let heard = tokio::time::timeout(DEADLINE, news.recv()).await;
    assert!(matches!(heard, Ok(Some(News::Silent(_)))));
}
