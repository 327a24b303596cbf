//! What Redis 7.0.15 sends after HELLO 3, on the wire.

use respfuzz_engine::resp::encode_typed;
use respfuzz_engine::{Clock, Config, Engine};

struct Stopped;

impl Clock for Stopped {
    fn now_ms(&self) -> u64 {
        1_700_000_000_000
    }
}

/// Runs commands of one session in a new engine; answers come with blanks for line breaks.
fn expect(session: &[(&str, &str)]) {
    let mut engine = Engine::new(Config::default(), Box::new(Stopped));
    for (command, answer) in session {
        let argv: Vec<Vec<u8>> = command.split(' ').map(Into::into).collect();
        engine.execute(1, &argv);
        let (mut replies, mut bytes) = (Vec::new(), Vec::new());
        engine.poll(&mut replies);
        replies.iter().for_each(|(_, reply)| encode_typed(reply, &mut bytes));
        assert_eq!(String::from_utf8_lossy(&bytes).replace("\r\n", " ").trim_end(), *answer, "{command}");
    }
    assert_eq!(engine.check(), Vec::<String>::new());
}

const HELLO: (&str, &str) = (
    "HELLO 3",
    "%7 $6 server $5 redis $7 version $6 7.0.15 $5 proto :3 $2 id :1 $4 mode $10 standalone $4 role $6 master $7 modules *0",
);

#[test]
fn collections_have_types_of_their_own() {
    expect(&[
        HELLO,
        ("HSET h f 1", ":1"),
        ("HGETALL h", "%1 $1 f $1 1"),
        ("HKEYS h", "*1 $1 f"),
        ("HRANDFIELD h 1 WITHVALUES", "*1 *2 $1 f $1 1"),
        ("SADD s a", ":1"),
        ("SMEMBERS s", "~1 $1 a"),
        ("SRANDMEMBER s 1", "*1 $1 a"),
        ("SPOP s 1", "~1 $1 a"),
        ("CONFIG GET hz", "%1 $2 hz $2 10"),
        ("INFO cluster", "=34 txt:# Cluster cluster_enabled:0"),
    ]);
}

#[test]
fn scores_are_numbers_in_pairs() {
    expect(&[
        HELLO,
        ("ZADD z 0.1 a inf b", ":2"),
        ("ZSCORE z a", ",0.10000000000000001"),
        ("ZRANGE z 0 -1 WITHSCORES", "*2 *2 $1 a ,0.10000000000000001 *2 $1 b ,inf"),
        ("ZINCRBY z 1.5 c", ",1.5"),
        ("ZPOPMIN z", "*2 $1 a ,0.10000000000000001"),
        ("ZPOPMIN z 1", "*1 *2 $1 c ,1.5"),
        ("ZSCAN z 0", "*2 $1 0 *2 $1 b $3 inf"),
        ("ZMPOP 1 z MAX", "*2 $1 z *1 *2 $1 b ,inf"),
    ]);
}

#[test]
fn there_is_one_null() {
    expect(&[
        HELLO,
        ("GET k", "_"),
        ("LPOP k 1", "_"),
        ("ZSCORE k m", "_"),
        ("OBJECT ENCODING k", "_"),
        ("MULTI", "+OK"),
        ("GET k", "+QUEUED"),
        ("HELLO 2", "+QUEUED"),
        ("GET k", "+QUEUED"),
    ]);
    expect(&[("MULTI", "+OK"), ("GET k", "+QUEUED"), ("HGETALL k", "+QUEUED"), ("EXEC", "*2 $-1 *0")]);
}

#[test]
fn places_streams_and_subsequences_have_types_too() {
    expect(&[
        HELLO,
        ("GEOADD g 13.36 38.1 a", ":1"),
        ("GEOPOS g a x", "*2 *2 ,13.35999995470046997 ,38.10000081174143105 _"),
        ("GEODIST g a a", "$6 0.0000"),
        ("XADD s 1-1 f v", "$3 1-1"),
        ("XREAD STREAMS s 0", "%1 $1 s *1 *2 $3 1-1 *2 $1 f $1 v"),
        ("MSET k ab j ab", "+OK"),
        ("LCS k j IDX", "%2 $7 matches *1 *2 *2 :0 :1 *2 :0 :1 $3 len :2"),
    ]);
}
