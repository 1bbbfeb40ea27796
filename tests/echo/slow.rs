use std::time::Duration;

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::Instant,
};

use crate::support::{Server, counting, within};

/// A system acknowledges late, by 40 milliseconds on Linux. What waits for
/// that takes longer than this.
const UNDELAYED: Duration = Duration::from_millis(20);

/// So many lines are said. A new connection acknowledges the first at once.
const LINES_SAID: usize = 60;

/// Those of them that count.
const LINES_TIMED: usize = 30;

/// Joins a room under a name.
async fn join(server: &Server, name: &str) -> BufReader<TcpStream> {
    let socket = server.connect().await;
    socket.set_nodelay(true).unwrap();
    let mut member = BufReader::new(socket);
    say(&mut member, name).await;
    hear(&mut member, &format!("* {name} has joined\n")).await;
    member
}

async fn say(member: &mut BufReader<TcpStream>, words: &str) {
    let words = format!("{words}\n");
    let saying = member.write_all(words.as_bytes());
    within("room to write", saying).await.unwrap();
}

/// Hears lines up to this one.
async fn hear(member: &mut BufReader<TcpStream>, wanted: &str) {
    let mut line = String::new();
    while line != wanted {
        line.clear();
        let hearing = member.read_line(&mut line);
        let length = within(wanted, hearing).await.unwrap();
        assert_ne!(length, 0, "there is no {wanted}");
    }
}

/// How long a line takes to somebody who has just said something: a quarter of
/// them takes less. Who types acknowledges late, with the next words.
async fn way_of_a_line(server: &Server) -> Duration {
    let mut ann = join(server, "ann").await;
    let mut ben = join(server, "ben").await;
    let mut ways = Vec::new();
    for number in 0..LINES_SAID {
        say(&mut ann, &number.to_string()).await;
        hear(&mut ann, &format!("ann: {number}\n")).await;
        let start = Instant::now();
        say(&mut ben, &number.to_string()).await;
        hear(&mut ann, &format!("ben: {number}\n")).await;
        ways.push(start.elapsed());
    }
    let timed = &mut ways[LINES_SAID - LINES_TIMED..];
    timed.sort_unstable();
    timed[LINES_TIMED / 4]
}

#[tokio::test]
async fn a_line_does_not_wait_until_the_last_one_is_acknowledged() {
    for program in ["chat", "supervised"] {
        let server = Server::spawn(&mut counting(program)).await;
        let way = way_of_a_line(&server).await;
        assert!(way < UNDELAYED, "{program}: {way:?}");
        server.stop().await;
    }
}

/// It ends with an error if somebody misses a line.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_memory_of_a_room_is_measured_and_drawn() {
    use crate::support::{command, program};
    use std::fs;

    program("chat");
    let folder = tempfile::tempdir().unwrap();
    let [table, drawing] =
        ["t.md", "d.svg"].map(|name| folder.path().join(name));
    let mut bench = command("slow_bench");
    bench.args(["--lines", "2000"]);
    bench
        .arg("--table")
        .arg(&table)
        .arg("--drawing")
        .arg(&drawing);
    let output = within("slow_bench", bench.output()).await.unwrap();
    assert!(output.status.success(), "{output:?}");

    let table = fs::read_to_string(table).unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), table);
    for policy in ["grow", "wait", "miss", "cut"] {
        assert!(table.contains(&format!("| {policy} | 2000 | ")), "{table}");
    }
    let drawing = fs::read_to_string(drawing).unwrap();
    assert_eq!(drawing.matches("<polyline ").count(), 4, "{drawing}");
}
