//! What readers get: captions, terminals, and no notes.

use std::path::Path;

use mdbook_proof::{Book, preprocess::Rewriter};
use snapbox::{Data, assert_data_eq};

#[test]
fn pages_are_rewritten() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
    let book = Book::load(Path::new(root).join("right")).unwrap();
    for page in &book.pages {
        let name = page.path.strip_prefix("book").unwrap();
        let expected = Path::new(root).join("rewritten").join(name);
        let text = Rewriter::new(&book).rewrite(page);
        assert_data_eq!(text, Data::read_from(&expected, None));
    }
}
