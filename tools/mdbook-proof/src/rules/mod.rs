//! The rules, a module for each kind of thing that can be wrong.

pub mod anchors;
pub mod cargo;
pub mod claims;
pub mod cures;
mod diffs;
pub mod edits;
pub mod fences;
pub mod files;
pub mod includes;
pub mod layout;
pub mod lines;
pub mod lookalikes;
pub mod names;
pub mod near;
pub mod numbers;
pub mod sessions;
