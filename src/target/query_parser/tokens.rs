//! The words of the query language: one list for the mutator and for `dictionaries/query_parser.dict`.

/// A fuzzer's dictionary entries.
#[rustfmt::skip] // Several a line, as they belong together.
pub const TOKENS: &[&[u8]] = &[
    // Operators, and what looks like them.
    b"|", b" | ", b"-", b"~", b"(", b")", b"()", b"\"", b"\"\"", b"*", b"%", b"%%", b"%%%", b":", b";", b",", b"=", b"=>", b"{",
    b"}", b"[", b"]", b"\\", b"$", b"'", b"w'", b"@", b"!=", b"==", b">=", b"<=", b"||", b"&&", b"+", b"/", b"^", b"!", b"#", b"&",
    // Scopes and filters.
    b"@title:", b"@body:", b"@num:", b"@cat:{", b"@t|b:", b"@title|body:(", b"@num:[1 2]", b"@num:[(1 (2]", b"@num:[-inf +inf]",
    b"@num:[inf -inf]", b"@num==1", b"@num>=1", b"@num:[1,2]", b"@num:[1e3 1e400]", b"@loc:[2.35 48.85 10 km]", b"@loc:[1 1 1 M]",
    b"@loc:[181 0 1 mi]", b"@loc:[0 0 -1 ft]", b"@cat:{a|b}", b"@cat:{hello world}", b"@cat:{a*}", b"@cat:{*a}", b"@cat:{w'a*'}",
    b"@cat:{}", b"ismissing(@title)", b"@__key:", b"@nofield:",
    // Terms.
    b"hello", b"running", b"the", b"foo-bar", b"RED", b"na\xc3\xafve", b"\xe6\x97\xa5", b"hel*", b"*llo", b"*ell*", b"%hello%",
    b"%%hello%%", b"w'h*o?'", b"\"hello world\"", b"foo\\-bar", b"a\\", b"\\ ", b"1", b"1e3", b"-1", b"+inf", b"0x10", b".5", b"5.",
    // Attributes and parameters.
    b"=>{$weight:2}", b"=>{$slop:1;$inorder:true}", b"=>{$phonetic:false}", b"=> {$weight: abc}", b"=>{$nosuch:1}", b"=>{}",
    b"$p", b"$n", b"@num:[$n $n]", b"@cat:{$p}", b"[$n $n 1 $u]", b"%$p%",
    // Expressions.
    b"lower(", b"upper(", b"substr(", b"format(", b"exists(", b"to_number(", b"split(", b"case(", b"geodistance(", b"timefmt(",
    b"matched_terms()", b"'it\\'s'", b"@num", b"inf", b"nan", b"NULL",
    // What is none of it.
    b"\0", b"\n", b"\t", b"\x7f", b"\xff", b"\xc3", b" ", b"AND", b"OR", b"NOT",
];

/// The tokens in the format of libFuzzer and AFL++: one `"..."` a line, bytes escaped.
pub fn dictionary() -> String {
    let mut text = "# The words of FT.SEARCH's queries. Generated from src/target/query_parser/tokens.rs.\n".to_owned();
    for token in TOKENS {
        text.push('"');
        for &byte in *token {
            match byte {
                b'"' | b'\\' => text.extend(['\\', char::from(byte)]),
                b' '..=b'~' => text.push(char::from(byte)),
                other => text.push_str(&format!("\\x{other:02X}")),
            }
        }
        text.push_str("\"\n");
    }
    text
}
