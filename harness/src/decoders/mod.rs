//! RESP decoders as subjects of the `resp_parser` target: one adapter per file.
//!
//! An adapter says what its decoder promises as a [`Promise`](respfuzz::subject::codec::Promise), so that every alarm
//! is a true one, and lists what is known to be broken as [`Known`](respfuzz::target::resp_parser::Known).

pub mod redis_protocol;
pub mod resp_rs;

use respfuzz::target::Target;
use respfuzz::target::resp_parser::RespParser;

/// The `resp_parser` targets of two crates.
pub fn targets() -> Vec<Box<dyn Target>> {
    vec![
        Box::new(
            RespParser::new("resp_parser_redis_protocol", redis_protocol::RedisProtocol).known(redis_protocol::KNOWN),
        ),
        Box::new(RespParser::new("resp_parser_resp_rs", resp_rs::RespRs).known(resp_rs::KNOWN)),
    ]
}
