//! What the table leaves out of the server's commands, and why.

/// Commands of Redis 7.0 that are out of scope, with the reason; a container stands for its subcommands.
const LEFT_OUT: &[(&str, &[&str])] = &[
    ("Lua and functions", &["EVAL", "EVAL_RO", "EVALSHA", "EVALSHA_RO", "FCALL", "FCALL_RO", "FUNCTION", "SCRIPT"]),
    ("cluster slots", &["ASKING", "CLUSTER", "READONLY", "READWRITE", "MIGRATE", "RESTORE-ASKING"]),
    ("replication", &["FAILOVER", "PSYNC", "REPLCONF", "REPLICAOF", "SLAVEOF", "SYNC"]),
    ("modules", &["MODULE"]),
    ("users and permissions", &["ACL"]),
    ("client-side caching", &["CLIENT|CACHING", "CLIENT|TRACKING"]),
    ("holds up or ends the server", &["SHUTDOWN", "MONITOR", "CLIENT|PAUSE", "CLIENT|UNPAUSE"]),
    (
        "figures of the server's own",
        &[
            "LATENCY|DOCTOR",
            "LATENCY|GRAPH",
            "LATENCY|HISTOGRAM",
            "LATENCY|HISTORY",
            "MEMORY|MALLOC-STATS",
            "MEMORY|STATS",
            "LOLWUT",
        ],
    ),
    ("the server's tests of itself", &["PFDEBUG", "PFSELFTEST"]),
];

/// Why a command (`GET`, `CLIENT|LIST`, in upper case) is left out; `None` if it should be in the table.
pub fn reason_left_out(name: &str) -> Option<&'static str> {
    let container = name.split('|').next().unwrap_or(name);
    let found = LEFT_OUT.iter().find(|(_, names)| names.iter().any(|left_out| [name, container].contains(left_out)));
    found.map(|(reason, _)| *reason)
}
