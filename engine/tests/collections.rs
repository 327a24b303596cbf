//! Answers of Redis 7.0.15 that an implementation from the documentation gets wrong: hashes, sets, sorted sets.

use respfuzz_engine::resp::{Protocol, encode_reply};
use respfuzz_engine::{Clock, Config, Engine};

struct Stopped;

impl Clock for Stopped {
    fn now_ms(&self) -> u64 {
        1_700_000_000_000
    }
}

/// Runs one command after the other in a new engine; `""` is the empty word. Answers come as RESP2 with blanks for line breaks.
fn expect(session: &[(&str, &str)]) {
    let mut engine = Engine::new(Config::default(), Box::new(Stopped));
    for (command, answer) in session {
        let word = |text: &str| if text == "\"\"" { Vec::new() } else { text.as_bytes().to_vec() };
        engine.execute(1, &command.split(' ').map(word).collect::<Vec<_>>());
        let (mut replies, mut bytes) = (Vec::new(), Vec::new());
        engine.poll(&mut replies);
        replies.iter().for_each(|(_, reply)| encode_reply(reply, Protocol::Resp2, &mut bytes));
        let got = String::from_utf8_lossy(&bytes).replace("\r\n", " ");
        assert_eq!(got.trim_end(), *answer, "{command}");
    }
    assert_eq!(engine.check(), Vec::<String>::new());
}

#[test]
fn members_are_compared_by_bytes_even_where_scores_differ() {
    expect(&[
        ("ZADD z 1 b 2 a 3 c", ":3"),
        ("ZRANGE z [a + BYLEX", "*3 $1 b $1 a $1 c"),
        ("ZRANGE z + [b BYLEX REV", "*1 $1 c"),
        ("ZLEXCOUNT z [b [c", ":3"),
        ("ZRANGE z - [b BYLEX LIMIT 1 5", "*1 $1 a"),
    ]);
}

#[test]
fn the_small_encoding_has_no_negative_zero() {
    let long = "m".repeat(65);
    expect(&[
        ("ZINCRBY z -0 a", "$2 -0"),
        ("ZSCORE z a", "$1 0"),
        (&format!("ZADD z 1 {long} -0 b"), ":2"),
        ("ZMSCORE z a b", "*2 $1 0 $2 -0"),
        ("ZADD z CH -0 a", ":0"),
    ]);
}

#[test]
fn infinities_that_cancel_out_are_zero() {
    expect(&[
        ("ZADD i inf a -inf b", ":2"),
        ("SADD s a b c", ":3"),
        ("ZUNION 2 i s WEIGHTS 0 2 WITHSCORES", "*6 $1 a $1 2 $1 b $1 2 $1 c $1 2"),
        ("ZINTER 2 i i WEIGHTS 1 -1 WITHSCORES", "*4 $1 a $1 0 $1 b $1 0"),
        ("ZINCRBY i -inf a", "-ERR resulting score is not a number (NaN)"),
    ]);
}

#[test]
fn ends_of_score_ranges_are_read_with_less_care_than_scores() {
    expect(&[
        ("ZADD z 1 a 1e400 b", "-ERR value is not a valid float"),
        ("ZADD z 1 a 1e-320 b", ":2"),
        ("ZCOUNT z \"\" 1e400", ":2"),
        ("ZCOUNT z ( +inf", ":2"),
        (
            "ZRANGE z 0 -1 LIMIT 0 1",
            "-ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
        ),
        ("ZRANGE z 0 -1 LIMIT 5 -1", "*2 $1 b $1 a"),
    ]);
}

#[test]
fn errors_come_in_the_order_of_the_server() {
    let wrong_type = "-WRONGTYPE Operation against a key holding the wrong kind of value";
    expect(&[
        ("SET str v", "+OK"),
        ("ZADD str XX x a", "-ERR value is not a valid float"),
        ("ZADD str NX GT x a", "-ERR GT, LT, and/or NX options at the same time are not compatible"),
        ("ZUNION 1 str WEIGHTS x", wrong_type),
        ("ZUNIONSTORE str 0 str", "-ERR at least 1 input key is needed for 'zunionstore' command"),
        ("ZPOPMIN str 0", wrong_type),
        ("BZPOPMIN missing str x", "-ERR timeout is not a float or out of range"),
        ("BZMPOP x 1 str UP", "-ERR syntax error"),
        ("SINTER missing str", wrong_type),
        ("SMOVE missing str a", ":0"),
        ("SPOP str x", "-ERR value is out of range, must be positive"),
        ("HINCRBY str f x", "-ERR value is not an integer or out of range"),
        ("HRANDFIELD str x WITHVALUES y", "-ERR value is not an integer or out of range"),
        ("SDIFFSTORE str missing", ":0"),
        ("EXISTS str", ":0"),
    ]);
}
