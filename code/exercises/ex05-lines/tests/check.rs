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
        Ok(got) => assert!(
            got == expected,
            "{pieces_are}\n expected the lines {expected:?}\n      and got \
             {got:?}"
        ),
        Err(TooLong) => {
            panic!("{pieces_are}\n no line is too long, and got `TooLong`")
        }
    }
}

#[track_caller]
fn assert_too_long(pieces: &[&[u8]], what: &str) {
    if let Ok(got) = lines(pieces) {
        panic!("{what}; expected `TooLong`, and got the lines {got:?}");
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
fn only_the_line_feed_is_taken_off() {
    assert_lines(&[b" a \n"], &[" a "]);
    assert_lines(&[b"telnet\r\n"], &["telnet\r"]);
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
fn a_carriage_return_counts() {
    let line = "x".repeat(LONGEST) + "\r\n";
    assert_too_long(
        &[line.as_bytes()],
        "a line of LONGEST letters and a `\\r` came",
    );
}

#[test]
fn a_line_that_comes_whole_is_refused_too() {
    let line = "x".repeat(LONGEST + 1) + "\n";
    assert_too_long(
        &[line.as_bytes()],
        "a line of LONGEST + 1 bytes came whole",
    );
}

#[test]
fn bytes_are_counted_and_not_letters() {
    // The letter \u{e9} is two bytes long.
    let line = "\u{e9}".repeat(LONGEST / 2 + 1) + "\n";
    let what = "a line of LONGEST + 2 bytes came, and each letter has two";
    assert_too_long(&[line.as_bytes()], what);
}

/// Each of them becomes a sign of three bytes, but only when it is text.
#[test]
fn bytes_that_are_no_text_count_once() {
    let line = [&[0xff; LONGEST][..], b"\n"].concat();
    let signs = "\u{fffd}".repeat(LONGEST);
    assert_lines(&[&line], &[&signs]);
}

#[test]
fn one_byte_too_many_is_enough() {
    let longest = [b'x'; LONGEST];
    let what = "LONGEST bytes came, then one more, and no end of the line";
    assert_too_long(&[&longest, b"x"], what);
    let what = "LONGEST + 1 bytes came in one read, and no end of the line";
    assert_too_long(&[&[b'x'; LONGEST + 1]], what);
}

#[test]
fn an_endless_line_is_refused() {
    let piece = [b'x'; 10];
    let what = "200 bytes came in 20 reads, and no end of the line";
    assert_too_long(&[&piece[..]; 20], what);
}
