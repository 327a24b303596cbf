//! Clients that wait.

use super::stage::Stage;
use crate::command::{Family, Kind};
use crate::scenario::draw::slot;
use crate::subject::ClientId;

/// Clients wait on keys of one type, in order; somebody fills them, in one of many ways.
pub(super) fn block_and_serve(stage: &mut Stage) {
    let zsets = stage.config.families.contains(Family::ZSets) && stage.draw.below(3) == 0;
    let (kind, family) = if zsets { (Kind::ZSet, Family::ZSets) } else { (Kind::List, Family::Lists) };
    let [key, second] = stage.pin_two(kind);
    let server = bystander(stage);
    stage.say(server, &[b"DEL", &key, &second]);
    let waiting = 1 + stage.draw.below(usize::from(stage.config.clients).saturating_sub(1));
    for i in 0..waiting {
        let client = ClientId::from((stage.me.byte() + i as u8) % stage.config.clients);
        stage.any_of(client, family, |c| c.has_flag("blocking"));
    }
    if stage.draw.below(8) == 0 {
        stage.disconnect(stage.me);
    }
    let n = 1 + stage.draw.below(4);
    match stage.draw.below(9) {
        0 => {
            stage.say(server, &[b"MULTI"]);
            stage.fill(server, kind, &key, n);
            stage.touch(server, family, &key);
            stage.say(server, &[b"EXEC"]);
        }
        1 => {
            let from = slot(b'x', 0);
            stage.fill(server, kind, &from, n);
            let rename = stage.draw.pick(&[b"RENAME".as_slice(), b"COPY"]);
            stage.say(server, &[rename, &from, &key]);
        }
        2 | 3 => {
            stage.say(server, &[b"SELECT", b"1"]);
            stage.fill(server, kind, &key, n);
            match stage.draw.below(3) {
                0 => stage.say(server, &[b"MOVE", &key, b"0"]),
                1 => stage.say(server, &[b"COPY", &key, &key, b"DB", b"0"]),
                _ => stage.say(server, &[b"SWAPDB", b"0", b"1"]),
            }
            stage.say(server, &[b"SELECT", b"0"]);
        }
        4 => stage.fill(server, kind, &second, n),
        5 => stage.write(server, family),
        _ => stage.fill(server, kind, &key, n),
    }
    // Who was served may wait again: what it waited for before must be forgotten.
    if stage.draw.below(3) == 0 {
        stage.any_of(stage.me, family, |c| c.has_flag("blocking"));
        stage.fill(server, kind, &second, 1);
    }
    stage.read(server, family);
}

/// A blocking pop whose time runs out, to the millisecond.
pub(super) fn block_and_time_out(stage: &mut Stage) {
    let key = stage.draw.key(Kind::List);
    let (timeout, ms) = stage.draw.pick(&[(b"0.1".as_slice(), 100u64), (b"1", 1000), (b"0.01", 10), (b"1.5", 1500)]);
    let server = bystander(stage);
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

/// The client before the lead: free while the others wait.
fn bystander(stage: &Stage) -> ClientId {
    ClientId::from((stage.me.byte() + stage.config.clients - 1) % stage.config.clients)
}
