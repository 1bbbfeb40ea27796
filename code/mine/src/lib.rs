//! Your own package at the end of Part I: a server and a client as modules.

// ANCHOR: modules
pub mod client;
pub mod server;
// ANCHOR_END: modules
