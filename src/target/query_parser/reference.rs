//! The toolkit's own parser, as this target asks it.

use std::fmt;

use super::Input;
use crate::query::{Request, parse};
use crate::resp::Bytes;

/// What the reference says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    /// The text of FT.EXPLAIN.
    Explained(Bytes),
    /// The error.
    Refused(Bytes),
    /// It is understood.
    Taken,
}

impl Verdict {
    /// Its kind, in fingerprints.
    pub(super) fn class(&self) -> String {
        match self {
            Verdict::Explained(_) => "tree".into(),
            Verdict::Refused(error) => super::error_class(error),
            Verdict::Taken => "understood".into(),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Explained(text) | Verdict::Refused(text) => f.write_str(&String::from_utf8_lossy(text)),
            Verdict::Taken => f.write_str("a result"),
        }
    }
}

/// What FT.EXPLAIN should answer.
pub(super) fn query(input: &Input, text: &[u8]) -> Verdict {
    let schema = input.schema();
    let params = input.params.iter().cloned().collect();
    let request = Request {
        schema: &schema,
        dialect: input.dialect,
        params: &params,
        verbatim: input.has("VERBATIM"),
        stopwords: !input.has("NOSTOPWORDS"),
    };
    match parse(text, &request) {
        Ok(query) => Verdict::Explained(query.explain(&schema)),
        Err(error) => Verdict::Refused(error),
    }
}

pub(super) fn printed(_input: &Input, _text: &[u8]) -> Option<Bytes> {
    None
}

pub(super) fn expression(_input: &Input, _text: &[u8]) -> Option<Verdict> {
    None
}
