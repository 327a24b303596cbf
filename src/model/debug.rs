//! DEBUG: what test suites ask of a server's insides. The model has none of them, and answers what they look for.

use super::encoding::Encoding;
use super::keyspace::{Data, Entry};
use super::number::int;
use super::{Call, DATABASES, Error, Expect, Handler, Model, Reply};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    (name == "DEBUG").then_some(debug as Handler)
}

fn debug(model: &mut Model, call: &Call) -> Reply {
    let unknown = || Err(Error::SubcommandSyntax("DEBUG", call.argv[1].clone()));
    match (call.argv[1].to_ascii_uppercase().as_slice(), &call.argv[2..]) {
        (b"SLEEP", [seconds]) => {
            let seconds: f64 = std::str::from_utf8(seconds).ok().and_then(|text| text.parse().ok()).unwrap_or(0.0);
            if let Some(service) = &mut model.service {
                service.sleep((seconds.max(0.0) * 1e6) as u64);
            }
            Expect::ok()
        }
        (b"SET-ACTIVE-EXPIRE", [on]) => {
            if let Some(service) = &mut model.service {
                service.active_expire = on != b"0";
            }
            Expect::ok()
        }
        (b"RELOAD", options) => reload(model, options),
        (b"LOADAOF", _) => {
            model.rebuild();
            Expect::ok()
        }
        (b"OBJECT", [key]) => described(model, call, key),
        (b"LISTPACK" | b"ZIPLIST", [key]) => match model.peek(call.db, key).map(|entry| entry.encoding) {
            None => Err(Error::NoSuchKey),
            Some(Encoding::Listpack) => Ok(Expect::Exact(Value::status("Listpack structure printed on stdout"))),
            Some(_) => Err(Error::NotListpack),
        },
        (b"QUICKLIST", [key] | [key, _]) => match model.peek(call.db, key).map(|entry| entry.encoding) {
            None => Err(Error::NoSuchKey),
            Some(Encoding::Quicklist) => Ok(Expect::Exact(Value::status("Quicklist structure printed on stdout"))),
            Some(_) => Err(Error::NotQuicklist),
        },
        (b"DIGEST", []) => Ok(Expect::Exact(Value::status(&model.digest()))),
        (b"DIGEST-VALUE", keys) => {
            let digest = |key: &Bytes| {
                let entry = model.dbs[call.db].entries.get(key);
                Value::status(&entry.map_or_else(|| "0".repeat(40), |entry| hex(&text_of(entry))))
            };
            Ok(Expect::Exact(Value::Array(keys.iter().map(digest).collect())))
        }
        (b"PROTOCOL", [kind]) => protocol(call, kind),
        (b"POPULATE", [count, rest @ ..]) if rest.len() <= 2 => populate(model, call, count, rest),
        (b"HTSTATS", [db]) => hash_table(model, int(db)?),
        (b"HTSTATS-KEY", [key]) => match model.peek(call.db, key) {
            None => Err(Error::NoSuchKey),
            Some(entry) => match (entry.encoding, elements(&entry.data)) {
                (Encoding::Hashtable | Encoding::Skiplist, Some(n)) => Ok(verbatim(table_stats(n))),
                _ => Err(Error::NoHashTable),
            },
        },
        (b"ERROR", [text]) => {
            let text = text.iter().map(|&byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte });
            Ok(Expect::Exact(Value::Error(text.collect())))
        }
        (b"STRINGMATCH-TEST", []) => Ok(Expect::Exact(Value::status("Apparently Redis did not crash: test passed"))),
        (b"STRUCTSIZE", []) => {
            Expect::bulk("bits:64 robj:16 dictentry:24 sdshdr5:1 sdshdr8:3 sdshdr16:5 sdshdr32:9 sdshdr64:17 ")
        }
        (b"REPLYBUFFER", [what, _]) if what.eq_ignore_ascii_case(b"PEAK-RESET-TIME") => Expect::ok(),
        (b"REPLYBUFFER", [what, _]) if what.eq_ignore_ascii_case(b"RESIZING") => Expect::ok(),
        (b"CHANGE-REPL-ID", []) | (b"JMAP", _) => Expect::ok(),
        (
            b"QUICKLIST-PACKED-THRESHOLD"
            | b"SET-SKIP-CHECKSUM-VALIDATION"
            | b"AOF-FLUSH-SLEEP"
            | b"PAUSE-CRON"
            | b"SET-DISABLE-DENY-SCRIPTS"
            | b"DROP-CLUSTER-PACKET-FILTER"
            | b"LOG"
            | b"LEAK",
            [_],
        ) => Expect::ok(),
        _ => unknown(),
    }
}

fn verbatim(text: String) -> Expect {
    Expect::Exact(Value::Verbatim(*b"txt", text.into_bytes()))
}

fn reload(model: &mut Model, options: &[Bytes]) -> Reply {
    let known = |word: &Bytes| ["MERGE", "NOFLUSH", "NOSAVE"].iter().any(|k| word.eq_ignore_ascii_case(k.as_bytes()));
    if !options.iter().all(known) {
        return Err(Error::DebugReload);
    }
    model.rebuild();
    Expect::ok()
}

fn described(model: &mut Model, call: &Call, key: &[u8]) -> Reply {
    let now_ms = model.now_ms;
    let entry = model.dbs[call.db].entries.get(key).ok_or(Error::NoSuchKey)?;
    let accessed_ms = entry.accessed_ms.unwrap_or(now_ms);
    let bytes = super::info::size_bytes(b"", entry);
    let mut line = format!(
        "Value at:0x7f0000000000 refcount:1 encoding:{} serializedlength:{bytes} lru:{} lru_seconds_idle:{}",
        entry.encoding.name(),
        (accessed_ms / 1000) & 0xff_ffff,
        (now_ms - accessed_ms).max(0) / 1000,
    );
    if let Data::List(list) = &entry.data {
        let n = list.len();
        let more = " ql_listpack_max:-2 ql_compressed:0 ql_uncompressed_size:";
        line.push_str(&format!(" ql_nodes:1 ql_avg_node:{n}.00{more}{bytes}"));
    }
    Ok(Expect::Exact(Value::status(&line)))
}

fn elements(data: &Data) -> Option<usize> {
    match data {
        Data::Set(set) => Some(set.len()),
        Data::Hash(hash) => Some(hash.len()),
        Data::ZSet(zset) => Some(zset.len()),
        _ => None,
    }
}

/// A table with so many elements, as if no two met.
fn table_stats(elements: usize) -> String {
    let head = "Hash table 0 stats (main hash table):\n";
    if elements == 0 {
        return format!("{head}No stats available for empty dictionaries\n");
    }
    let size = elements.next_power_of_two().max(4);
    format!(
        "{head} table size: {size}\n number of elements: {elements}\n different slots: {elements}\n \
         max chain length: 1\n avg chain length (counted): 1.00\n avg chain length (computed): 1.00\n \
         Chain length distribution:\n"
    )
}

fn hash_table(model: &Model, db: i64) -> Reply {
    let db = usize::try_from(db).ok().filter(|db| *db < DATABASES).ok_or(Error::DebugDatabase)?;
    let (keys, expiring) = (model.dbs[db].entries.len(), model.dbs[db].deadlines().count());
    Ok(verbatim(format!("[Dictionary HT]\n{}[Expires HT]\n{}", table_stats(keys), table_stats(expiring))))
}

fn populate(model: &mut Model, call: &Call, count: &[u8], rest: &[Bytes]) -> Reply {
    let positive = |text: &[u8]| usize::try_from(int(text)?).map_err(|_| Error::MustBePositive);
    let count = positive(count)?;
    let size = rest.get(1).map(|size| positive(size)).transpose()?.unwrap_or(0);
    let prefix = rest.first().map_or(b"key".as_slice(), Vec::as_slice);
    for i in 0..count {
        let key = [prefix, format!(":{i}").as_bytes()].concat();
        let mut value = format!("value:{i}").into_bytes();
        if size > 0 {
            value.resize(size.min(model.string_bytes_max), 0);
        }
        if !model.exists(call.db, &key) {
            let entry = model.new_entry(Data::Str(value));
            model.insert(call.db, &key, entry);
        }
    }
    Expect::ok()
}

fn protocol(call: &Call, kind: &[u8]) -> Reply {
    let numbers = || (0..3).map(Value::Int).collect::<Vec<_>>();
    let value = match kind.to_ascii_lowercase().as_slice() {
        b"string" => Value::bulk("Hello World"),
        b"integer" => Value::Int(12345),
        b"double" => Value::Double(b"3.141".to_vec()),
        b"bignum" => Value::BigNumber(b"1234567999999999999999999999999999999".to_vec()),
        b"null" => Value::NullBulk,
        b"array" => Value::Array(numbers()),
        b"set" => Value::Set(numbers()),
        b"map" => Value::Map((0..3).map(|n| (Value::Int(n), Value::Bool(n == 1))).collect()),
        b"attrib" => {
            let reply = Value::bulk("Some real reply following the attribute");
            let popularity = Value::Array(vec![Value::bulk("key:123"), Value::Int(90)]);
            match call.resp3 {
                true => Value::Attribute(vec![(Value::bulk("key-popularity"), popularity)], Box::new(reply)),
                false => reply,
            }
        }
        b"push" if !call.resp3 => return Err(Error::DebugPush),
        b"push" => {
            let usage = Value::Push(vec![Value::bulk("server-cpu-usage"), Value::Int(42)]);
            let reply = Value::bulk("Some real reply following the push reply");
            return Ok(Expect::Several(vec![Expect::Exact(usage), Expect::Exact(reply)]));
        }
        b"true" => Value::Bool(true),
        b"false" => Value::Bool(false),
        b"verbatim" => Value::Verbatim(*b"txt", b"This is a verbatim\nstring".to_vec()),
        _ => return Err(Error::DebugProtocol),
    };
    Ok(Expect::Exact(value))
}

/// Everything that makes up a value, and nothing that doesn't; only whether it expires, not when.
fn text_of(entry: &Entry) -> Bytes {
    let content = match &entry.data {
        Data::ZSet(zset) => format!("{:?}", zset.ranked()),
        other => format!("{other:?}"),
    };
    format!("{} {} {content}", entry.data.type_name(), entry.expires_ms.is_some()).into_bytes()
}

/// 40 digits, as many as SHA1 has.
fn hex(text: &[u8]) -> String {
    let part = |seed: u64| format!("{:016x}", twox_hash::XxHash3_64::oneshot_with_seed(seed, text));
    let mut digits: String = (1..=3).map(part).collect();
    digits.truncate(40);
    digits
}

impl Model {
    /// Every value is built anew, as if it had been saved and loaded.
    fn rebuild(&mut self) {
        let limits = self.encodings;
        for entry in self.dbs.iter_mut().flat_map(|db| db.entries.values_mut()) {
            entry.data = super::dump::rebuilt(&entry.data);
            entry.encoding = Encoding::fresh(&entry.data, &limits);
        }
    }

    /// A digest of all databases; zeroes when there is nothing.
    fn digest(&self) -> String {
        let mut all = Bytes::new();
        for (db, entries) in self.dbs.iter().map(|db| &db.entries).enumerate().filter(|(_, e)| !e.is_empty()) {
            all.extend(format!("db{db} ").into_bytes());
            for (key, entry) in entries {
                all.extend([key.as_slice(), b" ", hex(&text_of(entry)).as_bytes(), b" "].concat());
            }
        }
        if all.is_empty() { "0".repeat(40) } else { hex(&all) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{last, predict};
    use super::*;

    #[test]
    fn equal_contents_have_equal_digests_however_they_came_to_be() {
        let digest = |lines: &[&str]| last(&[lines, &["DEBUG DIGEST"]].concat());
        assert_eq!(digest(&[]), "0".repeat(40));
        assert_eq!(
            digest(&["SADD s a b", "ZADD z 1 m"]),
            digest(&["ZADD z 1 m", "SADD s b", "SADD s a c", "SREM s c"])
        );
        assert_ne!(digest(&["SET k 1"]), digest(&["SET k 1", "EXPIRE k 100"]));
    }

    #[test]
    fn a_reload_builds_values_anew() {
        let mut model = Model::default();
        let long = "x".repeat(100);
        let lines = [
            "HSET h f v",
            &format!("HSET h g {long}"),
            "HDEL h g",
            "OBJECT ENCODING h",
            "DEBUG RELOAD",
            "OBJECT ENCODING h",
        ];
        let replies = predict(&mut model, &lines);
        assert_eq!(replies[3..], ["\"hashtable\"", "OK", "\"listpack\""]);
        assert!(last(&["DEBUG NOSUCH"]).contains("unknown subcommand or wrong number of arguments for 'NOSUCH'"));
    }
}
