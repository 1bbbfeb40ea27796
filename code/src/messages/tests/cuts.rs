//! Any messages, and any bytes at all, however they were cut on the way.
//!
//! `PROPTEST_CASES` says how many cases are tried. When nobody says it, they
//! are ten thousand for each test.

use std::{env, fmt::Debug};

use proptest::{
    collection::vec,
    prelude::*,
    sample::Index,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use super::*;
use crate::messages::frames::HEAD;

/// So many cases when nobody says another number.
const CASES: u32 = 10_000;

/// The longest message of these tests, in bytes: any twenty characters.
const LONGEST: usize = 80;

fn lines() -> Lines {
    Lines::no_longer_than(LONGEST)
}

fn frames() -> Frames {
    Frames::no_longer_than(LONGEST)
}

fn runner() -> TestRunner {
    let cases = env::var("PROPTEST_CASES").map(|cases| cases.parse().unwrap());
    let config = Config {
        cases: cases.unwrap_or(CASES),
        failure_persistence: None,
        ..Config::default()
    };
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    TestRunner::new_with_rng(config, random)
}

/// What a codec makes of these pieces and of the end behind them, up to its
/// first error.
fn decoded<C, T, E>(mut codec: C, pieces: &[&[u8]]) -> Vec<Result<T, String>>
where
    C: Decoder<Item = T, Error = E>,
    E: From<io::Error> + ToString,
{
    let (mut buffer, mut items) = (BytesMut::new(), Vec::new());
    for (count, piece) in pieces.iter().enumerate() {
        buffer.extend_from_slice(piece);
        let is_last = count + 1 == pieces.len();
        loop {
            let decoded = match codec.decode(&mut buffer) {
                Ok(None) if is_last => codec.decode_eof(&mut buffer),
                other => other,
            };
            match decoded {
                Ok(Some(item)) => items.push(Ok(item)),
                Ok(None) => break,
                Err(error) => {
                    items.push(Err(error.to_string()));
                    return items;
                }
            }
        }
        assert!(buffer.len() <= LONGEST + HEAD, "{} bytes", buffer.len());
    }
    items
}

/// The bytes in pieces, some of which may be empty.
fn cut<'a>(bytes: &'a [u8], places: &[Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> =
        places.iter().map(|at| at.index(bytes.len() + 1)).collect();
    places.sort_unstable();
    let ends = places.iter().copied().chain([bytes.len()]);
    let starts = [0].into_iter().chain(places.iter().copied());
    starts
        .zip(ends)
        .map(|(start, end)| &bytes[start..end])
        .collect()
}

// ANCHOR: any_cut
/// Encodes any messages, cuts the bytes at any places, and decodes them.
fn come_out_as_they_went_in<C, B, E>(
    codec: fn() -> C,
    message: impl Strategy<Value = String>,
) where
    C: Decoder<Item = Result<String, B>, Error = E>,
    C: Encoder<String, Error = io::Error>,
    E: From<io::Error> + ToString,
    B: Debug + PartialEq,
{
    let messages = vec(message, 0..5);
    let cuts = vec(any::<Index>(), 0..8);
    let check = |(messages, cuts): (Vec<String>, Vec<Index>)| {
        let mut wire = BytesMut::new();
        for message in messages.clone() {
            codec().encode(message, &mut wire).unwrap();
        }
        let got = decoded(codec(), &cut(&wire, &cuts));
        let sent = messages.into_iter().map(|message| Ok(Ok(message)));
        prop_assert_eq!(got, sent.collect::<Vec<_>>());
        Ok(())
    };
    runner().run(&(messages, cuts), check).unwrap();
}
// ANCHOR_END: any_cut

/// A carriage return before a line's end would be taken for a part of it.
#[test]
fn lines_come_out_as_they_went_in_wherever_they_are_cut() {
    let any_line = "(?s)[^\n]{0,20}"
        .prop_map(|line| line.trim_end_matches('\r').to_owned());
    come_out_as_they_went_in(lines, any_line);
}

#[test]
fn frames_come_out_as_they_went_in_wherever_they_are_cut() {
    come_out_as_they_went_in(frames, "(?s).{0,20}");
}

/// Decodes any bytes, whole and cut at any places.
fn come_out_the_same<C, T, E>(
    codec: fn() -> C,
    bytes: impl Strategy<Value = Vec<u8>>,
) where
    C: Decoder<Item = T, Error = E>,
    E: From<io::Error> + ToString,
    T: Debug + PartialEq,
{
    let cuts = vec(any::<Index>(), 0..8);
    let check = |(bytes, cuts): (Vec<u8>, Vec<Index>)| {
        let whole = decoded(codec(), &[&bytes]);
        prop_assert_eq!(decoded(codec(), &cut(&bytes, &cuts)), whole);
        Ok(())
    };
    runner().run(&(bytes, cuts), check).unwrap();
}

/// Lines of all lengths around the longest, and bytes that are no text.
#[test]
fn any_bytes_are_the_same_lines_wherever_they_are_cut() {
    let piece = prop_oneof![
        6 => vec(any::<u8>(), 0..10),
        2 => Just(b"\n".to_vec()),
        1 => Just(b"\r\n".to_vec()),
        1 => (LONGEST - 2..LONGEST + 3).prop_map(|length| vec![b'x'; length]),
    ];
    come_out_the_same(lines, vec(piece, 0..8).prop_map(|all| all.concat()));
}

/// Lengths of all kinds, before bytes that need not be as many.
#[test]
fn any_bytes_are_the_same_frames_wherever_they_are_cut() {
    let head = prop_oneof![
        6 => 0..20_u32,
        1 => LONGEST as u32 - 1..LONGEST as u32 + 2,
        1 => any::<u32>(),
    ];
    let whole = vec(any::<u8>(), 0..20).prop_map(|bytes| {
        let length = bytes.len() as u32;
        [&length.to_be_bytes()[..], &bytes].concat()
    });
    let piece = prop_oneof![
        1 => vec(any::<u8>(), 0..10),
        1 => head.prop_map(|length| length.to_be_bytes().to_vec()),
        4 => whole,
    ];
    come_out_the_same(frames, vec(piece, 0..8).prop_map(|all| all.concat()));
}
