//! A real server, where the machine has one or somebody insists.

use respfuzz::subject::{RedisServer, ServerOptions, Shim, have_redis_server};

/// A server whose time stands still, or `None` where there is none and nobody insists.
pub fn server(what_is_skipped: &str) -> Option<RedisServer> {
    if have_redis_server().is_none() {
        #[allow(clippy::disallowed_methods, reason = "decides whether a test may be skipped; no run sees it")]
        let required = std::env::var("RESPFUZZ_REQUIRE").unwrap_or_default();
        assert!(!required.contains("redis"), "RESPFUZZ_REQUIRE asks for redis, and redis-server is not installed");
        super::support::tell(&format!("SKIPPED {what_is_skipped}: redis-server is not installed"));
        return None;
    }
    let shim = Some(Shim::build().expect("the preload clock builds"));
    Some(RedisServer::start(ServerOptions { shim, ..ServerOptions::default() }).expect("redis-server starts"))
}
