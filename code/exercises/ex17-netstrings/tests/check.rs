//! The tests of the seventeenth exercise.

use std::{io, panic};

use bytes::BytesMut;
use ex17_netstrings::Netstrings;
use testkit::show;
use tokio_util::codec::Decoder;

/// The longest message, unless a test says otherwise.
const LONGEST: u32 = 20;

/// What comes out of pieces, one read each, up to the first error.
fn decode(
    longest: u32,
    pieces: &[&[u8]],
    ends: bool,
) -> (Vec<Vec<u8>>, Option<io::Error>) {
    let mut codec = Netstrings::no_longer_than(longest);
    let (mut buffer, mut messages) = (BytesMut::new(), Vec::new());
    for (number, piece) in pieces.iter().enumerate() {
        buffer.extend_from_slice(piece);
        let is_last = ends && number + 1 == pieces.len();
        loop {
            assert!(
                messages.len() < 1000,
                "a thousand messages came out of a few bytes"
            );
            let decoded = match codec.decode(&mut buffer) {
                Ok(None) if is_last => codec.decode_eof(&mut buffer),
                other => other,
            };
            match decoded {
                Ok(Some(message)) => messages.push(message.to_vec()),
                Ok(None) => break,
                Err(error) => return (messages, Some(error)),
            }
        }
    }
    (messages, None)
}

fn came(pieces: &[&[u8]]) -> String {
    let shown: Vec<String> = pieces.iter().map(|piece| show(piece)).collect();
    format!("these reads came in: {}", shown.join(" and "))
}

fn all(messages: &[Vec<u8>]) -> String {
    let shown: Vec<String> = messages.iter().map(|one| show(one)).collect();
    format!("[{}]", shown.join(", "))
}

#[track_caller]
fn assert_messages(longest: u32, pieces: &[&[u8]], expected: &[&[u8]]) {
    let came = came(pieces);
    let (got, error) = decode(longest, pieces, true);
    if let Some(error) = error {
        panic!("{came}\n all is well with them, and got the error: {error}");
    }
    let expected: Vec<Vec<u8>> = expected.iter().map(|m| m.to_vec()).collect();
    assert!(
        got == expected,
        "{came}\n expected the messages {}\n      and got {}",
        all(&expected),
        all(&got)
    );
}

/// An error of the right kind, at the last piece and without an end.
#[track_caller]
fn assert_error(pieces: &[&[u8]], messages: usize, why: &str) {
    let came = came(pieces);
    let decoded = panic::catch_unwind(|| decode(LONGEST, pieces, false));
    let Ok((got, error)) = decoded else {
        panic!("{came}\n your code panicked; {why}");
    };
    assert!(
        got.len() == messages,
        "{came}\n expected {messages} messages before the error, and got {}",
        all(&got)
    );
    match error {
        Some(error) if error.kind() == io::ErrorKind::InvalidData => {}
        Some(error) => panic!(
            "{came}\n expected an error of the kind InvalidData, and got {:?}",
            error.kind()
        ),
        None => panic!("{came}\n expected an error: {why}"),
    }
}

#[test]
fn a_message_comes_out_without_its_length() {
    assert_messages(LONGEST, &[b"5:hello,"], &[b"hello"]);
    assert_messages(LONGEST, &[b"0:,"], &[b""]);
    assert_messages(LONGEST, &[b"12:hello, world,"], &[b"hello, world"]);
}

#[test]
fn a_message_may_hold_any_bytes() {
    assert_messages(LONGEST, &[b"7:3:a,\0\xff\n,"], &[b"3:a,\0\xff\n"]);
}

#[test]
fn a_message_may_come_in_pieces() {
    let whole = b"12:hello, world,";
    for at in 1..whole.len() {
        let (start, end) = whole.split_at(at);
        assert_messages(LONGEST, &[start, end], &[b"hello, world"]);
    }
    let bytes: Vec<&[u8]> = whole.chunks(1).collect();
    assert_messages(LONGEST, &bytes, &[b"hello, world"]);
}

#[test]
fn several_messages_may_come_at_once() {
    let expected: [&[u8]; 3] = [b"one", b"", b"two"];
    assert_messages(LONGEST, &[b"3:one,0:,3:two,"], &expected);
    assert_messages(LONGEST, &[b"3:one,0:,3:t", b"wo,"], &expected);
}

#[test]
fn the_longest_message_is_fine() {
    let longest = b"20:01234567890123456789,";
    assert_messages(LONGEST, &[longest], &[&longest[3..23]]);
    assert_messages(0, &[b"0:,"], &[b""]);
}

#[test]
fn a_message_that_is_too_long_is_refused() {
    let why = "a message has at most 20 bytes here";
    assert_error(&[b"21:012345678901234567890,"], 0, why);
    assert_error(&[b"3:one,21:"], 1, why);
    assert_error(&[b"3:one,", b"4294967295:"], 1, why);
}

/// And nobody has to wait for more of it.
#[test]
fn a_length_may_be_too_long_before_it_ends() {
    let why = "a message has at most 20 bytes here, and no more digits can \
               make this length shorter";
    assert_error(&[b"21"], 0, why);
    assert_error(&[b"3:one,9", b"99"], 1, why);
}

/// As numbers of 64 bits they would be 5 and 0.
#[test]
fn a_length_of_many_digits_is_refused() {
    let why = "this length is too long for any computer";
    assert_error(&[b"18446744073709551621:hello,"], 0, why);
    assert_error(&[b"18446744073709551616:,"], 0, why);
    assert_error(&[&[b'9'; 1000]], 0, why);
}

#[test]
fn without_its_comma_it_is_an_error() {
    let why = "behind the bytes of the message stands no comma";
    assert_error(&[b"5:hello;"], 0, why);
    assert_error(&[b"3:one,3:hello,"], 1, why);
}

#[test]
fn a_length_has_one_spelling() {
    let why = "this is no length";
    for wrong in ["05:hello,", "00:,", "+5:hello,", " 5:hello,", "5 :hello,"] {
        assert_error(&[wrong.as_bytes()], 0, why);
    }
    for wrong in [":", "x", "-", "1x", "\n", "01", "\u{ff15}:"] {
        assert_error(&[wrong.as_bytes()], 0, why);
    }
}

#[test]
fn a_message_that_is_cut_short_is_an_error() {
    let sent = b"3:one,5:hello,";
    for length in 7..sent.len() {
        let came = show(&sent[..length]);
        let (got, error) = decode(LONGEST, &[&sent[..length]], true);
        assert!(
            got == [b"one"],
            "{came} came, and the end of the stream\n expected the message \
             \"one\" and an error, and got {}",
            all(&got)
        );
        assert!(
            error.is_some(),
            "{came} came, and the end of the stream\n nobody was told that \
             the last message is not whole"
        );
    }
}

#[test]
fn nothing_comes_of_nothing() {
    assert_messages(LONGEST, &[b""], &[]);
    assert_messages(LONGEST, &[b"", b"", b"1:a,"], &[b"a"]);
}
