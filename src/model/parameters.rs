//! The parameters of CONFIG, with the defaults of Redis 7.0.15.

/// What a parameter takes.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Immutable,
    YesNo,
    Int(i64, i64),
    /// Bytes, with units, from this on.
    Memory(u64),
    /// Bytes, or a part of `maxmemory`.
    MemoryOrPercent,
    OneOf(&'static [&'static str]),
    Text,
    /// The letters of `notify-keyspace-events`.
    Events,
}

pub(super) struct Parameter {
    pub(super) name: &'static str,
    /// The name before Redis 7.0.
    pub(super) alias: Option<&'static str>,
    pub(super) default: &'static str,
    pub(super) kind: Kind,
    /// Servers under test are started with another value.
    pub(super) varies: bool,
}

const fn fixed(name: &'static str, default: &'static str, kind: Kind) -> Parameter {
    Parameter { name, alias: None, default, kind, varies: false }
}

const fn varying(name: &'static str, default: &'static str, kind: Kind) -> Parameter {
    Parameter { name, alias: None, default, kind, varies: true }
}

const fn encoding(name: &'static str, alias: &'static str, default: &'static str, kind: Kind) -> Parameter {
    Parameter { name, alias: Some(alias), default, kind, varies: true }
}

/// One that no command of the model feels.
const fn other(name: &'static str, alias: Option<&'static str>, default: &'static str, kind: Kind) -> Parameter {
    Parameter { name, alias, default, kind, varies: true }
}

const UP: Kind = Kind::Int(0, i64::MAX);
const INT: Kind = Kind::Int(0, i32::MAX as i64);
const ANY_INT: Kind = Kind::Int(i32::MIN as i64, i32::MAX as i64);
const BYTES: Kind = Kind::Memory(0);
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

/// What servers under test are asked for.
#[rustfmt::skip]
pub(super) const PARAMETERS: &[Parameter] = &[
    varying("save", "3600 1 300 100 60 10000", Kind::Text),
    varying("appendonly", "no", Kind::YesNo),
    fixed("appendfsync", "everysec", Kind::OneOf(&["everysec", "always", "no"])),
    varying("maxmemory", "0", BYTES),
    fixed("maxmemory-policy", "noeviction", Kind::OneOf(POLICIES)),
    fixed("maxmemory-samples", "5", Kind::Int(1, i32::MAX as i64)),
    fixed("maxmemory-eviction-tenacity", "10", Kind::Int(0, 100)),
    fixed("databases", "16", Kind::Immutable),
    encoding("hash-max-listpack-entries", "hash-max-ziplist-entries", "512", UP),
    encoding("hash-max-listpack-value", "hash-max-ziplist-value", "64", BYTES),
    encoding("list-max-listpack-size", "list-max-ziplist-size", "-2", ANY_INT),
    fixed("list-compress-depth", "0", INT),
    varying("set-max-intset-entries", "512", UP),
    encoding("zset-max-listpack-entries", "zset-max-ziplist-entries", "128", UP),
    encoding("zset-max-listpack-value", "zset-max-ziplist-value", "64", BYTES),
    varying("stream-node-max-bytes", "4096", BYTES),
    varying("stream-node-max-entries", "100", UP),
    varying("hll-sparse-max-bytes", "3000", BYTES),
    varying("proto-max-bulk-len", "536870912", Kind::Memory(1 << 20)),
    fixed("timeout", "0", INT),
    fixed("tcp-keepalive", "300", INT),
    fixed("lfu-log-factor", "10", INT),
    fixed("lfu-decay-time", "1", INT),
    fixed("slowlog-log-slower-than", "10000", Kind::Int(-1, i64::MAX)),
    fixed("slowlog-max-len", "128", UP),
    fixed("latency-monitor-threshold", "0", UP),
    fixed("notify-keyspace-events", "", Kind::Events),
    varying("maxclients", "10000", Kind::Int(1, u32::MAX as i64)),
    fixed("hz", "10", INT),
    varying("loglevel", "notice", Kind::OneOf(&["debug", "verbose", "notice", "warning"])),
    varying("port", "6379", Kind::Int(0, 65535)),
    fixed("active-expire-effort", "1", Kind::Int(1, 10)),
    fixed("lazyfree-lazy-expire", "no", Kind::YesNo),
    fixed("lazyfree-lazy-user-del", "no", Kind::YesNo),
    fixed("rdbcompression", "yes", Kind::YesNo),
    fixed("requirepass", "", Kind::Text),
];

/// The others of Redis 7.0.15, which a server under test need not have.
#[rustfmt::skip]
pub(super) const OTHERS: &[Parameter] = &[
    other("rdbchecksum", None, "yes", Kind::Immutable),
    other("daemonize", None, "no", Kind::Immutable),
    other("io-threads-do-reads", None, "no", Kind::Immutable),
    other("always-show-logo", None, "no", Kind::Immutable),
    other("protected-mode", None, "yes", Kind::YesNo),
    other("rdb-del-sync-files", None, "no", Kind::YesNo),
    other("activerehashing", None, "yes", Kind::YesNo),
    other("stop-writes-on-bgsave-error", None, "yes", Kind::YesNo),
    other("set-proc-title", None, "yes", Kind::Immutable),
    other("dynamic-hz", None, "yes", Kind::YesNo),
    other("lazyfree-lazy-eviction", None, "no", Kind::YesNo),
    other("lazyfree-lazy-server-del", None, "no", Kind::YesNo),
    other("lazyfree-lazy-user-flush", None, "no", Kind::YesNo),
    other("repl-disable-tcp-nodelay", None, "no", Kind::YesNo),
    other("repl-diskless-sync", None, "yes", Kind::YesNo),
    other("aof-rewrite-incremental-fsync", None, "yes", Kind::YesNo),
    other("no-appendfsync-on-rewrite", None, "no", Kind::YesNo),
    other("cluster-require-full-coverage", None, "yes", Kind::YesNo),
    other("rdb-save-incremental-fsync", None, "yes", Kind::YesNo),
    other("aof-load-truncated", None, "yes", Kind::YesNo),
    other("aof-use-rdb-preamble", None, "yes", Kind::YesNo),
    other("aof-timestamp-enabled", None, "no", Kind::YesNo),
    other("cluster-replica-no-failover", Some("cluster-slave-no-failover"), "no", Kind::YesNo),
    other("replica-lazy-flush", Some("slave-lazy-flush"), "no", Kind::YesNo),
    other("replica-serve-stale-data", Some("slave-serve-stale-data"), "yes", Kind::YesNo),
    other("replica-read-only", Some("slave-read-only"), "yes", Kind::YesNo),
    other("replica-ignore-maxmemory", Some("slave-ignore-maxmemory"), "yes", Kind::YesNo),
    other("jemalloc-bg-thread", None, "yes", Kind::YesNo),
    other("activedefrag", None, "no", Kind::YesNo),
    other("syslog-enabled", None, "no", Kind::Immutable),
    other("cluster-enabled", None, "no", Kind::Immutable),
    other("cluster-allow-reads-when-down", None, "no", Kind::YesNo),
    other("cluster-allow-pubsubshard-when-down", None, "yes", Kind::YesNo),
    other("crash-log-enabled", None, "yes", Kind::YesNo),
    other("crash-memcheck-enabled", None, "yes", Kind::YesNo),
    other("disable-thp", None, "yes", Kind::Immutable),
    other("cluster-allow-replica-migration", None, "yes", Kind::YesNo),
    other("replica-announced", None, "yes", Kind::YesNo),
    other("latency-tracking", None, "yes", Kind::YesNo),
    other("aof-disable-auto-gc", None, "no", Kind::YesNo),
    other("replica-ignore-disk-write-errors", None, "no", Kind::YesNo),
    other("aclfile", None, "", Kind::Immutable),
    other("unixsocket", None, "", Kind::Immutable),
    other("pidfile", None, "", Kind::Immutable),
    other("replica-announce-ip", Some("slave-announce-ip"), "", Kind::Text),
    other("masteruser", None, "", Kind::Text),
    other("cluster-announce-ip", None, "", Kind::Text),
    other("cluster-config-file", None, "nodes.conf", Kind::Immutable),
    other("cluster-announce-hostname", None, "", Kind::Text),
    other("syslog-ident", None, "redis", Kind::Immutable),
    other("dbfilename", None, "dump.rdb", Kind::Text),
    other("appendfilename", None, "appendonly.aof", Kind::Immutable),
    other("appenddirname", None, "appendonlydir", Kind::Immutable),
    other("server_cpulist", None, "", Kind::Immutable),
    other("bio_cpulist", None, "", Kind::Immutable),
    other("aof_rewrite_cpulist", None, "", Kind::Immutable),
    other("bgsave_cpulist", None, "", Kind::Immutable),
    other("ignore-warnings", None, "", Kind::Text),
    other("proc-title-template", None, "{title} {listen-addr} {server-mode}", Kind::Text),
    other("bind-source-addr", None, "", Kind::Text),
    other("logfile", None, "", Kind::Immutable),
    other("masterauth", None, "", Kind::Text),
    other("supervised", None, "no", Kind::Immutable),
    other("syslog-facility", None, "local0", Kind::Immutable),
    other("repl-diskless-load", None, "disabled", Kind::OneOf(&["disabled", "on-empty-db", "swapdb"])),
    other("oom-score-adj", None, "no", Kind::OneOf(&["no", "yes", "relative", "absolute"])),
    other("acl-pubsub-default", None, "resetchannels", Kind::OneOf(&["allchannels", "resetchannels"])),
    other("sanitize-dump-payload", None, "no", Kind::OneOf(&["no", "yes", "clients"])),
    other("enable-protected-configs", None, "no", Kind::Immutable),
    other("enable-debug-command", None, "yes", Kind::Immutable),
    other("enable-module-command", None, "no", Kind::Immutable),
    other("cluster-preferred-endpoint-type", None, "ip", Kind::OneOf(&["ip", "hostname", "unknown-endpoint"])),
    other("propagation-error-behavior", None, "ignore", Kind::OneOf(&["ignore", "panic", "panic-on-replicas"])),
    other("shutdown-on-sigint", None, "default", Kind::Text),
    other("shutdown-on-sigterm", None, "default", Kind::Text),
    other("io-threads", None, "1", Kind::Immutable),
    other("auto-aof-rewrite-percentage", None, "100", INT),
    other("cluster-replica-validity-factor", Some("cluster-slave-validity-factor"), "10", INT),
    other("cluster-migration-barrier", None, "1", INT),
    other("active-defrag-cycle-min", None, "1", Kind::Int(1, 99)),
    other("active-defrag-cycle-max", None, "25", Kind::Int(1, 99)),
    other("active-defrag-threshold-lower", None, "10", Kind::Int(0, 1000)),
    other("active-defrag-threshold-upper", None, "100", Kind::Int(0, 1000)),
    other("replica-priority", Some("slave-priority"), "100", INT),
    other("repl-diskless-sync-delay", None, "5", INT),
    other("replica-announce-port", Some("slave-announce-port"), "0", Kind::Int(0, 65535)),
    other("tcp-backlog", None, "511", Kind::Immutable),
    other("cluster-port", None, "0", Kind::Immutable),
    other("cluster-announce-bus-port", None, "0", Kind::Int(0, 65535)),
    other("cluster-announce-port", None, "0", Kind::Int(0, 65535)),
    other("cluster-announce-tls-port", None, "0", Kind::Int(0, 65535)),
    other("repl-timeout", None, "60", Kind::Int(1, i32::MAX as i64)),
    other("repl-ping-replica-period", Some("repl-ping-slave-period"), "10", Kind::Int(1, i32::MAX as i64)),
    other("min-replicas-to-write", Some("min-slaves-to-write"), "0", INT),
    other("min-replicas-max-lag", Some("min-slaves-max-lag"), "10", INT),
    other("shutdown-timeout", None, "10", INT),
    other("repl-diskless-sync-max-replicas", None, "0", INT),
    other("unixsocketperm", None, "0", Kind::Immutable),
    other("socket-mark-id", None, "0", Kind::Immutable),
    other("active-defrag-max-scan-fields", None, "1000", Kind::Int(1, i64::MAX)),
    other("acllog-max-len", None, "128", UP),
    other("busy-reply-threshold", Some("lua-time-limit"), "5000", UP),
    other("cluster-node-timeout", None, "15000", UP),
    other("repl-backlog-size", None, "1048576", Kind::Memory(1)),
    other("cluster-link-sendbuf-limit", None, "0", BYTES),
    other("active-defrag-ignore-bytes", None, "104857600", Kind::Memory(1)),
    other("tracking-table-max-keys", None, "1000000", UP),
    other("client-query-buffer-limit", None, "1073741824", Kind::Memory(1 << 20)),
    other("maxmemory-clients", None, "0", Kind::MemoryOrPercent),
    other("repl-backlog-ttl", None, "3600", UP),
    other("auto-aof-rewrite-min-size", None, "67108864", BYTES),
    other("tls-port", None, "0", Kind::Int(0, 65535)),
    other("tls-session-cache-size", None, "20480", INT),
    other("tls-session-cache-timeout", None, "300", INT),
    other("tls-cluster", None, "no", Kind::YesNo),
    other("tls-replication", None, "no", Kind::YesNo),
    other("tls-auth-clients", None, "yes", Kind::OneOf(&["no", "yes", "optional"])),
    other("tls-prefer-server-ciphers", None, "no", Kind::YesNo),
    other("tls-session-caching", None, "yes", Kind::YesNo),
    other("tls-cert-file", None, "", Kind::Text),
    other("tls-key-file", None, "", Kind::Text),
    other("tls-key-file-pass", None, "", Kind::Text),
    other("tls-client-cert-file", None, "", Kind::Text),
    other("tls-client-key-file", None, "", Kind::Text),
    other("tls-client-key-file-pass", None, "", Kind::Text),
    other("tls-dh-params-file", None, "", Kind::Text),
    other("tls-ca-cert-file", None, "", Kind::Text),
    other("tls-ca-cert-dir", None, "", Kind::Text),
    other("tls-protocols", None, "", Kind::Text),
    other("tls-ciphers", None, "", Kind::Text),
    other("tls-ciphersuites", None, "", Kind::Text),
    other("dir", None, "/", Kind::Text),
    other("client-output-buffer-limit", None, "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60", Kind::Text),
    other("oom-score-adj-values", None, "0 200 800", Kind::Text),
    other("bind", None, "* -::*", Kind::Text),
    other("replicaof", Some("slaveof"), "", Kind::Immutable),
    other("latency-tracking-info-percentiles", None, "50 99 99.9", Kind::Text),
    other("use-exit-on-panic", None, "no", Kind::YesNo),
    other("rdb-key-save-delay", None, "0", ANY_INT),
    other("key-load-delay", None, "0", ANY_INT),
    other("watchdog-period", None, "0", INT),
    other("loading-process-events-interval-bytes", None, "2097152", Kind::Memory(1024)),
];

/// Those that no pattern shows.
pub(super) const HIDDEN: &[&str] = &[
    "use-exit-on-panic",
    "rdb-key-save-delay",
    "key-load-delay",
    "watchdog-period",
    "loading-process-events-interval-bytes",
];
