//! What ran gives the same state when the log is replayed, and when a snapshot is read: every command that writes, in all
//! kinds of circumstances.

mod support;

use std::collections::BTreeSet;

use respfuzz_engine::{Durability, command_table};
use support::{Disk, Rig, Setup};

/// Commands on keys; `K` is any of a few keys, `N` a small number, `W` a short word, `T` milliseconds.
const WRITES: &str = "
    SET K W; SET K N; SET K W PX T; SET K W KEEPTTL; SETNX K W; SETEX K 1 W; PSETEX K T W; GETSET K W; GETDEL K; GETEX K PX T;
    GETEX K PERSIST; APPEND K W; SETRANGE K N W; INCR K; DECR K; INCRBY K N; DECRBY K N; INCRBYFLOAT K 0.1; MSET K W K N;
    MSETNX K W K W; SETBIT K N 1; BITOP XOR K K K; BITFIELD K INCRBY i5 N 3; PFADD K W W W; PFMERGE K K; PFCOUNT K;
    DEL K; UNLINK K; RENAME K K; RENAMENX K K; COPY K K REPLACE; COPY K K DB 3; MOVE K 3; SWAPDB 0 3; FLUSHDB; FLUSHALL;
    EXPIRE K 1; PEXPIRE K T; EXPIREAT K 1700000001; PEXPIREAT K 1700000000500; PERSIST K; SORT K ALPHA STORE K; SORT K;
    LPUSH K W N; RPUSH K W N W N W; LPUSHX K W; RPUSHX K W; LPOP K; RPOP K 2; LINSERT K BEFORE W W; LSET K 0 W; LREM K 1 W;
    LTRIM K 1 2; LMOVE K K LEFT RIGHT; RPOPLPUSH K K; LMPOP 2 K K LEFT COUNT 2; BLPOP K K 0.02; BRPOP K 0; BRPOPLPUSH K K 0;
    BLMOVE K K LEFT LEFT 0; BLMPOP 0 2 K K RIGHT;
    SADD K W N W N; SADD K N N; SREM K W; SPOP K; SPOP K 2; SMOVE K K W; SINTERSTORE K K K; SUNIONSTORE K K K;
    SDIFFSTORE K K K; HSET K W W N N; HSETNX K W W; HMSET K W W; HDEL K W N; HINCRBY K N 1; HINCRBYFLOAT K N 0.5;
    ZADD K N W N N 3 W; ZINCRBY K N W; ZREM K W; ZREMRANGEBYRANK K 0 1; ZREMRANGEBYSCORE K 0 2; ZREMRANGEBYLEX K [a [b;
    ZRANGESTORE K K 0 2; ZPOPMIN K; ZPOPMAX K 2; ZMPOP 1 K MIN; BZPOPMIN K 0; BZPOPMAX K K 0; BZMPOP 0 1 K MAX;
    ZUNIONSTORE K 2 K K; ZINTERSTORE K 2 K K; ZDIFFSTORE K 2 K K; GEOADD K N N W; GEOSEARCHSTORE K K FROMLONLAT 1 1 BYRADIUS 999 km;
    GEORADIUS K 1 1 999 km STORE K; GEORADIUSBYMEMBER K W 999 km STOREDIST K;
    XADD K * W W; XADD K MAXLEN ~ 3 * W W N N; XDEL K 1-1; XTRIM K MAXLEN 2; XSETID K 9999999999999-1; XGROUP CREATE K g 0 MKSTREAM;
    XGROUP CREATECONSUMER K g W; XGROUP DELCONSUMER K g W; XGROUP DESTROY K g; XGROUP SETID K g $; XACK K g 1-1;
    XREADGROUP GROUP g W COUNT 1 STREAMS K @; XREADGROUP GROUP g W BLOCK 0 STREAMS K K @ @; XREADGROUP GROUP g W NOACK STREAMS K @;
    XCLAIM K g W 0 1-1; XAUTOCLAIM K g W 0 0 COUNT 1; RESTORE K T DUMPED; RESTORE K 0 DUMPED REPLACE; RESTORE-ASKING K 0 DUMPED REPLACE";

/// What else happens.
const OTHERS: &str =
    "GET K; EXISTS K K; KEYS *; RANDOMKEY; SRANDMEMBER K; SELECT 0; SELECT 3; +0; +1; +7; +1500; +-20; +-2000; +0;
    MULTI; EXEC; EXEC; DISCARD; CONFIG SET hash-max-listpack-entries N; CONFIG SET list-max-listpack-size 2;
    CONFIG SET zset-max-listpack-entries N; SAVE; 2!; 3!; CLIENT REPLY OFF; CLIENT REPLY ON; WATCH K; DBSIZE";

const KEYS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
const WORDS: [&str; 5] = ["a", "b", "aa", "7", "a-word-that-is-too-long-for-listpacks"];

struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((u128::from(self.0) * bound as u128) >> 64) as usize
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    fn words(&mut self, template: &str, dumped: &[u8]) -> Vec<Vec<u8>> {
        let word = |word| match word {
            "K" => self.of(&KEYS).into(),
            "W" => self.of(&WORDS).into(),
            "N" => self.below(9).to_string().into_bytes(),
            "T" => (1 + self.below(30)).to_string().into_bytes(),
            "@" => b">".to_vec(),
            "DUMPED" => dumped.to_vec(),
            other => other.into(),
        };
        template.split_whitespace().map(word).collect()
    }
}

fn templates(text: &str) -> Vec<&str> {
    text.split(';').map(str::trim).collect()
}

fn assert_same(setup: &Setup, rig: &Rig, done: &str) {
    let again = setup.open(rig.killed()).unwrap_or_else(|error| panic!("{done}: {error}"));
    assert!(again.engine.image() == rig.engine.image(), "{done}");
}

/// What DUMP answers, for RESTORE.
fn dumped(rig: &mut Rig) -> Vec<u8> {
    rig.run("SADD dumped x 1 y");
    match rig.run("DUMP dumped") {
        respfuzz_engine::Reply::Bulk(bytes) => bytes,
        other => panic!("{other:?}"),
    }
}

#[test]
fn any_run_is_replayed_to_the_same_state() {
    let (writes, others) = (templates(WRITES), templates(OTHERS));
    for seed in 0..200 {
        let durability = Durability {
            segment_bytes: 2000,
            rewrite_bytes: if seed % 2 == 0 { 0 } else { 9000 },
            ..Durability::default()
        };
        let setup = Setup::durability(durability);
        let mut rig = setup.open(Disk::default()).expect("an empty disk");
        let dumped = dumped(&mut rig);
        let mut draw = Draw(seed);
        for step in 0..400 {
            let is_write = draw.below(10) < 8;
            let template = draw.of(if is_write { &writes } else { &others });
            if template.starts_with('+') || template.ends_with('!') {
                rig.step(template);
            } else {
                // Most commands are those of the first session; the others may be blocked for long.
                let session = [1, 1, 1, 2, 3, 4][draw.below(6)];
                rig.engine.execute(session, &draw.words(template, &dumped));
            }
            if draw.below(3) == 0 {
                rig.poll();
                assert_eq!(rig.engine.check(), [""; 0]);
                if step % 10 == 0 {
                    assert_same(&setup, &rig, &format!("seed {seed}, step {step}: {template}"));
                }
            }
            if draw.below(150) == 0 {
                rig.poll();
                rig = setup.open(rig.crashed()).expect("a sound log");
            }
        }
    }
}

/// Each command alone, on each type of value.
#[test]
fn every_write_command_is_logged() {
    let prepare = "SET a 5; RPUSH b a b 7; SADD c a 7; HSET d a a 7 7; ZADD e 1 a 2 7; XADD f 1-1 a a; XGROUP CREATE f g 0; \
        XREADGROUP GROUP g a STREAMS f @";
    let setup = Setup::new();
    let mut base = setup.open(Disk::default()).expect("an empty disk");
    let payload = dumped(&mut base);
    base.script(prepare);
    for template in templates(WRITES) {
        for seed in 0..40 {
            let mut rig = setup.open(base.killed()).expect("a sound log");
            rig.engine.execute(1, &Draw(seed * 7919).words(template, &payload));
            rig.poll();
            assert_same(&setup, &rig, template);
        }
    }
    let covered: BTreeSet<String> =
        templates(WRITES).iter().map(|line| line.split(' ').next().unwrap_or_default().to_ascii_lowercase()).collect();
    let writes = command_table().filter(|row| row.flags.split(' ').any(|flag| flag == "write"));
    let missing: Vec<&str> = writes.map(|row| row.name).filter(|name| !covered.contains(*name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_client_that_waited_is_served_again() {
    let setup = Setup::new();
    let mut rig = setup.open(Disk::default()).expect("an empty disk");
    rig.script(
        "XGROUP CREATE s g 0 MKSTREAM; XGROUP CREATE t g 0 MKSTREAM; 2>XREADGROUP GROUP g c BLOCK 0 STREAMS s t @ @; \
         MULTI; XADD s 1-1 f v; XADD t 1-1 f v; DEL t; EXEC; 2>BLMOVE l m LEFT RIGHT 0; 3>BZPOPMIN z y 0; 4>BLMPOP 0 2 n m LEFT; \
         MULTI; RPUSH l a b; ZADD z 1 a 2 b; EXEC",
    );
    assert_same(&setup, &rig, "served");
    assert_eq!(format!("{:?}", rig.run("XPENDING s g")).matches("Int(1)").count(), 1);
}
