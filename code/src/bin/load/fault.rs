//! Why a client is given up.

use std::io::{Error, ErrorKind};

/// What has happened to a client.
#[derive(Debug)]
pub enum Fault {
    /// A byte came that is not the one that was sent, or was never sent.
    Wrong(String),
    /// The connection does not come about, or has ended.
    Lost(Error),
}

impl Fault {
    /// The server has closed the connection.
    pub fn closed() -> Fault {
        let what = "the server has closed the connection";
        Error::new(ErrorKind::UnexpectedEof, what).into()
    }

    /// It took too long.
    pub fn late() -> Fault {
        Error::new(ErrorKind::TimedOut, "it took too long").into()
    }
}

impl From<Error> for Fault {
    /// The system calls it an address that is not available when all ports are
    /// taken.
    fn from(error: Error) -> Fault {
        Fault::Lost(match error.kind() {
            ErrorKind::AddrNotAvailable => {
                Error::new(error.kind(), "this system has no port left")
            }
            _ => error,
        })
    }
}
