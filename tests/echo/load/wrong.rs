use tokio::io::AsyncWriteExt;

use super::{
    Outcome, measure,
    servers::{Alone, Fake, closes_after, crossed, echo, flood, index},
    short,
};

/// Runs a load that ends when no client is left.
async fn until_all_are_lost(server: &Fake, options: &[&str]) -> Outcome {
    let options = [&["--duration", "10m"], options].concat();
    measure(server.addr, &options).await
}

#[tokio::test]
async fn a_byte_that_is_changed_is_found() {
    let server = Fake::altering(|at, bytes| {
        if let Some(index) = index(1030, at, bytes) {
            bytes[index] ^= 0x20;
        }
    });
    let said = "as byte 30 of its message 10";
    let options = ["--size", "100", "--connections", "4"];
    let outcome = until_all_are_lost(&server.await, &options).await;
    outcome.assert_wrong(4, said);
    assert!(outcome.stderr.contains("in place of"), "{outcome:#?}");
}

#[tokio::test]
async fn two_bytes_that_are_swapped_far_in_are_found() {
    let server = Fake::altering(|at, bytes| {
        if at < 50_000 {
            return;
        }
        let differ = bytes.windows(2).position(|pair| pair[0] != pair[1]);
        if let Some(first) = differ {
            bytes.swap(first, first + 1);
        }
    })
    .await;
    let options = ["--size", "100000", "--connections", "1"];
    let outcome = until_all_are_lost(&server, &options).await;
    outcome.assert_wrong(1, "client 0");
}

#[tokio::test]
async fn a_byte_that_is_doubled_or_lost_is_found() {
    let server = Fake::altering(|at, bytes| {
        if let Some(index) = index(170, at, bytes) {
            bytes.insert(index, bytes[index]);
        }
    });
    let outcome = until_all_are_lost(&server.await, &[]).await;
    outcome.assert_wrong(50, "client ");
    let server = Fake::altering(|at, bytes| {
        if let Some(index) = index(170, at, bytes) {
            bytes.remove(index);
        }
    });
    let options = ["--pipeline", "2"];
    let outcome = until_all_are_lost(&server.await, &options).await;
    outcome.assert_wrong(50, "in place of");
}

#[tokio::test]
async fn what_nobody_has_sent_is_wrong() {
    let twice = Fake::altering(|_, bytes| bytes.extend_from_within(..)).await;
    let said = "64 bytes that it had not sent";
    let options = ["--connections", "1"];
    let outcome = until_all_are_lost(&twice, &options).await;
    outcome.assert_wrong(1, said);

    // The last message is over, and what comes then is not missed either.
    let late = Fake::start(|mut socket, _| async move {
        let (mut reader, mut writer) = socket.split();
        tokio::io::copy(&mut reader, &mut writer).await?;
        writer.write_all(b"!").await
    });
    let said = "1 bytes that it had not sent";
    short(&late.await, &options).await.assert_wrong(1, said);
}

#[tokio::test]
async fn an_answer_to_the_wrong_client_is_found() {
    let alone = Alone::default();
    let server =
        Fake::start(move |socket, _| crossed(socket, alone.clone())).await;
    let options = ["--connections", "2", "--size", "10"];
    let outcome = until_all_are_lost(&server, &options).await;
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    assert!(outcome.count("wrong") > 0, "{outcome:#?}");
    assert!(outcome.stderr.contains("in place of"), "{outcome:#?}");
}

#[tokio::test]
async fn the_others_go_on_when_some_clients_are_lost() {
    for options in [["--pipeline", "20"], ["--rate", "20000"]] {
        let server = Fake::start(|socket, number| async move {
            match number {
                0..3 => closes_after(1000, socket).await,
                _ => echo(socket).await,
            }
        });
        let outcome = short(&server.await, &options).await;
        assert_eq!(outcome.code, Some(1), "{outcome:#?}");
        assert_eq!(outcome.count("lost"), 3, "{outcome:#?}");
        assert_eq!(outcome.count("wrong"), 0, "{outcome:#?}");
        let of = "error: 3 clients were lost; of the first: ";
        assert!(outcome.stderr.starts_with(of), "{outcome:#?}");
        // The three have got fewer than 48 of them.
        assert!(outcome.count("echoes") > 100, "{outcome:#?}");
    }
}

/// It does not wait for the end of its time, nor for answers.
#[tokio::test]
async fn it_ends_when_no_client_is_left() {
    let closing = Fake::start(|socket, _| closes_after(0, socket)).await;
    let flooding = Fake::start(|socket, _| flood(socket)).await;
    for options in [["--pipeline", "1"], ["--rate", "1"]] {
        let outcome = until_all_are_lost(&closing, &options).await;
        assert_eq!(outcome.code, Some(1), "{outcome:#?}");
        assert_eq!(outcome.count("lost"), 50, "{outcome:#?}");
        let outcome = until_all_are_lost(&flooding, &options).await;
        outcome.assert_wrong(50, "client ");
    }
}

/// The end comes with the last bytes. The next message is due three seconds
/// later, and the end is seen without it.
#[tokio::test]
async fn a_close_right_behind_an_echo_is_seen() {
    let server = Fake::start(|socket, _| closes_after(64, socket)).await;
    let options = ["--rate", "1", "--connections", "3"];
    let outcome = until_all_are_lost(&server, &options).await;
    let counts = ["echoes", "lost"].map(|what| outcome.count(what));
    assert_eq!(counts, [3, 3], "{outcome:#?}");
}
