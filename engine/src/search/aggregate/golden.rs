//! Stand-in.
use super::*;
use crate::search::analysis::{StopWords, fold, stem, tokenize};
use flate2::read::GzDecoder;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};

fn bytes(text: &str) -> Vec<u8> {
    text.chars().map(|char| u32::from(char) as u8).collect()
}
fn words(value: &Json) -> Vec<Vec<u8>> {
    value.as_array().unwrap().iter().map(|w| bytes(w.as_str().unwrap())).collect()
}
type Doc = (Vec<u8>, Vec<(Vec<u8>, Vec<u8>)>);
struct Docs {
    schema: Vec<FieldInfo>,
    docs: Vec<Doc>,
}
impl Documents for Docs {
    fn schema(&self) -> &[FieldInfo] {
        &self.schema
    }
    fn count(&self) -> usize {
        self.docs.len()
    }
    fn key(&self, d: usize) -> &[u8] {
        &self.docs[d].0
    }
    fn field(&self, d: usize, path: &[u8]) -> Option<Vec<u8>> {
        self.docs[d].1.iter().find(|f| f.0 == path).map(|f| f.1.clone())
    }
    fn fields(&self, d: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.docs[d].1.clone()
    }
    fn sort_value(&self, d: usize, f: usize) -> Option<Value> {
        let f = &self.schema[f];
        let v = self.field(d, &f.path)?;
        Some(match f {
            f if f.numeric => Value::Number(crate::double::parse(&v)?),
            f if f.exact => Value::text(&v),
            _ => Value::text(&fold(&v)),
        })
    }
}
struct Schema {
    prefixes: Vec<Vec<u8>>,
    fields: Vec<(FieldInfo, Vec<u8>, bool)>,
    stop: StopWords,
}
fn schema(create: &[Vec<u8>]) -> Schema {
    let at = create.iter().position(|w| w == b"SCHEMA").unwrap();
    let p = create.iter().position(|w| w == b"PREFIX").unwrap();
    let n: usize = String::from_utf8_lossy(&create[p + 1]).parse().unwrap();
    let prefixes = create[p + 2..p + 2 + n].to_vec();
    let stop = match create.iter().position(|w| w == b"STOPWORDS") {
        Some(s) => {
            let n: usize = String::from_utf8_lossy(&create[s + 1]).parse().unwrap();
            StopWords::new(create[s + 2..s + 2 + n].iter().map(|w| w.as_slice()))
        }
        None => StopWords::default(),
    };
    let mut fields: Vec<(FieldInfo, Vec<u8>, bool)> = vec![];
    let mut w = create[at + 1..].iter().peekable();
    while let Some(x) = w.next() {
        match x.as_slice() {
            b"SORTABLE" => fields.last_mut().unwrap().0.sortable = true,
            b"UNF" => fields.last_mut().unwrap().0.exact = true,
            b"NOSTEM" => fields.last_mut().unwrap().2 = true,
            b"WEIGHT" | b"SEPARATOR" => drop(w.next()),
            b"INDEXMISSING" | b"INDEXEMPTY" | b"WITHSUFFIXTRIE" | b"CASESENSITIVE" => {}
            name => {
                let mut alias = name;
                if w.peek().is_some_and(|x| x.as_slice() == b"AS") {
                    w.next();
                    alias = w.next().unwrap();
                }
                let kind = w.next().unwrap().clone();
                let numeric = kind == b"NUMERIC";
                let exact = numeric;
                fields.push((
                    FieldInfo { name: alias.to_vec(), path: name.to_vec(), sortable: false, exact, numeric },
                    kind,
                    false,
                ));
            }
        }
    }
    Schema { prefixes, fields, stop }
}
fn matches(s: &Schema, doc: &Doc, query: &[u8]) -> bool {
    let mut terms = vec![];
    for (f, kind, nostem) in &s.fields {
        if let Some((_, v)) = doc.1.iter().find(|x| x.0 == f.path) {
            if kind == b"TEXT" {
                for t in tokenize(v, &s.stop) {
                    if !nostem
                        && let Some(st) = stem(&t.text)
                        && st != t.text
                    {
                        terms.push([b"+", st.as_slice()].concat());
                    }
                    terms.push(t.text);
                }
            }
        }
    }
    let has = |w: &[u8]| {
        terms.iter().any(|t| {
            t == w
                || *t == [b"+", w].concat()
                || stem(w).is_some_and(|st| *t == st || *t == [b"+", st.as_slice()].concat())
        })
    };
    match query {
        b"*" => true,
        b"run*" => terms.iter().any(|t| t.starts_with(b"run")),
        b"-the" => !s.stop.contains(b"the") && !has(b"the"),
        b"red" => has(b"red"),
        b"hello|redis" => has(b"hello") || has(b"redis"),
        b"@num:[0 20]" => doc
            .1
            .iter()
            .find(|f| f.0 == b"num")
            .and_then(|f| crate::double::parse(&f.1))
            .is_some_and(|n| (0.0..=20.0).contains(&n)),
        _ => false,
    }
}
fn canon(r: &Json) -> String {
    match r {
        Json::Object(m) => match m.iter().next().unwrap() {
            (k, Json::Array(a)) if k == "a" => format!("[{}]", a.iter().map(canon).collect::<Vec<_>>().join(", ")),
            (_, v) => v.to_string(),
        },
        v => v.to_string(),
    }
}
fn show(r: &Reply) -> String {
    match r {
        Reply::Bulk(b) => Json::String(b.iter().map(|b| char::from(*b)).collect()).to_string(),
        Reply::NullBulk => "null".into(),
        Reply::Array(a) => format!("[{}]", a.iter().map(show).collect::<Vec<_>>().join(", ")),
        r => format!("{r:?}"),
    }
}
#[test]
fn golden() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../corpus/answers/");
    let all: Json = serde_json::from_str(&std::fs::read_to_string(format!("{root}ft-schemas.json")).unwrap()).unwrap();
    let schemas: BTreeMap<Vec<u8>, Schema> = all["schemas"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| {
            let c = words(&s["create"]);
            (c[1].clone(), schema(&c))
        })
        .collect();
    let docs: Vec<Doc> = all["docs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| {
            let w = words(d);
            let mut fields: Vec<(Vec<u8>, Vec<u8>)> = vec![];
            for p in w[2..].chunks(2) {
                match fields.iter_mut().find(|f| f.0 == p[0]) {
                    Some(f) => f.1 = p[1].clone(),
                    None => fields.push((p[0].clone(), p[1].clone())),
                }
            }
            (w[1].clone(), fields)
        })
        .collect();
    let file = BufReader::new(GzDecoder::new(std::fs::File::open(format!("{root}ft-aggregate.jsonl.gz")).unwrap()));
    let (mut verdicts, mut errors, mut rows_bad, mut totals, mut order, mut n) = (0, 0, 0, 0, 0, 0);
    for line in file.lines() {
        let rec: Json = serde_json::from_str(&line.unwrap()).unwrap();
        let argv = words(&rec["argv"]);
        if ![&b"*"[..], b"run*", b"-the", b"red", b"hello|redis", b"@num:[0 20]"].contains(&argv[2].as_slice()) {
            continue;
        }
        n += 1;
        let s = &schemas[&argv[1]];
        let bad = |d: &Doc| {
            s.fields.iter().any(|(f, kind, _)| {
                let v = d.1.iter().find(|x| x.0 == f.path).map(|x| x.1.as_slice());
                (kind == b"NUMERIC" && v == Some(b"abc")) || (kind == b"GEO" && d.0 == b"d:32")
            })
        };
        let found: Vec<Doc> = docs
            .iter()
            .filter(|d| s.prefixes.iter().any(|p| d.0.starts_with(p)) && !bad(d) && matches(s, d, &argv[2]))
            .cloned()
            .collect();
        let docs = Docs { schema: s.fields.iter().map(|f| f.0.clone()).collect(), docs: found };
        let out = Request::parse(&argv[2..]).and_then(|r| aggregate(&r, &docs, 1 << 20));
        let cmd = argv.iter().map(|a| String::from_utf8_lossy(a).into_owned()).collect::<Vec<_>>().join(" ");
        match (out, rec["ok"].as_bool().unwrap()) {
            (Ok(f), true) => {
                let total = f.total;
                let Reply::Array(mine) = f.into_reply() else { panic!() };
                let mut mine: Vec<String> = mine[1..].iter().map(show).collect();
                let mut want: Vec<String> = rec["rows"].as_array().unwrap().iter().map(canon).collect();
                let same_order = mine == want;
                if !rec["ordered"].as_bool().unwrap() {
                    mine.sort();
                    want.sort();
                }
                if mine != want {
                    rows_bad += 1;
                    println!("ROWS {cmd}\n  ordered {} mine {} want {}", rec["ordered"], mine.len(), want.len());
                    let mut shown = 0;
                    for i in 0..mine.len().max(want.len()) {
                        if mine.get(i) != want.get(i) && shown < 2 {
                            println!("   {i} mine {:?}\n   {i} want {:?}", mine.get(i), want.get(i));
                            shown += 1;
                        }
                    }
                } else if !same_order {
                    order += 1;
                    println!("ORDER {cmd}");
                }
                if rec["total"].as_i64() != Some(total) {
                    totals += 1;
                    println!("TOTAL {cmd}: {total} want {}", rec["total"]);
                }
            }
            (Err(e), false) => {
                if e.0.as_ref() != bytes(rec["error"].as_str().unwrap()) {
                    errors += 1;
                    println!("ERROR {cmd}\n   mine {}\n   want {}", String::from_utf8_lossy(&e.0), rec["error"]);
                }
            }
            (Ok(f), false) => {
                verdicts += 1;
                println!("VERDICT {cmd}\n   mine {:?}\n   want {}", f.rows.len(), rec["error"]);
            }
            (Err(e), true) => {
                verdicts += 1;
                println!(
                    "VERDICT {cmd}\n   mine {}\n   want {} rows",
                    String::from_utf8_lossy(&e.0),
                    rec["rows"].as_array().unwrap().len()
                );
            }
        }
    }
    println!("{n}: verdicts {verdicts} errors {errors} rows {rows_bad} totals {totals} order {order}");
}
