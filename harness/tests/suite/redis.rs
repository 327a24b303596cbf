//! A real server, where the machine has one or somebody insists.

use respfuzz::subject::{RedisServer, ServerOptions, Shim, embedded, have_redis_server};

/// A server whose time stands still and that changes its encodings as early as the embedded engine, or `None` where there is none and nobody insists.
pub fn server(what_is_skipped: &str) -> Option<RedisServer> {
    server_with(what_is_skipped, &[])
}

/// The same with further settings.
pub fn server_with(what_is_skipped: &str, further: &[(&str, usize)]) -> Option<RedisServer> {
    if have_redis_server().is_none() {
        #[allow(clippy::disallowed_methods, reason = "decides whether a test may be skipped; no run sees it")]
        let required = std::env::var("RESPFUZZ_REQUIRE").unwrap_or_default();
        assert!(!required.contains("redis"), "RESPFUZZ_REQUIRE asks for redis, and redis-server is not installed");
        super::support::tell(&format!("SKIPPED {what_is_skipped}: redis-server is not installed"));
        return None;
    }
    let shim = Some(Shim::build().expect("the preload clock builds"));
    let limits = embedded::options().encodings;
    let settings = [
        ("--hash-max-listpack-entries", limits.hash.entries),
        ("--hash-max-listpack-value", limits.hash.value_bytes),
        ("--set-max-intset-entries", limits.intset_entries),
        ("--zset-max-listpack-entries", limits.zset.entries),
        ("--zset-max-listpack-value", limits.zset.value_bytes),
    ];
    let args = settings.iter().chain(further).flat_map(|(name, value)| [name.to_string(), value.to_string()]).collect();
    Some(RedisServer::start(ServerOptions { shim, args, ..ServerOptions::default() }).expect("redis-server starts"))
}
