//! The database's machine vanishes without a word: its connections never answer again, and new ones reach the one in its place.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::postgres::server;
use crate::stage::{Double, Setting, register_at, registration};

/// A way to a server on this machine that can fall silent.
struct Way {
    port: u16,
    silent: watch::Sender<()>,
}

impl Way {
    async fn to(address: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let silent = watch::Sender::new(());
        let way = Self { port, silent: silent.clone() };
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (mut silenced, address) = (silent.subscribe(), address.clone());
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(address).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        // Neither side is told anything.
                        Ok(()) = silenced.changed() => std::future::pending().await,
                    }
                });
            }
        });
        way
    }

    /// What is connected hears nothing more; new connections are good.
    fn fall_silent(&self) {
        self.silent.send_replace(());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_database_vanishes_without_a_word_new_connections_take_over() {
    let folder = tempfile::tempdir().unwrap();
    let Some(postgres) = server(folder.path()) else { return };
    let url = postgres.url();
    let (user, address) = url.split_once('@').unwrap();
    let way = Way::to(address.to_owned()).await;
    let mut setting = Setting::new();
    setting.database = format!("{user}@127.0.0.1:{}/postgres", way.port);
    let double = Double::start(&setting.account);
    let program = setting.start(&double.url);
    let http = reqwest::Client::new();
    let body = registration(&double.token("a-1").await, "cn", &[("k1", &[1; 32])]);
    let device = register_at(&program.url, "a-1", &body).await;
    way.fall_silent();
    let begin = Instant::now();
    let post = || {
        let post = http.post(format!("{}/v1/messages", program.url)).bearer_auth(&setting.key);
        post.body(json!({"to": {"devices": [device]}, "data": 1}).to_string()).send()
    };
    let mut answer = post().await.unwrap();
    while answer.status() == 503 {
        assert!(begin.elapsed() < Duration::from_secs(20), "nothing is accepted");
        answer = post().await.unwrap();
    }
    assert_eq!(answer.status(), 202);
    let accepted = begin.elapsed();
    let id: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    let id = id["messageId"].as_str().unwrap();
    // A worker that was in the middle of a transaction waits until the server has ended it.
    loop {
        assert!(begin.elapsed() < Duration::from_secs(75), "it is not sent");
        let get = http.get(format!("{}/v1/messages/{id}", program.url)).bearer_auth(&setting.key);
        let answer = get.send().await.unwrap().text().await.unwrap();
        if answer.contains(r#""state":"sent""#) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!(
        "report: pushseal serve: PostgreSQL's connections silent, a message accepted after {:.1} s and sent after {:.1} s",
        accepted.as_secs_f32(),
        begin.elapsed().as_secs_f32()
    );
}
