//! Channels: somebody listens, somebody speaks.

use super::stage::Stage;
use crate::command::{Domain, Family};
use crate::subject::ClientId;

/// Half of all listeners speak RESP3, where subscribers may send any command.
fn greet(stage: &mut Stage, client: ClientId) {
    if stage.draw.below(2) == 0 {
        stage.say(client, &[b"HELLO", b"3"]);
    }
}

fn subscribe(stage: &mut Stage, client: ClientId) {
    let name = stage.draw.pick(&["SUBSCRIBE", "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE"]);
    stage.any_of(client, Family::PubSub, |c| c.name == name);
}

fn speak(stage: &mut Stage, client: ClientId) {
    let name: &[u8] = stage.draw.pick(&[b"PUBLISH".as_slice(), b"PUBLISH", b"PUBLISH", b"SPUBLISH"]);
    let (channel, message) = (stage.draw.common(Domain::Channel), stage.draw.value(Domain::Value));
    stage.say(client, &[name, &channel, &message]);
}

/// Who listens stops, in one of many ways: nothing of it may be left.
fn leave(stage: &mut Stage, client: ClientId) {
    match stage.draw.below(8) {
        0 => stage.disconnect(client),
        1 => stage.say(client, &[b"QUIT"]),
        2 => {
            stage.say(client, &[b"UNSUBSCRIBE"]);
            stage.say(client, &[b"PUNSUBSCRIBE"]);
            stage.say(client, &[b"SUNSUBSCRIBE"]);
        }
        3 => stage.any_of(client, Family::PubSub, |c| c.name.ends_with("UNSUBSCRIBE")),
        _ => stage.say(client, &[b"RESET"]),
    }
}

/// Some subscribe, others publish, and then they stop listening.
pub(super) fn subscribe_and_publish(stage: &mut Stage) {
    let (me, other) = (stage.me, stage.other);
    greet(stage, me);
    for _ in 0..1 + stage.draw.below(3) {
        subscribe(stage, me);
    }
    if stage.draw.below(3) == 0 {
        subscribe(stage, other);
    }
    for _ in 0..1 + stage.draw.below(3) {
        speak(stage, other);
    }
    match stage.draw.below(4) {
        0 => stage.say(me, &[b"PING"]),
        1 => stage.any_of(me, Family::PubSub, |_| true),
        2 => speak(stage, me),
        _ => {
            let (_, family) = stage.kind();
            stage.read(me, family);
        }
    }
    stage.any_of(other, Family::PubSub, |c| c.name == "PUBSUB");
    leave(stage, me);
    speak(stage, other);
    stage.say(other, &[b"RESET"]);
}

/// Subscribing inside a transaction: the array of EXEC says less than comes.
pub(super) fn subscribe_in_multi(stage: &mut Stage) {
    let (me, other) = (stage.me, stage.other);
    stage.say(me, &[b"RESET"]);
    greet(stage, me);
    if stage.draw.below(3) == 0 {
        subscribe(stage, me);
    }
    stage.say(me, &[b"MULTI"]);
    for _ in 0..1 + stage.draw.below(4) {
        match stage.draw.below(6) {
            0 => speak(stage, me),
            1 => stage.say(me, &[b"PING"]),
            2 => stage.any_of(me, Family::PubSub, |c| c.name.ends_with("UNSUBSCRIBE")),
            3 => speak(stage, other),
            4 => stage.any_of(me, Family::Connection, |c| c.name == "HELLO"),
            _ => subscribe(stage, me),
        }
    }
    stage.say(me, &[b"EXEC"]);
    speak(stage, other);
    leave(stage, me);
}

/// A RESP3 client waits on a key and listens at the same time.
pub(super) fn listen_and_wait(stage: &mut Stage) {
    let (me, other) = (stage.me, stage.other);
    let (_, _, key) = stage.pin();
    stage.say(me, &[b"HELLO", b"3"]);
    stage.say(me, &[b"SUBSCRIBE", b"ch"]);
    stage.say(other, &[b"DEL", &key]);
    stage.say(me, &[b"BLPOP", &key, b"1"]);
    stage.say(other, &[b"MULTI"]);
    stage.say(other, &[b"PUBLISH", b"ch", b"1"]);
    stage.say(other, &[b"RPUSH", &key, b"a"]);
    speak(stage, other);
    stage.say(other, &[b"EXEC"]);
    stage.say(me, &[b"RESET"]);
}
