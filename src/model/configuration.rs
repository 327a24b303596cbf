//! CONFIG.
//!
//! A server is started with values of its own: so a GET is held to the names, and to the value only where that is the
//! same everywhere or was set in this run.

use std::collections::BTreeMap;

use super::notify;
use super::number::parse_int;
use super::parameters::{HIDDEN, Kind, OTHERS, PARAMETERS, Parameter};
use super::service::Stats;
use super::{Call, Error, Expect, Handler, Model, Reply, glob, help};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    (name == "CONFIG").then_some(config as Handler)
}

/// Parameters that no client notices: what scenarios may set.
const HARMLESS: &[&str] = &[
    "maxmemory-samples",
    "maxmemory-eviction-tenacity",
    "list-compress-depth",
    "tcp-keepalive",
    "lfu-log-factor",
    "lfu-decay-time",
    "slowlog-max-len",
    "active-expire-effort",
    "lazyfree-lazy-expire",
    "lazyfree-lazy-user-del",
];

/// The parameter of that name, and the name in lower case.
fn find(name: &[u8]) -> Option<(&'static Parameter, &'static str)> {
    PARAMETERS.iter().chain(OTHERS).find_map(|parameter| {
        let mut names = [Some(parameter.name), parameter.alias].into_iter().flatten();
        names.find(|known| name.eq_ignore_ascii_case(known.as_bytes())).map(|known| (parameter, known))
    })
}

impl Kind {
    /// The value as GET shows it. All but numbers are C strings to the server.
    fn parse(self, text: &[u8]) -> Result<Bytes, String> {
        let text = match self {
            Kind::Int(..) | Kind::Text | Kind::Events => text,
            _ => text.split(|byte| *byte == 0).next().unwrap_or_default(),
        };
        let is = |word: &&str| text.eq_ignore_ascii_case(word.as_bytes());
        match self {
            Kind::Immutable => Err("can't set immutable config".into()),
            Kind::Text => Ok(text.to_vec()),
            Kind::Events => notify::canonical(text)
                .ok_or_else(|| "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.".to_owned()),
            Kind::YesNo => match ["yes", "no"].iter().find(|word| is(word)) {
                Some(word) => Ok(word.as_bytes().to_vec()),
                None => Err("argument must be 'yes' or 'no'".into()),
            },
            Kind::OneOf(words) => match words.iter().find(|word| is(word)) {
                Some(word) => Ok(word.as_bytes().to_vec()),
                None => Err(format!("argument(s) must be one of the following: {}", words.join(", "))),
            },
            Kind::Int(low, high) => match parse_int(text) {
                None => Err("argument couldn't be parsed into an integer".into()),
                Some(n) if n < low || n > high => Err(format!("argument must be between {low} and {high} inclusive")),
                Some(n) => Ok(n.to_string().into()),
            },
            Kind::MemoryOrPercent => match text.strip_suffix(b"%") {
                None => Kind::Memory(0).parse(text),
                Some(digits) => match parse_int(digits) {
                    None => Err("argument must be a memory or percent value".into()),
                    Some(n @ 0..=100) => Ok(format!("{n}%").into()),
                    Some(_) => Err("percentage argument must be less or equal to 100".into()),
                },
            },
            Kind::Memory(low) => match parse_memory(text) {
                None => Err("argument must be a memory value".into()),
                Some(n) if n < low => Err(format!("argument must be between {low} and {} inclusive", i64::MAX)),
                Some(n) => Ok(n.to_string().into()),
            },
        }
    }
}

/// Digits, or none for zero, and a unit.
fn parse_memory(text: &[u8]) -> Option<u64> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let unit: u64 = match text[digits..].to_ascii_lowercase().as_slice() {
        b"" | b"b" => 1,
        b"k" => 1000,
        b"kb" => 1 << 10,
        b"m" => 1_000_000,
        b"mb" => 1 << 20,
        b"g" => 1_000_000_000,
        b"gb" => 1 << 30,
        _ => return None,
    };
    let append = |n: u64, digit: &u8| n.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
    Some(text[..digits].iter().fold(0, append).wrapping_mul(unit))
}

/// What was set in this run, by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Configuration(BTreeMap<&'static str, Bytes>);

impl Configuration {
    /// The value that must be shown, if it is the same everywhere.
    fn known(&self, parameter: &Parameter) -> Option<Bytes> {
        let set = self.0.get(parameter.name).cloned();
        set.or_else(|| (!parameter.varies).then(|| parameter.default.into()))
    }
}

/// Whether this is a CONFIG SET that another client, or the toolkit itself, would feel. Not by what its state is now.
pub(super) fn is_disturbing(argv: &[Bytes]) -> bool {
    let [name, word, pairs @ ..] = argv else { return false };
    if !name.eq_ignore_ascii_case(b"CONFIG") || !word.eq_ignore_ascii_case(b"SET") || pairs.len() % 2 == 1 {
        return false;
    }
    // One that the table does not know may still be the server's; this one isn't.
    let unknown = |name: &Bytes| find(name).is_none() && name != b"no-such-parameter";
    if pairs.chunks(2).any(|pair| unknown(&pair[0])) {
        return true;
    }
    let harmless = |pair: &[Bytes]| match find(&pair[0]) {
        Some((parameter, _)) if parameter.name == "maxmemory" => {
            parameter.kind.parse(&pair[1]).is_ok_and(|bytes| bytes == b"0" || bytes.len() > 9)
        }
        Some((parameter, _)) => {
            HARMLESS.contains(&parameter.name)
                || parameter.kind.parse(&pair[1]).is_ok_and(|v| v == parameter.default.as_bytes() && !parameter.varies)
        }
        None => false,
    };
    parse(pairs).is_ok() && !pairs.chunks(2).all(harmless)
}

/// The parameters of a CONFIG SET and their new values.
fn parse(pairs: &[Bytes]) -> Result<Vec<(&'static Parameter, Bytes)>, Error> {
    let pairs: Vec<(&Bytes, &Bytes)> = pairs.chunks_exact(2).map(|pair| (&pair[0], &pair[1])).collect();
    let mut found: Vec<(&Parameter, &str)> = Vec::new();
    for (name, _) in &pairs {
        let failed = |reason: &str| Err(Error::ConfigSet(name.to_vec(), reason.into()));
        let Some((parameter, known)) = find(name) else { return Err(Error::UnknownParameter(name.to_vec())) };
        if matches!(parameter.kind, Kind::Immutable) {
            return failed("can't set immutable config");
        }
        if found.iter().any(|(_, other)| *other == known) {
            return failed("duplicate parameter");
        }
        found.push((parameter, known));
    }
    let values = found.iter().zip(&pairs).map(|((parameter, known), (_, text))| {
        let value = parameter.kind.parse(text).map_err(|reason| Error::ConfigSet(Bytes::from(*known), reason))?;
        Ok((*parameter, value))
    });
    values.collect()
}

fn config(model: &mut Model, call: &Call) -> Reply {
    match call.argv[1].to_ascii_uppercase().as_slice() {
        b"GET" => Ok(get(model, call)),
        b"SET" => set(model, call),
        b"RESETSTAT" => {
            if let Some(service) = &mut model.service {
                service.stats = Stats::default();
            }
            Expect::ok()
        }
        b"REWRITE" => Err(Error::NoConfigFile),
        _ => Ok(help::reply("CONFIG")),
    }
}

fn set(model: &mut Model, call: &Call) -> Reply {
    let pairs = &call.argv[2..];
    if pairs.len() % 2 == 1 {
        return Err(Error::Syntax);
    }
    let pairs = parse(pairs)?;
    if model.service.is_some() {
        // Where the server listens does not change.
        let moves = |(parameter, value): &&(&Parameter, Bytes)| {
            parameter.name == "port" && model.parameter("port").as_bytes() != value.as_slice()
        };
        if pairs.iter().any(|pair| moves(&pair)) {
            return Err(Error::ConfigSet(b"port".to_vec(), "Unable to listen on this port. Check server logs.".into()));
        }
    }
    for (parameter, value) in pairs {
        if parameter.name == "notify-keyspace-events"
            && let Some(service) = &mut model.service
        {
            service.events.clone_from(&value);
        }
        if let Some(number) = std::str::from_utf8(&value).ok().and_then(|text| text.parse().ok()) {
            limit(model, parameter.name, number);
        }
        model.configuration.0.insert(parameter.name, value);
    }
    model.make_room();
    Expect::ok()
}

/// Sets what other commands feel.
fn limit(model: &mut Model, name: &str, number: i64) {
    if let Some(service) = &mut model.service {
        match name {
            "slowlog-log-slower-than" => service.slower_than_us = number,
            "maxmemory" => service.max_bytes = usize::try_from(number).unwrap_or(usize::MAX),
            "slowlog-max-len" => service.slowlog_max = usize::try_from(number).unwrap_or(0),
            _ => {}
        }
    }
    let Ok(number) = usize::try_from(number) else { return };
    let limits = &mut model.encodings;
    let place = match name {
        "hash-max-listpack-entries" => &mut limits.hash.entries,
        "hash-max-listpack-value" => &mut limits.hash.value_bytes,
        "zset-max-listpack-entries" => &mut limits.zset.entries,
        "zset-max-listpack-value" => &mut limits.zset.value_bytes,
        "set-max-intset-entries" => &mut limits.intset_entries,
        "stream-node-max-entries" => &mut limits.stream_node.entries,
        "stream-node-max-bytes" => &mut limits.stream_node.bytes,
        "hll-sparse-max-bytes" => &mut limits.sparse_bytes,
        "proto-max-bulk-len" => &mut model.string_bytes_max,
        _ => return,
    };
    *place = number;
}

impl Model {
    /// The value of a parameter, as CONFIG GET shows it.
    pub(super) fn parameter(&self, name: &str) -> String {
        let Some((parameter, _)) = find(name.as_bytes()) else { return String::new() };
        let set = self.configuration.0.get(parameter.name);
        set.map_or_else(|| parameter.default.to_owned(), |value| String::from_utf8_lossy(value).into_owned())
    }

    /// The value of a parameter that is a number.
    pub(super) fn number_parameter(&self, name: &str) -> i64 {
        self.parameter(name).parse().unwrap_or(0)
    }
}

/// A pattern asks for each name that it matches, a plain name for itself, in its own spelling.
fn is_asked_for(args: &[Bytes], name: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    args.iter().any(|arg| match arg.iter().any(|byte| b"[*?".contains(byte)) {
        true => glob::matches(&arg.to_ascii_lowercase(), &lower),
        false => arg.eq_ignore_ascii_case(name),
    })
}

fn get(model: &Model, call: &Call) -> Expect {
    let args = &call.argv[2..];
    let names = |parameter: &Parameter| [Some(parameter.name), parameter.alias].into_iter().flatten();
    let wanted: Vec<(&str, Option<Bytes>)> = PARAMETERS
        .iter()
        .flat_map(|parameter| names(parameter).map(|name| (name, model.configuration.known(parameter))))
        .filter(|(name, _)| is_asked_for(args, name.as_bytes()))
        .collect();
    let shown: Vec<String> = wanted
        .iter()
        .map(|(name, value)| format!("{name} {}", String::from_utf8_lossy(value.as_deref().unwrap_or(b"(any)"))))
        .collect();
    let rule = format!("pairs, among them: {}", shown.join(", "));
    Expect::checked(call, "map", rule, |reply| fits(reply, args, &wanted), || own_values(model, args))
}

/// What is asked for as a model of its own has it.
fn own_values(model: &Model, args: &[Bytes]) -> Value {
    let values = PARAMETERS.iter().chain(OTHERS).flat_map(|parameter| {
        let value = model.configuration.0.get(parameter.name).cloned();
        let value = value.unwrap_or_else(|| parameter.default.into());
        let names = [Some(parameter.name), parameter.alias].into_iter().flatten();
        names.map(move |name| (name, value.clone()))
    });
    let is_plain = |name: &str| args.iter().any(|arg| arg.eq_ignore_ascii_case(name.as_bytes()));
    let shown = values.filter(|(name, _)| is_asked_for(args, name.as_bytes()));
    let shown = shown.filter(|(name, _)| !HIDDEN.contains(name) || is_plain(name));
    Value::Map(shown.map(|(name, value)| (Value::bulk(name), Value::Bulk(value))).collect())
}

fn fits(reply: &Value, args: &[Bytes], wanted: &[(&str, Option<Bytes>)]) -> bool {
    let Value::Array(items) = reply else { return false };
    let pairs: Option<Vec<(&Bytes, &Bytes)>> = items
        .chunks(2)
        .map(|pair| match pair {
            [Value::Bulk(name), Value::Bulk(value)] => Some((name, value)),
            _ => None,
        })
        .collect();
    let Some(pairs) = pairs else { return false };
    let is_there = |(name, value): &(&str, Option<Bytes>)| {
        let found: Vec<_> = pairs.iter().filter(|(shown, _)| shown.eq_ignore_ascii_case(name.as_bytes())).collect();
        found.len() == 1 && value.as_ref().is_none_or(|value| found[0].1 == value)
    };
    pairs.iter().all(|(name, _)| is_asked_for(args, name)) && wanted.iter().all(is_there)
}

#[cfg(test)]
mod tests {
    use super::super::testing::last;
    use super::*;

    #[test]
    fn nothing_is_set_unless_all_is_right() {
        assert!(last(&["CONFIG SET timeout 5 hz x"]).contains("argument 'hz') - argument couldn't be parsed"));
        assert!(last(&["CONFIG SET timeout 0", "CONFIG SET hz 20 nosuch 1"]).contains("Unknown option"));
        assert!(last(&["CONFIG SET hz 20 nosuch 1", "CONFIG GET hz"]).contains("hz 10"));
        assert!(last(&["CONFIG SET hz 20", "CONFIG GET hz"]).contains("hz 20"));
    }

    #[test]
    fn memory_has_decimal_and_binary_units() {
        assert_eq!(parse_memory(b"1GB"), Some(1 << 30));
        assert_eq!(parse_memory(b"2g"), Some(2_000_000_000));
        assert_eq!(parse_memory(b"kb"), Some(0));
        assert_eq!(parse_memory(b"-1"), None);
    }
}
