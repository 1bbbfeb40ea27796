//! What is written, read by another version or by a person.

use std::io::Cursor;

use super::*;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Echo {
    lines: u64,
}

impl Version for Echo {
    fn answer(&mut self, line: &[u8]) -> Vec<u8> {
        line.to_vec()
    }

    fn farewell(&self) -> String {
        String::new()
    }
}

fn written(format: u32, clients: usize) -> Vec<u8> {
    let header = Header {
        format,
        listener: 9,
        clients,
    };
    encode::to_vec_named(&header).unwrap()
}

#[test]
fn another_format_is_refused_by_its_number() {
    check::<Echo>(Cursor::new(written(FORMAT, 0))).unwrap();
    let error = check::<Echo>(Cursor::new(written(2, 0))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "it is in format 2, and this program reads 1"
    );
}

#[test]
fn a_handover_that_is_cut_off_is_refused() {
    check::<Echo>(Cursor::new(written(FORMAT, 1))).unwrap_err();
    check::<Echo>(Cursor::new([])).unwrap_err();
}
