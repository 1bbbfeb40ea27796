//! One address can bring as many clients as it likes. The first server serves
//! whoever comes, until it has no files left for anybody else. The limited one
//! has a hundred places for one address.

use tokio::net::TcpStream;

use crate::support::{Server, assert_echo, assert_last, command};

/// The places that one address has when nobody says otherwise.
const PLACES: usize = 100;

/// So many clients, each of which has been answered.
async fn crowd(server: &Server, count: usize) -> Vec<TcpStream> {
    let mut clients = Vec::new();
    for _ in 0..count {
        let mut client = server.connect().await;
        assert_echo(&mut client, b"hello\n").await;
        clients.push(client);
    }
    clients
}

#[tokio::test]
async fn server_serves_as_many_as_come_from_one_address() {
    let server = Server::start().await;
    let mut clients = crowd(&server, 3 * PLACES).await;
    for client in &mut clients {
        assert_echo(client, b"still here\n").await;
    }
    server.stop().await;
}

#[tokio::test]
async fn limited_refuses_one_more_from_an_address_than_its_share() {
    let server = Server::spawn(command("limited").arg("0")).await;
    let mut clients = crowd(&server, PLACES).await;
    for _ in 0..3 {
        let mut refused = server.connect().await;
        assert_last(&mut refused, "too many from your address\n").await;
    }
    for client in &mut clients {
        assert_echo(client, b"still here\n").await;
    }
    server.stop().await;
}
