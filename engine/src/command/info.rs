//! INFO.

use std::fmt::Write;

use super::{Command, Context, Outcome, Run, args};
use crate::pubsub::Kind;
use crate::reply::Reply;

pub(super) const COMMANDS: &[Command] = &[Command::new("info", -1, "loading stale", (0, 0, 0), Run::Now(info))];

/// A section: its name, whether INFO shows it unasked, and its lines.
type Section = (&'static str, bool, fn(&Context<'_>) -> String);

/// All sections in their order.
const SECTIONS: &[Section] = &[
    ("Server", true, server),
    ("Clients", true, clients),
    ("Memory", true, memory),
    ("Persistence", true, persistence),
    ("Stats", true, stats),
    ("Replication", true, replication),
    ("CPU", true, cpu),
    ("Modules", true, nothing),
    ("Commandstats", false, nothing),
    ("Errorstats", true, nothing),
    ("Latencystats", false, nothing),
    ("Cluster", true, cluster),
    ("Keyspace", true, keyspace),
];

fn info(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let words = &argv[1..];
    let asked = |name: &str| words.iter().any(|word| args::is(word, name));
    let all = asked("all") || asked("everything");
    let usual = words.is_empty() || asked("default");
    let mut text = String::new();
    for (name, is_usual, lines) in SECTIONS {
        if all || usual && *is_usual || asked(name) {
            let gap = if text.is_empty() { "" } else { "\r\n" };
            text.push_str(&format!("{gap}# {name}\r\n{}", lines(cx)));
        }
    }
    Ok(Reply::Verbatim(text.into_bytes()))
}

/// `name:value` lines.
fn lines<V: std::fmt::Display>(pairs: impl IntoIterator<Item = (&'static str, V)>) -> String {
    pairs.into_iter().fold(String::new(), |mut text, (name, value)| {
        // Writing to a string can't fail.
        write!(text, "{name}:{value}\r\n").unwrap_or_default();
        text
    })
}

fn nothing(_: &Context<'_>) -> String {
    String::new()
}

fn server(cx: &Context<'_>) -> String {
    let up = (cx.now() - cx.store.started_at).max(0) / 1000;
    let texts = lines([
        ("redis_version", "7.0.15"),
        ("redis_git_sha1", "00000000"),
        ("redis_git_dirty", "0"),
        ("redis_build_id", "0000000000000000"),
        ("redis_mode", "standalone"),
        ("os", "Linux"),
        ("arch_bits", "64"),
        ("multiplexing_api", "epoll"),
        ("process_id", "1"),
        ("run_id", "0000000000000000000000000000000000000000"),
        ("tcp_port", "6379"),
    ]);
    texts
        + &lines([
            ("server_time_usec", cx.now().saturating_mul(1000)),
            ("uptime_in_seconds", up),
            ("uptime_in_days", up / 86_400),
            ("hz", 10),
            ("configured_hz", 10),
            ("lru_clock", cx.now() / 1000 % (1 << 24)),
        ])
        + &lines([("executable", "/usr/bin/redis-server"), ("config_file", "")])
}

fn clients(cx: &Context<'_>) -> String {
    let others = || cx.store.clients.iter();
    lines([
        ("connected_clients", others().count() + 1),
        ("cluster_connections", 0),
        ("maxclients", 10_000),
        ("client_recent_max_input_buffer", 20_480),
        ("client_recent_max_output_buffer", 0),
        ("blocked_clients", others().filter(|session| session.wait.is_some()).count()),
        ("tracking_clients", 0),
        ("clients_in_timeout_table", 0),
    ])
}

fn memory(cx: &Context<'_>) -> String {
    const BASE: usize = 1 << 20;
    const PER_KEY: usize = 96;
    let used = BASE + PER_KEY * cx.store.dbs.iter().map(|db| db.len()).sum::<usize>();
    let setting = |name| String::from_utf8_lossy(cx.store.settings.text(name).unwrap_or_default()).into_owned();
    let or = |text: String, default: &str| if text.is_empty() { default.to_string() } else { text };
    let human = format!("{:.2}M", used as f64 / f64::from(1 << 20));
    lines([
        ("used_memory", used.to_string()),
        ("used_memory_human", human.clone()),
        ("used_memory_rss", used.to_string()),
        ("used_memory_rss_human", human.clone()),
        ("used_memory_peak", used.to_string()),
        ("used_memory_peak_human", human),
        ("used_memory_overhead", BASE.to_string()),
        ("used_memory_startup", BASE.to_string()),
        ("used_memory_dataset", (used - BASE).to_string()),
        ("maxmemory", or(setting("maxmemory"), "0")),
        ("maxmemory_policy", or(setting("maxmemory-policy"), "noeviction")),
        ("mem_fragmentation_ratio", "1.00".into()),
        ("mem_allocator", "libc".into()),
        ("active_defrag_running", "0".into()),
        ("lazyfree_pending_objects", "0".into()),
        ("lazyfreed_objects", "0".into()),
    ])
}

fn persistence(cx: &Context<'_>) -> String {
    lines([("loading", 0), ("async_loading", 0), ("rdb_changes_since_last_save", 0), ("rdb_bgsave_in_progress", 0)])
        + &lines([("rdb_last_save_time", cx.store.started_at / 1000)])
        + &lines([("rdb_last_bgsave_status", "ok"), ("aof_enabled", "0"), ("aof_last_write_status", "ok")])
}

fn stats(cx: &Context<'_>) -> String {
    let (stats, pubsub) = (&cx.store.stats, &cx.store.clients.pubsub);
    let topics = |kind| pubsub.of(kind).len() as u64;
    lines([
        ("total_connections_received", cx.store.clients.connections() as u64),
        ("total_commands_processed", stats.commands),
        ("instantaneous_ops_per_sec", 0),
        ("rejected_connections", 0),
        ("expired_keys", stats.expired_keys),
        ("evicted_keys", 0),
        ("keyspace_hits", stats.hits),
        ("keyspace_misses", stats.misses),
        ("pubsub_channels", topics(Kind::Channel)),
        ("pubsub_patterns", topics(Kind::Pattern)),
        ("pubsubshard_channels", topics(Kind::Shard)),
        ("latest_fork_usec", 0),
        ("total_forks", 0),
        ("tracking_total_keys", 0),
        ("unexpected_error_replies", 0),
        ("total_error_replies", stats.errors),
    ])
}

fn replication(_: &Context<'_>) -> String {
    lines([
        ("role", "master"),
        ("connected_slaves", "0"),
        ("master_failover_state", "no-failover"),
        ("master_replid", "0000000000000000000000000000000000000000"),
        ("master_replid2", "0000000000000000000000000000000000000000"),
        ("master_repl_offset", "0"),
        ("second_repl_offset", "-1"),
        ("repl_backlog_active", "0"),
        ("repl_backlog_size", "1048576"),
        ("repl_backlog_first_byte_offset", "0"),
        ("repl_backlog_histlen", "0"),
    ])
}

fn cpu(_: &Context<'_>) -> String {
    lines([("used_cpu_sys", "0.000000"), ("used_cpu_user", "0.000000")])
}

fn cluster(_: &Context<'_>) -> String {
    lines([("cluster_enabled", 0)])
}

fn keyspace(cx: &Context<'_>) -> String {
    let dbs = cx.store.dbs.iter().enumerate().filter(|(_, db)| db.len() > 0);
    let line = |(at, db): (usize, &crate::db::Db)| {
        format!("db{at}:keys={},expires={},avg_ttl=0\r\n", db.len(), db.volatile_len())
    };
    dbs.map(line).collect()
}
