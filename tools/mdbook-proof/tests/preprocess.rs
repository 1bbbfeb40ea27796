//! What readers get: captions, terminals, and no notes.

use std::path::Path;

use mdbook_proof::{
    Book,
    preprocess::{Sources, rewrite},
};
use snapbox::{Data, assert_data_eq};

#[test]
fn pages_are_rewritten() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
    let book = Book::load(Path::new(root).join("right")).unwrap();
    for page in &book.pages {
        let name = page.path.file_name().unwrap();
        let expected = Path::new(root).join("rewritten").join(name);
        let text = rewrite(&book, page, &mut Sources::default());
        assert_data_eq!(text, Data::read_from(&expected, None));
    }
}
