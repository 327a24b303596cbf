//! Engines that others wrote, as subjects of `command_handler`: one adapter per file, each behind a feature.

#[cfg(feature = "not_redis")]
pub mod not_redis;
