use std::{fs, time::Duration};

use tempfile::TempDir;

use super::{Loader, Open, Talk};

const LOAD_LINE: &str = r#"{"kind":"load","connections":50,"size":64,"pipeline":1,"rate":null,"seconds":2.0,"echoes":4,"warm_up":1,"per_second":2.0,"nanoseconds":{"p50":1,"p90":2,"p99":3,"p99_9":4,"max":5},"curve":[[50.0,1],[100.0,5]],"wrong":0,"lost":0,"unanswered":0}"#;

const TALK: Talk = Talk {
    clients: 7,
    time: Duration::from_millis(1500),
    rate: Some(9),
};

/// A `load` that does as the script says, on processor 3.
fn fake(script: &str) -> (TempDir, Loader) {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().join("load");
    let words = ["sh".into(), "-c".into(), script.into(), here.into()];
    let (words, core) = (words.to_vec(), Some(3));
    (folder, Loader { words, core })
}

#[tokio::test]
async fn clients_talk_as_they_are_told_to() {
    let script = format!("echo $* > $0.words; echo '{LOAD_LINE}'");
    let (folder, loader) = fake(&script);
    let echoes = loader.talk(4000, TALK).await.unwrap();
    assert_eq!((echoes.echoes, echoes.nanoseconds.p99), (4, 3));
    assert_eq!((echoes.seconds, echoes.computed), (2.0, None));
    assert_eq!(echoes.curve, [(50.0, 1), (100.0, 5)]);
    let words = fs::read_to_string(folder.path().join("load.words")).unwrap();
    let wanted = "4000 --json --duration 1500ms --cpu 3 --connections 7 \
                  --size 64 --patience 10s --rate 9\n";
    assert_eq!(words, wanted);
}

#[tokio::test]
async fn clients_tell_how_long_they_computed() {
    let computed = r#""computed":1.5,"seconds""#;
    let line = LOAD_LINE.replace(r#""seconds""#, computed);
    let (_folder, loader) = fake(&format!("echo '{line}'"));
    let echoes = loader.talk(4000, TALK).await.unwrap();
    assert_eq!(echoes.computed, Some(1.5));
}

#[tokio::test]
async fn a_wrong_byte_is_an_error_with_the_words_of_load() {
    let script = "echo 'a byte came back wrong' >&2; exit 1";
    let (_folder, loader) = fake(script);
    let error = loader.talk(4000, TALK).await.unwrap_err();
    assert_eq!(error.to_string(), "load: a byte came back wrong");
}

#[tokio::test]
async fn a_lost_client_is_an_error_whatever_the_exit_code() {
    let line = LOAD_LINE.replace(r#""lost":0"#, r#""lost":2"#);
    let (_folder, loader) = fake(&format!("echo '{line}'"));
    let error = loader.talk(4000, TALK).await.unwrap_err();
    assert_eq!(error.to_string(), "wrong: 0, lost: 2, unanswered: 0");
}

#[tokio::test]
async fn silent_clients_stay_until_they_are_sent_away() {
    let line = r#"{"kind":"idle","asked":9,"open":8,"seconds":0.5,"lost":0}"#;
    let script = format!("echo '{line}'; cat; echo gone > $0.gone");
    let (folder, loader) = fake(&script);
    let minute = Duration::from_secs(60);
    let holding = loader.hold(4000, 9, minute).await.unwrap();
    let wanted = Open {
        asked: 9,
        open: 8,
        seconds: 0.5,
    };
    assert_eq!(holding.open, wanted);
    let gone = folder.path().join("load.gone");
    assert!(!gone.exists());
    holding.end().await.unwrap();
    assert!(gone.exists());
}
