//! What must hold of the copier.

use copier::copy;

#[test]
fn what_is_read_is_written() {
    let mut to = Vec::new();
    assert_eq!(copy(&b"hello"[..], &mut to).unwrap(), 5);
    assert_eq!(to, b"hello");
}

#[test]
fn a_piece_has_a_limit() {
    let long = [0; 1000];
    assert_eq!(copy(&long[..], Vec::new()).unwrap(), 1000);
}

fn helper() -> u8 {
    0
}

#[test]
#[ignore]
fn it_is_not_run() {
    assert_eq!(helper(), 0);
}
