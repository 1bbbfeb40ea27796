//! What the first copier does wrong, and the second does not.

mod silence;
mod greed;
