//! The wall clock: a server, unlike a run, lives in real time.

use std::time::SystemTime;

/// Unix time in milliseconds.
#[expect(clippy::disallowed_methods, reason = "clients of a server expect real time")]
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
