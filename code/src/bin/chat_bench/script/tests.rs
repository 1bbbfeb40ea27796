use super::{LINE, LINES, Place, Script};

/// The lines of these numbers, one after the other.
fn heard(script: &Script, numbers: impl IntoIterator<Item = usize>) -> String {
    numbers.into_iter().map(|n| script.line(n)).collect()
}

/// What a member says who hears these bytes in pieces of a length.
fn listen(script: &Script, bytes: &str, piece: usize) -> Result<usize, String> {
    let mut place = Place::default();
    for bytes in bytes.as_bytes().chunks(piece) {
        place
            .hear(script, bytes)
            .map_err(|error| error.to_string())?;
    }
    Ok(place.lines())
}

#[test]
fn lines_are_of_one_length_and_begin_with_the_speaker() {
    let script = Script::new();
    let first = script.line(0);
    assert!(first.starts_with("speaker: 00000 ooo"), "{first}");
    assert!(first.ends_with("o\n"), "{first}");
    assert_eq!(script.heard.len(), LINES * LINE);
    assert_eq!(script.heard.lines().count(), LINES);
}

#[test]
fn what_is_spoken_is_heard_with_the_name_before_it() {
    let script = Script::new();
    for (first, count) in [(0, 3), (7, 1), (LINES - 2, 4)] {
        let spoken = script.spoken(first, count);
        let lines = spoken.split_inclusive('\n');
        let with_name: String =
            lines.map(|l| format!("speaker: {l}")).collect();
        assert_eq!(with_name, heard(&script, first..first + count));
    }
}

#[test]
fn lines_in_order_are_counted_however_they_are_cut() {
    let script = Script::new();
    let bytes = heard(&script, 0..300);
    for piece in [1, 7, LINE - 1, LINE, LINE + 1, 5000] {
        assert_eq!(listen(&script, &bytes, piece), Ok(300));
    }
}

#[test]
fn the_script_begins_anew_after_its_last_line() {
    let script = Script::new();
    let bytes = heard(&script, 0..LINES + 5);
    assert_eq!(listen(&script, &bytes, 4096), Ok(LINES + 5));
}

#[test]
fn half_a_line_does_not_count() {
    let script = Script::new();
    let bytes = heard(&script, 0..2);
    assert_eq!(listen(&script, &bytes[..2 * LINE - 1], 9), Ok(1));
}

#[test]
fn a_lost_line_is_named_with_what_came_in_its_place() {
    let script = Script::new();
    let bytes = heard(&script, [0, 1, 3, 4]);
    for piece in [1, 10, LINE, 1000] {
        let said = listen(&script, &bytes, piece).unwrap_err();
        let (wanted, came) = said.split_once(" there came ").unwrap();
        assert!(wanted.starts_with("in place of speaker: 00002"), "{said}");
        assert!(came.starts_with("speaker: 00003"), "{said}");
    }
}

#[test]
fn lines_that_are_swapped_are_an_error() {
    let script = Script::new();
    let bytes = heard(&script, [0, 2, 1, 3]);
    let said = listen(&script, &bytes, 4096).unwrap_err();
    assert!(said.contains("speaker: 00001"), "{said}");
    assert!(said.contains("there came speaker: 00002"), "{said}");
}

#[test]
fn a_line_that_comes_twice_or_changed_is_an_error() {
    let script = Script::new();
    let twice = heard(&script, [0, 0]);
    assert!(listen(&script, &twice, 4096).is_err());
    let changed = heard(&script, 0..2).replace("00001 o", "00001 O");
    assert!(listen(&script, &changed, 4096).is_err());
    let other = format!("{}* eve has joined\n", heard(&script, 0..1));
    assert!(listen(&script, &other, 4096).is_err());
}
