//! What the crates define: the names that a page may mention, the texts that
//! their programs may print, and the values of their constants.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Attribute, BinOp, Expr, ExprBinary, ExprCall, Lit, UseTree,
    visit::{self, Visit},
};

use crate::finding::File;

/// The names, texts and constants of some Rust files.
#[derive(Debug, Default)]
pub struct Index {
    /// Everything that has a definition: items, fields, variants, parameters
    /// and local variables.
    pub names: BTreeSet<String>,
    /// Those of items, fields and variants; not those of variables.
    pub items: BTreeSet<String>,
    /// The functions that are tests.
    pub tests: BTreeSet<String>,
    /// The string literals.
    pub texts: BTreeSet<String>,
    /// What is imported from other crates: a short name and its full path.
    pub imports: BTreeMap<String, String>,
    /// The constants of which the value is known. A name that is defined more
    /// than once has more than one.
    pub constants: BTreeMap<String, Vec<Constant>>,
    /// The file that is being read.
    file: PathBuf,
}

/// A constant: its value, and what the value counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Constant {
    /// The file that defines it.
    pub file: PathBuf,
    /// A number, in the unit below.
    pub value: u128,
    /// What one is worth.
    pub unit: Unit,
}

impl Constant {
    /// Whether another one stands for the same number.
    pub fn is_worth(&self, other: &Constant) -> bool {
        (self.value, self.unit) == (other.value, other.unit)
    }
}

/// What a constant counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unit {
    /// Whatever it is, bytes or ports or pieces.
    One,
    /// Time.
    Milliseconds,
}

impl Index {
    /// Reads the files. One that is not Rust is passed over: the compiler will
    /// have more to say about it.
    pub fn new(files: &[File]) -> Index {
        let mut index = Index::default();
        for file in files {
            index.file.clone_from(&file.path);
            if let Some(stem) = file.path.file_stem() {
                index.names.insert(stem.to_string_lossy().into_owned());
            }
            if let Ok(syntax) = syn::parse_file(&file.text) {
                index.visit_file(&syntax);
            }
        }
        index
    }

    fn define(&mut self, ident: &syn::Ident) {
        self.items.insert(ident.to_string());
        self.names.insert(ident.to_string());
    }

    fn import(&mut self, tree: &UseTree, path: &str) {
        let join = |name: &syn::Ident| match path {
            "" => name.to_string(),
            path => format!("{path}::{name}"),
        };
        match tree {
            UseTree::Path(use_path) => {
                let root = use_path.ident.to_string();
                let local = ["crate", "self", "super"].contains(&&*root);
                if !(path.is_empty() && local) {
                    self.import(&use_path.tree, &join(&use_path.ident));
                }
            }
            UseTree::Name(name) if name.ident == "self" => {
                let short = path.rsplit("::").next().unwrap_or(path);
                self.imports.insert(short.to_owned(), path.to_owned());
            }
            UseTree::Name(name) => {
                self.imports
                    .insert(name.ident.to_string(), join(&name.ident));
            }
            UseTree::Rename(name) => {
                self.imports
                    .insert(name.rename.to_string(), join(&name.ident));
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, path);
                }
            }
            UseTree::Glob(_) => {}
        }
    }

    fn literals(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.literals(group.stream()),
                TokenTree::Literal(literal) => {
                    if let Lit::Str(text) = Lit::new(literal) {
                        self.texts.insert(text.value());
                    }
                }
                _ => {}
            }
        }
    }

    fn constant(&mut self, name: &syn::Ident, expr: &Expr) {
        if let Some((value, unit)) = self.value(expr) {
            let file = self.file.clone();
            let constants = self.constants.entry(name.to_string()).or_default();
            constants.push(Constant { file, value, unit });
        }
    }

    fn value(&self, expr: &Expr) -> Option<(u128, Unit)> {
        match expr {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Int(number) => {
                    Some((number.base10_parse().ok()?, Unit::One))
                }
                _ => None,
            },
            Expr::Paren(inner) => self.value(&inner.expr),
            Expr::Cast(cast) => self.value(&cast.expr),
            Expr::Path(path) => {
                // `usize::MAX` is none of ours.
                let name = path.path.get_ident()?.to_string();
                match &self.constants.get(&name)?[..] {
                    [only] => Some((only.value, only.unit)),
                    _ => None,
                }
            }
            Expr::Binary(binary) => Some((self.sum(binary)?, Unit::One)),
            Expr::Call(call) => self.time(call),
            _ => None,
        }
    }

    /// What an operator makes of two values.
    fn sum(&self, binary: &ExprBinary) -> Option<u128> {
        let (left, _) = self.value(&binary.left)?;
        let (right, _) = self.value(&binary.right)?;
        match binary.op {
            BinOp::Add(_) => left.checked_add(right),
            BinOp::Sub(_) => left.checked_sub(right),
            BinOp::Mul(_) => left.checked_mul(right),
            BinOp::Div(_) => left.checked_div(right),
            BinOp::Shl(_) => left.checked_shl(right.try_into().ok()?),
            _ => None,
        }
    }

    /// What a constructor of `Duration` makes of a value.
    fn time(&self, call: &ExprCall) -> Option<(u128, Unit)> {
        let Expr::Path(function) = &*call.func else {
            return None;
        };
        let name = function.path.segments.last()?.ident.to_string();
        let scale = match &*name {
            "from_millis" => 1,
            "from_secs" => 1000,
            "from_mins" => 60_000,
            _ => return None,
        };
        let (argument, _) = self.value(call.args.first()?)?;
        Some((argument.checked_mul(scale)?, Unit::Milliseconds))
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let last = attribute.path().segments.last();
        last.is_some_and(|last| last.ident == "test")
    })
}

impl<'ast> Visit<'ast> for Index {
    fn visit_ident(&mut self, _: &'ast syn::Ident) {}

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import(&item.tree, "");
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.define(&item.ident);
        self.constant(&item.ident, &item.expr);
        visit::visit_item_const(self, item);
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.define(&item.ident);
        visit::visit_item_static(self, item);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if is_test(&item.attrs) {
            self.tests.insert(item.sig.ident.to_string());
        }
        visit::visit_item_fn(self, item);
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        self.define(&signature.ident);
        visit::visit_signature(self, signature);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.define(&item.ident);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.define(&item.ident);
        visit::visit_item_enum(self, item);
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        self.define(&variant.ident);
        visit::visit_variant(self, variant);
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if let Some(ident) = &field.ident {
            self.define(ident);
        }
        visit::visit_field(self, field);
    }

    fn visit_item_union(&mut self, item: &'ast syn::ItemUnion) {
        self.define(&item.ident);
        visit::visit_item_union(self, item);
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        self.define(&item.ident);
        self.constant(&item.ident, &item.expr);
        visit::visit_impl_item_const(self, item);
    }

    fn visit_impl_item_type(&mut self, item: &'ast syn::ImplItemType) {
        self.define(&item.ident);
        visit::visit_impl_item_type(self, item);
    }

    fn visit_trait_item_const(&mut self, item: &'ast syn::TraitItemConst) {
        self.define(&item.ident);
        visit::visit_trait_item_const(self, item);
    }

    fn visit_trait_item_type(&mut self, item: &'ast syn::TraitItemType) {
        self.define(&item.ident);
        visit::visit_trait_item_type(self, item);
    }

    fn visit_type_param(&mut self, parameter: &'ast syn::TypeParam) {
        self.define(&parameter.ident);
        visit::visit_type_param(self, parameter);
    }

    fn visit_const_param(&mut self, parameter: &'ast syn::ConstParam) {
        self.define(&parameter.ident);
        visit::visit_const_param(self, parameter);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.define(&item.ident);
        visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.define(&item.ident);
        visit::visit_item_type(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.define(&item.ident);
        visit::visit_item_mod(self, item);
    }

    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        if let Some(ident) = &item.ident {
            self.define(ident);
        }
        visit::visit_item_macro(self, item);
    }

    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.names.insert(pattern.ident.to_string());
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
        self.texts.insert(literal.value());
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.literals(item.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        // Documentation is an attribute too, and prints nothing.
        if attribute.path().is_ident("doc") {
            return;
        }
        if let syn::Meta::List(list) = &attribute.meta {
            self.literals(list.tokens.clone());
        }
    }
}
