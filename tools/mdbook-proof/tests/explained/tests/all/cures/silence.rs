//! A source that
//! never says anything. It is open all the same.

#[test]
fn copier_waits_for_ever_for_a_silent_source() {
    assert_eq!(copier::PIECES, 1);
}

#[test]
fn careful_copier_leaves_a_silent_source() {
    assert_eq!(copier::PIECES, 1);
}
