//! Pages that no file of the book is behind, put into mdBook's table of
//! contents.

use std::path::Path;

use mdbook_preprocessor::book::{Book, BookItem, Chapter, SectionNumber};

use super::FilePage;

/// Adds the pages below the chapter that has the name of their folder,
/// `files.md` for `files`. A book without it has them at its end.
pub(super) fn add(book: &mut Book, folder: &Path, pages: Vec<FilePage>) {
    let parent = folder.with_extension("md");
    match find(&mut book.items, &parent) {
        Some(parent) => {
            for page in pages {
                let chapter = chapter_below(parent, page);
                parent.sub_items.push(BookItem::Chapter(chapter));
            }
        }
        None => {
            let chapters = pages.into_iter().map(chapter);
            book.items.extend(chapters.map(BookItem::Chapter));
        }
    }
}

fn find<'a>(items: &'a mut [BookItem], path: &Path) -> Option<&'a mut Chapter> {
    for item in items {
        let BookItem::Chapter(chapter) = item else {
            continue;
        };
        if chapter.source_path.as_deref() == Some(path) {
            return Some(chapter);
        }
        if let Some(found) = find(&mut chapter.sub_items, path) {
            return Some(found);
        }
    }
    None
}

fn chapter_below(parent: &Chapter, page: FilePage) -> Chapter {
    let mut chapter = chapter(page);
    let siblings = parent.sub_items.iter();
    let siblings = siblings.filter(|item| matches!(item, BookItem::Chapter(_)));
    let last = u32::try_from(siblings.count()).unwrap_or(u32::MAX);
    chapter.number = parent.number.as_ref().map(|number| {
        let numbers = number.iter().copied().chain([last.saturating_add(1)]);
        numbers.collect::<SectionNumber>()
    });
    chapter.parent_names = parent.parent_names.clone();
    chapter.parent_names.push(parent.name.clone());
    chapter
}

/// A chapter that says to mdBook that there is no file to be edited.
fn chapter(page: FilePage) -> Chapter {
    Chapter {
        source_path: None,
        ..Chapter::new(&page.title, page.content, page.path, Vec::new())
    }
}
