//! Places: who gets one, who does not, and that each comes back.

use std::{error::Error, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    task::yield_now,
    time::{pause, resume, timeout},
};

use super::*;
use crate::limits::DEFAULTS;

/// No answer takes this long. A test that waits longer has found a fault.
const DEADLINE: Duration = Duration::from_secs(10);

fn door(clients: u32, per_address: u32) -> Door {
    Door::new(&Limits {
        clients: clients.try_into().unwrap(),
        per_address: per_address.try_into().unwrap(),
        ..DEFAULTS
    })
}

fn peer(address: &str) -> SocketAddr {
    SocketAddr::new(address.parse().unwrap(), 4000)
}

/// So many peers, each with an address of its own.
fn strangers() -> impl Iterator<Item = SocketAddr> {
    (0x0a00_0000..).map(|bits: u32| SocketAddr::from((bits.to_be_bytes(), 1)))
}

/// Whether a peer is let in, or the word that it is told.
fn word(door: &Door, address: &str) -> Result<Place, String> {
    door.admit(peer(address)).map_err(|why| why.to_string())
}

#[test]
fn the_last_place_is_given_and_no_more() {
    for clients in [1, 2, 100] {
        let door = door(clients, 1);
        let mut strangers = strangers();
        let mut places = Vec::new();
        for peer in strangers.by_ref().take(clients as usize) {
            places.push(door.admit(peer).unwrap());
        }
        for peer in strangers.by_ref().take(3) {
            assert_eq!(door.admit(peer).unwrap_err(), Refusal::Full);
        }
        places.pop();
        places.push(door.admit(strangers.next().unwrap()).unwrap());
        let peer = strangers.next().unwrap();
        assert_eq!(door.admit(peer).unwrap_err(), Refusal::Full);
    }
    assert_eq!(Refusal::Full.to_string(), "all places are taken");
}

#[test]
fn an_address_gets_its_share_and_no_more() {
    let door = door(100, 2);
    let first = word(&door, "192.0.2.1").unwrap();
    let _second = word(&door, "192.0.2.1").unwrap();
    for _ in 0..3 {
        let refused = word(&door, "192.0.2.1").unwrap_err();
        assert_eq!(refused, "too many from your address");
    }
    let _other = word(&door, "192.0.2.2").unwrap();
    drop(first);
    let _third = word(&door, "192.0.2.1").unwrap();
    word(&door, "192.0.2.1").unwrap_err();
}

/// Or one address could take all places by asking for more than its share.
#[test]
fn who_is_refused_takes_no_place() {
    let door = door(3, 1);
    let _places = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(|address| {
        let place = word(&door, address).unwrap();
        for _ in 0..10 {
            word(&door, address).unwrap_err();
        }
        place
    });
    let refused = word(&door, "192.0.2.4").unwrap_err();
    assert_eq!(refused, "all places are taken");
}

#[test]
fn the_first_half_of_an_address_of_ipv6_counts() {
    let door = door(100, 1);
    let _place = word(&door, "2001:db8:0:1::1").unwrap();
    for same in ["2001:db8:0:1::2", "2001:db8:0:1:ffff:ffff:ffff:ffff"] {
        word(&door, same).unwrap_err();
    }
    let others = ["2001:db8:0:0::1", "2001:db8:0:2::1", "2002:db8:0:1::1"];
    let _places = others.map(|other| word(&door, other).unwrap());
}

#[test]
fn an_address_of_ipv4_counts_whole_in_any_clothes() {
    let door = door(100, 1);
    let _place = word(&door, "192.0.2.1").unwrap();
    word(&door, "::ffff:192.0.2.1").unwrap_err();
    let _other = word(&door, "::ffff:192.0.2.2").unwrap();
    word(&door, "192.0.2.2").unwrap_err();
}

/// The one place of this door, and a client who has it.
async fn taken(door: &Arc<Door>) -> tokio::task::JoinHandle<()> {
    let place = word(door, "192.0.2.1").expect("the place has come back");
    let client = tokio::spawn(async move {
        let _place = place;
        future::pending().await
    });
    yield_now().await;
    word(door, "192.0.2.2").unwrap_err();
    client
}

#[tokio::test]
async fn a_place_comes_back_whatever_happens() {
    let door = Arc::new(door(1, 1));
    for _ in 0..3 {
        let client = taken(&door).await;
        client.abort();
        assert!(client.await.unwrap_err().is_cancelled());

        let place = word(&door, "192.0.2.1").expect("back from an abort");
        let client = tokio::spawn(async move {
            let _place = place;
            panic!("this one is meant");
        });
        assert!(client.await.unwrap_err().is_panic());

        let place = word(&door, "192.0.2.1").expect("back from a panic");
        let client = tokio::spawn(async move { drop(place) });
        client.await.unwrap();

        let place = word(&door, "192.0.2.1").expect("back from an end");
        let never_begun = async move { drop(place) };
        drop(never_begun);
    }
    assert!(door.guests.there().is_empty());
}

#[test]
fn who_has_left_is_forgotten() {
    let door = door(20_000, 3);
    let mut places = Vec::new();
    for peer in strangers().take(10_000) {
        places.push(door.admit(peer).unwrap());
        places.push(door.admit(peer).unwrap());
    }
    assert_eq!(door.guests.there().len(), 10_000);
    assert_eq!(door.places.available_permits(), 0);
    // Those with a place left are still counted.
    places.truncate(10_000);
    assert_eq!(door.guests.there().len(), 5_000);
    drop(places);
    assert!(door.guests.there().is_empty());
    assert_eq!(door.places.available_permits(), 20_000);
}

/// Both ends of a connection.
async fn pair(listener: &TcpListener) -> io::Result<(TcpStream, TcpStream)> {
    let client = TcpStream::connect(listener.local_addr()?).await?;
    let (socket, _) = listener.accept().await?;
    Ok((client, socket))
}

/// What the client reads up to the end.
async fn all(client: &mut TcpStream) -> Result<String, Box<dyn Error>> {
    let mut word = String::new();
    timeout(DEADLINE, client.read_to_string(&mut word)).await??;
    Ok(word)
}

/// They listen for as long as they may. The clock stands still, so that nobody
/// is gone before the last has come.
#[tokio::test]
async fn who_finds_the_doorstep_full_is_sent_away_without_a_word()
-> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let door = Arc::new(door(1, 1));
    let (mut one_too_many, mut socket) = pair(&listener).await?;
    let mut clients = Vec::new();
    let mut sockets = Vec::new();
    for _ in 0..DOORSTEP {
        let (client, socket) = pair(&listener).await?;
        clients.push(client);
        sockets.push(socket);
    }

    pause();
    let mut told = Vec::new();
    for mut socket in sockets {
        let door = door.clone();
        told.push(tokio::spawn(async move {
            door.refuse(&mut socket, &Refusal::Full).await
        }));
    }
    for _ in 0..DOORSTEP {
        yield_now().await;
    }
    assert_eq!(door.doorstep.available_permits(), 0);
    door.refuse(&mut socket, &Refusal::Full).await;
    drop(socket);
    resume();

    assert_eq!(all(&mut one_too_many).await?, "");
    for client in &mut clients {
        assert_eq!(all(client).await?, "all places are taken\n");
    }
    drop(clients);
    for told in told {
        timeout(DEADLINE, told).await??;
    }
    let (mut client, mut socket) = pair(&listener).await?;
    let telling = door.refuse(&mut socket, &Refusal::Crowd);
    let listening = async {
        let word = all(&mut client).await;
        drop(client);
        word
    };
    let (_, word) = tokio::join!(telling, listening);
    assert_eq!(word?, "too many from your address\n");
    Ok(())
}

/// Whether nobody is accepted now.
async fn nobody<L: Listener>(queue: &mut Queue<L>) -> bool {
    timeout(Duration::ZERO, queue.accept()).await.is_err()
}

#[tokio::test]
async fn one_too_many_waits_and_gets_in_when_another_leaves()
-> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let addr = listener.local_addr()?;
    let mut queue = Queue::new(listener, 2);
    let mut accepted = Vec::new();
    for _ in 0..2 {
        let client = TcpStream::connect(addr).await?;
        accepted.push((client, timeout(DEADLINE, queue.accept()).await??));
    }
    let mut third = TcpStream::connect(addr).await?;
    third.write_all(b"and me?").await?;
    for _ in 0..100 {
        assert!(nobody(&mut queue).await);
    }
    drop(accepted.remove(0));
    let ((mut socket, peer), _place) =
        timeout(DEADLINE, queue.accept()).await??;
    assert_eq!(peer, third.local_addr()?);
    let mut word = [0; 7];
    timeout(DEADLINE, socket.read_exact(&mut word)).await??;
    assert_eq!(&word, b"and me?");
    Ok(())
}

/// Its only place is held by the future that waits for a client.
#[tokio::test]
async fn a_queue_that_is_asked_in_vain_loses_no_place_and_no_client()
-> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let addr = listener.local_addr()?;
    let mut queue = Queue::new(listener, 1);
    for _ in 0..100 {
        assert!(nobody(&mut queue).await);
        assert_eq!(queue.places.available_permits(), 1);
    }
    let client = TcpStream::connect(addr).await?;
    let ((_, peer), place) = timeout(DEADLINE, queue.accept()).await??;
    assert_eq!(peer, client.local_addr()?);
    let next = TcpStream::connect(addr).await?;
    assert!(nobody(&mut queue).await);
    drop(place);
    let ((_, peer), _place) = timeout(DEADLINE, queue.accept()).await??;
    assert_eq!(peer, next.local_addr()?);
    Ok(())
}

/// The one that `Queue` waits at says that nobody will come.
#[tokio::test]
async fn the_error_of_a_listener_gives_the_place_back() {
    struct Broken;

    impl Listener for Broken {
        type Client = ();

        async fn accept(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::InvalidInput.into())
        }
    }

    let mut queue = Queue::new(Broken, 1);
    for _ in 0..3 {
        let error = timeout(DEADLINE, queue.accept()).await.unwrap();
        assert_eq!(error.unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_shortage_is_told_from_other_trouble() {
    use nix::libc::{EAGAIN, EINVAL, EMFILE, ENFILE, ENOBUFS, ENOMEM};
    for (code, expected) in [
        (EMFILE, true),
        (ENFILE, true),
        (EAGAIN, false),
        (EINVAL, false),
        (ENOBUFS, false),
        (ENOMEM, false),
    ] {
        let error = io::Error::from_raw_os_error(code);
        assert_eq!(is_shortage(&error), expected, "{error}");
    }
}
