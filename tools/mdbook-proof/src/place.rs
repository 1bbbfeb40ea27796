//! Where in a Rust file an excerpt stands, as a reader would say it.

use proc_macro2::LineColumn;
use syn::{
    ImplItem, Item, ItemImpl, TraitItem,
    spanned::Spanned,
    visit::{self, Visit},
};

use crate::source::Excerpt;

/// The items of a Rust file, and where they stand.
#[derive(Debug, Default)]
pub struct Places {
    found: Vec<Place>,
    depth: usize,
    owner: Option<String>,
}

impl Places {
    /// Finds the items in the Rust source `text`. There are none if it is not
    /// Rust.
    pub fn new(text: &str) -> Places {
        let mut places = Places::default();
        if let Ok(file) = syn::parse_file(text) {
            places.visit_file(&file);
        }
        places
    }

    /// The place of an excerpt.
    ///
    /// `in`, and the function, impl block or other item that surrounds it;
    /// only the item's name if the excerpt is the whole of it; nothing at the
    /// top level of the file.
    pub fn place(&self, excerpt: &Excerpt) -> Option<String> {
        let (first, last) = (excerpt.first, excerpt.last);
        let around = self
            .found
            .iter()
            .filter(|place| place.start <= first && last <= place.end)
            .min_by_key(|place| place.end - place.start);
        if let Some(place) = around {
            let whole = first <= place.head && last == place.end;
            let prefix = if whole { "" } else { "in " };
            return Some(format!("{prefix}`{}`", place.name));
        }
        let mut inside = self
            .found
            .iter()
            .filter(|place| place.outermost)
            .filter(|place| first <= place.head && place.end <= last);
        match (inside.next(), inside.next()) {
            (Some(only), None) => Some(format!("`{}`", only.name)),
            _ => None,
        }
    }

    fn add(&mut self, name: String, whole: impl Spanned, head: LineColumn) {
        self.found.push(Place {
            name,
            start: whole.span().start().line,
            head: head.line,
            end: whole.span().end().line,
            outermost: self.depth == 0,
        });
    }

    fn owned(&self, name: &syn::Ident) -> String {
        match &self.owner {
            Some(owner) => format!("{owner}::{name}"),
            None => name.to_string(),
        }
    }
}

/// An item and the lines that it occupies.
#[derive(Debug)]
struct Place {
    name: String,
    /// The first line, with attributes and documentation.
    start: usize,
    /// The line of its name.
    head: usize,
    end: usize,
    outermost: bool,
}

impl<'ast> Visit<'ast> for Places {
    fn visit_item(&mut self, item: &'ast Item) {
        let ident = match item {
            Item::Const(item) => Some(&item.ident),
            Item::Enum(item) => Some(&item.ident),
            Item::Fn(item) => Some(&item.sig.ident),
            Item::Mod(item) => Some(&item.ident),
            Item::Static(item) => Some(&item.ident),
            Item::Struct(item) => Some(&item.ident),
            Item::Trait(item) => Some(&item.ident),
            Item::Type(item) => Some(&item.ident),
            _ => None,
        };
        if let Some(ident) = ident {
            self.add(ident.to_string(), item, ident.span().start());
        }
        self.depth += 1;
        visit::visit_item(self, item);
        self.depth -= 1;
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let owner = type_name(&item.self_ty);
        let name = match &item.trait_ {
            Some((path, _)) => {
                let name = path.segments.last().map(|last| &last.ident);
                let name = name.map_or_else(String::new, ToString::to_string);
                format!("impl {name} for {owner}")
            }
            None => format!("impl {owner}"),
        };
        self.add(name, item, item.impl_token.span.start());
        let outer = self.owner.replace(owner);
        visit::visit_item_impl(self, item);
        self.owner = outer;
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        if let ImplItem::Fn(method) = item {
            let ident = &method.sig.ident;
            self.add(self.owned(ident), item, ident.span().start());
        }
        visit::visit_impl_item(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        let outer = self.owner.replace(item.ident.to_string());
        visit::visit_item_trait(self, item);
        self.owner = outer;
    }

    fn visit_trait_item(&mut self, item: &'ast TraitItem) {
        if let TraitItem::Fn(method) = item {
            let ident = &method.sig.ident;
            self.add(self.owned(ident), item, ident.span().start());
        }
        visit::visit_trait_item(self, item);
    }
}

/// The last name in a type, `Client` for `&mut client::Client<T>`.
fn type_name(ty: &syn::Type) -> String {
    match ty {
        syn::Type::Path(path) => path
            .path
            .segments
            .last()
            .map_or_else(String::new, |last| last.ident.to_string()),
        syn::Type::Reference(reference) => type_name(&reference.elem),
        _ => "_".to_owned(),
    }
}
