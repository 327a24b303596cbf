//! LCS: the longest common subsequence of two strings.

use super::keyspace::Data;
use super::number::int;
use super::{Call, Error, Expect, Handler, Model, Reply};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    (name == "LCS").then_some(lcs as Handler)
}

#[derive(Default)]
struct Options {
    len: bool,
    idx: bool,
    min_match_len: i64,
    with_match_len: bool,
}

impl Options {
    fn parse(args: &[Bytes]) -> Result<Options, Error> {
        let mut options = Options::default();
        let mut args = args.iter();
        while let Some(word) = args.next() {
            match word.to_ascii_uppercase().as_slice() {
                b"LEN" => options.len = true,
                b"IDX" => options.idx = true,
                b"WITHMATCHLEN" => options.with_match_len = true,
                b"MINMATCHLEN" => options.min_match_len = int(args.next().ok_or(Error::Syntax)?)?,
                _ => return Err(Error::Syntax),
            }
        }
        if options.len && options.idx {
            return Err(Error::LcsLenAndIdx);
        }
        Ok(options)
    }
}

/// Where `len` bytes of the subsequence stand next to each other in both strings.
struct Run {
    a: usize,
    b: usize,
    len: usize,
}

impl Run {
    fn shown(&self, with_len: bool) -> Value {
        let range = |start: usize| Value::Array(vec![number(start), number(start + self.len - 1)]);
        let mut items = vec![range(self.a), range(self.b)];
        if with_len {
            items.push(number(self.len));
        }
        Value::Array(items)
    }
}

fn number(n: usize) -> Value {
    Value::Int(n as i64)
}

/// How long the longest common subsequence of the first `i` and the first `j` bytes is: `table[i][j]`.
fn lengths(a: &[u8], b: &[u8]) -> Vec<Vec<u32>> {
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            table[i][j] =
                if a[i - 1] == b[j - 1] { table[i - 1][j - 1] + 1 } else { table[i - 1][j].max(table[i][j - 1]) };
        }
    }
    table
}

/// The subsequence that the server chooses, and its runs, the last one first: it walks back from both ends, and where
/// either string could give way it is the second.
fn walk_back(a: &[u8], b: &[u8], table: &[Vec<u32>]) -> (Bytes, Vec<Run>) {
    let (mut common, mut runs) = (Bytes::new(), Vec::<Run>::new());
    let (mut i, mut j) = (a.len(), b.len());
    while i > 0 && j > 0 {
        if a[i - 1] == b[j - 1] {
            (i, j) = (i - 1, j - 1);
            common.push(a[i]);
            match runs.last_mut() {
                Some(run) if run.a == i + 1 && run.b == j + 1 => *run = Run { a: i, b: j, len: run.len + 1 },
                _ => runs.push(Run { a: i, b: j, len: 1 }),
            }
        } else if table[i - 1][j] > table[i][j - 1] {
            i -= 1;
        } else {
            j -= 1;
        }
    }
    common.reverse();
    (common, runs)
}

fn lcs(model: &mut Model, call: &Call) -> Reply {
    let mut string = |key: &Bytes| match model.entry(call.db, key).map(|entry| &entry.data) {
        None => Ok(Bytes::new()),
        Some(Data::Str(value)) => Ok(value.clone()),
        Some(_) => Err(Error::LcsNotStrings),
    };
    // Both are looked up before either is judged.
    let (a, b) = (string(&call.argv[1]), string(&call.argv[2]));
    let (a, b) = (a?, b?);
    let options = Options::parse(&call.argv[3..])?;
    if (a.len() + 1) * (b.len() + 1) * size_of::<u32>() > model.string_bytes_max {
        return Err(Error::LcsTooLong);
    }
    let table = lengths(&a, &b);
    let len = Value::Int(i64::from(table[a.len()][b.len()]));
    if options.len {
        return Ok(Expect::Exact(len));
    }
    let (common, runs) = walk_back(&a, &b, &table);
    if !options.idx {
        return Expect::bulk(common);
    }
    let shown = runs.iter().filter(|run| run.len as i64 >= options.min_match_len);
    let matches = Value::Array(shown.map(|run| run.shown(options.with_match_len)).collect());
    Ok(Expect::Exact(Value::Map(vec![(Value::bulk("matches"), matches), (Value::bulk("len"), len)])))
}

#[cfg(test)]
mod tests {
    use super::super::testing::last;

    #[test]
    fn the_subsequence_of_the_documentation() {
        let set = "MSET a ohmytext b mynewtext";
        assert_eq!(last(&[set, "LCS a b"]), "\"mytext\"");
        assert_eq!(last(&[set, "LCS a b LEN"]), "(integer) 6");
        assert_eq!(
            last(&[set, "LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN"]).split_whitespace().collect::<Vec<_>>().join(" "),
            "1) \"matches\" 2) 1) 1) 1) (integer) 4 2) (integer) 7 2) 1) (integer) 5 2) (integer) 8 3) (integer) 4 \
             3) \"len\" 4) (integer) 6"
        );
    }

    #[test]
    fn types_come_before_options() {
        assert!(last(&["RPUSH l a", "LCS l b foo"]).contains("must contain string values"));
        assert!(last(&["LCS a b IDX LEN"]).contains("please just use IDX"));
    }
}
