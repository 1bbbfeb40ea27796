//! What ends a message, what ends a stream of them, and what they mean.

use bytes::BufMut;
use futures_util::StreamExt;
use tokio_util::codec::{FramedRead, LengthDelimitedCodec};

use super::{
    frames::{BadFrame, Frames},
    request::{BadRequest, MOST_TIMES, Reply, Request},
    *,
};
use crate::conversation::End;

/// Any messages and any bytes, cut anywhere.
mod cuts;

// ANCHOR: trap
/// The good line behind the bad one is not heard of.
#[tokio::test]
async fn an_error_of_a_decoder_ends_the_stream() {
    let sent: &[u8] = b"one\nfar too long\ntwo\n";
    let codec = LinesCodec::new_with_max_length(5);
    let mut lines = FramedRead::new(sent, codec);
    assert_eq!(lines.next().await.unwrap().unwrap(), "one");
    assert!(lines.next().await.unwrap().is_err());
    assert!(lines.next().await.is_none());
}

#[tokio::test]
async fn a_bad_line_does_not_end_lines() {
    let sent: &[u8] = b"one\nfar too long\ntwo\n";
    let codec = Lines::no_longer_than(5);
    let mut lines = FramedRead::new(sent, codec);
    assert_eq!(lines.next().await.unwrap().unwrap().unwrap(), "one");
    assert!(lines.next().await.unwrap().unwrap().is_err());
    assert_eq!(lines.next().await.unwrap().unwrap().unwrap(), "two");
    assert!(lines.next().await.is_none());
}
// ANCHOR_END: trap

/// All that a codec of at most five bytes makes of these bytes.
async fn lines(bytes: &[u8]) -> Vec<Result<String, BadLine>> {
    let lines = FramedRead::new(bytes, Lines::no_longer_than(5));
    lines.map(Result::unwrap).collect().await
}

async fn frames(bytes: &[u8]) -> Vec<Result<String, BadFrame>> {
    let frames = FramedRead::new(bytes, Frames::no_longer_than(5));
    let sort = |frame| match frame {
        Ok(frame) => frame,
        Err(End::BadFrame(what)) => Err(what),
        Err(other) => panic!("{other}"),
    };
    frames.map(sort).collect().await
}

fn text<E>(text: &str) -> Result<String, E> {
    Ok(text.to_owned())
}

#[tokio::test]
async fn a_line_may_end_as_on_windows() {
    let ends = [text("one"), text("two"), text("\rtri")];
    assert_eq!(lines(b"one\r\ntwo\n\rtri\r\n").await, ends);
    assert_eq!(lines(b"\r\n\n").await, [text(""), text("")]);
}

#[tokio::test]
async fn a_carriage_return_counts_as_long() {
    assert_eq!(lines(b"1234\r\n").await, [text("1234")]);
    assert_eq!(lines(b"12345\n").await, [text("12345")]);
    assert_eq!(lines(b"12345\r\n").await, [Err(BadLine::TooLong)]);
}

#[tokio::test]
async fn the_last_line_may_lack_its_end() {
    assert_eq!(lines(b"one\ntwo").await, [text("one"), text("two")]);
    assert_eq!(
        lines(b"one\n123456").await,
        [text("one"), Err(BadLine::TooLong)]
    );
}

#[tokio::test]
async fn a_line_that_is_not_text_is_one_bad_line() {
    let answers = [text("one"), Err(BadLine::NotText), text("two")];
    assert_eq!(lines(b"one\n\xff\xfe\ntwo\n").await, answers);
    assert_eq!(lines(b"a\0b\n").await, [text("a\0b")]);
}

#[tokio::test]
async fn a_frame_may_hold_a_lines_end() {
    let sent = b"\0\0\0\x03a\nb\0\0\0\0\0\0\0\x0512345";
    let answers = [text("a\nb"), text(""), text("12345")];
    assert_eq!(frames(sent).await, answers);
}

#[tokio::test]
async fn a_frame_that_is_not_text_is_one_bad_frame() {
    let sent = b"\0\0\0\x02\xff\xfe\0\0\0\x03two";
    let answers = [Err(BadFrame::NotText), text("two")];
    assert_eq!(frames(sent).await, answers);
}

/// Also a length that comes with all that it promises.
#[tokio::test]
async fn a_frame_that_is_too_long_is_the_last() {
    for length in [6, 7, 1 << 24, u32::MAX] {
        let mut sent = BytesMut::from(&b"\0\0\0\x03one"[..]);
        sent.put_u32(length);
        sent.put_slice(b"123456\0\0\0\x03two");
        let answers = [text("one"), Err(BadFrame::TooLong)];
        assert_eq!(frames(&sent).await, answers);
    }
}

/// Also right behind the length, where the codec of the library sees an
/// orderly end.
#[tokio::test]
async fn a_frame_that_is_cut_off_is_told_from_an_end() {
    let sent = b"\0\0\0\x03one\0\0\0\x03two";
    for length in 8..sent.len() {
        let answers = [text("one"), Err(BadFrame::NotWhole)];
        assert_eq!(frames(&sent[..length]).await, answers);
    }
    assert_eq!(frames(&sent[..7]).await, [text("one")]);

    let codec = LengthDelimitedCodec::new();
    let frames = FramedRead::new(&sent[..11], codec);
    let frames = frames.map(Result::unwrap).collect::<Vec<_>>().await;
    assert_eq!(frames, ["one"]);
}

/// The room for a frame is there before the frame, so the limit counts.
#[test]
fn room_is_made_for_what_a_length_promises() {
    let mut buffer = BytesMut::from(&b"\0\0\x40\0"[..]);
    let before = buffer.capacity();
    let mut codec = Frames::no_longer_than(0x4000);
    assert!(codec.decode(&mut buffer).unwrap().is_none());
    assert!(before < 0x4000 && buffer.capacity() >= 0x4000);
}

#[test]
fn requests_are_told_by_their_first_word() {
    let echo = |text: &str| Ok(Request::Echo(text.to_owned()));
    let repeat =
        |times, text: &str| Ok(Request::Repeat(times, text.to_owned()));
    for (message, request) in [
        ("echo hello", echo("hello")),
        ("echo  two  spaces ", echo(" two  spaces ")),
        ("echo a\nb\0", echo("a\nb\0")),
        ("echo ", echo("")),
        ("echo", echo("")),
        ("repeat 1 ho", repeat(1, "ho")),
        ("repeat 10 h o", repeat(10, "h o")),
        ("repeat 2 ", repeat(2, "")),
        ("count", Ok(Request::Count)),
    ] {
        assert_eq!(message.parse(), request, "{message:?}");
    }
}

#[test]
fn a_bad_request_is_told_what_to_ask() {
    for message in ["", " ", "ECHO a", "echoa", " echo a", "count 1", "\0"] {
        let bad = message.parse::<Request>();
        assert_eq!(bad, Err(BadRequest::Unknown), "{message:?}");
    }
    for times in ["", " ", "0 a", "11 a", "-1 a", "x a", "1", "1\na"] {
        let message = format!("repeat {times}");
        let bad = message.parse::<Request>();
        assert_eq!(bad, Err(BadRequest::Repeat), "{message:?}");
    }
    let huge = format!("repeat {} a", "9".repeat(100));
    assert_eq!(huge.parse::<Request>(), Err(BadRequest::Repeat));
    let advice = BadRequest::Repeat.to_string();
    assert!(advice.ends_with(&MOST_TIMES.to_string()), "{advice}");
}

#[test]
fn a_reply_says_first_what_it_is() {
    assert_eq!(Reply::Text("a b".to_owned()).to_string(), "text a b");
    assert_eq!(Reply::Count(7).to_string(), "count 7");
    assert_eq!(
        Reply::error(BadLine::NotText).to_string(),
        "error your line is not UTF-8"
    );
}
