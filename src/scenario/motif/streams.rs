//! Streams: nodes that fill and go, groups that read, claim and forget, readers that wait.

use super::stage::Stage;
use crate::command::{Domain, Family, Kind};
use crate::resp::Bytes;
use crate::scenario::draw::slot;
use crate::subject::ClientId;

const GROUP: &[u8] = b"g";

/// An emptied stream key, which drawn commands then mostly use.
fn fresh(stage: &mut Stage) -> Bytes {
    let [key, second] = stage.pin_two(Kind::Stream);
    let client = stage.me;
    stage.say(client, &[b"DEL", &key, &second]);
    key
}

fn named(stage: &mut Stage, client: ClientId, name: &str) {
    stage.any_of(client, Family::Streams, |c| c.name == name);
}

fn pass(stage: &mut Stage, ms: &[u64]) {
    let ms = stage.draw.pick(ms);
    stage.advance(ms);
}

fn info(stage: &mut Stage, client: ClientId, key: &[u8]) {
    match stage.draw.below(4) {
        0 => stage.say(client, &[b"XINFO", b"STREAM", key]),
        1 => stage.say(client, &[b"XINFO", b"STREAM", key, b"FULL"]),
        2 => stage.say(client, &[b"XINFO", b"GROUPS", key]),
        _ => stage.say(client, &[b"XINFO", b"CONSUMERS", key, GROUP]),
    }
}

/// One entry more, small or almost as large as a node.
fn add(stage: &mut Stage, client: ClientId, key: &[u8], large: bool) {
    let value = match stage.draw.below(3) {
        _ if !large => b"v".to_vec(),
        0 => vec![b'x'; 1000],
        1 => vec![b'y'; 1900 + stage.draw.below(300)],
        _ => vec![b'z'; 4000 + stage.draw.below(120)],
    };
    let field = stage.draw.pick(&[b"f".as_slice(), b"f", b"g"]);
    stage.say(client, &[b"XADD", key, b"*", field, &value]);
}

/// Several nodes are filled, holes made, and trimmed: `~` takes whole nodes.
pub(super) fn trim_nodes(stage: &mut Stage) {
    let key = fresh(stage);
    for i in 1..=4 + stage.draw.below(6) {
        let id = format!("{i}-0").into_bytes();
        let size = stage.draw.pick(&[1usize, 1000, 1300, 2030, 4040]);
        let value = vec![b'x'; size + stage.draw.below(16)];
        let field = stage.draw.pick(&[b"f".as_slice(), b"f", b"1", b"200"]);
        stage.say(stage.me, &[b"XADD", &key, &id, field, &value]);
    }
    for _ in 0..stage.draw.below(3) {
        named(stage, stage.me, "XDEL");
    }
    for _ in 0..1 + stage.draw.below(3) {
        let name = stage.draw.pick(&["XTRIM", "XTRIM", "XADD", "XDEL", "XSETID"]);
        named(stage, stage.me, name);
        info(stage, stage.other, &key);
    }
    add(stage, stage.me, &key, true);
    info(stage, stage.other, &key);
}

/// More entries than a node takes.
pub(super) fn fill_a_node(stage: &mut Stage) {
    let key = fresh(stage);
    let n = 97 + stage.draw.below(6);
    stage.fill(stage.me, Kind::Stream, &key, n);
    named(stage, stage.me, "XDEL");
    add(stage, stage.me, &key, false);
    let keep = (stage.draw.below(4) + n.saturating_sub(100)).to_string().into_bytes();
    match stage.draw.below(4) {
        0 => stage.say(stage.me, &[b"XTRIM", &key, b"MAXLEN", &keep]),
        1 => stage.say(stage.me, &[b"XTRIM", &key, b"MAXLEN", b"~", &keep, b"LIMIT", b"100"]),
        2 => stage.say(stage.me, &[b"XTRIM", &key, b"MAXLEN", b"~", &keep, b"LIMIT", b"99"]),
        _ => stage.say(stage.me, &[b"XADD", &key, b"MAXLEN", b"~", &keep, b"*", b"f", b"v"]),
    }
    info(stage, stage.other, &key);
    named(stage, stage.me, "XTRIM");
    info(stage, stage.other, &key);
}

/// Consumers of a group read, acknowledge and claim while entries come and go.
pub(super) fn group_work(stage: &mut Stage) {
    let key = fresh(stage);
    let n = 1 + stage.draw.below(5);
    stage.fill(stage.me, Kind::Stream, &key, n);
    let start = stage.draw.common(Domain::GroupStart);
    let start = if stage.draw.below(2) == 0 { b"0".to_vec() } else { start };
    stage.say(stage.me, &[b"XGROUP", b"CREATE", &key, GROUP, &start]);
    let consumer = stage.draw.common(Domain::Consumer);
    let count = stage.draw.common(Domain::Count);
    match stage.draw.below(3) {
        0 => stage.say(stage.me, &[b"XREADGROUP", b"GROUP", GROUP, &consumer, b"STREAMS", &key, b">"]),
        1 => {
            stage.say(stage.me, &[b"XREADGROUP", b"GROUP", GROUP, &consumer, b"COUNT", &count, b"STREAMS", &key, b">"])
        }
        _ => named(stage, stage.me, "XREADGROUP"),
    }
    for _ in 0..2 + stage.draw.below(6) {
        let client = stage.draw.client();
        match stage.draw.below(12) {
            0 => pass(stage, &[1, 10, 100, 1000]),
            1 => add(stage, client, &key, false),
            2 => named(stage, client, "XREADGROUP"),
            3 => stage.say(client, &[b"XREADGROUP", b"GROUP", GROUP, &consumer, b"STREAMS", &key, b"0"]),
            4 => named(stage, client, "XACK"),
            5 => named(stage, client, "XPENDING"),
            6 => named(stage, client, "XCLAIM"),
            7 => named(stage, client, "XAUTOCLAIM"),
            8 => named(stage, client, "XGROUP"),
            9 => named(stage, client, "XDEL"),
            10 => stage.write(client, Family::Streams),
            _ => info(stage, client, &key),
        }
    }
    info(stage, stage.other, &key);
}

/// How much a group has yet to read, when entries were deleted, trimmed, or the counters set.
pub(super) fn lag(stage: &mut Stage) {
    let key = fresh(stage);
    let n = 2 + stage.draw.below(4);
    stage.fill(stage.me, Kind::Stream, &key, n);
    named(stage, stage.me, "XDEL");
    named(stage, stage.me, "XGROUP");
    let read = stage.draw.common(Domain::Count);
    let start = stage.draw.common(Domain::StreamId);
    stage.say(stage.me, &[b"XGROUP", b"CREATE", &key, GROUP, &start, b"ENTRIESREAD", &read]);
    for _ in 0..1 + stage.draw.below(4) {
        let name = stage.draw.pick(&["XDEL", "XTRIM", "XSETID", "XREADGROUP", "XADD", "XGROUP"]);
        named(stage, stage.me, name);
        stage.say(stage.me, &[b"XINFO", b"GROUPS", &key]);
        if stage.draw.below(2) == 0 {
            stage.say(stage.me, &[b"XREADGROUP", b"GROUP", GROUP, b"c", b"COUNT", b"1", b"STREAMS", &key, b">"]);
            stage.say(stage.me, &[b"XINFO", b"GROUPS", &key]);
        }
    }
}

/// A millisecond has no number left, or the stream none at all, and another entry is to come.
pub(super) fn full_millisecond(stage: &mut Stage) {
    const LAST: &[u8] = b"18446744073709551615";
    let key = fresh(stage);
    let ms = stage.draw.pick(&[b"4".as_slice(), b"5", LAST]);
    let id = |sequence: &[u8]| [ms, b"-", sequence].concat();
    stage.say(stage.me, &[b"XADD", &key, &id(LAST), b"f", b"v"]);
    for _ in 0..1 + stage.draw.below(2) {
        let next = stage.draw.pick(&[b"*".as_slice(), b"*", b"1"]);
        stage.say(stage.me, &[b"XADD", &key, &id(next), b"f", b"v"]);
    }
    stage.say(stage.me, &[b"XADD", &key, b"*", b"f", b"v"]);
}

/// Clients wait for a stream, alone or for a group; it gets an entry, or is gone.
pub(super) fn wait_for_entries(stage: &mut Stage) {
    let key = fresh(stage);
    let grouped = stage.draw.below(2) == 0;
    let clients = u64::from(stage.config.clients);
    let server = ClientId((stage.me.0 + clients - 1) % clients);
    match stage.draw.below(3) {
        0 if !grouped => {}
        1 => stage.fill(server, Kind::Stream, &key, 2),
        _ => stage.say(server, &[b"XGROUP", b"CREATE", &key, GROUP, b"$", b"MKSTREAM"]),
    }
    stage.say(server, &[b"XGROUP", b"CREATE", &key, GROUP, b"$"]);
    let waiting = 1 + stage.draw.below(usize::from(stage.config.clients).saturating_sub(1));
    for i in 0..waiting {
        let client = ClientId((stage.me.0 + i as u64) % clients);
        wait(stage, client, &key, grouped);
    }
    for _ in 0..1 + stage.draw.below(2) {
        serve(stage, server, &key);
    }
    add(stage, server, &key, false);
    info(stage, server, &key);
}

fn wait(stage: &mut Stage, client: ClientId, key: &[u8], grouped: bool) {
    let second = slot(b'x', stage.draw.below(3));
    let ms = stage.draw.common(Domain::BlockMillis);
    let consumer = stage.draw.common(Domain::Consumer);
    match (grouped, stage.draw.below(5)) {
        (_, 0) => stage.any_of(client, Family::Streams, |c| c.has_flag("blocking")),
        (true, 1) => {
            let words: &[&[u8]] = &[
                b"XREADGROUP",
                b"GROUP",
                GROUP,
                &consumer,
                b"NOACK",
                b"COUNT",
                b"1",
                b"BLOCK",
                &ms,
                b"STREAMS",
                key,
                b">",
            ];
            stage.say(client, words)
        }
        (true, _) => {
            stage.say(client, &[b"XREADGROUP", b"GROUP", GROUP, &consumer, b"BLOCK", &ms, b"STREAMS", key, b">"])
        }
        (false, 1) => stage.say(client, &[b"XREAD", b"BLOCK", &ms, b"STREAMS", key, &second, b"$", b"$"]),
        (false, 2) => stage.say(client, &[b"XREAD", b"BLOCK", &ms, b"COUNT", b"1", b"STREAMS", key, b"2-0"]),
        (false, _) => stage.say(client, &[b"XREAD", b"BLOCK", &ms, b"STREAMS", key, b"$"]),
    }
}

fn serve(stage: &mut Stage, server: ClientId, key: &[u8]) {
    let foreign = slot(stage.draw.pick(b"slthzx"), 0);
    match stage.draw.below(14) {
        0 => stage.say(server, &[b"DEL", key]),
        1 => stage.say(server, &[b"SET", key, b"v"]),
        2 => stage.say(server, &[b"XGROUP", b"DESTROY", key, GROUP]),
        3 => {
            let rename = stage.draw.pick(&[b"RENAME".as_slice(), b"COPY"]);
            let (from, to) =
                if stage.draw.below(2) == 0 { (key, foreign.as_slice()) } else { (foreign.as_slice(), key) };
            stage.say(server, &[rename, from, to]);
        }
        4 => {
            let flush = stage.draw.pick(&[b"FLUSHALL".as_slice(), b"FLUSHDB"]);
            stage.say(server, &[flush]);
        }
        5 => stage.say(server, &[b"SWAPDB", b"0", b"1"]),
        6 => {
            stage.say(server, &[b"PEXPIRE", key, b"5"]);
            pass(stage, &[5, 6]);
            stage.say(server, &[b"TYPE", key]);
        }
        7 | 8 => {
            stage.say(server, &[b"MULTI"]);
            for _ in 0..1 + stage.draw.below(3) {
                match stage.draw.below(5) {
                    0 => stage.say(server, &[b"DEL", key]),
                    1 => stage.say(server, &[b"RPUSH", key, b"a"]),
                    2 => stage.say(server, &[b"XTRIM", key, b"MAXLEN", b"0"]),
                    3 => stage.say(server, &[b"XGROUP", b"CREATE", key, GROUP, b"0", b"MKSTREAM"]),
                    _ => add(stage, server, key, false),
                }
            }
            stage.say(server, &[b"EXEC"]);
        }
        9 => pass(stage, &[1, 10, 11, 100, 1001]),
        10 => stage.write(server, Family::Streams),
        _ => add(stage, server, key, false),
    }
}
