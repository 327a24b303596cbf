//! The seed corpus: one small input per type, error and inline rule, each with what it shows.

use crate::resp::{Malformed, RequestError};

/// What the reference makes of a seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// So many whole items and nothing else.
    Items(usize),
    /// So many items, then one that is not complete.
    Incomplete(usize),
    /// So many items, then a value with this fault.
    Fault(usize, Malformed),
    /// So many items, then a request with this error.
    Refused(usize, RequestError),
}

/// A named input.
#[derive(Clone, Debug)]
pub struct Seed {
    /// Its file name: what it shows, in kebab case.
    pub name: &'static str,
    /// The mode byte and what is read in that mode.
    pub bytes: Vec<u8>,
    /// What the reference makes of it.
    pub shows: Shows,
}

/// All of them, the committed files of `corpus/resp_parser`.
pub fn seeds() -> Vec<Seed> {
    let named = SEEDS.iter().map(|(name, bytes, shows)| Seed { name, bytes: bytes.to_vec(), shows: *shows });
    named.chain(long_seeds()).collect()
}

use Malformed::*;
use RequestError::*;
use Shows::*;

#[rustfmt::skip] // A table: one seed a line.
const SEEDS: &[(&str, &[u8], Shows)] = &[
    // RESP2, type by type.
    ("resp2-status", b"2+OK\r\n+\r\n", Items(2)),
    ("resp2-error", b"2-WRONGTYPE no\r\n-\r\n", Items(2)),
    ("resp2-integers", b"2:0\r\n:-1\r\n:9223372036854775807\r\n:-9223372036854775808\r\n", Items(4)),
    ("resp2-bulk-empty-and-null", b"2$0\r\n\r\n$-1\r\n", Items(2)),
    ("resp2-bulk-holds-crlf", b"2$4\r\n\r\n\r\n\r\n", Items(1)),
    ("resp2-bulk-not-utf8", b"2$3\r\n\xff\x00\xfe\r\n+\xff\r\n", Items(2)),
    ("resp2-array-empty-and-null", b"2*0\r\n*-1\r\n", Items(2)),
    ("resp2-array-nested", b"2*2\r\n*1\r\n:1\r\n*2\r\n$1\r\na\r\n$-1\r\n", Items(1)),
    ("resp2-array-of-null-arrays", b"2*2\r\n*-1\r\n*0\r\n", Items(1)),
    ("resp2-exec-with-an-error", b"2*2\r\n+OK\r\n-ERR value is not an integer or out of range\r\n", Items(1)),
    ("resp2-half-a-bulk", b"2:1\r\n$5\r\nhel", Incomplete(1)),
    ("resp2-half-a-crlf", b"2+OK\r", Incomplete(0)),
    ("resp2-array-of-many-not-there", b"2*2147483647\r\n:1\r\n", Incomplete(0)),
    ("resp2-bulk-of-much-not-there", b"2$536870912\r\nabc", Incomplete(0)),
    // RESP2, fault by fault.
    ("resp2-fault-resp3-type", b"2_\r\n", Fault(0, UnknownType)),
    ("resp2-fault-after-a-value", b"2+OK\r\n?\r\n", Fault(1, UnknownType)),
    ("resp2-fault-lf-in-a-line", b"2+a\nb\r\n", Fault(0, BareNewline)),
    ("resp2-fault-cr-in-a-line", b"2+a\rb\r\n", Fault(0, BareNewline)),
    ("resp2-fault-injected-crlf", b"2-ERR bad\r\n+OK\n\r\n", Fault(1, BareNewline)),
    ("resp2-fault-integer-empty", b"2:\r\n", Fault(0, InvalidInteger)),
    ("resp2-fault-integer-overflow", b"2:9223372036854775808\r\n", Fault(0, InvalidInteger)),
    ("resp2-fault-integer-plus", b"2:+5\r\n", Fault(0, NonCanonical)),
    ("resp2-fault-length-plus", b"2$+5\r\nhello\r\n", Fault(0, NonCanonical)),
    ("resp2-fault-length-leading-zero", b"2$05\r\nhello\r\n", Fault(0, NonCanonical)),
    ("resp2-fault-length-minus-two", b"2$-2\r\n", Fault(0, InvalidLength)),
    ("resp2-fault-array-minus-two", b"2*-2\r\n", Fault(0, InvalidLength)),
    ("resp2-fault-length-overflow", b"2$18446744073709551614\r\na\r\n", Fault(0, InvalidLength)),
    ("resp2-fault-length-max", b"2$9223372036854775807\r\n", Fault(0, InvalidLength)),
    ("resp2-fault-bulk-too-long", b"2$3\r\nabcd\r\n", Fault(0, MissingTerminator)),
    ("resp2-fault-streamed-array", b"2*?\r\n:1\r\n.\r\n", Fault(0, InvalidLength)),
    // RESP3, type by type.
    ("resp3-null", b"3_\r\n", Items(1)),
    ("resp3-resp2-nulls", b"3$-1\r\n*-1\r\n", Items(2)),
    ("resp3-booleans", b"3#t\r\n#f\r\n", Items(2)),
    ("resp3-doubles", b"3,1.5\r\n,-0\r\n,10.\r\n,1e+20\r\n,-1.25E-3\r\n,inf\r\n,-inf\r\n,nan\r\n", Items(8)),
    ("resp3-big-numbers", b"3(3492890328409238509324850943850943825024385\r\n(-1\r\n(+7\r\n", Items(3)),
    ("resp3-blob-error", b"3!21\r\nSYNTAX invalid syntax\r\n!0\r\n\r\n", Items(2)),
    ("resp3-verbatim", b"3=15\r\ntxt:Some string\r\n=4\r\nmkd:\r\n", Items(2)),
    ("resp3-map", b"3%2\r\n+a\r\n:1\r\n+b\r\n%0\r\n", Items(1)),
    ("resp3-map-keys-repeat", b"3%2\r\n+a\r\n:1\r\n+a\r\n:2\r\n", Items(1)),
    ("resp3-map-key-is-an-array", b"3%1\r\n*1\r\n:1\r\n:2\r\n", Items(1)),
    ("resp3-set", b"3~3\r\n:1\r\n:1\r\n~0\r\n", Items(1)),
    ("resp3-push", b"3>2\r\n+message\r\n$2\r\nhi\r\n:1\r\n", Items(2)),
    ("resp3-attribute", b"3|1\r\n+ttl\r\n:3600\r\n*2\r\n:1\r\n|0\r\n:2\r\n", Items(1)),
    ("resp3-attribute-without-its-value", b"3|1\r\n+ttl\r\n:3600\r\n", Incomplete(0)),
    ("resp3-hello-reply", b"3%3\r\n$6\r\nserver\r\n$5\r\nredis\r\n$5\r\nproto\r\n:3\r\n$7\r\nmodules\r\n*0\r\n", Items(1)),
    // RESP3, fault by fault.
    ("resp3-fault-null-with-text", b"3_x\r\n", Fault(0, InvalidNull)),
    ("resp3-fault-boolean", b"3#true\r\n", Fault(0, InvalidBoolean)),
    ("resp3-fault-double-words", b"3,infinity\r\n", Fault(0, InvalidDouble)),
    ("resp3-fault-double-no-digit", b"3,.5\r\n", Fault(0, InvalidDouble)),
    ("resp3-fault-big-number", b"3(12a\r\n", Fault(0, InvalidBigNumber)),
    ("resp3-fault-verbatim-no-format", b"3=3\r\nabc\r\n", Fault(0, InvalidVerbatim)),
    ("resp3-fault-verbatim-no-colon", b"3=5\r\ntxt-a\r\n", Fault(0, InvalidVerbatim)),
    ("resp3-fault-blob-error-null", b"3!-1\r\n", Fault(0, InvalidLength)),
    ("resp3-fault-map-null", b"3%-1\r\n", Fault(0, InvalidLength)),
    ("resp3-fault-nested-push", b"3*1\r\n>1\r\n:1\r\n", Fault(0, NestedPush)),
    ("resp3-fault-streamed-string", b"3$?\r\n;4\r\nword\r\n;0\r\n", Fault(0, InvalidLength)),
    // Requests: what asks for nothing, and pipelines.
    ("request-ping", b"q*1\r\n$4\r\nPING\r\n", Items(1)),
    ("request-pipeline", b"q*2\r\n$3\r\nGET\r\n$0\r\n\r\n*3\r\n$3\r\nSET\r\n$3\r\nk\x00x\r\n$2\r\n\xff\x00\r\nPING\r\n", Items(3)),
    ("request-nothing-asked", b"q*0\r\n*-1\r\n\r\n \t\r\n\n*-9223372036854775808\r\nPING\r\n", Items(1)),
    ("request-any-two-bytes-after-a-bulk", b"q*1\r\n$4\r\nPINGxx*1\r\n$4\r\nPING\r\n", Items(2)),
    ("request-any-byte-after-cr", b"q*1\rX$4\r\x00PING\r\n", Items(1)),
    ("request-cr-twice-after-a-count", b"q*0\r\r\n$4\r\nPING\r\n", Items(2)),
    ("request-half", b"qPING\r\n*2\r\n$4\r\nECHO\r\n$1", Incomplete(1)),
    ("request-most-arguments-not-there", b"q*2147483647\r\n$1\r\na\r\n", Incomplete(0)),
    ("request-longest-bulk-not-there", b"q*1\r\n$536870912\r\nab", Incomplete(0)),
    ("request-nul-hides-the-line-end", b"qPI\x00NG\r\nPING\r\n", Incomplete(0)),
    ("request-nul-hides-a-count", b"q*1\r\n\x00\r\n$4\r\nPING\r\n", Incomplete(0)),
    // Requests, error by error; what follows must not be read.
    ("request-error-count-plus", b"q*+1\r\n$4\r\nPING\r\n", Refused(0, InvalidMultibulkLength)),
    ("request-error-count-leading-zero", b"qPING\r\n*01\r\n$4\r\nPING\r\n", Refused(1, InvalidMultibulkLength)),
    ("request-error-count-empty", b"q*\r\n", Refused(0, InvalidMultibulkLength)),
    ("request-error-count-too-large", b"q*2147483648\r\n", Refused(0, InvalidMultibulkLength)),
    ("request-error-null-argument", b"q*2\r\n$4\r\nECHO\r\n$-1\r\n*1\r\n$4\r\nPING\r\n", Refused(0, InvalidBulkLength)),
    ("request-error-length-leading-zero", b"q*1\r\n$04\r\nPING\r\n", Refused(0, InvalidBulkLength)),
    ("request-error-length-too-large", b"q*1\r\n$536870913\r\n", Refused(0, InvalidBulkLength)),
    ("request-error-inline-in-array", b"q*1\r\nPING\r\n", Refused(0, ExpectedBulk(b'P'))),
    ("request-error-cr-eats-a-type", b"q*1\r$5\rULTI\r\n", Refused(0, ExpectedBulk(b'5'))),
    ("request-error-blank-in-array", b"q*1\r\n\r\n$4\r\nPING\r\n", Refused(0, ExpectedBulk(b'\r'))),
    ("request-error-not-ascii-in-array", b"q*1\r\n\xff4\r\n", Refused(0, ExpectedBulk(0xff))),
    ("request-error-integer-argument", b"q*2\r\n$3\r\nGET\r\n:1\r\n", Refused(0, ExpectedBulk(b':'))),
    // Inline requests, rule by rule.
    ("inline-lf-alone", b"qSET a 1\nGET a\n", Items(2)),
    ("inline-white-space", b"q\x0b\x0c PING\t\r\nECHO a\tb\rc\r\n", Items(2)),
    ("inline-vertical-tab-in-a-word", b"qPING\x0b\r\n", Items(1)),
    ("inline-double-quotes", b"qSET \"\" \"x y\\n\\r\\t\\b\\a\\\"\\\\\\q\"\r\n", Items(1)),
    ("inline-hex-escapes", b"qECHO \"\\x41\\xff\\x4\\xzz\"\r\n", Items(1)),
    ("inline-single-quotes", b"qECHO 'it\\'s \\n \"'\r\n", Items(1)),
    ("inline-quote-inside-a-word", b"qECHO a\"b c\"\r\n", Items(1)),
    ("inline-not-utf8", b"q\xff\xfe\xa0\r\n", Items(1)),
    ("inline-looks-like-a-value", b"q+OK\r\n$4\r\n%1\r\n", Items(3)),
    ("inline-cr-in-the-middle", b"qECHO a\r\r\n", Items(1)),
    ("inline-error-quote-not-closed", b"qPING\r\nSET a \"x\r\nPING\r\n", Refused(1, UnbalancedQuotes)),
    ("inline-error-escape-at-the-end", b"qECHO \"a\\\r\n", Refused(0, UnbalancedQuotes)),
    ("inline-error-word-after-a-quote", b"qECHO \"\"a\r\n", Refused(0, UnbalancedQuotes)),
    ("inline-error-single-quote", b"q'\nPING\r\n", Refused(0, UnbalancedQuotes)),
];

/// Those that are too long to write down.
fn long_seeds() -> impl Iterator<Item = Seed> {
    let seed = |name, mode: u8, parts: &[&[u8]], shows| Seed {
        name,
        bytes: [&[mode], parts.concat().as_slice()].concat(),
        shows,
    };
    let (line, over) = (vec![b'a'; 64 << 10], vec![b'1'; (64 << 10) + 1]);
    [
        seed("resp2-deepest", b'2', &[&b"*1\r\n".repeat(128), b"*0\r\n"], Items(1)),
        seed("resp2-fault-too-deep", b'2', &[&b"*1\r\n".repeat(129), b":1\r\n"], Fault(0, TooDeep)),
        seed("resp2-fault-64-kib-deep", b'2', &[&b"*1\r\n".repeat(16 << 10)], Fault(0, TooDeep)),
        seed("resp3-fault-too-deep-in-attributes", b'3', &[&b"|0\r\n".repeat(400), b":1\r\n"], Fault(0, TooDeep)),
        seed("resp3-fault-too-deep-in-keys", b'3', &[&b"%1\r\n".repeat(200)], Fault(0, TooDeep)),
        seed("resp3-nested-claims", b'3', &[&b"*2147483647\r\n".repeat(100)], Incomplete(0)),
        seed("resp2-status-of-64-kib", b'2', &[b"+", &line, b"\r\n"], Items(1)),
        seed("resp3-double-of-64-kib", b'3', &[b",", &over[1..], b"\r\n"], Items(1)),
        seed("inline-longest-line", b'q', &[&line, b"\n"], Items(1)),
        seed("inline-error-too-big", b'q', &[&over], Refused(0, TooBigInline)),
        seed("request-error-too-big-count", b'q', &[b"*", &over[1..]], Refused(0, TooBigMultibulkCount)),
        seed("request-error-too-big-length", b'q', &[b"*1\r\n$", &over[1..]], Refused(0, TooBigBulkCount)),
    ]
    .into_iter()
}
