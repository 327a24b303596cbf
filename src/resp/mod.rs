//! RESP2 and RESP3: values, a strict reference decoder and an encoder.
//!
//! The decoder is the judge of other decoders, so it is written to be obviously right rather than fast: it reads a
//! whole buffer from the front each time. [`ValueStream`] and [`RequestStream`] wrap it for bytes that come in pieces.

mod decode;
mod encode;
mod reader;
mod request;
mod stream;
#[cfg(test)]
mod tests;
mod value;

pub use decode::{Decoded, Limits, Malformed, Protocol, ValueError, decode_value};
pub use encode::{encode, encode_request};
pub use reader::RequestReader;
pub use request::{Request, RequestError, decode_request, split_args};
pub use stream::{RequestStream, ValueStream};
pub use value::{Bytes, Value};
