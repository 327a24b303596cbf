//! INFO: the server's own description of itself, of which clients read a few lines.

use super::keyspace::{Data, Entry};
use super::service::{Calls, Service, command_name};
use super::{Call, DATABASES, Expect, Handler, Model, Reply};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    (name == "INFO").then_some(info as Handler)
}

/// The sections with the lines that clients look for, and whether they come unasked.
#[rustfmt::skip]
const SECTIONS: &[(&str, bool, &[&str])] = &[
    ("Server", true, &["redis_version:", "redis_mode:standalone", "process_id:", "run_id:", "tcp_port:", "uptime_in_seconds:"]),
    ("Clients", true, &["connected_clients:", "blocked_clients:"]),
    ("Memory", true, &["used_memory:", "used_memory_human:", "maxmemory:", "maxmemory_policy:"]),
    ("Persistence", true, &["loading:0", "rdb_bgsave_in_progress:", "aof_enabled:"]),
    ("Stats", true, &["total_connections_received:", "total_commands_processed:", "expired_keys:", "keyspace_hits:"]),
    ("Replication", true, &["role:master", "connected_slaves:0", "master_repl_offset:"]),
    ("CPU", true, &["used_cpu_sys:", "used_cpu_user:"]),
    ("Modules", true, &[]),
    ("Commandstats", false, &[]),
    ("Errorstats", true, &[]),
    ("Latencystats", false, &[]),
    ("Cluster", true, &["cluster_enabled:0"]),
    ("Keyspace", true, &[]),
];

fn info(model: &mut Model, call: &Call) -> Reply {
    let args = &call.argv[1..];
    let asks = |word: &str| args.iter().any(|arg| arg.eq_ignore_ascii_case(word.as_bytes()));
    let all = asks("all") || asks("everything");
    let unasked = args.is_empty() || asks("default");
    let sections: Vec<_> =
        SECTIONS.iter().filter(|(name, by_default, _)| all || asks(name) || (unasked && *by_default)).collect();
    let mut lines: Vec<String> = Vec::new();
    for (name, _, fields) in &sections {
        lines.push(format!("# {name}"));
        lines.extend(fields.iter().map(|field| (*field).to_owned()));
        if *name == "Keyspace" {
            let filled = (0..DATABASES).filter(|db| model.dbs[*db].live(model.now_ms).next().is_some());
            lines.extend(filled.map(|db| format!("db{db}:keys=")));
        }
    }
    let rule = format!("lines that begin with {}", lines.join(", "));
    let holds = |reply: &Value| {
        let Value::Bulk(text) = reply else { return false };
        let text = String::from_utf8_lossy(text);
        let headers = text.lines().filter(|line| line.starts_with("# "));
        headers.count() == sections.len()
            && lines.iter().all(|wanted| text.lines().any(|line| line.starts_with(wanted.as_str())))
    };
    let instead = || {
        let shown = sections.iter().map(|(name, ..)| format!("# {name}\r\n{}", section(model, call, name)));
        Value::Verbatim(*b"txt", shown.collect::<Vec<_>>().join("\r\n").into())
    };
    Ok(Expect::checked(call, "verbatim", rule, holds, instead))
}

/// The lines of a section of the model's own.
fn section(model: &Model, call: &Call, name: &str) -> String {
    let fresh = Service::default();
    let service = model.service.as_deref().unwrap_or(&fresh);
    let rows = match name {
        "Server" => server(model, service, call),
        "Clients" => clients(model),
        "Memory" => memory(model),
        "Persistence" => persistence(model, service),
        "Stats" => stats(model, service),
        "Replication" => replication(model),
        "CPU" => vec![
            row("used_cpu_sys", "0.000000"),
            row("used_cpu_user", "0.000000"),
            row("used_cpu_sys_children", "0.000000"),
            row("used_cpu_user_children", "0.000000"),
        ],
        "Commandstats" => service.stats.commands.iter().map(|(id, calls)| command_stats(*id, calls)).collect(),
        "Errorstats" => {
            let shown = |(code, count): (&Bytes, &u64)| {
                (format!("errorstat_{}", String::from_utf8_lossy(code)), format!("count={count}"))
            };
            service.stats.errors.iter().map(shown).collect()
        }
        "Latencystats" => latency_stats(model, service),
        "Cluster" => vec![row("cluster_enabled", 0)],
        "Keyspace" => (0..DATABASES).filter_map(|db| keyspace(model, db)).collect(),
        _ => Vec::new(),
    };
    rows.into_iter().map(|(name, value)| format!("{name}:{value}\r\n")).collect()
}

type Row = (String, String);

fn row(name: &str, value: impl ToString) -> Row {
    (name.to_owned(), value.to_string())
}

/// Zeroes for what the model does not measure.
fn zeroes<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Row> {
    names.into_iter().map(|name| row(name, 0)).collect()
}

fn server(model: &Model, service: &Service, call: &Call) -> Vec<Row> {
    let local = model.clients.get(&call.client).map_or("", |client| client.origin.local_address.as_str());
    let port = local.rsplit(':').next().filter(|port| !port.is_empty()).unwrap_or("0").to_owned();
    let uptime_s = (model.now_ms - service.started_ms.unwrap_or(model.now_ms)).max(0) / 1000;
    vec![
        row("redis_version", model.profile.version()),
        row("redis_git_sha1", "00000000"),
        row("redis_git_dirty", 0),
        row("redis_build_id", "0000000000000000"),
        row("redis_mode", "standalone"),
        row("os", "model"),
        row("arch_bits", 64),
        row("multiplexing_api", "epoll"),
        row("process_id", 1),
        row("process_supervised", "no"),
        row("run_id", "0123456789abcdef0123456789abcdef01234567"),
        row("tcp_port", port),
        row("server_time_usec", model.now_ms.saturating_mul(1000)),
        row("uptime_in_seconds", uptime_s),
        row("uptime_in_days", uptime_s / 86400),
        row("hz", 10),
        row("configured_hz", 10),
        row("lru_clock", (model.now_ms / 1000) & 0xff_ffff),
        row("executable", "/respfuzz"),
        row("config_file", ""),
        row("io_threads_active", 0),
    ]
}

fn clients(model: &Model) -> Vec<Row> {
    let held = model.clients.values().filter(|client| client.held_back).count();
    vec![
        row("connected_clients", model.clients.len()),
        row("cluster_connections", 0),
        row("maxclients", 10_000),
        row("client_recent_max_input_buffer", 20_480),
        row("client_recent_max_output_buffer", 0),
        row("blocked_clients", held + model.clients.keys().filter(|client| model.is_blocked(**client)).count()),
        row("tracking_clients", 0),
        row("clients_in_timeout_table", model.blocking.deadlines().count()),
    ]
}

/// What an empty server takes, in bytes.
const EMPTY_BYTES: usize = 900_000;

/// An estimate of what a key and its value take, in bytes.
pub(super) fn size_bytes(key: &[u8], entry: &Entry) -> usize {
    const HEADER_BYTES: usize = 56;
    const ELEMENT_BYTES: usize = 16;
    let value = match &entry.data {
        Data::Str(text) => text.len(),
        Data::List(list) => list.iter().map(|item| item.len() + ELEMENT_BYTES).sum(),
        Data::Set(set) => set.iter().map(|member| member.len() + ELEMENT_BYTES).sum(),
        Data::Hash(hash) => hash.iter().map(|(field, value)| field.len() + value.len() + ELEMENT_BYTES).sum(),
        Data::ZSet(zset) => zset.scores().keys().map(|member| member.len() + 8 + ELEMENT_BYTES).sum(),
        Data::Stream(stream) => stream.entries().count() * 4 * ELEMENT_BYTES,
    };
    HEADER_BYTES + key.len() + value
}

impl Model {
    /// An estimate of what everything takes, in bytes.
    pub(super) fn used_bytes(&self) -> usize {
        let entries = self.dbs.iter().flat_map(|db| &db.entries);
        EMPTY_BYTES + entries.map(|(key, entry)| size_bytes(key, entry)).sum::<usize>()
    }
}

fn human(bytes: usize) -> String {
    match bytes {
        ..1024 => format!("{bytes}B"),
        1024..0x10_0000 => format!("{:.2}K", bytes as f64 / 1024.0),
        0x10_0000..0x4000_0000 => format!("{:.2}M", bytes as f64 / 1_048_576.0),
        _ => format!("{:.2}G", bytes as f64 / 1_073_741_824.0),
    }
}

fn memory(model: &Model) -> Vec<Row> {
    let used = model.used_bytes();
    let max = usize::try_from(model.number_parameter("maxmemory")).unwrap_or(0);
    let mut rows = Vec::new();
    for name in ["used_memory", "used_memory_rss", "used_memory_peak"] {
        rows.extend([row(name, used), row(&format!("{name}_human"), human(used))]);
    }
    rows.extend([
        row("used_memory_peak_perc", "100.00%"),
        row("used_memory_overhead", EMPTY_BYTES),
        row("used_memory_startup", EMPTY_BYTES),
        row("used_memory_dataset", used - EMPTY_BYTES),
        row("total_system_memory", 1_u64 << 34),
        row("total_system_memory_human", "16.00G"),
        row("used_memory_lua", 0),
        row("used_memory_scripts", 0),
        row("number_of_cached_scripts", 0),
        row("number_of_functions", 0),
        row("maxmemory", max),
        row("maxmemory_human", human(max)),
        row("maxmemory_policy", model.parameter("maxmemory-policy")),
        row("mem_fragmentation_ratio", "1.00"),
        row("mem_fragmentation_bytes", 0),
        row("mem_allocator", "model"),
    ]);
    rows.extend(zeroes([
        "mem_not_counted_for_evict",
        "mem_replication_backlog",
        "mem_clients_slaves",
        "mem_clients_normal",
        "mem_aof_buffer",
        "active_defrag_running",
        "lazyfree_pending_objects",
    ]));
    rows.push(row("lazyfreed_objects", model.service.as_ref().map_or(0, |service| service.stats.freed)));
    rows
}

fn persistence(model: &Model, service: &Service) -> Vec<Row> {
    let mut rows = zeroes([
        "loading",
        "async_loading",
        "current_save_keys_processed",
        "current_save_keys_total",
        "rdb_bgsave_in_progress",
    ]);
    rows.extend([
        row("rdb_changes_since_last_save", service.changes),
        row("rdb_last_save_time", service.saved_s),
        row("rdb_last_bgsave_status", "ok"),
        row("rdb_last_bgsave_time_sec", -1),
        row("rdb_current_bgsave_time_sec", -1),
        row("aof_enabled", u8::from(model.parameter("appendonly") == "yes")),
        row("aof_rewrite_in_progress", 0),
        row("aof_rewrite_scheduled", 0),
        row("aof_last_rewrite_time_sec", -1),
        row("aof_current_rewrite_time_sec", -1),
        row("aof_last_bgrewrite_status", "ok"),
        row("aof_last_write_status", "ok"),
    ]);
    rows
}

fn stats(model: &Model, service: &Service) -> Vec<Row> {
    let stats = &service.stats;
    let commands: u64 = stats.commands.values().map(|calls| calls.calls).sum();
    let (channels, patterns, shards) = model.subscription_counts();
    let mut rows = vec![
        row("total_connections_received", stats.connections),
        row("total_commands_processed", commands),
        row("instantaneous_ops_per_sec", 0),
        row("total_net_input_bytes", 0),
        row("total_net_output_bytes", 0),
        row("instantaneous_input_kbps", "0.00"),
        row("instantaneous_output_kbps", "0.00"),
        row("rejected_connections", 0),
        row("expired_keys", stats.expired),
        row("expired_stale_perc", "0.00"),
        row("pubsub_channels", channels),
        row("pubsub_patterns", patterns),
        row("pubsubshard_channels", shards),
        row("total_error_replies", stats.errors.values().sum::<u64>()),
    ];
    rows.extend(zeroes([
        "sync_full",
        "sync_partial_ok",
        "sync_partial_err",
        "expired_time_cap_reached_count",
        "evicted_keys",
        "evicted_clients",
        "keyspace_hits",
        "keyspace_misses",
        "latest_fork_usec",
        "total_forks",
        "migrate_cached_sockets",
        "slave_expires_tracked_keys",
        "active_defrag_hits",
        "active_defrag_misses",
        "tracking_total_keys",
        "tracking_total_items",
        "tracking_total_prefixes",
        "unexpected_error_replies",
        "dump_payload_sanitizations",
        "total_reads_processed",
        "total_writes_processed",
        "io_threaded_reads_processed",
        "io_threaded_writes_processed",
    ]));
    rows
}

fn replication(_: &Model) -> Vec<Row> {
    vec![
        row("role", "master"),
        row("connected_slaves", 0),
        row("master_failover_state", "no-failover"),
        row("master_replid", "0123456789abcdef0123456789abcdef01234567"),
        row("master_replid2", "0".repeat(40)),
        row("master_repl_offset", 0),
        row("second_repl_offset", -1),
        row("repl_backlog_active", 0),
        row("repl_backlog_size", 1_048_576),
        row("repl_backlog_first_byte_offset", 0),
        row("repl_backlog_histlen", 0),
    ]
}

fn command_stats(id: super::service::CommandId, stats: &Calls) -> Row {
    let Calls { calls, rejected, failed, us } = stats;
    let per_call = *us as f64 / (*calls).max(1) as f64;
    let value =
        format!("calls={calls},usec={us},usec_per_call={per_call:.2},rejected_calls={rejected},failed_calls={failed}");
    (format!("cmdstat_{}", command_name(id)), value)
}

fn latency_stats(model: &Model, service: &Service) -> Vec<Row> {
    if model.parameter("latency-tracking") != "yes" {
        return Vec::new();
    }
    let percentiles = model.parameter("latency-tracking-info-percentiles");
    let called = service.stats.commands.iter().filter(|(_, stats)| stats.calls > 0);
    let shown = called.map(|(id, stats)| {
        let us = stats.us as f64 / stats.calls as f64;
        let values: Vec<String> = percentiles.split(' ').map(|p| format!("p{p}={us:.3}")).collect();
        (format!("latency_percentiles_usec_{}", command_name(*id)), values.join(","))
    });
    shown.collect()
}

fn keyspace(model: &Model, db: usize) -> Option<Row> {
    let (mut keys, mut expires, mut left_ms) = (0_i64, 0_i64, 0_i64);
    for (_, entry) in model.dbs[db].live(model.now_ms) {
        keys += 1;
        if let Some(at) = entry.expires_ms {
            expires += 1;
            left_ms = left_ms.saturating_add(at.saturating_sub(model.now_ms));
        }
    }
    let average_ms = left_ms / expires.max(1);
    (keys > 0).then(|| row(&format!("db{db}"), format!("keys={keys},expires={expires},avg_ttl={average_ms}")))
}

#[cfg(test)]
mod tests {
    use super::super::Model;
    use crate::resp::{Bytes, Value};
    use crate::subject::ClientId;

    fn info(model: &mut Model, line: &str) -> String {
        let mut out = Vec::new();
        model.send(ClientId(1), &line.split(' ').map(Bytes::from).collect::<Vec<_>>(), None, &mut out);
        match out.pop().and_then(|(_, expect)| expect.choose().pop()) {
            Some(Value::Bulk(text)) => String::from_utf8_lossy(&text).into_owned(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_served_model_counts() {
        let model = &mut Model::default().served();
        model.connect(ClientId(1), "127.0.0.1:1".into(), "127.0.0.1:7000".into());
        for line in ["SET a b", "SET c d PX 1000", "LPUSH a x", "GET", "CONFIG GET maxmemory"] {
            info(model, line);
        }
        assert!(info(model, "INFO keyspace").ends_with("# Keyspace\r\ndb0:keys=2,expires=1,avg_ttl=1000\r\n"));
        let server = info(model, "INFO server clients");
        assert!(server.contains("tcp_port:7000\r\n") && server.contains("connected_clients:1\r\n"), "{server}");
        let stats = info(model, "INFO commandstats errorstats");
        for line in [
            "cmdstat_set:calls=2,",
            "cmdstat_get:calls=0,usec=0,usec_per_call=0.00,rejected_calls=1,failed_calls=0",
            "cmdstat_config|get:calls=1,",
            "errorstat_WRONGTYPE:count=1\r\n",
        ] {
            assert!(stats.contains(line), "{line}: {stats}");
        }
    }
}
