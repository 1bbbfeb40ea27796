//! The tests of the fifth exercise.

use ex05_lines::{LONGEST, Lines, TooLong};

/// What comes out of pieces, one read each.
fn lines(pieces: &[&[u8]]) -> Result<Vec<String>, TooLong> {
    let mut lines = Lines::default();
    let mut out = Vec::new();
    for piece in pieces {
        out.extend(lines.push(piece)?);
    }
    Ok(out)
}

#[track_caller]
fn assert_lines(pieces: &[&[u8]], expected: &[&str]) {
    let shown: Vec<String> =
        pieces.iter().map(|piece| testkit::show(piece)).collect();
    let pieces_are = format!("these reads came in: {}", shown.join(" and "));
    match lines(pieces) {
        Ok(got) => assert_eq!(got, expected, "{pieces_are}"),
        Err(TooLong) => panic!("no line is too long; {pieces_are}"),
    }
}

#[test]
fn a_line_comes_out_without_its_end() {
    assert_lines(&[b"hello\n"], &["hello"]);
}

#[test]
fn an_empty_line_is_a_line() {
    assert_lines(&[b"\n", b"\n"], &["", ""]);
}

#[test]
fn a_line_may_come_in_pieces() {
    assert_lines(&[b"hel", b"lo", b"\n"], &["hello"]);
    assert_lines(&[b"hello", b"\nwor", b"ld\n"], &["hello", "world"]);
}

#[test]
fn several_lines_may_come_at_once() {
    assert_lines(&[b"one\ntwo\nthree\n"], &["one", "two", "three"]);
}

#[test]
fn an_unfinished_line_is_kept_back() {
    assert_lines(&[b"one\ntw"], &["one"]);
    assert_lines(&[b"one"], &[]);
}

#[test]
fn a_letter_may_be_cut_in_two() {
    // The letter \u{e9} is two bytes long.
    assert_lines(&[b"caf\xc3", b"\xa9\n"], &["caf\u{e9}"]);
}

#[test]
fn many_short_lines_are_fine() {
    let bytes = "a line\n".repeat(100);
    assert_lines(&[bytes.as_bytes()], &["a line"; 100]);
}

#[test]
fn the_longest_line_is_fine() {
    let longest = "x".repeat(LONGEST);
    assert_lines(&[longest.as_bytes(), b"\n"], &[&longest]);
    let whole = format!("{longest}\n");
    assert_lines(&[whole.as_bytes()], &[&longest]);
}

#[test]
fn a_line_that_comes_whole_is_refused_too() {
    let line = "x".repeat(LONGEST + 1) + "\n";
    let got = lines(&[line.as_bytes()]);
    assert_eq!(got, Err(TooLong), "a line of {} bytes", LONGEST + 1);
}

#[test]
fn an_endless_line_is_refused() {
    let piece = [b'x'; 10];
    let got = lines(&[&piece[..]; 20]);
    assert_eq!(got, Err(TooLong), "200 bytes came, and no end of the line");
}
