//! The words of the protocol: one list for the mutator and for `dictionaries/resp_parser.dict`.

/// A fuzzer's dictionary entries, 32 bytes at most, as AFL++ and libFuzzer use them.
#[rustfmt::skip] // Several a line, as they belong together.
pub const TOKENS: &[&[u8]] = &[
    // Line ends, whole and broken.
    b"\r\n", b"\n", b"\r", b"\n\r", b"\r\r\n", b"\0", b"\0\r\n",
    // Values, one of each type.
    b"+OK\r\n", b"-ERR no\r\n", b":0\r\n", b":-1\r\n", b"$0\r\n\r\n", b"$1\r\na\r\n", b"$-1\r\n", b"*0\r\n",
    b"*-1\r\n", b"*1\r\n", b"*2\r\n", b"_\r\n", b"#t\r\n", b"#f\r\n", b",1.5\r\n", b",inf\r\n", b",-inf\r\n",
    b",nan\r\n", b",1e400\r\n", b"(123\r\n", b"!3\r\nERR\r\n", b"=5\r\ntxt:a\r\n", b"=3\r\ntxt\r\n", b"%0\r\n",
    b"%1\r\n", b"~0\r\n", b"~1\r\n", b">1\r\n", b"|0\r\n", b"|1\r\n",
    // Streamed types, which no server sends.
    b"$?\r\n", b"*?\r\n", b";4\r\n", b";0\r\n", b".\r\n",
    // Lengths and integers at their edges.
    b"$-2\r\n", b"*-2\r\n", b"$+5\r\n", b"$05\r\n", b"$-0\r\n", b":+5\r\n", b"$536870912\r\n", b"$536870913\r\n",
    b"*1048577\r\n", b"*2147483647\r\n", b"*2147483648\r\n", b"*999999999\r\n", b"$4294967296\r\n",
    b":9223372036854775807\r\n", b":-9223372036854775808\r\n", b":9223372036854775808\r\n",
    b"$9223372036854775807\r\n", b"*18446744073709551615\r\n", b"$18446744073709551614\r\n",
    // Requests.
    b"*1\r\n$4\r\nPING\r\n", b"*2\r\n$4\r\nECHO\r\n$1\r\na\r\n", b"PING\r\n", b"SET a 1\n", b"HELLO 3\r\n", b"\"", b"'",
    b"\\x41", b"\\\"", b"\\'", b"\"\"", b"''", b"\"a\\nb\"", b"\t", b"\x0b",
];

/// The tokens in the format of libFuzzer and AFL++: one `"..."` a line, bytes escaped.
pub fn dictionary() -> String {
    let mut text = "# The words of RESP. Generated from src/target/resp_parser/tokens.rs.\n".to_owned();
    for token in TOKENS {
        text.push('"');
        for &byte in *token {
            match byte {
                b'"' => text.push_str("\\\""),
                b'\\' => text.push_str("\\\\"),
                b' '..=b'~' => text.push(char::from(byte)),
                other => text.push_str(&format!("\\x{other:02X}")),
            }
        }
        text.push_str("\"\n");
    }
    text
}
