//! Motif records: parameterised micro-scenarios whose three and more steps meet on the same keys.
//!
//! Single random commands rarely line up a WATCH, a foreign touch and an EXEC. A motif does so by construction, and
//! its parameters (which commands, which keys, how long) come from the record's selectors.

use super::draw::{Draw, slot};
use super::{Config, Step};
use crate::command::{self, Command, Domain, Family, Kind};
use crate::resp::Bytes;
use crate::subject::ClientId;

/// A motif's clients and where its steps go.
struct Stage<'d, 'a> {
    draw: &'d mut Draw<'a>,
    config: &'d Config,
    /// Who plays the lead.
    me: ClientId,
    /// Somebody else, where there is more than one client.
    other: ClientId,
    steps: &'d mut Vec<Step>,
}

type Motif = fn(&mut Stage);

/// Architecture invariant: frozen per codec version; new motifs are appended.
const MOTIFS: [(Motif, Family); 16] = [
    (pile, Family::Keys),
    (pile_on_one_type, Family::Keys),
    (pile_on_one_type, Family::Keys),
    (watch_touch_exec, Family::Transactions),
    (watch_expiry_exec, Family::Transactions),
    (transaction, Family::Transactions),
    (expire_edge, Family::Expiry),
    (drain_and_refill, Family::Expiry),
    (rename_with_ttls, Family::Expiry),
    (grow_and_shrink, Family::Keys),
    (block_and_serve, Family::Lists),
    (block_and_time_out, Family::Lists),
    (block_on_zset, Family::ZSets),
    (store_over, Family::Expiry),
    (other_database, Family::Keys),
    (write_over_ttl, Family::Expiry),
];

/// How many motifs there are.
pub(super) const COUNT: u8 = MOTIFS.len() as u8;

/// Appends the steps of a motif; an unassigned tag or one whose family is off is a no-op.
pub(super) fn expand(tag: u8, me: ClientId, draw: &mut Draw, config: &Config, steps: &mut Vec<Step>) {
    let Some((motif, family)) = MOTIFS.get(usize::from(tag)) else { return };
    if !config.families.contains(*family) {
        return;
    }
    let other = ClientId((me.0 + 1) % config.clients);
    motif(&mut Stage { draw, config, me, other, steps });
}

/// The home types of version 1 whose commands the table has, with the family that fills them.
const TYPES: [(Kind, Family); 5] = [
    (Kind::Str, Family::Strings),
    (Kind::List, Family::Lists),
    (Kind::Set, Family::Sets),
    (Kind::Hash, Family::Hashes),
    (Kind::ZSet, Family::ZSets),
];

impl Stage<'_, '_> {
    fn send(&mut self, client: ClientId, argv: Vec<Bytes>) {
        self.steps.push(Step::Command { client, argv });
    }

    /// Sends words and keys as they are.
    fn say(&mut self, client: ClientId, words: &[&[u8]]) {
        self.send(client, words.iter().map(|w| w.to_vec()).collect());
    }

    fn advance(&mut self, ms: u64) {
        self.steps.push(Step::Advance { ms });
    }

    /// An enabled type and one of its keys, which all drawn commands then (mostly) use.
    fn pin(&mut self) -> (Kind, Family, Bytes) {
        let enabled: Vec<_> = TYPES.iter().filter(|(_, f)| self.config.families.contains(*f)).copied().collect();
        let (kind, family) = if enabled.is_empty() { TYPES[0] } else { self.draw.pick(&enabled) };
        let key = self.draw.key(kind);
        self.draw.pinned_key = Some(key.clone());
        (kind, family, key)
    }

    fn unpin(&mut self) {
        self.draw.pinned_key = None;
    }

    /// Any command of the family that passes a filter.
    fn any_of(&mut self, client: ClientId, family: Family, filter: impl Fn(&Command) -> bool) {
        let commands: Vec<_> = command::all().filter(|c| c.family == family && filter(c)).collect();
        let step = {
            let command = self.draw.pick(&commands);
            self.draw.step(client, command)
        };
        self.steps.push(step);
    }

    fn write(&mut self, client: ClientId, family: Family) {
        self.any_of(client, family, |c| c.has_flag("write") && !c.has_flag("blocking"));
    }

    fn read(&mut self, client: ClientId, family: Family) {
        self.any_of(client, family, |c| c.has_flag("readonly"));
    }

    /// Makes the key hold `n` elements (or a string) of its type, with a command that cannot fail on that type.
    fn fill(&mut self, client: ClientId, kind: Kind, key: &[u8], n: usize) {
        let element = |i: usize| format!("m{i}").into_bytes();
        let mut argv: Vec<Bytes> = match kind {
            Kind::List => vec![b"RPUSH".to_vec(), key.to_vec()],
            Kind::Set => vec![b"SADD".to_vec(), key.to_vec()],
            Kind::Hash => vec![b"HSET".to_vec(), key.to_vec()],
            Kind::ZSet => vec![b"ZADD".to_vec(), key.to_vec()],
            Kind::Str | Kind::Any => {
                let value = self.draw.value(Domain::Value);
                return self.say(client, &[b"SET", key, &value]);
            }
        };
        let numbers = kind == Kind::Set && self.draw.below(2) == 0;
        for i in 0..n {
            match kind {
                Kind::Hash => argv.extend([element(i), i.to_string().into_bytes()]),
                Kind::ZSet => argv.extend([(i / 2).to_string().into_bytes(), element(i)]),
                _ if numbers => argv.push(i.to_string().into_bytes()),
                _ => argv.push(element(i)),
            }
        }
        self.send(client, argv);
    }

    /// Another write that touches a key: by its own type's commands or by one that works on any type.
    fn touch(&mut self, client: ClientId, family: Family, key: &[u8]) {
        match self.draw.below(8) {
            0 => self.say(client, &[b"DEL", key]),
            1 => self.say(client, &[b"PEXPIRE", key, b"1000"]),
            2 => self.say(client, &[b"FLUSHALL"]),
            3 => self.say(client, &[b"PERSIST", key]),
            _ => self.write(client, family),
        }
    }
}

/// Several commands of several families on one key: the types meet.
fn pile(stage: &mut Stage) {
    let (_, family, key) = stage.pin();
    for _ in 0..2 + stage.draw.below(4) {
        let client = stage.draw.client();
        match stage.draw.below(4) {
            0 if stage.config.families.contains(Family::Expiry) => stage.any_of(client, Family::Expiry, |_| true),
            1 => stage.touch(client, family, &key),
            _ => stage.any_of(client, family, |c| !c.has_flag("blocking")),
        }
    }
    stage.unpin();
}

/// Writes and reads of one type on one key.
fn pile_on_one_type(stage: &mut Stage) {
    let (kind, family, key) = stage.pin();
    let n = 1 + stage.draw.below(6);
    stage.fill(stage.me, kind, &key, n);
    for _ in 0..1 + stage.draw.below(3) {
        stage.write(stage.me, family);
    }
    for _ in 0..1 + stage.draw.below(2) {
        stage.read(stage.other, family);
    }
    stage.unpin();
}

/// WATCH, a touch by somebody (or nobody), then EXEC.
fn watch_touch_exec(stage: &mut Stage) {
    let (kind, family, key) = stage.pin();
    if stage.draw.below(3) > 0 {
        let n = 1 + stage.draw.below(3);
        stage.fill(stage.me, kind, &key, n);
    }
    stage.say(stage.me, &[b"WATCH", &key]);
    match stage.draw.below(8) {
        0 => {}
        1 => stage.say(stage.me, &[b"UNWATCH"]),
        2 => stage.say(stage.other, &[b"SWAPDB", b"0", b"1"]),
        3 => stage.touch(stage.me, family, &key),
        _ => stage.touch(stage.other, family, &key),
    }
    stage.say(stage.me, &[b"MULTI"]);
    stage.write(stage.me, family);
    if stage.draw.below(4) == 0 {
        stage.touch(stage.other, family, &key);
    }
    stage.say(stage.me, &[b"EXEC"]);
    stage.unpin();
}

/// A watched key whose time runs out before, between or after WATCH and EXEC.
fn watch_expiry_exec(stage: &mut Stage) {
    let (kind, family, key) = stage.pin();
    stage.fill(stage.me, kind, &key, 2);
    stage.say(stage.me, &[b"PEXPIRE", &key, b"100"]);
    let moment = stage.draw.below(4);
    if moment == 0 {
        stage.advance(101);
    }
    stage.say(stage.me, &[b"WATCH", &key]);
    if moment > 0 {
        stage.advance(if moment == 1 { 100 } else { 101 });
    }
    if moment == 3 {
        stage.read(stage.other, family);
    }
    stage.say(stage.me, &[b"MULTI"]);
    stage.read(stage.me, family);
    stage.say(stage.me, &[b"EXEC"]);
    stage.unpin();
}

/// MULTI, commands right and wrong, somebody in between, then EXEC or DISCARD.
fn transaction(stage: &mut Stage) {
    let (_, family, key) = stage.pin();
    stage.say(stage.me, &[b"MULTI"]);
    for _ in 0..1 + stage.draw.below(4) {
        match stage.draw.below(10) {
            0 => stage.say(stage.me, &[b"NOSUCHCOMMAND", &key]),
            1 => stage.say(stage.me, &[b"GET"]),
            2 => stage.say(stage.me, &[b"INCR", &key]),
            3 => stage.touch(stage.other, family, &key),
            4 => stage.any_of(stage.me, Family::Lists, |c| c.has_flag("blocking")),
            5 => stage.any_of(stage.me, Family::Transactions, |_| true),
            _ => stage.write(stage.me, family),
        }
    }
    let end = stage.draw.pick(&[b"EXEC".as_slice(), b"EXEC", b"EXEC", b"DISCARD"]);
    stage.say(stage.me, &[end]);
    stage.read(stage.other, family);
    stage.unpin();
}

/// A time to live, and reads in its last millisecond and after it.
fn expire_edge(stage: &mut Stage) {
    let (kind, family, key) = stage.pin();
    let n = 1 + stage.draw.below(4);
    stage.fill(stage.me, kind, &key, n);
    let ttl_ms = stage.draw.pick(&[1u64, 10, 100, 1000, 1500]);
    stage.say(stage.me, &[b"PEXPIRE", &key, ttl_ms.to_string().as_bytes()]);
    // In the millisecond of its expiry a key is still there.
    stage.advance(ttl_ms);
    if stage.draw.below(2) == 0 {
        let read = stage.draw.pick(&[b"TTL".as_slice(), b"PTTL", b"EXISTS", b"TYPE", b"EXPIRETIME"]);
        stage.say(stage.me, &[read, &key]);
    }
    stage.advance(1);
    match stage.draw.below(12) {
        0 => stage.say(stage.other, &[b"EXISTS", &key]),
        1 => stage.say(stage.other, &[b"TYPE", &key]),
        2 => stage.say(stage.other, &[b"RENAMENX", &slot(b's', 1), &key]),
        3 => stage.say(stage.other, &[b"COPY", &key, &slot(b's', 2)]),
        4 => stage.say(stage.other, &[b"RENAME", &key, &slot(b's', 2)]),
        5 => stage.say(stage.other, &[b"KEYS", b"*"]),
        6 => stage.say(stage.other, &[b"RANDOMKEY"]),
        7 => stage.say(stage.other, &[b"DEL", &key]),
        8 => stage.write(stage.other, family),
        9 => stage.say(stage.other, &[b"PERSIST", &key]),
        _ => stage.read(stage.other, family),
    }
    stage.read(stage.me, family);
    stage.unpin();
}

/// A collection with a time to live is emptied and made again: the new one has none.
fn drain_and_refill(stage: &mut Stage) {
    let (kind, family, key) = stage.pin();
    stage.fill(stage.me, kind, &key, 1);
    stage.say(stage.me, &[b"EXPIRE", &key, b"100"]);
    let element = b"m0".as_slice();
    match kind {
        Kind::List => {
            let pop = stage.draw.pick(&[b"LPOP".as_slice(), b"RPOP"]);
            stage.say(stage.me, &[pop, &key]);
        }
        Kind::Set if stage.draw.below(2) == 0 => stage.say(stage.me, &[b"SPOP", &key, b"5"]),
        Kind::Set => stage.say(stage.me, &[b"SREM", &key, element, b"0"]),
        Kind::Hash => stage.say(stage.me, &[b"HDEL", &key, element]),
        Kind::ZSet if stage.draw.below(2) == 0 => stage.say(stage.me, &[b"ZPOPMIN", &key]),
        Kind::ZSet => stage.say(stage.me, &[b"ZREM", &key, element]),
        Kind::Str | Kind::Any => stage.say(stage.me, &[b"GETDEL", &key]),
    }
    if stage.draw.below(3) == 0 {
        stage.read(stage.me, family);
    }
    stage.fill(stage.me, kind, &key, 2);
    stage.say(stage.other, &[b"TTL", &key]);
    stage.unpin();
}

/// RENAME, RENAMENX, COPY or MOVE between keys with and without a time to live.
fn rename_with_ttls(stage: &mut Stage) {
    let (kind, _, from) = stage.pin();
    stage.unpin();
    let to = stage.draw.key(kind);
    stage.fill(stage.me, kind, &from, 2);
    if stage.draw.below(2) == 0 {
        stage.say(stage.me, &[b"EXPIRE", &from, b"100"]);
    }
    if stage.draw.below(2) == 0 {
        stage.fill(stage.me, kind, &to, 1);
        stage.say(stage.me, &[b"EXPIRE", &to, b"1000"]);
    }
    match stage.draw.below(6) {
        0 | 1 => stage.say(stage.me, &[b"RENAME", &from, &to]),
        2 => stage.say(stage.me, &[b"RENAMENX", &from, &to]),
        3 => stage.say(stage.me, &[b"COPY", &from, &to]),
        4 => stage.say(stage.me, &[b"COPY", &from, &to, b"REPLACE"]),
        _ => {
            stage.say(stage.me, &[b"MOVE", &from, b"1"]);
            stage.say(stage.me, &[b"SELECT", b"1"]);
            stage.say(stage.me, &[b"PTTL", &from]);
            stage.say(stage.me, &[b"SELECT", b"0"]);
        }
    }
    stage.say(stage.other, &[b"PTTL", &to]);
}

/// A collection grows past where its encoding changes, loses elements, and is read.
fn grow_and_shrink(stage: &mut Stage) {
    let (kind, family, key) = stage.pin();
    let n = 3 + stage.draw.below(14);
    stage.fill(stage.me, kind, &key, n);
    for _ in 0..1 + stage.draw.below(3) {
        stage.write(stage.me, family);
    }
    for _ in 0..1 + stage.draw.below(3) {
        stage.read(stage.me, family);
    }
    stage.unpin();
}

/// Clients wait on a list, in order; somebody fills it.
fn block_and_serve(stage: &mut Stage) {
    let key = stage.draw.key(Kind::List);
    stage.draw.pinned_key = Some(key.clone());
    let server = stage.bystander();
    stage.say(server, &[b"DEL", &key]);
    let waiting = 1 + stage.draw.below(usize::from(stage.config.clients).saturating_sub(1));
    for i in 0..waiting {
        let client = ClientId((stage.me.0 + i as u8) % stage.config.clients);
        stage.any_of(client, Family::Lists, |c| c.has_flag("blocking"));
    }
    match stage.draw.below(6) {
        0 => {
            stage.say(server, &[b"MULTI"]);
            stage.fill(server, Kind::List, &key, 2);
            stage.say(server, &[b"DEL", &key]);
            stage.say(server, &[b"EXEC"]);
        }
        1 => {
            let from = slot(b'l', 3);
            stage.fill(server, Kind::List, &from, 2);
            stage.say(server, &[b"RENAME", &from, &key]);
        }
        n => stage.fill(server, Kind::List, &key, n),
    }
    stage.read(server, Family::Lists);
    stage.unpin();
}

/// A blocking pop whose time runs out, to the millisecond.
fn block_and_time_out(stage: &mut Stage) {
    let key = stage.draw.key(Kind::List);
    let (timeout, ms) = stage.draw.pick(&[(b"0.1".as_slice(), 100u64), (b"1", 1000), (b"0.01", 10), (b"1.5", 1500)]);
    let server = stage.bystander();
    stage.say(server, &[b"DEL", &key]);
    match stage.draw.below(3) {
        0 => stage.say(stage.me, &[b"BLMOVE", &key, &slot(b'l', 1), b"LEFT", b"RIGHT", timeout]),
        1 => stage.say(stage.me, &[b"BLMPOP", timeout, b"1", &key, b"LEFT"]),
        _ => stage.say(stage.me, &[b"BLPOP", &key, timeout]),
    }
    stage.advance(ms);
    if stage.draw.below(2) == 0 {
        stage.say(server, &[b"PING"]);
    }
    stage.advance(1);
    stage.fill(server, Kind::List, &key, 1);
}

/// The same on sorted sets, also through ZADD of several members.
fn block_on_zset(stage: &mut Stage) {
    let key = stage.draw.key(Kind::ZSet);
    stage.draw.pinned_key = Some(key.clone());
    let server = stage.bystander();
    stage.say(server, &[b"DEL", &key]);
    for i in 0..1 + stage.draw.below(2) as u8 {
        let client = ClientId((stage.me.0 + i) % stage.config.clients);
        stage.any_of(client, Family::ZSets, |c| c.has_flag("blocking"));
    }
    let n = 1 + stage.draw.below(4);
    stage.fill(server, Kind::ZSet, &key, n);
    stage.read(server, Family::ZSets);
    stage.unpin();
}

/// A *STORE command over a destination that has another type, a time to live, or will be empty.
fn store_over(stage: &mut Stage) {
    let kind = stage.draw.pick(&[Kind::Set, Kind::ZSet]);
    let prefix = if kind == Kind::Set { b't' } else { b'z' };
    let (a, b, to) = (slot(prefix, 0), slot(prefix, 1), slot(stage.draw.pick(b"slthz"), 0));
    stage.fill(stage.me, kind, &a, 3);
    if stage.draw.below(2) == 0 {
        stage.say(stage.me, &[b"DEL", &b]);
    }
    stage.say(stage.me, &[b"EXPIRE", &to, b"100"]);
    let set: [&[u8]; 3] = [b"SINTERSTORE", b"SUNIONSTORE", b"SDIFFSTORE"];
    let zset: [&[u8]; 4] = [b"ZINTERSTORE", b"ZUNIONSTORE", b"ZDIFFSTORE", b"ZRANGESTORE"];
    match kind {
        Kind::Set => {
            let name = stage.draw.pick(&set);
            stage.say(stage.me, &[name, &to, &a, &b]);
        }
        _ => match stage.draw.pick(&zset) {
            b"ZRANGESTORE" => {
                let (start, stop) = (stage.draw.common(Domain::Index), stage.draw.common(Domain::Index));
                stage.say(stage.me, &[b"ZRANGESTORE", &to, &a, &start, &stop]);
            }
            name => stage.say(stage.me, &[name, &to, b"2", &a, &b]),
        },
    }
    stage.say(stage.other, &[b"TYPE", &to]);
    stage.say(stage.other, &[b"TTL", &to]);
}

/// The same key in two databases.
fn other_database(stage: &mut Stage) {
    let (kind, family, key) = stage.pin();
    stage.fill(stage.me, kind, &key, 1);
    stage.say(stage.me, &[b"SELECT", b"1"]);
    stage.read(stage.me, family);
    stage.write(stage.me, family);
    match stage.draw.below(4) {
        0 => stage.say(stage.other, &[b"SWAPDB", b"0", b"1"]),
        1 => stage.say(stage.other, &[b"MOVE", &key, b"1"]),
        2 => stage.say(stage.other, &[b"FLUSHDB"]),
        _ => stage.say(stage.other, &[b"COPY", &key, &key, b"DB", b"1"]),
    }
    stage.read(stage.me, family);
    stage.say(stage.me, &[b"SELECT", b"0"]);
    stage.read(stage.me, family);
    stage.unpin();
}

/// A write over a key with a time to live: some keep it, some drop it.
fn write_over_ttl(stage: &mut Stage) {
    let (kind, family, key) = stage.pin();
    let n = 1 + stage.draw.below(4);
    stage.fill(stage.me, kind, &key, n);
    stage.say(stage.me, &[b"PEXPIRE", &key, b"10000"]);
    for _ in 0..1 + stage.draw.below(2) {
        stage.write(stage.me, family);
    }
    stage.say(stage.other, &[b"PTTL", &key]);
    stage.unpin();
}

impl Stage<'_, '_> {
    /// The client before the lead: free while the others wait.
    fn bystander(&self) -> ClientId {
        ClientId((self.me.0 + self.config.clients - 1) % self.config.clients)
    }
}
