//! How bytes are read: four bytes that say what is asked over which index, then the text.

use rand_chacha::rand_core::Rng;

use super::TEXT_BYTES_MAX;
use super::seeds::seeds;
use crate::query::Schema;
use crate::query::schema::FieldKind;
use crate::resp::Bytes;
use crate::scenario::search::{Vocabulary, write_expression, write_query};

/// What the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A query.
    Query,
    /// Choices, of which a query is made.
    Generated,
    /// An expression of APPLY.
    Expression,
}

/// An input, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// What is asked.
    pub kind: Kind,
    /// Over which of [`SCHEMAS`].
    pub schema: usize,
    /// DIALECT.
    pub dialect: u8,
    /// Bits of [`FLAGS`], and [`PARAMS`].
    pub(super) flags: u8,
    /// The query or expression.
    pub text: Bytes,
    /// PARAMS.
    pub params: Vec<(Bytes, Bytes)>,
}

/// The indexes, as in the recorded answers; the last one has next to nothing.
pub const SCHEMAS: [&str; 7] = [
    "basic ON HASH PREFIX 1 d: SCHEMA title TEXT WEIGHT 5 SORTABLE body TEXT num NUMERIC SORTABLE cat TAG loc GEO",
    "tags ON HASH PREFIX 1 d: SCHEMA tags TAG SEPARATOR ; cs TAG CASESENSITIVE suf TAG WITHSUFFIXTRIE SORTABLE cat TAG \
     note TEXT NOSTEM",
    "nostop ON HASH PREFIX 1 d: STOPWORDS 0 SCHEMA body TEXT NOSTEM WITHSUFFIXTRIE name TEXT SORTABLE",
    "nums ON HASH PREFIX 3 d:1 d:2 e: SCHEMA num NUMERIC SORTABLE price NUMERIC qty NUMERIC INDEXMISSING SORTABLE note TEXT",
    "geo ON HASH PREFIX 1 d: SCHEMA loc GEO loc2 GEO name TEXT SORTABLE UNF kind TAG SORTABLE",
    "mixed PREFIX 2 d: e: STOPWORDS 3 foo bar the SCHEMA title AS t TEXT INDEXMISSING INDEXEMPTY body AS b TEXT WEIGHT 0.5 \
     tags AS tg TAG SEPARATOR ; INDEXEMPTY INDEXMISSING num AS n NUMERIC SORTABLE cat AS c TAG",
    "bare SCHEMA n NUMERIC",
];

/// What may be said along with a query, by the bits of the fourth byte.
const FLAGS: [&str; 4] = ["VERBATIM", "NOSTOPWORDS", "INORDER", "SLOP 1"];

/// The bit that says: names and values follow the text, with NULs between.
const PARAMS: u8 = 1 << 4;

/// Of the fourth byte, what is always set where we write it: so that it can be read.
const READABLE: u8 = 0x40;

impl Input {
    /// A query, without anything else.
    pub fn query(schema: usize, dialect: u8, text: &[u8]) -> Input {
        Input { kind: Kind::Query, schema, dialect, flags: 0, text: text.to_vec(), params: Vec::new() }
    }

    /// Any bytes are an input.
    pub fn decode(data: &[u8]) -> Input {
        let head = |at: usize, usual: u8| data.get(at).copied().unwrap_or(usual);
        let kind = match head(0, b'q') {
            b'q' => Kind::Query,
            b'g' => Kind::Generated,
            b'e' => Kind::Expression,
            other => [Kind::Query, Kind::Generated, Kind::Expression][usize::from(other) % 3],
        };
        let schema = match head(1, b'a') {
            letter @ b'a'..=b'g' => usize::from(letter - b'a'),
            other => usize::from(other) % SCHEMAS.len(),
        };
        let dialect = match head(2, b'2') {
            digit @ b'1'..=b'3' => digit - b'0',
            other => 1 + other % 3,
        };
        let flags = head(3, READABLE) & 0x1f;
        let rest = data.get(4..).unwrap_or_default();
        let (text, params) = if flags & PARAMS != 0 { with_params(rest) } else { (rest, Vec::new()) };
        let mut input =
            Input { kind, schema, dialect, flags, text: text[..text.len().min(TEXT_BYTES_MAX)].to_vec(), params };
        if kind == Kind::Generated {
            input.text = input.written();
        }
        input
    }

    /// As bytes. What was generated becomes a text.
    pub fn encode(&self) -> Vec<u8> {
        let kind = if self.kind == Kind::Expression { b'e' } else { b'q' };
        let mut data = vec![kind, b'a' + self.schema as u8, b'0' + self.dialect, READABLE | self.flags];
        data.extend(&self.text);
        for (name, value) in &self.params {
            data.push(0);
            data.extend(name);
            data.push(0);
            data.extend(value);
        }
        data
    }

    /// The query that the bytes of the text choose.
    fn written(&self) -> Bytes {
        let mut bytes = self.text.iter().copied();
        let schema = self.schema();
        let mut choose = |n: usize| usize::from(bytes.next().unwrap_or(0)) % n.max(1);
        with_vocabulary(&schema, |vocabulary| write_query(vocabulary, self.dialect, &mut choose))
    }

    /// The definition of the index.
    pub fn schema(&self) -> Schema {
        Schema::from_create(&self.create()).unwrap_or_default()
    }

    /// FT.CREATE.
    pub fn create(&self) -> Vec<Bytes> {
        words("FT.CREATE").chain(words(SCHEMAS[self.schema])).collect()
    }

    /// Whether one of `FLAGS` is given.
    pub fn has(&self, flag: &str) -> bool {
        FLAGS.iter().position(|known| known.starts_with(flag)).is_some_and(|bit| self.flags & (1 << bit) != 0)
    }

    /// A document of each index.
    pub fn document(&self) -> Vec<Bytes> {
        let fields = "title hello body red tags a;b cat a num 5 price 2.5 qty 3 name world note x loc 2.35,48.85 n 7";
        words("HSET d:1").chain(words(fields)).collect()
    }

    /// FT.EXPLAIN.
    pub fn explain(&self) -> Vec<Bytes> {
        self.ask("FT.EXPLAIN", "")
    }

    /// FT.SEARCH.
    pub fn search(&self) -> Vec<Bytes> {
        self.ask("FT.SEARCH", "LIMIT 0 0")
    }

    fn ask(&self, command: &str, more: &str) -> Vec<Bytes> {
        let mut argv = vec![command.into(), self.name(), self.text.clone()];
        for (bit, flag) in FLAGS.into_iter().enumerate() {
            if self.flags & (1 << bit) != 0 {
                argv.extend(words(flag));
            }
        }
        argv.extend(words(more));
        if !self.params.is_empty() {
            argv.extend([b"PARAMS".to_vec(), (2 * self.params.len()).to_string().into_bytes()]);
            argv.extend(self.params.iter().flat_map(|(name, value)| [name.clone(), value.clone()]));
        }
        argv.extend([b"DIALECT".to_vec(), self.dialect.to_string().into_bytes()]);
        argv
    }

    /// FT.AGGREGATE with the text in APPLY.
    pub fn aggregate(&self) -> Vec<Bytes> {
        let mut argv = vec![b"FT.AGGREGATE".to_vec(), self.name()];
        argv.extend(words("* LOAD * APPLY"));
        argv.push(self.text.clone());
        argv.extend(words("AS v DIALECT"));
        argv.push(self.dialect.to_string().into_bytes());
        argv
    }

    fn name(&self) -> Bytes {
        words(SCHEMAS[self.schema]).next().unwrap_or_default()
    }
}

/// Whatever is drawn: a seed as it is, or something written.
pub(super) fn generate(rng: &mut impl Rng) -> Input {
    let below = |n: usize, rng: &mut dyn FnMut() -> u32| rng() as usize % n.max(1);
    let mut roll = || rng.next_u32();
    let (kind, schema, dialect) = (below(8, &mut roll), below(SCHEMAS.len(), &mut roll), 1 + below(3, &mut roll) as u8);
    let mut input = Input::query(schema, dialect, b"");
    let definition = input.schema();
    let mut choose = |n: usize| below(n, &mut roll);
    match kind {
        0..=2 => {
            let seeds = seeds();
            return Input::decode(&seeds[choose(seeds.len())].bytes);
        }
        3 | 4 => {
            input.kind = Kind::Expression;
            input.text = with_vocabulary(&definition, |vocabulary| write_expression(vocabulary, &mut choose));
        }
        _ => input.text = with_vocabulary(&definition, |vocabulary| write_query(vocabulary, dialect, &mut choose)),
    }
    // Every second query is asked without anything else.
    input.flags = if choose(2) == 0 { 0 } else { choose(16) as u8 };
    input
}

const WORDS: [&str; 14] = [
    "red",
    "running",
    "cities",
    "hello",
    "world",
    "the",
    "foo",
    "foo-bar",
    "RED",
    "naïve",
    "x1",
    "москва",
    "as",
    "1e3",
];

const VALUES: [&str; 9] = ["red", "foo-bar", "hello world", "a|b", "50%", "New York", "the", "été", "p{q}"];

/// With the fields of the index; where it has none of a kind, any will do.
fn with_vocabulary<T>(schema: &Schema, write: impl FnOnce(&Vocabulary) -> T) -> T {
    let named = |is: fn(&FieldKind) -> bool| -> Vec<&str> {
        let of_kind: Vec<&str> = fields(schema).filter(|(_, kind)| is(kind)).map(|(name, _)| name).collect();
        if of_kind.is_empty() { fields(schema).map(|(name, _)| name).chain(["nofield"]).collect() } else { of_kind }
    };
    let texts = named(|kind| matches!(kind, FieldKind::Text { .. }));
    let tags = named(|kind| matches!(kind, FieldKind::Tag { .. }));
    let numbers = named(|kind| matches!(kind, FieldKind::Numeric));
    let places = named(|kind| matches!(kind, FieldKind::Geo));
    write(&Vocabulary {
        texts: &texts,
        tags: &tags,
        numbers: &numbers,
        places: &places,
        words: &WORDS,
        values: &VALUES,
    })
}

fn fields(schema: &Schema) -> impl Iterator<Item = (&str, &FieldKind)> {
    schema.fields.iter().filter_map(|field| Some((std::str::from_utf8(&field.name).ok()?, &field.kind)))
}

/// The text, then names and values; a name without a value is dropped.
fn with_params(rest: &[u8]) -> (&[u8], Vec<(Bytes, Bytes)>) {
    /// As many as anyone needs.
    const PARAMS_MAX: usize = 16;
    let mut parts = rest.split(|byte| *byte == 0);
    let text = parts.next().unwrap_or_default();
    let mut params: Vec<(Bytes, Bytes)> = Vec::new();
    while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
        let is_new = params.iter().all(|(known, _)| known != name);
        if is_new && !name.is_empty() && params.len() < PARAMS_MAX {
            params.push((name.to_vec(), value.to_vec()));
        }
    }
    (text, params)
}

fn words(line: &str) -> impl Iterator<Item = Bytes> {
    line.split_whitespace().map(Bytes::from)
}
