use std::time::Duration;

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader},
    process::Command,
    task::JoinSet,
    time::timeout,
};

use crate::{
    peers::Guest,
    support::{Server, example, rest, within},
};

/// Who hears nothing for so long is taken to wait in vain. On a slow machine
/// that may be too early, so it is never the only sign.
const QUIET: Duration = Duration::from_millis(500);

/// The room that all its tasks share.
pub async fn shared_chat() -> Server {
    let mut command = Command::new(example("shared_chat"));
    command.arg("0").kill_on_drop(true);
    Server::spawn(&mut command).await
}

impl Guest {
    /// Comes into a room that asks nobody, and gives a name.
    pub async fn unasked(server: &Server, name: &str) -> Guest {
        let mut guest = Guest(BufReader::new(server.connect().await));
        guest.says(name).await;
        guest
    }

    /// Comes into a room that asks nobody, and is in.
    pub async fn in_shared(server: &Server, name: &str) -> Guest {
        let mut guest = Guest::unasked(server, name).await;
        guest.hears(&format!("* {name} has joined")).await;
        guest
    }

    /// The connection breaks.
    pub fn vanishes(self) {
        self.0.get_ref().set_zero_linger().unwrap();
    }
}

impl<S: AsyncRead + Unpin> Guest<S> {
    /// The next line.
    pub async fn line(&mut self) -> String {
        let mut line = String::new();
        let reading = self.0.read_line(&mut line);
        within("a line", reading).await.unwrap();
        assert!(!line.is_empty(), "no more lines");
        line.truncate(line.trim_end().len());
        line
    }

    /// Hears all up to this line.
    pub async fn hears_at_last(&mut self, wanted: &str) {
        let hearing = async { while self.line().await != wanted {} };
        within(wanted, hearing).await;
    }

    /// Hears all that is said, until it is quiet.
    async fn hears_until_quiet(&mut self) {
        while !self.hears_nothing().await {
            self.line().await;
        }
    }

    /// Whether it is quiet.
    async fn hears_nothing(&mut self) -> bool {
        timeout(QUIET, self.0.fill_buf()).await.is_err()
    }

    /// Hears all, to the end.
    async fn hears_on(mut self) {
        while let Ok(1..) = self.0.read_line(&mut String::new()).await {}
    }
}

/// Waits until the shared room stands still: `member` hears nothing, and
/// somebody who comes, and is returned, gets no answer. Whoever gets one stays.
///
/// The server is alive meanwhile: it hangs up on those who give no name.
pub async fn standstill<S: AsyncRead + Unpin>(
    server: &Server,
    member: &mut Guest<S>,
) -> Guest {
    let mut in_room = JoinSet::new();
    let coming = async {
        loop {
            member.hears_until_quiet().await;
            let name = format!("guest {}", in_room.len());
            let mut guest = Guest::unasked(server, &name).await;
            is_alive(server).await;
            if guest.hears_nothing().await {
                return guest;
            }
            in_room.spawn(guest.hears_on());
        }
    };
    let guest = within("the room to stand still", coming).await;
    in_room.detach_all();
    guest
}

/// Somebody who gives no name is let go, whatever happens in the room.
async fn is_alive(server: &Server) {
    let mut nobody = server.connect().await;
    nobody.shutdown().await.unwrap();
    assert_eq!(rest(&mut nobody).await, "");
}
