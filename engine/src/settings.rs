//! The parameters that CONFIG knows: some change the engine, most are only remembered.

use std::collections::BTreeMap;

use crate::command::args;
use crate::config::Config;
use crate::number;

/// One parameter.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub name: &'static str,
    kind: Kind,
    default: &'static str,
}

/// What a parameter accepts.
#[derive(Debug)]
enum Kind {
    Bool,
    Int(i64, i64),
    /// A number of bytes, perhaps with a unit.
    Memory(i64, i64),
    Choice(&'static [&'static str]),
    Text,
    /// Nothing: it is set when the server starts.
    Fixed,
}

const MAX: i64 = i64::MAX;
const MAX_INT: i64 = i32::MAX as i64;

const fn bool(name: &'static str, default: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Bool, default }
}

const fn int(name: &'static str, min: i64, max: i64, default: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Int(min, max), default }
}

const fn memory(name: &'static str, min: i64, default: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Memory(min, MAX), default }
}

const fn text(name: &'static str, default: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Text, default }
}

const fn fixed(name: &'static str, default: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Fixed, default }
}

const fn choice(name: &'static str, choices: &'static [&'static str], default: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Choice(choices), default }
}

/// All parameters by name. Those without a default live in [`Config`].
const PARAMETERS: &[Parameter] = &[
    int("active-expire-effort", 1, 10, "1"),
    bool("activedefrag", "no"),
    choice("appendfsync", &["everysec", "always", "no"], "everysec"),
    bool("appendonly", "no"),
    text("bind", "* -::*"),
    fixed("cluster-enabled", "no"),
    fixed("databases", ""),
    fixed("dbfilename", "dump.rdb"),
    fixed("dir", "/"),
    bool("dynamic-hz", "yes"),
    int("hash-max-listpack-entries", 0, MAX, ""),
    memory("hash-max-listpack-value", 0, ""),
    int("hash-max-ziplist-entries", 0, MAX, ""),
    memory("hash-max-ziplist-value", 0, ""),
    memory("hll-sparse-max-bytes", 0, ""),
    int("hz", 0, MAX_INT, "10"),
    fixed("io-threads", "1"),
    int("latency-monitor-threshold", 0, MAX, "0"),
    bool("lazyfree-lazy-eviction", "no"),
    bool("lazyfree-lazy-expire", "no"),
    bool("lazyfree-lazy-server-del", "no"),
    bool("lazyfree-lazy-user-del", "no"),
    bool("lazyfree-lazy-user-flush", "no"),
    int("lfu-decay-time", 0, MAX_INT, "1"),
    int("lfu-log-factor", 0, MAX_INT, "10"),
    int("list-compress-depth", 0, MAX_INT, "0"),
    int("list-max-listpack-size", i32::MIN as i64, MAX_INT, ""),
    int("list-max-ziplist-size", i32::MIN as i64, MAX_INT, ""),
    choice("loglevel", &["debug", "verbose", "notice", "warning"], "notice"),
    int("lua-time-limit", 0, MAX, "5000"),
    int("maxclients", 1, u32::MAX as i64, "10000"),
    memory("maxmemory", 0, "0"),
    memory("maxmemory-clients", 0, "0"),
    int("maxmemory-eviction-tenacity", 0, 100, "10"),
    choice("maxmemory-policy", POLICIES, "noeviction"),
    int("maxmemory-samples", 1, MAX_INT, "5"),
    text("notify-keyspace-events", ""),
    int("port", 0, 65_535, "6379"),
    memory("proto-max-bulk-len", 1 << 20, ""),
    bool("rdbchecksum", "yes"),
    bool("rdbcompression", "yes"),
    bool("replica-read-only", "yes"),
    fixed("requirepass", ""),
    text("save", ""),
    int("set-max-intset-entries", 0, MAX, ""),
    int("slowlog-log-slower-than", -1, MAX, "10000"),
    int("slowlog-max-len", 0, MAX, "128"),
    bool("stop-writes-on-bgsave-error", "yes"),
    memory("stream-node-max-bytes", 0, ""),
    int("stream-node-max-entries", 0, MAX, ""),
    int("tcp-keepalive", 0, MAX_INT, "300"),
    int("timeout", 0, MAX_INT, "0"),
    int("tracking-table-max-keys", 0, MAX, "1000000"),
    fixed("unixsocket", ""),
    int("zset-max-listpack-entries", 0, MAX, ""),
    memory("zset-max-listpack-value", 0, ""),
    int("zset-max-ziplist-entries", 0, MAX, ""),
    memory("zset-max-ziplist-value", 0, ""),
];

const POLICIES: &[&str] = &[
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "noeviction",
];

/// The parameter of that name, in any case.
pub(crate) fn find(name: &[u8]) -> Option<&'static Parameter> {
    PARAMETERS.iter().find(|parameter| name.eq_ignore_ascii_case(parameter.name.as_bytes()))
}

/// All parameters.
pub(crate) fn all() -> &'static [Parameter] {
    PARAMETERS
}

impl Parameter {
    pub fn is_fixed(&self) -> bool {
        matches!(self.kind, Kind::Fixed)
    }

    /// The value as it is stored, or why it can't be.
    pub fn parse(&self, value: &[u8]) -> Result<Vec<u8>, String> {
        let within = |n: Option<i64>, min: i64, max: i64| {
            let n = n.filter(|n| (min..=max).contains(n));
            n.map(|n| n.to_string().into_bytes())
                .ok_or_else(|| format!("argument must be between {min} and {max} inclusive"))
        };
        let choose = |choices: &[&str]| {
            let found = choices.iter().find(|choice| args::is(value, choice));
            found.map(|choice| choice.as_bytes().to_vec())
        };
        match self.kind {
            Kind::Bool => choose(&["yes", "no"]).ok_or_else(|| "argument must be 'yes' or 'no'".into()),
            Kind::Choice(choices) => choose(choices)
                .ok_or_else(|| format!("argument(s) must be one of the following: {}", choices.join(", "))),
            Kind::Int(min, max) => {
                let n = number::parse_i64(value).ok_or("argument couldn't be parsed into an integer")?;
                within(Some(n), min, max)
            }
            Kind::Memory(min, max) => {
                let bytes = parse_memory(args::c_str(value)).ok_or("argument must be a memory value")?;
                within(i64::try_from(bytes).ok(), min, max)
            }
            Kind::Text => Ok(value.to_vec()),
            Kind::Fixed => Err("can't set immutable config".into()),
        }
    }
}

/// Reads `100`, `100k`, `100kb` and the like.
fn parse_memory(value: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?;
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, unit) = text.split_at(digits);
    let factor = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" => 1000,
        "kb" => 1 << 10,
        "m" => 1_000_000,
        "mb" => 1 << 20,
        "g" => 1_000_000_000,
        "gb" => 1 << 30,
        _ => return None,
    };
    if digits.is_empty() { Some(0) } else { digits.parse::<u64>().ok()?.checked_mul(factor) }
}

/// What CONFIG SET has set that isn't in [`Config`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    values: BTreeMap<&'static str, Vec<u8>>,
}

impl Settings {
    /// The value of a parameter.
    pub fn get(&self, parameter: &Parameter, config: &Config) -> Vec<u8> {
        let name = canonical(parameter.name);
        if let Some(value) = self.values.get(name) {
            return value.clone();
        }
        let mut config = config.clone();
        match limit(&mut config, name) {
            Some(limit) => limit.to_string().into_bytes(),
            None if name == "databases" => config.databases.to_string().into_bytes(),
            None => parameter.default.into(),
        }
    }

    /// Sets a parameter to what [`Parameter::parse`] has returned.
    pub fn set(&mut self, parameter: &Parameter, value: Vec<u8>, config: &mut Config) {
        let name = canonical(parameter.name);
        let number = number::parse_i64(&value);
        match limit(config, name) {
            // Negative sizes are classes of bytes, which the engine hasn't: it goes by the usual number of elements.
            Some(limit) if name == "list-max-listpack-size" => {
                let entries = number.and_then(|n| usize::try_from(n).ok()).filter(|&n| n > 0);
                *limit = entries.unwrap_or(Config::default().list_max_listpack_entries);
                self.values.insert(name, value);
            }
            Some(limit) => *limit = number.and_then(|n| usize::try_from(n).ok()).unwrap_or(*limit),
            None => {
                self.values.insert(name, value);
            }
        }
    }

    /// Whether the eviction policy counts how often keys are used, instead of when.
    pub fn counts_frequency(&self) -> bool {
        self.values.get("maxmemory-policy").is_some_and(|policy| policy.ends_with(b"lfu"))
    }

    /// The value of a parameter that was set.
    pub fn text(&self, name: &str) -> Option<&[u8]> {
        self.values.get(name).map(Vec::as_slice)
    }
}

/// The name of a parameter that has an older one.
fn canonical(name: &'static str) -> &'static str {
    match name {
        "hash-max-ziplist-entries" => "hash-max-listpack-entries",
        "hash-max-ziplist-value" => "hash-max-listpack-value",
        "list-max-ziplist-size" => "list-max-listpack-size",
        "zset-max-ziplist-entries" => "zset-max-listpack-entries",
        "zset-max-ziplist-value" => "zset-max-listpack-value",
        name => name,
    }
}

/// The field of the configuration that a parameter sets.
fn limit<'a>(config: &'a mut Config, name: &str) -> Option<&'a mut usize> {
    Some(match name {
        "hash-max-listpack-entries" => &mut config.hash_max_listpack_entries,
        "hash-max-listpack-value" => &mut config.hash_max_listpack_value,
        "hll-sparse-max-bytes" => &mut config.hll_sparse_max_bytes,
        "list-max-listpack-size" => &mut config.list_max_listpack_entries,
        "proto-max-bulk-len" => &mut config.proto_max_bulk_len,
        "set-max-intset-entries" => &mut config.set_max_intset_entries,
        "stream-node-max-bytes" => &mut config.stream_node_max_bytes,
        "stream-node-max-entries" => &mut config.stream_node_max_entries,
        "zset-max-listpack-entries" => &mut config.zset_max_listpack_entries,
        "zset-max-listpack-value" => &mut config.zset_max_listpack_value,
        _ => return None,
    })
}

/// Raises the limits of `widest` to those of `config`.
pub(crate) fn widen(widest: &mut Config, config: &Config) {
    let mut config = config.clone();
    for parameter in PARAMETERS {
        if let (Some(old), Some(new)) = (limit(widest, parameter.name), limit(&mut config, parameter.name)) {
            let is_unlimited = parameter.name.starts_with("stream-node-") && (*old == 0 || *new == 0);
            *old = if is_unlimited { 0 } else { (*old).max(*new) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_has_units() {
        for (text, bytes) in [("100", Some(100)), ("1k", Some(1000)), ("1KB", Some(1024)), ("-1", None), ("x", None)] {
            assert_eq!(parse_memory(text.as_bytes()), bytes, "{text}");
        }
    }

    #[test]
    fn parameters_are_in_order() {
        assert!(PARAMETERS.is_sorted_by_key(|parameter| parameter.name));
    }
}
