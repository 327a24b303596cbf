//! Answers of Redis 7.0.15 that an implementation from the documentation gets wrong: streams.

use std::cell::Cell;
use std::rc::Rc;

use respfuzz_engine::resp::{Protocol, encode_reply};
use respfuzz_engine::{Clock, Config, Engine};

struct Ticking(Rc<Cell<u64>>);

impl Clock for Ticking {
    fn now_ms(&self) -> u64 {
        self.0.get()
    }
}

/// Runs steps in a new engine. A step is a command of session 1, of another one (`2: XLEN s`), or a move of the clock
/// (`+5`). The answer is what all sessions get from the step, as RESP2 with blanks for line breaks, in the form
/// `2: :0` for other sessions than the first.
fn expect(steps: &[(&str, &str)]) {
    let time = Rc::new(Cell::new(1_700_000_000_000));
    let mut engine = Engine::new(Config::default(), Box::new(Ticking(time.clone())));
    for (step, answer) in steps {
        if let Some(ms) = step.strip_prefix('+') {
            time.set(time.get() + ms.parse::<u64>().expect("milliseconds"));
            engine.tick();
        } else {
            let (session, command) = step.split_once(": ").unwrap_or(("1", step));
            let argv: Vec<Vec<u8>> = command.split(' ').map(Into::into).collect();
            engine.execute(session.parse().expect("a session"), &argv);
        }
        let mut replies = Vec::new();
        engine.poll(&mut replies);
        let shown = replies.iter().map(|(session, reply)| {
            let mut bytes = Vec::new();
            encode_reply(reply, Protocol::Resp2, &mut bytes);
            let text = String::from_utf8_lossy(&bytes).replace("\r\n", " ");
            if *session == 1 { text } else { format!("{session}: {text}") }
        });
        assert_eq!(shown.collect::<String>().trim_end(), *answer, "{step}");
    }
    assert_eq!(engine.check(), Vec::<String>::new());
}

#[test]
fn ids_are_read_loosely_and_grow() {
    expect(&[
        ("XADD s 007-+1 f v", "$3 7-1"),
        ("XADD s 7-* f v", "$3 7-2"),
        ("XADD s 7-2 f v", "-ERR The ID specified in XADD is equal or smaller than the target stream top item"),
        ("XADD s 0-0 f v", "-ERR The ID specified in XADD must be greater than 0-0"),
        ("XADD s * f v", "$15 1700000000000-0"),
        ("XADD s * f v", "$15 1700000000000-1"),
        ("XADD s 18446744073709551615-18446744073709551615 f v", "$41 18446744073709551615-18446744073709551615"),
        ("XADD s * f v", "-ERR The stream has exhausted the last possible ID, unable to add more items"),
        ("XADD s * f", "-ERR wrong number of arguments for 'xadd' command"),
    ]);
}

#[test]
fn an_empty_stream_stays_and_remembers() {
    expect(&[
        ("XADD s 1-1 f v", "$3 1-1"),
        ("XDEL s 1-1 1-1", ":1"),
        ("TYPE s", "+stream"),
        ("XADD s 1-1 f v", "-ERR The ID specified in XADD is equal or smaller than the target stream top item"),
        ("XRANGE s - + COUNT 0", "*-1"),
        ("XRANGE no - + COUNT 0", "*0"),
    ]);
}

#[test]
fn subcommands_have_an_arity_of_their_own() {
    expect(&[
        ("XGROUP", "-ERR wrong number of arguments for 'xgroup' command"),
        ("xgroup foo", "-ERR unknown subcommand 'foo'. Try XGROUP HELP."),
        ("XGROUP create s g", "-ERR wrong number of arguments for 'xgroup|create' command"),
        ("XINFO STREAM s FULL", "-ERR no such key"),
        ("XADD s 1-1 f v", "$3 1-1"),
        ("XINFO Stream s all", "-ERR unknown subcommand or wrong number of arguments for 'Stream'. Try XINFO HELP."),
        ("MULTI", "+OK"),
        ("XGROUP DESTROY s", "-ERR wrong number of arguments for 'xgroup|destroy' command"),
        ("EXEC", "-EXECABORT Transaction discarded because of previous errors."),
    ]);
}

#[test]
fn sessions_wait_for_entries_until_the_stream_or_the_group_goes() {
    expect(&[
        ("XGROUP CREATE s g $ MKSTREAM", "+OK"),
        ("2: XREAD BLOCK 0 STREAMS s $", ""),
        ("3: XREADGROUP GROUP g c BLOCK 0 STREAMS s >", ""),
        ("DEL s", ":1 3: -UNBLOCKED the stream key no longer exists"),
        ("XGROUP CREATE s g $ MKSTREAM", "+OK"),
        ("3: XREADGROUP GROUP g c BLOCK 0 STREAMS s >", ""),
        ("XGROUP DESTROY s g", ":1 3: -NOGROUP the consumer group this client was blocked on no longer exists"),
        ("XADD s 1-1 f v", "$3 1-1 2: *1 *2 $1 s *1 *2 $3 1-1 *2 $1 f $1 v"),
        ("2: XREAD BLOCK 5 STREAMS s $", ""),
        ("+5", ""),
        ("+1", "2: *-1"),
        ("2: XREAD BLOCK -1 STREAMS s $", "2: -ERR timeout is negative"),
    ]);
}

#[test]
fn an_entry_that_came_and_went_wakes_all_the_same() {
    expect(&[
        ("2: XREAD BLOCK 0 STREAMS s 0", ""),
        ("MULTI", "+OK"),
        ("XADD s 1-1 f v", "+QUEUED"),
        ("XDEL s 1-1", "+QUEUED"),
        ("XREAD BLOCK 0 STREAMS s 0", "+QUEUED"),
        ("EXEC", "*3 $3 1-1 :1 *-1 2: *1 *2 $1 s *0"),
    ]);
}

#[test]
fn the_history_of_a_consumer_shows_what_was_deleted() {
    expect(&[
        ("XADD s 1-1 f v", "$3 1-1"),
        ("XADD s 1-2 f v", "$3 1-2"),
        ("XGROUP CREATE s g 0", "+OK"),
        ("XREADGROUP GROUP g c COUNT 1 STREAMS s >", "*1 *2 $1 s *1 *2 $3 1-1 *2 $1 f $1 v"),
        ("XDEL s 1-1", ":1"),
        ("XREADGROUP GROUP g c STREAMS s 0", "*1 *2 $1 s *1 *2 $3 1-1 *-1"),
        ("XCLAIM s g d 0 1-1 1-2", "*0"),
        ("XPENDING s g", "*4 :0 $-1 $-1 *-1"),
        ("XCLAIM s g d 0 1-2 FORCE JUSTID", "*1 $3 1-2"),
        ("+7", ""),
        ("XPENDING s g IDLE 7 - + 10 d", "*1 *4 $3 1-2 $1 d :7 :1"),
        ("XAUTOCLAIM s g c 8 -", "*3 $3 0-0 *0 *0"),
        ("XAUTOCLAIM s g c 7 - COUNT 1 JUSTID", "*3 $3 0-0 *1 $3 1-2 *0"),
    ]);
}
