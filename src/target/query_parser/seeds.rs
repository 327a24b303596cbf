//! The seed corpus: one small input for each thing that the language has, and for each way of getting it wrong.

/// A named input.
#[derive(Clone, Debug)]
pub struct Seed {
    /// Its file name: what it shows, in kebab case.
    pub name: &'static str,
    /// Four bytes of head, and the text.
    pub bytes: Vec<u8>,
}

/// All of them, some of the committed files of `corpus/query_parser`.
pub fn seeds() -> Vec<Seed> {
    let named = SEEDS.iter().map(|(name, bytes)| Seed { name, bytes: bytes.to_vec() });
    named.chain(long_seeds()).collect()
}

#[rustfmt::skip] // A table: one seed a line.
const SEEDS: &[(&str, &[u8])] = &[
    // Terms.
    ("word", b"qa2@hello"),
    ("word-with-a-stem", b"qa1@running"),
    ("word-verbatim", b"qa2Arunning"),
    ("words", b"qa2@hello running world"),
    ("number-as-a-word", b"qa1@hello 42 -1 1e3"),
    ("upper-case", b"qa2@HELLO \xd0\x9c\xd0\x9e\xd0\xa1\xd0\x9a\xd0\x92\xd0\x90"),
    ("stop-words-alone", b"qa2@the of"),
    ("stop-words-kept", b"qa1Bthe hello"),
    ("stop-word-in-a-group", b"qa2@hello (the) world"),
    ("escapes", b"qa2@foo\\-bar a\\ b x\\\\y"),
    ("punctuation", b"qa1@foo-bar,baz;qux"),
    ("prefix", b"qa2@hel* run*"),
    ("prefix-too-short", b"qa2@h*"),
    ("suffix-and-infix", b"qc2@*llo *ell*"),
    ("suffix-without-a-trie", b"qa1@*llo"),
    ("wildcard", b"qc2@w'h?l*o'"),
    ("fuzzy", b"qa2@%helo% %%helo%% %%%helo%%%"),
    ("fuzzy-not-closed", b"qa2@%%helo%"),
    ("phrase", b"qa2@\"hello big world\""),
    ("phrase-with-a-stop-word", b"qa2@\"hello the world\""),
    ("phrase-empty", b"qa2@\"\""),
    ("phrase-not-closed", b"qa1@\"hello world"),
    ("everything", b"qa2@*"),
    ("everything-and-more", b"qa2@* hello"),
    ("nothing", b"qa2@"),
    // Operators.
    ("union", b"qa2@hello|world|red"),
    ("union-binds-looser-in-2", b"qa2@hello world|red blue"),
    ("union-binds-tighter-in-1", b"qa1@hello world|red blue"),
    ("union-with-nothing", b"qa2@hello|"),
    ("negation", b"qa2@hello -world"),
    ("negation-alone", b"qa1@-hello"),
    ("negation-of-a-union", b"qa2@-(hello|world)"),
    ("negation-twice", b"qa2@--hello"),
    ("optional", b"qa2@hello ~world ~(red blue)"),
    ("groups", b"qa2@((hello) (world|(red)))"),
    ("group-empty", b"qa2@()"),
    ("group-not-closed", b"qa1@(hello (world)"),
    ("group-closed-twice", b"qa3@hello)"),
    ("in-order-with-slop", b"qa2LHello world"),
    // Scopes.
    ("scope", b"qa2@@title:hello"),
    ("scope-of-a-group", b"qa1@@title:(hello world)"),
    ("scope-of-two-fields", b"qa2@@title|body:(hello world)"),
    ("scope-and-more", b"qa1@@title:hello world"),
    ("scope-inside-a-scope", b"qa2@@title:(hello @body:world)"),
    ("scope-of-a-phrase", b"qa2@@body:\"big red\""),
    ("scope-of-another-type", b"qa2@@num:hello"),
    ("scope-of-no-field", b"qa2@@nofield:hello"),
    ("scope-by-alias", b"qf2@@t:hello @b:red"),
    // Filters.
    ("numeric", b"qa2@@num:[1 2]"),
    ("numeric-exclusive", b"qa1@@num:[(1 (2]"),
    ("numeric-infinite", b"qa2@@num:[-inf +inf]"),
    ("numeric-the-wrong-way-round", b"qa2@@num:[2 1]"),
    ("numeric-of-one-number", b"qa2@@num:[5]"),
    ("numeric-compared", b"qa2@@num==5 @num>=1 @num<3 @num!=2"),
    ("numeric-odd-numbers", b"qd2@@price:[1e400 0x10]"),
    ("geo", b"qa2@@loc:[2.35 48.85 10 km]"),
    ("geo-unit", b"qe1@@loc:[2.35 48.85 10 parsec]"),
    ("geo-radius", b"qe2@@loc:[2.35 48.85 -1 m]"),
    ("geo-nowhere", b"qe2@@loc:[181 91 1 m]"),
    ("tag", b"qa2@@cat:{red|hello world}"),
    ("tag-escapes", b"qb2@@tags:{a\\|b|foo\\-bar| x }"),
    ("tag-prefix", b"qb2@@cs:{re*|*ed|w'r*'}"),
    ("tag-punctuation", b"qb1@@tags:{foo-bar}"),
    ("tag-empty", b"qf2@@tg:{\"\"}"),
    ("missing", b"qd2@ismissing(@qty)"),
    ("missing-not-allowed", b"qd2@ismissing(@num)"),
    // Attributes and parameters.
    ("attributes", b"qa2@(hello world)=>{$weight: 2; $slop: 1; $inorder: true}"),
    ("attributes-bad-value", b"qa2@(hello)=>{$weight: abc}"),
    ("attributes-unknown", b"qa1@(hello)=>{$nosuch: 1}"),
    ("attributes-phonetic", b"qa2@(hello)=>{$phonetic: true}"),
    ("parameters", b"qa2P$p @num:[$n $n] @cat:{$p}\0p\0hello\0n\x005"),
    ("parameter-missing", b"qa2@$p"),
    ("parameter-not-a-number", b"qa2P@num:[$n 5]\0n\0x"),
    ("parameters-of-a-place", b"qe2P@loc:[$x $y $r $u]\0x\x002.35\0y\x0048.8\0r\x0010\0u\0km"),
    // Expressions.
    ("expression", b"ea2@@num*2+1"),
    ("expression-precedence", b"ea2@1+2*3^2%5==-@num"),
    ("expression-logic", b"ea2@!(@num>1)&&@num<=3||1!=2"),
    ("expression-functions", b"ea2@format('%s-%s',upper(@title),strlen(@body))"),
    ("expression-unknown-function", b"ea2@nosuch(1)"),
    ("expression-arguments", b"ea2@substr('hello',1)"),
    ("expression-not-ended", b"ea2@(1+2"),
    ("expression-string", b"ea1@'it\\'s' == \"it's\""),
    ("expression-fraction-of-a-number", b"ea2@5 % 0.5"),
    // Where two parsers disagreed once, and what RediSearch 2.10 does. Tags are looked at only by fields that have them.
    ("tag-of-a-text-field", b"qa2@@title:{a\\-B}"),
    ("tag-pattern-of-a-text-field", b"qa2@@title:{w'a\\*'}"),
    // Of backslashes in a row none stays, in a tag every second one, in a pattern too; the star behind counts as well.
    ("escapes-in-a-row", b"qa1@a\\\\\\\\ b\\\\\\-c"),
    ("escapes-before-a-star", b"qa2@ab\\\\* *ab\\\\ *ab\\\\*"),
    ("tag-escapes-in-a-row", b"qb2@@tags:{a\\\\\\-b|c\\\\\\\\}"),
    ("wildcard-escapes", b"qc2@w'a\\*b\\\\' w'c\\?'"),
    ("tag-pattern-escapes", b"qb2@@tags:{w'A\\*b\\\\\\\\'}"),
    // A boolean is a whole word.
    ("attributes-almost-a-boolean", b"qa3@(hello)=>{$inorder:00}"),
    // Only dialects 2 and 3 have a plus before numbers, only dialect 1 an apostrophe before `inf`.
    ("plus-in-1", b"qa1@hello +5 1e+3"),
    ("plus-in-2", b"qa2@hello +5 1e+3"),
    ("apostrophe-infinity-in-1", b"qa1@@num:['inf inf]"),
    ("apostrophe-infinity-in-2", b"qa2@'inf hello"),
    ("verbatim-with-a-dollar", b"qa2@'a$b'"),
    ("error-with-a-line-end", b"qa2@@num>\\\n=1 \\\r"),
    // What does not exist is never missing; after a tag all may be empty, unless it counts; broken UTF-8 has stems.
    ("missing-of-no-field", b"qa2@ismissing(@nofield)"),
    ("empty-word-after-a-tag", b"qa2@@cat:{a} @title:(\"\")"),
    ("word-that-is-no-text", b"qa2@\xf6running"),
    // Parameters are read by `strtod`: nothing is 0, only the end of a range minds an infinity.
    ("parameter-endless", b"qa2P@num:[$a $b]\0a\0-INF\0b\0+inf"),
    ("parameter-endless-the-wrong-way", b"qa2P@num:[$a 5]\0a\0(inf"),
    ("parameter-endless-and-negative", b"qa2P@num:[-$a -$b]\0a\0inf\0b\0-inf"),
    ("parameter-empty", b"qa2P@num:[-$a $a] @num:[$a] $a\0a\0"),
    ("parameter-too-small", b"qa2P@num:[$a $a] $a\0a\x001e-999"),
    ("parameter-too-small-for-one", b"qa2P@num:[$a]\0a\x001e-999"),
    ("parameter-that-is-no-number", b"qa2P@num:[$a $a] @num:[$a]\0a\0nan"),
    ("parameter-weight", b"qa2P(hello)=>{$weight:$a}\0a\x000e5"),
    // Neither parser has these, and both read on to the end.
    ("shape", b"qa2@@loc:[within $s] hello"),
    ("vector", b"qa2@hello=>[knn 3 @num $v as x]"),
    ("vector-and-a-mistake", b"qa2@@num:[vector_range 1 $v] )"),
    ("expression-plus-in-an-exponent", b"ea2@1e+3"),
    ("expression-apostrophe-infinity", b"ea2@'inf"),
];

/// Those that are too long to write down.
fn long_seeds() -> impl Iterator<Item = Seed> {
    let seed = |name, head: &[u8], parts: &[&[u8]]| Seed { name, bytes: [head, &parts.concat()].concat() };
    let many = |piece: &[u8], times| piece.repeat(times);
    [
        seed("deep-groups", b"qa2@", &[&many(b"(", 300), b"hello", &many(b")", 300)]),
        seed("deep-negations", b"qa1@", &[&many(b"-", 300), b"hello"]),
        seed("deep-optionals", b"qa2@", &[&many(b"~(", 120), b"hello", &many(b")", 120)]),
        seed("deep-unions", b"qa2@", &[&many(b"(a|", 90), b"hello", &many(b")", 90)]),
        seed("deep-scopes", b"qa2@", &[&many(b"@title:(", 100), b"hello", &many(b")", 100)]),
        seed("only-opened", b"qa2@", &[&many(b"(", 2000)]),
        seed("long-union", b"qa2@", &[&many(b"a|", 1000), b"b"]),
        seed("long-intersection", b"qa1@", &[&many(b"hello ", 600)]),
        seed("long-word", b"qa2@", &[&many(b"a", 3000)]),
        seed("long-escapes", b"qa2@", &[&many(b"\\-", 1500)]),
        seed("long-tag", b"qb2@", &[b"@tags:{", &many(b"a|", 1000), b"b}"]),
        seed("quotes", b"qa2@", &[&many(b"\"", 1001)]),
        seed("percents", b"qa2@", &[&many(b"%", 1001), b"a"]),
        seed("deep-expression", b"ea2@", &[&many(b"(", 300), b"1", &many(b")", 300)]),
        seed("deep-expression-negations", b"ea2@", &[&many(b"!", 1000), b"1"]),
        seed("long-expression", b"ea2@", &[&many(b"1+", 1500), b"1"]),
        // Dialect 1 and expressions begin anew beyond a hundred symbols, and lose the token that was one too many.
        seed("deep-groups-in-1", b"qa1@", &[&many(b"(", 300), b"hello", &many(b")", 300)]),
        seed("deep-scopes-in-1", b"qa1@", &[&many(b"@title:(", 60), b"hello world"]),
        seed("deep-call-without-arguments", b"ea2@", &[&many(b"!", 97), b"abs()+1"]),
        seed("deep-call-to-the-end", b"ea2@", &[&many(b"!", 97), b"abs("]),
        seed("deep-negative-number", b"ea2@", &[&many(b"!", 98), b"-1+2"]),
        seed("long-backslashes", b"qa1@", &[&many(b"\\", 4096)]),
        seed("long-chain", b"ea2@", &[b"@num", &many(b"+1", 6000)]),
    ]
    .into_iter()
}
