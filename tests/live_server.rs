//! The live-server subject against a real `redis-server`, and against servers that misbehave.
#![cfg(all(unix, feature = "process"))]

use std::io::{Read, Write};
use std::net::TcpListener;

use respfuzz::resp::{Bytes, Limits, RequestStream, Value};
use respfuzz::sim::EPOCH_MS;
use respfuzz::subject::{
    Address, ClientId, ConnectError, ProcessError, RedisServer, ServerOptions, Shim, SocketSubject, Subject,
    SubjectError, have_redis_server, share_cpu,
};

const C0: ClientId = ClientId(0);
const C1: ClientId = ClientId(1);
const C2: ClientId = ClientId(2);

/// A server, or `None` where the machine has none and nobody insists.
fn server_with(clock: bool, args: &[&str]) -> Option<RedisServer> {
    if have_redis_server().is_none() {
        #[allow(clippy::disallowed_methods, reason = "decides whether the test may be skipped; no run sees it")]
        let required = std::env::var("RESPFUZZ_REQUIRE").unwrap_or_default();
        assert!(!required.contains("redis"), "RESPFUZZ_REQUIRE asks for redis, and redis-server is not installed");
        println!("SKIPPED live_server: redis-server is not installed (apt-get install redis-server)");
        return None;
    }
    let shim = clock.then(|| Shim::build().unwrap());
    let args = args.iter().map(|arg| (*arg).to_owned()).collect();
    Some(RedisServer::start(ServerOptions { shim, args, ..ServerOptions::default() }).unwrap())
}

fn argv(line: &str) -> Vec<Bytes> {
    line.split(' ').map(|word| word.as_bytes().to_vec()).collect()
}

fn send(subject: &mut impl Subject, client: ClientId, line: &str) {
    subject.send(client, &argv(line)).unwrap();
}

fn poll(subject: &mut impl Subject) -> Vec<(ClientId, Value)> {
    let mut events = Vec::new();
    subject.poll(&mut events).unwrap();
    events
}

/// One command that must be answered at once, and nobody else with it.
fn call(subject: &mut impl Subject, client: ClientId, line: &str) -> Value {
    send(subject, client, line);
    let mut events = poll(subject);
    assert_eq!(events.len(), 1, "{line}: {events:?}");
    let (answered, reply) = events.remove(0);
    assert_eq!(answered, client, "{line}");
    reply
}

/// One command that must leave its client blocked.
fn block(subject: &mut impl Subject, client: ClientId, line: &str) {
    send(subject, client, line);
    assert_eq!(poll(subject), [], "{line} did not block");
}

fn advance(server: &mut RedisServer, to_ms: u64) {
    server.time().expect("the preload clock").advance(to_ms).unwrap();
}

fn popped(key: &str, element: &str) -> Value {
    Value::Array(vec![Value::bulk(key), Value::bulk(element)])
}

/// Numbers that look random: SplitMix64.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}

#[test]
fn two_thousand_expiry_edges_are_exact_to_a_millisecond() {
    let Some(mut server) = server_with(true, &[]) else { return };
    let (mut now, mut numbers) = (EPOCH_MS, Numbers(1));
    for _ in 0..2_000 {
        let ttl = 1 + numbers.below(100_000);
        assert_eq!(call(&mut server, C0, &format!("SET k v PX {ttl}")), Value::ok());
        // Redis: a key has expired when the clock is past its time, not when it is there.
        advance(&mut server, now + ttl);
        assert_eq!(call(&mut server, C0, "GET k"), Value::bulk("v"), "{ttl} ms after SET PX {ttl}");
        assert_eq!(call(&mut server, C0, "PTTL k"), Value::Int(0));
        now += ttl + 1;
        advance(&mut server, now);
        assert_eq!(call(&mut server, C0, "GET k"), Value::NullBulk, "{ttl} + 1 ms after SET PX {ttl}");
    }
}

/// The milliseconds that Redis makes of a timeout in seconds with three decimals: the nearest `long double`, times 1000,
/// rounded up. So `2.024` is 2025 ms: the nearest `long double` is a little more than 2.024.
fn timeout_ms(thousandths: u64) -> u64 {
    const MANTISSA_BITS: u32 = if cfg!(target_arch = "x86_64") { 64 } else { 113 };
    let bits = |n: u128| u128::BITS - n.leading_zeros();
    let nearest = |n: u128, divisor: u128| {
        let (floor, rest) = (n / divisor, n % divisor);
        floor + u128::from(rest * 2 > divisor || rest * 2 == divisor && floor % 2 == 1)
    };
    let n = u128::from(thousandths);
    let scale = (0..).find(|scale| bits((n << scale) / 1_000) == MANTISSA_BITS).expect("n is not 0");
    let product = nearest(n << scale, 1_000) * 1_000;
    let step = 1 << (bits(product) - MANTISSA_BITS);
    let rounded = nearest(product, step) * step;
    rounded.div_ceil(1 << scale) as u64
}

#[test]
fn two_thousand_blocking_timeouts_are_exact_to_a_millisecond() {
    let Some(mut server) = server_with(true, &[]) else { return };
    let (mut now, mut numbers) = (EPOCH_MS, Numbers(2));
    for _ in 0..2_000 {
        let thousandths = 1 + numbers.below(100_000);
        let seconds = format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000);
        let ms = timeout_ms(thousandths);
        block(&mut server, C0, &format!("BLPOP k {seconds}"));
        // As with keys: past its time, not at it.
        advance(&mut server, now + ms);
        assert_eq!(poll(&mut server), [], "{ms} ms after BLPOP k {seconds}");
        now += ms + 1;
        advance(&mut server, now);
        assert_eq!(poll(&mut server), [(C0, Value::NullArray)], "{ms} + 1 ms after BLPOP k {seconds}");
    }
}

#[test]
fn untouched_keys_stay_until_they_are_touched() {
    let Some(mut server) = server_with(true, &[]) else { return };
    for key in 0..100 {
        call(&mut server, C0, &format!("SET k{key} v PX 5"));
    }
    advance(&mut server, EPOCH_MS + 1_000);
    std::thread::sleep(std::time::Duration::from_millis(300)); // Three rounds of the server's own housekeeping.
    assert_eq!(call(&mut server, C0, "DBSIZE"), Value::Int(100));
    assert_eq!(call(&mut server, C0, "GET k7"), Value::NullBulk);
    assert_eq!(call(&mut server, C0, "DBSIZE"), Value::Int(99));
}

#[test]
fn blocked_clients_are_served_in_order() {
    let Some(mut server) = server_with(false, &[]) else { return };
    let mut numbers = Numbers(3);
    for round in 0..500 {
        let (first, second) = if numbers.below(2) == 0 { (C0, C1) } else { (C1, C0) };
        block(&mut server, first, "BLPOP k 0");
        block(&mut server, second, "BRPOP k 0");
        assert_eq!(call(&mut server, C2, "PING"), Value::Status(b"PONG".to_vec()));
        send(&mut server, C2, "RPUSH k a b");
        let mut events = poll(&mut server);
        events.sort_by_key(|(client, _)| *client);
        let mut expected = [(first, popped("k", "a")), (second, popped("k", "b")), (C2, Value::Int(2))];
        expected.sort_by_key(|(client, _)| *client);
        assert_eq!(events, expected, "round {round}");
    }
}

#[test]
fn commands_wait_behind_a_blocked_one() {
    let Some(mut server) = server_with(false, &[]) else { return };
    for round in 0..200 {
        block(&mut server, C0, "BLPOP k 0");
        block(&mut server, C0, "BLPOP l 0");
        block(&mut server, C0, "ECHO last");
        // Sent together: the order in which they take effect is the order in which they are sent.
        send(&mut server, C1, "RPUSH k a");
        send(&mut server, C2, "LLEN k");
        let mut events = poll(&mut server);
        events.sort_by_key(|(client, _)| *client);
        let expected = [(C0, popped("k", "a")), (C1, Value::Int(1)), (C2, Value::Int(0))];
        assert_eq!(events, expected, "round {round}");
        send(&mut server, C1, "RPUSH l b");
        let mut events = poll(&mut server);
        events.sort_by_key(|(client, _)| *client);
        let expected = [(C0, popped("l", "b")), (C0, Value::bulk("last")), (C1, Value::Int(1))];
        assert_eq!(events, expected, "round {round}");
    }
}

#[test]
fn a_disconnected_client_takes_nothing() {
    let Some(mut server) = server_with(false, &[]) else { return };
    for round in 1..=500 {
        block(&mut server, C0, "BLPOP k 0");
        server.disconnect(C0).unwrap();
        assert_eq!(call(&mut server, C1, "RPUSH k a"), Value::Int(1), "round {round}");
        assert_eq!(call(&mut server, C1, "LPOP k"), Value::bulk("a"), "round {round}");
    }
}

#[test]
fn real_timeouts_arrive_without_a_clock() {
    let Some(mut server) = server_with(false, &[]) else { return };
    assert!(server.time().is_none());
    send(&mut server, C0, "BLPOP k 0.02");
    for _ in 0..1_000 {
        let events = poll(&mut server);
        if !events.is_empty() {
            assert_eq!(events, [(C0, Value::NullArray)]);
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("BLPOP with a timeout of 20 ms gave nothing in 5 s");
}

#[test]
fn reset_turns_the_clock_back_and_forgets_everything() {
    let Some(mut server) = server_with(true, &[]) else { return };
    let (mut numbers, pid) = (Numbers(4), server.pid());
    for round in 0..300 {
        let far = EPOCH_MS + numbers.below(1_000_000_000_000); // Up to 30 years.
        call(&mut server, C0, "SELECT 3");
        call(&mut server, C0, "SET k v PX 500");
        call(&mut server, C1, "SET other v PX 5000000");
        block(&mut server, C2, "BLPOP list 0");
        block(&mut server, C1, "BLPOP list 1000");
        advance(&mut server, far);
        poll(&mut server);
        server.reset().unwrap();
        assert_eq!(server.pid(), pid, "the server was replaced: {}", server.log());
        assert_eq!(call(&mut server, C0, "DBSIZE"), Value::Int(0), "round {round}");
        assert_eq!(call(&mut server, C0, "RPUSH list x"), Value::Int(1));
        assert_eq!(call(&mut server, C0, "LLEN list"), Value::Int(1), "a client of the last scenario took it");
        let Value::Array(time) = call(&mut server, C0, "TIME") else { panic!("TIME") };
        assert_eq!(time, [Value::bulk((EPOCH_MS / 1_000).to_string()), Value::bulk("0")]);
        call(&mut server, C0, "SET k v PX 10");
        block(&mut server, C1, "BLPOP nothing 0.010");
        advance(&mut server, EPOCH_MS + 10);
        assert_eq!(call(&mut server, C0, "GET k"), Value::bulk("v"), "round {round}");
        advance(&mut server, EPOCH_MS + 11);
        assert_eq!(poll(&mut server), [(C1, Value::NullArray)], "round {round}");
        assert_eq!(call(&mut server, C0, "GET k"), Value::NullBulk, "round {round}");
        server.reset().unwrap();
    }
}

#[test]
fn the_server_survives_a_second_of_its_own_housekeeping_in_the_past() {
    let Some(mut server) = server_with(true, &[]) else { return };
    advance(&mut server, EPOCH_MS + 1_000_000_000_000);
    call(&mut server, C0, "SET k v EX 100");
    std::thread::sleep(std::time::Duration::from_millis(500));
    server.reset().unwrap();
    let pid = server.pid();
    std::thread::sleep(std::time::Duration::from_millis(1_000));
    assert_eq!(call(&mut server, C0, "PING"), Value::Status(b"PONG".to_vec()));
    assert!(server.is_running() && server.pid() == pid);
    assert!(!server.log().contains("ASSERT"), "{}", server.log());
}

#[test]
fn a_killed_server_is_an_error_and_never_a_hang() {
    let Some(mut server) = server_with(true, &[]) else { return };
    for wait_blocked in [false, true] {
        assert_eq!(call(&mut server, C0, "SET k v"), Value::ok());
        if wait_blocked {
            block(&mut server, C1, "BLPOP list 0");
        }
        server.kill().unwrap();
        let mut events = Vec::new();
        let error = if wait_blocked {
            server.poll(&mut events).unwrap_err() // Nothing sent: the blocked client's reply will never come.
        } else {
            server.send(C0, &argv("GET k")).and_then(|()| server.poll(&mut events)).unwrap_err()
        };
        assert!(matches!(&error, SubjectError::Died(how) if how.contains("SIGKILL")), "{error}");
        assert_eq!(events, []);
        assert!(server.time().expect("the clock").advance(EPOCH_MS + 1).is_err());
        assert!(matches!(server.reset(), Err(SubjectError::Died(_) | SubjectError::ConnectionLost(_))));
        server.replace().unwrap();
        assert_eq!(call(&mut server, C0, "GET k"), Value::NullBulk);
    }
    // The same server, the same time.
    advance(&mut server, EPOCH_MS + 5_000);
    server.restart().unwrap();
    let Value::Array(time) = call(&mut server, C0, "TIME") else { panic!("TIME") };
    assert_eq!(time[0], Value::bulk((EPOCH_MS / 1_000 + 5).to_string()));
}

#[test]
fn a_server_that_crashes_is_quoted() {
    let Some(mut server) = server_with(true, &[]) else { return };
    server.send(C0, &argv("DEBUG SEGFAULT")).unwrap();
    let error = server.poll(&mut Vec::new()).unwrap_err();
    assert!(matches!(&error, SubjectError::Died(how) if how.contains("crashed by signal")), "{error}");
}

#[test]
fn a_connected_server_is_not_emptied_unasked() {
    let Some(mut server) = server_with(false, &[]) else { return };
    call(&mut server, C0, "SELECT 5");
    call(&mut server, C0, "SET k v");
    let mut socket = SocketSubject::connect(server.address()).unwrap();
    assert!(socket.can_block() && socket.time().is_none());
    assert!(socket.holds_data().unwrap());
    socket.reset().unwrap();
    assert!(!socket.holds_data().unwrap());
}

#[test]
#[cfg(target_os = "linux")]
fn the_shim_changes_the_time_only_where_a_file_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let (good, short) = (directory.path().join("good"), directory.path().join("short"));
    let us = (EPOCH_MS * 1_000 + 7).to_ne_bytes();
    std::fs::write(&good, [us, us, [0; 8]].concat()).unwrap();
    std::fs::write(&short, us).unwrap();
    let date = |clock_file: Option<&std::path::Path>| {
        let mut date = std::process::Command::new("date");
        date.arg("+%s.%6N").env("LD_PRELOAD", Shim::build().unwrap().path());
        date.envs(clock_file.map(|file| ("RESPFUZZ_CLOCK_FILE", file)));
        String::from_utf8(date.output().unwrap().stdout).unwrap().trim().to_owned()
    };
    assert_eq!(date(Some(&good)), "1600000000.000007");
    for real in [None, Some(short.as_path()), Some(&directory.path().join("missing"))] {
        assert!(date(real).as_str() > "1700000000", "{real:?}");
    }
}

#[test]
fn pipelines_answer_in_order() {
    let Some(mut server) = server_with(false, &[]) else { return };
    let batch: Vec<_> = (0..1_000).map(|n| argv(&format!("ECHO {n}"))).collect();
    let replies = server.pipeline(C0, &batch).unwrap();
    assert_eq!(replies, (0..1_000).map(|n| Value::bulk(n.to_string())).collect::<Vec<_>>());
    block(&mut server, C0, "BLPOP k 0");
    assert!(matches!(server.pipeline(C0, &batch), Err(SubjectError::Refused(_))));
    assert_eq!(server.pipeline(C1, &[argv("RPUSH k a")]).unwrap(), [Value::Int(1)]);
    assert_eq!(poll(&mut server), [(C0, popped("k", "a"))]);
}

#[test]
fn long_replies_resp3_and_large_requests_come_through() {
    let Some(mut server) = server_with(false, &[]) else { return };
    let long = "x".repeat(1_000_000);
    assert_eq!(call(&mut server, C0, &format!("SET k {long}")), Value::ok());
    assert_eq!(call(&mut server, C0, "GET k"), Value::bulk(long));
    assert!(matches!(call(&mut server, C1, "HELLO 3"), Value::Map(_)));
    assert_eq!(call(&mut server, C1, "GET none"), Value::Null);
    assert_eq!(call(&mut server, C0, "GET none"), Value::NullBulk);
}

/// Publishes messages of all lengths to subscribers of both protocols: one poll must bring them all.
fn messages_arrive_with_the_reply(subject: &mut impl Subject, rounds: u64) {
    call(subject, C2, "HELLO 3");
    send(subject, C1, "SUBSCRIBE ch a b");
    send(subject, C2, "PSUBSCRIBE c*");
    assert_eq!(poll(subject).len(), 4);
    let mut numbers = Numbers(7);
    for round in 0..rounds {
        let len = match round % 100 {
            99 => 900_000,
            98 => 70_000,
            _ => numbers.below(200) as usize,
        };
        let message = "x".repeat(len);
        send(subject, C0, &format!("PUBLISH ch {message}"));
        let mut events = poll(subject);
        events.sort_by_key(|(client, _)| *client);
        assert_eq!(events.len(), 3, "round {round}, {len} bytes");
        let words = |words: &[&str]| words.iter().map(|word| Value::bulk(*word)).collect();
        assert_eq!(events[0], (C0, Value::Int(2)));
        assert_eq!(events[1], (C1, Value::Array(words(&["message", "ch", &message]))));
        assert_eq!(events[2], (C2, Value::Push(words(&["pmessage", "c*", "ch", &message]))));
    }
    call(subject, C1, "RESET");
    assert_eq!(call(subject, C1, "GET k"), Value::NullBulk);
    assert_eq!(call(subject, C1, "QUIT"), Value::ok());
    assert_eq!(call(subject, C1, "CLIENT GETNAME"), Value::NullBulk);
}

#[test]
fn messages_arrive_with_the_reply_on_a_unix_socket() {
    let Some(mut server) = server_with(false, &[]) else { return };
    messages_arrive_with_the_reply(&mut server, 2_000);
}

#[test]
fn messages_arrive_with_the_reply_on_loopback() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let Some(_server) = server_with(false, &["--port", &free.to_string()]) else { return };
    let mut subject = SocketSubject::connect(&Address::Tcp("127.0.0.1".to_owned(), free)).unwrap();
    messages_arrive_with_the_reply(&mut subject, 2_000);
}

#[test]
fn parameters_are_given_back() {
    let Some(mut server) = server_with(false, &["--lfu-log-factor", "7"]) else { return };
    assert_eq!(call(&mut server, C0, "CONFIG SET lfu-log-factor 3"), Value::ok());
    server.reset().unwrap();
    let factor = Value::Array(vec![Value::bulk("lfu-log-factor"), Value::bulk("7")]);
    assert_eq!(call(&mut server, C0, "CONFIG GET lfu-log-factor"), factor);
}

#[test]
fn what_cannot_start_says_why_in_one_line() {
    let none = ServerOptions { binary: Some("/nonexistent/redis-server".into()), ..ServerOptions::default() };
    let error = RedisServer::start(none).err().expect("no such binary").to_string();
    assert!(error.contains("/nonexistent/redis-server") && !error.contains('\n'), "{error}");
    if have_redis_server().is_some() {
        let args = vec!["--no-such-option".to_owned(), "1".to_owned()];
        let error = RedisServer::start(ServerOptions { args, ..ServerOptions::default() }).err().expect("bad option");
        assert!(error.to_string().contains("ended while it started"), "{error}");
        let shim = Some(Shim::at("/bin/true").unwrap()); // Not a library: the loader skips it, and the clock is real.
        let error = RedisServer::start(ServerOptions { shim, ..ServerOptions::default() }).err().expect("no clock");
        assert!(matches!(error, ProcessError::ClockIgnored(_)), "{error}");
    }
    let error = Shim::at("/nonexistent/shim.so").unwrap_err().to_string();
    assert!(error.contains("cargo build --release -p respfuzz-shim") && !error.contains('\n'), "{error}");
}

/// A server on a free port that answers by request until an answer is `None`: then it closes the connection.
fn fake_server(answer: fn(&[Bytes]) -> Option<&'static str>) -> Address {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = Address::Tcp("127.0.0.1".to_owned(), listener.local_addr().unwrap().port());
    #[allow(clippy::disallowed_methods, reason = "a server of its own beside the test")]
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || serve(stream.unwrap(), answer));
        }
    });
    address
}

fn serve(mut stream: std::net::TcpStream, answer: fn(&[Bytes]) -> Option<&'static str>) {
    let (mut requests, mut bytes) = (RequestStream::new(Limits::REDIS), [0; 4096]);
    loop {
        let Ok(len @ 1..) = stream.read(&mut bytes) else { return };
        requests.feed(&bytes[..len]);
        while let Some(request) = requests.next().unwrap() {
            match answer(&request) {
                Some("cut") => {
                    stream.write_all(b"$5\r\nhel").unwrap();
                    return;
                }
                Some(text) => stream.write_all(text.as_bytes()).unwrap(),
                None => return,
            }
        }
    }
}

/// What [`SocketSubject`] asks when it connects, and GET as given.
fn with_get(request: &[Bytes], get: Option<&'static str>) -> Option<&'static str> {
    match request[0].as_slice() {
        b"PING" => Some("+PONG\r\n"),
        b"CLIENT" => Some("-ERR unknown command\r\n"),
        _ => get,
    }
}

fn get(answer: fn(&[Bytes]) -> Option<&'static str>) -> Result<Vec<(ClientId, Value)>, SubjectError> {
    let mut subject = SocketSubject::connect(&fake_server(answer)).unwrap();
    assert!(!subject.can_block(), "this server cannot tell who is blocked");
    subject.send(C0, &argv("GET k"))?;
    let mut events = Vec::new();
    subject.poll(&mut events)?;
    Ok(events)
}

#[test]
fn a_server_that_is_no_redis_is_garbage() {
    let address = fake_server(|_| Some("HTTP/1.1 400 Bad Request\r\n\r\n"));
    let error = SocketSubject::connect(&address).err().expect("not RESP");
    assert!(matches!(&error, ConnectError::NotRedis { source: SubjectError::Garbage(_), .. }), "{error}");
    let error = get(|request| with_get(request, Some("$x\r\n"))).unwrap_err();
    assert!(matches!(error, SubjectError::Garbage(_)), "{error}");
}

#[test]
fn a_reply_too_many_is_delivered() {
    let events = get(|request| with_get(request, Some("+one\r\n+two\r\n"))).unwrap();
    assert_eq!(events, [(C0, Value::Status(b"one".to_vec())), (C0, Value::Status(b"two".to_vec()))]);
}

#[test]
fn a_closed_connection_is_lost() {
    for (answer, says) in [(None, "closed by the server"), (Some("cut"), "in the middle of a reply")] {
        let got = match answer {
            None => get(|request| with_get(request, None)),
            Some(_) => get(|request| with_get(request, Some("cut"))),
        };
        let error = got.unwrap_err();
        assert!(matches!(&error, SubjectError::ConnectionLost(how) if how.contains(says)), "{error}");
    }
}

#[test]
fn an_address_without_a_server_is_one_clear_line() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for address in [format!("127.0.0.1:{free}"), "unix:/nonexistent/redis.sock".to_owned()] {
        let error = SocketSubject::connect(&address.parse().unwrap()).err().expect("nobody there").to_string();
        assert!(error.starts_with(&format!("cannot connect to {address}: ")) && !error.contains('\n'), "{error}");
    }
}

#[test]
#[ignore = "a measurement: cargo test --release --test live_server -- --ignored --nocapture"]
fn commands_per_second() {
    measure("two CPUs");
    share_cpu(0).unwrap();
    measure("one CPU");
}

#[allow(clippy::disallowed_methods, reason = "a measurement of real time")]
fn measure(how: &str) {
    let Some(mut server) = server_with(true, &[]) else { return };
    println!("{how}");
    let commands = 200_000;
    let (set, started) = (argv("SET k v"), std::time::Instant::now());
    let mut events = Vec::new();
    for _ in 0..commands {
        server.send(C0, &set).unwrap();
        server.poll(&mut events).unwrap();
    }
    assert_eq!(events.len(), commands);
    println!("one by one: {:.0}/s", commands as f64 / started.elapsed().as_secs_f64());
    let (batch, started) = (vec![set; 1_000], std::time::Instant::now());
    for _ in 0..commands / 1_000 {
        server.pipeline(C0, &batch).unwrap();
    }
    println!("pipelined: {:.0}/s", commands as f64 / started.elapsed().as_secs_f64());
    let started = std::time::Instant::now();
    for _ in 0..10_000 {
        block(&mut server, C0, "BLPOP list 0");
        send(&mut server, C1, "RPUSH list x");
        assert_eq!(poll(&mut server).len(), 2);
    }
    println!("block and serve: {:.0}/s", 10_000.0 / started.elapsed().as_secs_f64());
    let started = std::time::Instant::now();
    for ms in 0..10_000 {
        advance(&mut server, EPOCH_MS + ms);
    }
    println!("clock moves: {:.0}/s", 10_000.0 / started.elapsed().as_secs_f64());
    let started = std::time::Instant::now();
    for _ in 0..1_000 {
        for client in 0..4 {
            call(&mut server, ClientId(client), "PING");
        }
        server.reset().unwrap();
    }
    println!("resets with 4 clients: {:.0}/s", 1_000.0 / started.elapsed().as_secs_f64());
}
