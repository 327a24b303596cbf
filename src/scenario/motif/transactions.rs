//! WATCH, MULTI and EXEC.

use super::stage::Stage;
use crate::command::Family;

/// WATCH, a touch by somebody (or nobody), then EXEC.
pub(super) fn watch_touch_exec(stage: &mut Stage) {
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
}

/// A watched key whose time runs out before, between or after WATCH and EXEC.
pub(super) fn watch_expiry_exec(stage: &mut Stage) {
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
}

/// A transaction ends in one of its ways, a key that it watched is touched, and a second transaction runs.
pub(super) fn after_a_transaction(stage: &mut Stage) {
    let (kind, family, key) = stage.pin();
    stage.fill(stage.me, kind, &key, 2);
    stage.say(stage.me, &[b"WATCH", &key]);
    match stage.draw.below(8) {
        0 => stage.say(stage.me, &[b"UNWATCH"]),
        1 => stage.disconnect(stage.me),
        n => {
            stage.say(stage.me, &[b"MULTI"]);
            match n {
                2 => stage.say(stage.me, &[b"NOSUCHCOMMAND", &key]),
                3 => stage.touch(stage.other, family, &key),
                4 => stage.write(stage.me, family),
                _ => {}
            }
            let end = stage.draw.pick(&[b"EXEC".as_slice(), b"EXEC", b"DISCARD"]);
            stage.say(stage.me, &[end]);
        }
    }
    let toucher = stage.draw.pick(&[stage.me, stage.other]);
    stage.touch(toucher, family, &key);
    stage.say(stage.me, &[b"MULTI"]);
    stage.read(stage.me, family);
    stage.say(stage.me, &[b"EXEC"]);
}

/// MULTI, commands right and wrong, somebody in between, then EXEC or DISCARD.
pub(super) fn transaction(stage: &mut Stage) {
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
}
