//! `respfuzz serve` behind real sockets.
#![cfg(all(unix, feature = "cli", feature = "embedded"))]

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use respfuzz::transcript::{Live, read, replay};

/// A server that ends with the test.
struct Serve {
    child: Child,
    /// As it says on its first line.
    address: String,
}

impl Serve {
    fn start(args: &[&str]) -> Serve {
        let mut command = Command::new(env!("CARGO_BIN_EXE_respfuzz"));
        let mut child = command.arg("serve").args(args).stdout(Stdio::piped()).spawn().expect("the command starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on ").expect("it listens").to_owned();
        Serve { child, address }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        drop(self.child.kill()); // It may have ended.
        drop(self.child.wait());
    }
}

/// Sends text; reads as many bytes as the answer has.
#[track_caller]
fn assert_answer(stream: &mut TcpStream, sent: &str, answer: &str) {
    stream.write_all(sent.as_bytes()).unwrap();
    let mut bytes = vec![0; answer.len()];
    stream.read_exact(&mut bytes).unwrap();
    assert_eq!(String::from_utf8_lossy(&bytes), answer);
}

#[test]
fn clients_are_served_together() {
    for what in ["--model", "--engine"] {
        let serve = Serve::start(&[what, "--port", "0"]);
        let (mut a, mut b) = (serve.connect(), serve.connect());
        assert_answer(&mut a, "SET k 1\r\nINCR k\r\n", "+OK\r\n:2\r\n");
        a.write_all(b"BLPOP q 0\r\nPING\r\n").unwrap();
        assert_answer(&mut b, "GET k\r\nRPUSH q v\r\n", "$1\r\n2\r\n:1\r\n");
        assert_answer(&mut a, "", "*2\r\n$1\r\nq\r\n$1\r\nv\r\n+PONG\r\n");
        assert_answer(&mut b, "BLPOP q 0.05\r\n", "*-1\r\n");
        assert_answer(&mut a, "QUIT\r\n", "+OK\r\n");
        assert_eq!(a.read(&mut [0]).unwrap(), 0);
    }
}

#[test]
fn an_engine_with_a_directory_outlives_its_process() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("keys");
    let args = ["--engine", "--port", "0", "--fsync", "always", "--dir", dir.to_str().unwrap()];
    let mut counted = 0;
    for round in 0..5 {
        let mut serve = Serve::start(&args);
        let mut client = serve.connect();
        for _ in 0..20 + round {
            counted += 1;
            assert_answer(&mut client, "INCR n\r\n", &format!(":{counted}\r\n"));
        }
        // A pipeline shares commits; its replies are in order, up to the last one.
        let pushed: String = (1..=100).map(|n| format!(":{n}\r\n")).collect();
        assert_answer(&mut client, &"RPUSH l v\r\n".repeat(100), &pushed);
        let mut other = serve.connect();
        assert_answer(&mut client, "DEL l\r\nBLPOP l 0\r\nLLEN l\r\n", ":1\r\n");
        assert_answer(&mut other, "RPUSH l v w\r\nQUIT\r\n", ":2\r\n+OK\r\n");
        assert_answer(&mut client, "DEL l\r\n", "*2\r\n$1\r\nl\r\n$1\r\nv\r\n:1\r\n:1\r\n");
        let second = Command::new(env!("CARGO_BIN_EXE_respfuzz")).arg("serve").args(args).output().unwrap();
        assert_eq!(second.status.code(), Some(3));
        assert!(String::from_utf8_lossy(&second.stderr).contains("in use by another engine"));
        // Killed: it has no last words. What it has answered must be there.
        serve.child.kill().unwrap();
        serve.child.wait().unwrap();
    }
}

#[test]
fn clients_of_the_model_are_told_of_each_other_and_may_close_each_other() {
    let serve = Serve::start(&["--port", "0"]);
    let (mut a, mut b) = (serve.connect(), serve.connect());
    assert_answer(&mut b, "CLIENT SETNAME other\r\n", "+OK\r\n");
    let address = b.local_addr().unwrap();
    assert_answer(&mut a, &format!("CLIENT KILL {address}\r\nPING\r\n"), "+OK\r\n+PONG\r\n");
    assert_eq!(b.read(&mut [0]).unwrap(), 0);
    assert_answer(&mut a, "CLIENT KILL SKIPME no\r\n", ":1\r\n");
    assert_eq!(a.read(&mut [0]).unwrap(), 0);
}

#[test]
fn a_paused_model_answers_later_and_in_order() {
    let serve = Serve::start(&["--port", "0"]);
    let (mut a, mut b) = (serve.connect(), serve.connect());
    assert_answer(
        &mut a,
        "CLIENT PAUSE 100000 WRITE\r\nGET k\r\nSET k\r\n",
        "+OK\r\n$-1\r\n-ERR wrong number of arguments for 'set' command\r\n",
    );
    b.write_all(b"SET k v\r\nGET k\r\n").unwrap();
    assert_answer(&mut a, "GET k\r\nCLIENT UNPAUSE\r\n", "$-1\r\n+OK\r\n");
    assert_answer(&mut b, "", "+OK\r\n$1\r\nv\r\n");
}

#[test]
fn a_scan_of_the_model_goes_step_by_step() {
    let serve = Serve::start(&["--port", "0"]);
    let mut client = serve.connect();
    assert_answer(&mut client, "DEBUG POPULATE 25\r\n", "+OK\r\n");
    let (mut cursor, mut steps, mut keys) = ("0".to_owned(), 0, std::collections::BTreeSet::new());
    let mut lines = BufReader::new(client.try_clone().unwrap()).lines().map(|line| line.unwrap());
    while steps == 0 || cursor != "0" {
        client.write_all(format!("SCAN {cursor} COUNT 10\r\n").as_bytes()).unwrap();
        cursor = lines.by_ref().nth(2).unwrap();
        let count: usize = lines.next().unwrap()[1..].parse().unwrap();
        keys.extend(lines.by_ref().take(2 * count).filter(|line| line.starts_with("key:")));
        steps += 1;
    }
    assert_eq!((steps, keys.len()), (3, 25));
}

#[test]
fn a_client_that_closes_its_side_still_gets_its_replies() {
    let serve = Serve::start(&["--port", "0"]);
    let mut client = serve.connect();
    client.write_all(&b"ECHO hello\r\n".repeat(50_000)).unwrap();
    client.shutdown(std::net::Shutdown::Write).unwrap();
    let mut replies = Vec::new();
    client.read_to_end(&mut replies).unwrap();
    assert_eq!(replies.len(), 50_000 * "$5\r\nhello\r\n".len());
}

#[test]
fn a_client_that_never_reads_does_not_stop_the_others() {
    let serve = Serve::start(&["--port", "0"]);
    let (mut silent, mut other) = (serve.connect(), serve.connect());
    assert_answer(&mut other, &format!("SET big {}\r\n", "x".repeat(50_000)), "+OK\r\n");
    silent.set_nonblocking(true).unwrap();
    let many = b"GET big\r\n".repeat(1_000);
    for _ in 0..100 {
        match silent.write(&many) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
        assert_answer(&mut other, "PING\r\n", "+PONG\r\n");
    }
}

#[test]
fn a_message_is_there_when_a_later_request_is_answered() {
    let dir = tempfile::tempdir().unwrap();
    let keys = dir.path().join("keys");
    for args in [&["--model"][..], &["--engine"], &["--engine", "--dir", keys.to_str().unwrap()]] {
        let serve = Serve::start(&[args, &["--port", "0"]].concat());
        let (mut reader, mut writer, mut other) = (serve.connect(), serve.connect(), serve.connect());
        assert_answer(&mut reader, "SUBSCRIBE c\r\n", "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n");
        assert_answer(&mut other, "PING\r\n", "+PONG\r\n");
        reader.set_nonblocking(true).unwrap();
        for _ in 0..200 {
            assert_answer(&mut writer, "PUBLISH c m\r\n", ":1\r\n");
            assert_answer(&mut other, "PING\r\n", "+PONG\r\n");
            let mut message = [0; 31];
            reader.read_exact(&mut message).expect("the message is there");
            assert_eq!(&message, b"*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n");
        }
    }
}

#[test]
fn bytes_over_a_socket_are_answered_as_by_the_server() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s.sock");
    let serve = Serve::start(&["--unix", path.to_str().unwrap()]);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/transcripts/bytes.jsonl");
    let mut live = Live::connect(serve.address.parse().unwrap()).unwrap();
    let mut differences = Vec::new();
    for record in read(&std::fs::read(file).unwrap()).unwrap().iter().step_by(6) {
        replay(record, &mut live, &mut |difference| differences.push(difference.to_string())).unwrap();
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn what_cannot_be_listened_on_is_said_clearly() {
    let serve = Serve::start(&["--port", "0"]);
    let port = serve.address.rsplit(':').next().unwrap();
    for (args, reason) in [
        (&["--port", port][..], "Address already in use"),
        (&["--unix", "/no/such/folder/s.sock"], "No such file or directory"),
        (&["--bind", "0.0.0.0"], "only addresses of this machine"),
        (&["--port", "65536"], "65536 is not in 0..=65535"),
        (&["--model", "--dir", "x"], "--dir goes with --engine"),
        (&["--dir", "x"], "--dir goes with --engine"),
        (&["--engine", "--dir", "x", "--fsync", "never"], "there are always, everysec and no"),
        (&["--profile", "redis-6"], "there are redis-7.0, redis-8 and valkey-8"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_respfuzz")).arg("serve").args(args).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && text.contains(reason), "{args:?}: {text}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_signal_ends_it_and_the_socket_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s.sock");
    let mut serve = Serve::start(&["--unix", path.to_str().unwrap()]);
    assert!(path.exists());
    assert!(Command::new("kill").arg(serve.child.id().to_string()).status().unwrap().success());
    assert_eq!(serve.child.wait().unwrap().code(), Some(0));
    assert!(!path.exists());
}
