use std::{
    future::pending,
    io,
    pin::pin,
    sync::{Arc, mpsc as std_mpsc},
};

use tokio::{
    net::TcpListener,
    sync::{AcquireError, OwnedSemaphorePermit, Semaphore, oneshot},
    task::{JoinHandle, JoinSet, yield_now},
};

use crate::support::within;

use super::at_once;

#[tokio::test]
async fn a_task_outlives_the_function_that_spawned_it() {
    fn spawn_and_return(wait: oneshot::Receiver<i32>) -> JoinHandle<i32> {
        let own = 1;
        tokio::spawn(async move { own + wait.await.unwrap() })
    }
    let (go, wait) = oneshot::channel();
    let task = spawn_and_return(wait);
    go.send(2).unwrap();
    assert_eq!(within("the task", task).await.unwrap(), 3);
}

/// Without `io::Result` it does not compile: see `code/compile_fail`.
#[tokio::test]
async fn a_block_that_names_its_error_can_use_the_question_mark() {
    let block = async {
        TcpListener::bind("127.0.0.1:0").await?;
        Err(io::Error::other("on purpose"))?;
        io::Result::Ok(())
    };
    let error = within("the block", block).await.unwrap_err();
    assert_eq!(error.to_string(), "on purpose");
}

#[tokio::test]
async fn the_holder_of_the_handle_hears_of_a_value_or_of_an_abort() {
    let task = tokio::spawn(async { 3 });
    assert_eq!(within("a value", task).await.unwrap(), 3);
    let task = tokio::spawn(pending::<()>());
    task.abort();
    let error = within("an end", task).await.unwrap_err();
    assert!(error.is_cancelled());
}

#[test]
fn the_last_hold_that_goes_frees_the_value() {
    let (value, freed) = std_mpsc::channel::<()>();
    let hold = Arc::new(value);
    let other = Arc::clone(&hold);
    assert!(std::ptr::eq(&*hold, &*other), "one value, and no copy");
    assert_eq!(Arc::strong_count(&hold), 2);
    drop(hold);
    assert_eq!(freed.try_recv(), Err(std_mpsc::TryRecvError::Empty));
    drop(other);
    assert_eq!(freed.try_recv(), Err(std_mpsc::TryRecvError::Disconnected));
}

#[tokio::test]
async fn join_all_waits_for_all_and_join_next_for_whichever_is_next() {
    let (mut goes, mut tasks) = (Vec::new(), JoinSet::new());
    for number in 0..3 {
        let (go, wait) = oneshot::channel::<()>();
        goes.push(go);
        tasks.spawn(async move {
            wait.await.unwrap();
            number
        });
    }
    goes.remove(1).send(()).unwrap();
    let next = within("one of them", tasks.join_next()).await;
    assert_eq!(next.unwrap().unwrap(), 1);
    let last = goes.pop().unwrap();
    goes.pop().unwrap().send(()).unwrap();
    let mut all = pin!(tasks.join_all());
    for _ in 0..100 {
        assert_eq!(at_once(&mut all).await, None, "one is left");
        yield_now().await;
    }
    last.send(()).unwrap();
    let mut numbers = within("all of them", all).await;
    numbers.sort();
    assert_eq!(numbers, [0, 2]);
}

#[tokio::test]
async fn dropping_the_set_aborts_the_tasks_that_are_left() {
    let (owned, dropped) = oneshot::channel::<()>();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let _owned = owned;
        pending::<()>().await;
    });
    yield_now().await;
    drop(tasks);
    within("the drop", dropped).await.unwrap_err();
}

async fn one_place(places: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    let place = Arc::clone(places).acquire_owned();
    within("a place", place).await.unwrap()
}

#[tokio::test]
async fn a_place_is_waited_for_until_one_is_free() {
    let places = Arc::new(Semaphore::new(2));
    let first = one_place(&places).await;
    let _second = one_place(&places).await;
    let mut third = pin!(Arc::clone(&places).acquire_owned());
    for _ in 0..100 {
        assert!(at_once(&mut third).await.is_none(), "none is free");
        yield_now().await;
    }
    drop(first);
    drop(within("a place", third).await.unwrap());
}

#[tokio::test]
async fn a_place_is_given_back_however_the_task_ends() {
    let places = Arc::new(Semaphore::new(1));
    let place = one_place(&places).await;
    tokio::spawn(async move { drop(place) });

    let place = one_place(&places).await;
    tokio::spawn(async move {
        let _place = place;
        panic!("on purpose");
    });

    let place = one_place(&places).await;
    let task = tokio::spawn(async move {
        let _place = place;
        pending::<()>().await;
    });
    yield_now().await;
    assert_eq!(places.available_permits(), 0);
    task.abort();
    drop(one_place(&places).await);
}

#[tokio::test]
async fn who_waits_for_a_closed_semaphore_gets_an_error() {
    async fn in_a_function_of_io(places: Arc<Semaphore>) -> io::Result<()> {
        let place = places.acquire_owned();
        place.await.map_err(io::Error::other).map(drop)
    }
    let places = Arc::new(Semaphore::new(1));
    in_a_function_of_io(places.clone()).await.unwrap();
    places.close();
    let error = in_a_function_of_io(places).await.unwrap_err();
    assert!(error.get_ref().unwrap().is::<AcquireError>());
}
