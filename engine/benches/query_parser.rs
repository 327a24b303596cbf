//! What reading a query costs, by its size: on adversarial input, twice the bytes must not cost more than about twice the
//! time. Compare the columns of 64 KiB and 256 KiB.

use divan::Bencher;
use divan::counter::BytesCount;
use respfuzz_engine::{Clock, Config, Engine, Reply};

fn main() {
    divan::main();
}

struct Stopped;

impl Clock for Stopped {
    fn now_ms(&self) -> u64 {
        1_700_000_000_000
    }
}

const SIZES: [usize; 3] = [16 << 10, 64 << 10, 256 << 10];

/// What is repeated, and whether the result is a query.
#[derive(Clone, Copy, Debug)]
enum Unit {
    Words,
    Union,
    Groups,
    Fields,
    Quotes,
    Tags,
    Attributes,
    OpenParentheses,
    Minuses,
    Backslashes,
    Apostrophes,
}

impl Unit {
    const ALL: [Unit; 11] = [
        Unit::Words,
        Unit::Union,
        Unit::Groups,
        Unit::Fields,
        Unit::Quotes,
        Unit::Tags,
        Unit::Attributes,
        Unit::OpenParentheses,
        Unit::Minuses,
        Unit::Backslashes,
        Unit::Apostrophes,
    ];

    fn text(self) -> &'static str {
        match self {
            Unit::Words => "word ",
            Unit::Union => "word|",
            Unit::Groups => "(a|b) -c ",
            Unit::Fields => "@t:(a b)|",
            Unit::Quotes => "\"a b\" ",
            Unit::Tags => "@g:{a|b c} ",
            Unit::Attributes => "a=>{$weight:1} ",
            Unit::OpenParentheses => "(",
            Unit::Minuses => "-",
            Unit::Backslashes => "\\'",
            Unit::Apostrophes => "w'",
        }
    }

    fn query(self, bytes: usize) -> Vec<u8> {
        let mut query = self.text().repeat(bytes / self.text().len()).into_bytes();
        query.extend_from_slice(b"word");
        query
    }
}

fn engine() -> Engine {
    let mut engine = Engine::new(Config::default(), Box::new(Stopped));
    send(&mut engine, &["FT.CREATE", "i", "SCHEMA", "t", "TEXT", "g", "TAG"].map(|word| word.as_bytes().to_vec()));
    engine
}

fn send(engine: &mut Engine, argv: &[Vec<u8>]) -> Vec<(u64, Reply)> {
    let mut replies = Vec::new();
    engine.execute(1, argv);
    engine.poll(&mut replies);
    replies
}

#[divan::bench(args = Unit::ALL, consts = SIZES, sample_count = 10)]
fn dialect_2<const BYTES: usize>(bencher: Bencher, unit: Unit) {
    read(bencher, unit, BYTES, b"2");
}

#[divan::bench(args = Unit::ALL, consts = SIZES, sample_count = 10)]
fn dialect_1<const BYTES: usize>(bencher: Bencher, unit: Unit) {
    read(bencher, unit, BYTES, b"1");
}

fn read(bencher: Bencher, unit: Unit, bytes: usize, dialect: &[u8]) {
    let mut engine = engine();
    let words: [&[u8]; 6] = [b"FT.EXPLAIN", b"i", &unit.query(bytes), b"VERBATIM", b"DIALECT", dialect];
    let argv = words.map(<[u8]>::to_vec);
    bencher.counter(BytesCount::new(bytes)).bench_local(|| send(&mut engine, &argv));
}
