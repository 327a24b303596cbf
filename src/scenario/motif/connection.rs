//! Connections: what one says of itself, and what changes with it.

use super::stage::Stage;
use crate::command::Family;

/// A client speaks RESP3 for a while: reads of one type have other shapes there.
pub(super) fn in_resp3(stage: &mut Stage) {
    let (kind, family, key) = stage.pin();
    stage.fill(stage.other, kind, &key, 3);
    stage.say(stage.me, &[b"HELLO", b"3"]);
    let in_multi = stage.draw.below(4) == 0;
    if in_multi {
        stage.say(stage.me, &[b"MULTI"]);
    }
    for _ in 0..2 + stage.draw.below(3) {
        stage.read(stage.me, family);
    }
    if stage.draw.below(3) == 0 {
        stage.say(stage.me, &[b"HELLO", b"2"]);
        stage.read(stage.me, family);
    }
    stage.write(stage.me, family);
    if in_multi {
        stage.say(stage.me, &[b"EXEC"]);
    }
}

/// RESET and QUIT forget a transaction, watches, the database and the name.
pub(super) fn forget(stage: &mut Stage) {
    let (_, family, key) = stage.pin();
    stage.say(stage.me, &[b"SELECT", b"1"]);
    stage.say(stage.me, &[b"CLIENT", b"SETNAME", b"me"]);
    stage.say(stage.me, &[b"WATCH", &key]);
    if stage.draw.below(2) == 0 {
        stage.say(stage.me, &[b"MULTI"]);
        stage.write(stage.me, family);
    }
    match stage.draw.below(4) {
        0 => stage.say(stage.me, &[b"QUIT"]),
        1 => stage.disconnect(stage.me),
        _ => stage.say(stage.me, &[b"RESET"]),
    }
    stage.touch(stage.other, family, &key);
    stage.any_of(stage.me, Family::Connection, |c| c.name == "CLIENT");
    stage.say(stage.me, &[b"CLIENT", b"INFO"]);
    stage.say(stage.me, &[b"MULTI"]);
    stage.read(stage.me, family);
    stage.say(stage.me, &[b"EXEC"]);
}
