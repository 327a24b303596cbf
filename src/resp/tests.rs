//! Spot checks of the reference; the corpus of the `resp_parser` target has one input per rule.

use super::*;

fn value(bytes: &[u8]) -> Decoded<Value, ValueError> {
    decode_value(bytes, Protocol::Resp3, &Limits::REDIS)
}

fn request(bytes: &[u8]) -> Decoded<Request, RequestError> {
    decode_request(bytes, &Limits::REDIS)
}

fn words(line: &[u8]) -> Option<Vec<String>> {
    split_args(line).map(|words| words.iter().map(|word| word.escape_ascii().to_string()).collect())
}

#[test]
fn each_type_decodes_to_itself_again() {
    let wire: &[u8] = b"*16\r\n+OK\r\n-ERR x\r\n:-7\r\n$2\r\n\r\n\r\n$-1\r\n*-1\r\n_\r\n#t\r\n,1.50\r\n(+12\r\n!2\r\nno\r\n=5\r\ntxt:a\r\n%1\r\n+k\r\n~0\r\n*0\r\n|1\r\n+a\r\n:1\r\n~1\r\n#f\r\n$0\r\n\r\n";
    let Decoded::Complete { value, consumed } = value(wire) else { panic!("not complete") };
    assert_eq!(consumed, wire.len());
    let mut again = Vec::new();
    encode(&value, &mut again);
    assert_eq!(again.escape_ascii().to_string(), wire.escape_ascii().to_string());
}

#[test]
fn every_prefix_of_a_value_is_incomplete() {
    let wire = b"%1\r\n*2\r\n$3\r\na\r\n\r\n=4\r\ntxt:\r\n|1\r\n+x\r\n,inf\r\n~1\r\n_\r\n";
    for len in 0..wire.len() {
        assert_eq!(value(&wire[..len]), Decoded::Incomplete, "{}", wire[..len].escape_ascii());
    }
    assert!(matches!(value(wire), Decoded::Complete { .. }));
}

#[test]
fn an_error_says_where() {
    let Decoded::Error(error) = value(b"*2\r\n:1\r\n*1\r\n#x\r\n") else { panic!("no error") };
    assert_eq!(error, ValueError { kind: Malformed::InvalidBoolean, at: 13 });
    assert_eq!(error.to_string(), "invalid boolean at byte 13");
}

#[test]
fn words_are_split_as_in_redis() {
    let split = |line: &[u8]| words(line).map(|words| words.join("|"));
    assert_eq!(split(b"  a b\t c "), Some("a|b|c".into()));
    assert_eq!(split(b"a\"b c\" ''"), Some("ab c|".into()));
    assert_eq!(split(br#""\x41\xfF\x4g\q""#), Some(r"A\xffx4gq".into()));
    assert_eq!(split(br"'\n\'' b"), Some(r"\\n\'|b".into()));
    assert_eq!(split(b"\x0b\x0ca\x0b"), Some(r"a\x0b".into()));
    assert_eq!(split(b""), Some("".into()));
    for unbalanced in [b"\"".as_slice(), b"'a", b"\"a\"b", b"''a", b"\"\\", b"a\"", b"\"\\x4"] {
        assert_eq!(words(unbalanced), None, "{}", unbalanced.escape_ascii());
    }
}

#[test]
fn errors_of_requests_are_those_of_redis() {
    let line = |bytes: &[u8]| match request(bytes) {
        Decoded::Error(error) => error.line().escape_ascii().to_string(),
        other => format!("{other:?}"),
    };
    assert_eq!(line(b"*1\r\n\xff4\r\n"), r"ERR Protocol error: expected \'$\', got \'\xff\'");
    assert_eq!(line(b"*1\r\n\r\n"), r"ERR Protocol error: expected \'$\', got \' \'");
    assert_eq!(line(b"*x\rY"), "ERR Protocol error: invalid multibulk length");
    assert_eq!(line(b"*x\r"), "Incomplete");
    assert_eq!(line(b"*1\r\n$-1\r\n"), "ERR Protocol error: invalid bulk length");
}

#[test]
fn a_line_is_too_big_however_it_came() {
    // 64 KiB and its LF are fine; one more byte before the LF is not, whether or not the LF is there.
    let mut bytes = vec![b'a'; 64 << 10];
    assert_eq!(request(&bytes), Decoded::Incomplete);
    bytes.push(b'\n');
    assert!(matches!(request(&bytes), Decoded::Complete { .. }));
    bytes.insert(0, b'a');
    assert_eq!(request(&bytes), Decoded::Error(RequestError::TooBigInline));
    bytes.pop();
    assert_eq!(request(&bytes), Decoded::Error(RequestError::TooBigInline));
}

#[test]
fn streams_give_what_the_slices_hold() {
    let mut values = ValueStream::new(Protocol::Resp2, Limits::REDIS);
    for byte in b"+OK\r\n*1\r\n$-1\r\n:" {
        values.feed(&[*byte]);
    }
    assert_eq!(values.next(), Ok(Some(Value::ok())));
    assert_eq!(values.next(), Ok(Some(Value::Array(vec![Value::NullBulk]))));
    assert_eq!((values.next(), values.consumed(), values.pending()), (Ok(None), 14, 1));
    values.feed(b"x\r\n");
    let error = values.next();
    assert!(error.is_err());
    assert_eq!(values.next(), error);

    let mut requests = RequestStream::new(Limits::REDIS);
    requests.feed(b"*0\r\n\r\nPING\r\n*-1\r\n");
    assert_eq!(requests.next(), Ok(Some(vec![b"PING".to_vec()])));
    assert_eq!((requests.next(), requests.consumed()), (Ok(None), 17));
}
