//! The crate `redis`, unmodified, against the model and the engine behind a port.
#![allow(
    clippy::disallowed_methods,
    reason = "a server and a client that waits need threads of their own; no run sees them"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use redis::streams::{StreamAutoClaimOptions, StreamAutoClaimReply, StreamReadOptions, StreamReadReply};
use redis::{
    Client, Commands, Connection, Direction, LposOptions, RedisResult, SetExpiry, SetOptions, Value, ValueType,
};
use redis::{cmd, pipe, transaction};
use respfuzz::model::Profile;
use respfuzz::serve::{Hub, Place, Served, ServedModel, Server, now_ms};
use respfuzz::subject::embedded::ServedEngine;

/// A server on a thread of its own that ends with the test.
struct Running {
    port: u16,
    ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    fn start(served: fn() -> Box<dyn Served>) -> Running {
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let any_port = Place::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
            let mut server = Server::listen(&any_port, Hub::new(served(), Box::new(now_ms))).unwrap();
            let Place::Tcp(address) = server.place().unwrap() else { unreachable!("it was asked for TCP") };
            tell.send((address.port(), server.ending())).unwrap();
            server.run().unwrap();
        });
        let (port, ending) = told.recv().unwrap();
        Running { port, ending, thread: Some(thread) }
    }

    fn client(&self, resp: u8) -> Client {
        Client::open(format!("redis://127.0.0.1:{}/?protocol=resp{resp}", self.port)).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Relaxed);
        drop(self.thread.take().map(JoinHandle::join)); // A panic there has shown itself here.
    }
}

/// Runs a session against both, in both protocols, each on an empty server.
fn with_each(session: fn(&Client, &mut Connection) -> RedisResult<()>) {
    let kinds: [fn() -> Box<dyn Served>; 2] =
        [|| Box::new(ServedModel::new(Profile::default())), || Box::new(ServedEngine::new(now_ms))];
    for (kind, name) in kinds.into_iter().zip(["model", "engine"]) {
        let running = Running::start(kind);
        for resp in [2, 3] {
            let client = running.client(resp);
            let mut connection = client.get_connection().unwrap();
            cmd("FLUSHALL").exec(&mut connection).unwrap();
            session(&client, &mut connection).unwrap_or_else(|error| panic!("{name}, RESP{resp}: {error}"));
        }
    }
}

/// What a call answers, with its type.
macro_rules! assert_reply {
    ($call:expr, $type:ty, $value:expr) => {{
        let reply: $type = $call?;
        assert_eq!(reply, $value, stringify!($call));
    }};
}

#[test]
fn strings_and_keys() {
    with_each(|_, c| {
        let options = SetOptions::default().get(true).with_expiration(SetExpiry::EX(100));
        assert_reply!(c.set("s", "v"), (), ());
        assert_reply!(c.set_options("s", "w", options), Option<String>, Some("v".into()));
        assert_reply!(c.ttl("s"), i64, 100);
        assert_reply!(c.persist("s"), bool, true);
        assert_reply!(c.append("s", "xyz"), i64, 4);
        assert_reply!(c.getrange("s", 1, -2), String, "xy");
        assert_reply!(c.get_del("s"), Option<Vec<u8>>, Some(b"wxyz".to_vec()));
        assert_reply!(c.get("s"), Option<String>, None);
        assert_reply!(c.mset(&[("a", 1), ("b", 2)]), (), ());
        assert_reply!(c.mget(&["a", "b", "c"]), Vec<Option<i64>>, [Some(1), Some(2), None]);
        assert_reply!(c.incr("f", 1.5), f64, 1.5);
        assert_reply!(c.setbit("bits", 9, true), bool, false);
        assert_reply!(c.bitcount("bits"), i64, 1);
        assert_reply!(c.key_type("a"), ValueType, ValueType::String);
        assert_reply!(c.rename("a", "z"), (), ());
        assert_reply!(c.del(&["a", "z"]), i64, 1);
        assert_reply!(c.pfadd("hll", &[1, 2, 3]), bool, true);
        assert_reply!(c.pfcount("hll"), i64, 3);
        let payload: Vec<u8> = cmd("DUMP").arg("b").query(c)?;
        assert_reply!(cmd("RESTORE").arg("copy").arg(0).arg(payload).query(c), (), ());
        assert_reply!(c.get("copy"), i64, 2);
        let error = c.lpush::<_, _, i64>("b", 1).unwrap_err();
        assert_eq!(error.code(), Some("WRONGTYPE"));
        Ok(())
    });
}

#[test]
fn collections() {
    with_each(|_, c| {
        assert_reply!(c.rpush("l", &[1, 2, 3, 4]), i64, 4);
        assert_reply!(c.lmove("l", "l2", Direction::Left, Direction::Right), i64, 1);
        assert_reply!(c.lpos("l", 4, LposOptions::default()), Option<i64>, Some(2));
        assert_reply!(c.lpop("l", std::num::NonZeroUsize::new(2)), Vec<i64>, [2, 3]);
        assert_reply!(
            c.lmpop(2, &["no", "l"], Direction::Left, 9),
            Option<(String, Vec<i64>)>,
            Some(("l".into(), vec![4]))
        );
        assert_reply!(c.sadd("s", &[1, 2, 3]), i64, 3);
        assert_reply!(c.sadd("t", &[3, 4]), i64, 2);
        assert_reply!(c.sunion(&["s", "t"]), BTreeSet<i64>, BTreeSet::from([1, 2, 3, 4]));
        assert_reply!(c.smismember("s", &[1, 9]), Vec<bool>, [true, false]);
        assert_reply!(c.hset_multiple("h", &[("z", 1), ("a", 2), ("m", 3)]), (), ());
        assert_reply!(c.hset("h", "a", 4), i64, 0);
        // As it came: a small hash is a listpack.
        assert_reply!(c.hkeys("h"), Vec<String>, ["z", "a", "m"]);
        assert_reply!(c.hgetall("h"), BTreeMap<String, i64>, BTreeMap::from([("z", 1), ("a", 4), ("m", 3)].map(|(f, v)| (f.into(), v))));
        assert_reply!(c.hincr("h", "a", 1.25), f64, 5.25);
        assert_reply!(c.zadd_multiple("z", &[(2.5, "b"), (1.0, "a")]), i64, 2);
        assert_reply!(c.zrange_withscores("z", 0, -1), Vec<(String, f64)>, [("a".into(), 1.0), ("b".into(), 2.5)]);
        assert_reply!(c.zscore_multiple("z", &["a", "q"]), Vec<Option<f64>>, [Some(1.0), None]);
        assert_reply!(c.zpopmax("z", 1), Vec<(String, f64)>, [("b".into(), 2.5)]);
        assert_reply!(c.geo_add("g", &[(13.361389, 38.115556, "Palermo"), (15.087269, 37.502669, "Catania")]), i64, 2);
        assert_reply!(c.geo_dist("g", "Palermo", "Catania", redis::geo::Unit::Kilometers), f64, 166.2742);
        Ok(())
    });
}

#[test]
fn streams() {
    with_each(|_, c| {
        for (id, field) in [("1-1", "f"), ("1-2", "g")] {
            assert_reply!(c.xadd("x", id, &[(field, "v")]), String, id);
        }
        assert_reply!(c.xgroup_create("x", "group", "0"), (), ());
        let options = StreamReadOptions::default().group("group", "alice");
        let read: StreamReadReply = c.xread_options(&["x"], &[">"], &options)?;
        assert_eq!(read.keys[0].ids.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>(), ["1-1", "1-2"]);
        assert_reply!(c.xack("x", "group", &["1-1"]), i64, 1);
        let claimed: StreamAutoClaimReply =
            c.xautoclaim_options("x", "group", "bob", 0, "0", StreamAutoClaimOptions::default())?;
        assert_eq!(claimed.claimed[0].get::<String>("g"), Some("v".into()));
        let nothing: Option<StreamReadReply> =
            c.xread_options(&["x"], &["$"], &StreamReadOptions::default().block(20))?;
        assert!(nothing.is_none());
        Ok(())
    });
}

#[test]
fn pipelines_and_transactions() {
    with_each(|client, c| {
        let mut many = pipe();
        for n in 0..3000 {
            many.rpush("many", n).ignore();
        }
        assert_reply!(many.llen("many").query(c), (i64,), (3000,));
        let replies =
            pipe().atomic().set("n", 1).ignore().incr("n", 2).hset("h", "f", 1).ignore().hgetall("h").query(c);
        assert_reply!(replies, (i64, BTreeMap<String, i64>), (3, BTreeMap::from([("f".into(), 1)])));
        let refused = pipe().atomic().set("n", 9).cmd("GET").query::<Value>(c).unwrap_err();
        assert_eq!(refused.code(), Some("EXECABORT"));
        let mut other = client.get_connection()?;
        let mut tries = 0;
        let set = transaction(c, &["n"], |c, pipe| {
            tries += 1;
            if tries == 1 {
                other.set::<_, _, ()>("n", 5)?; // So that it has to be tried again.
            }
            pipe.incr("n", 1).query(c)
        });
        assert_reply!(set, (i64,), (6,));
        assert_eq!(tries, 2);
        Ok(())
    });
}

#[test]
fn scans_visit_everything() {
    with_each(|_, c| {
        let mut fill = pipe();
        for n in 0..700 {
            fill.set(format!("k{n}"), n).ignore().sadd("s", n).ignore();
            fill.hset("h", n, n).ignore().zadd("z", n, n).ignore();
        }
        fill.exec(c)?;
        assert_eq!(c.scan_match::<_, String>("k*")?.collect::<RedisResult<BTreeSet<_>>>()?.len(), 700);
        assert_eq!(c.sscan::<_, i64>("s")?.collect::<RedisResult<BTreeSet<_>>>()?.len(), 700);
        assert_eq!(c.hscan::<_, (i64, i64)>("h")?.collect::<RedisResult<BTreeMap<_, _>>>()?.len(), 700);
        assert_eq!(
            c.zscan::<_, (i64, f64)>("z")?
                .map(|row| row.map(|(member, _)| member))
                .collect::<RedisResult<BTreeSet<_>>>()?
                .len(),
            700
        );
        Ok(())
    });
}

#[test]
fn messages_and_clients_that_wait() {
    with_each(|client, c| {
        let mut subscriber = client.get_connection()?;
        subscriber.set_read_timeout(Some(Duration::from_secs(20)))?;
        let mut subscriber = subscriber.as_pubsub();
        subscriber.subscribe("news")?;
        subscriber.psubscribe("w*")?;
        assert_reply!(c.publish("news", "one"), i64, 1);
        assert_reply!(c.publish("weather", "two"), i64, 1);
        for (channel, payload) in [("news", "one"), ("weather", "two")] {
            let message = subscriber.get_message()?;
            assert_eq!((message.get_channel_name(), message.get_payload::<String>()?.as_str()), (channel, payload));
        }
        let mut waiting = client.get_connection()?;
        let waits = std::thread::spawn(move || waiting.blpop::<_, (String, i64)>(&["q1", "q2"], 20.0));
        while cmd("INFO").arg("clients").query::<redis::InfoDict>(c)?.get("blocked_clients").is_none_or(|n: i64| n != 1)
        {
        }
        assert_reply!(c.rpush("q2", 42), i64, 1);
        assert_eq!(waits.join().unwrap()?, ("q2".into(), 42));
        assert_reply!(c.blpop("q2", 0.02), Option<(String, i64)>, None);
        Ok(())
    });
}
