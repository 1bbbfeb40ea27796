/// More clients than the server has files for.
#[cfg(unix)]
mod no_room;

/// Many clients of one address.
mod crowd;

/// A client that takes no answer.
mod never_reads;

/// A client that says nothing.
mod never_speaks;
