//! What makes two violations the same bug: never keys, values or step numbers.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Oracle;
use crate::resp::Value;

/// The identity of a bug: `oracle/command+options/expected class/observed class`.
///
/// An error's code word is part of its class (`error:WRONGTYPE`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// From its four parts; `subject` is the command with its options, or what stands for it.
    pub fn new(oracle: Oracle, subject: &str, expected: &str, observed: &str) -> Self {
        Fingerprint(format!("{oracle}/{subject}/{expected}/{observed}"))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Which oracle saw it.
    pub fn oracle(&self) -> Oracle {
        let name = self.0.split('/').next().unwrap_or_default();
        Oracle::ALL.into_iter().find(|oracle| oracle.name() == name).unwrap_or(Oracle::Reply)
    }

    /// Takes a fingerprint that was printed before.
    pub fn parse(text: &str) -> Option<Self> {
        let known = |oracle: &str| Oracle::ALL.iter().any(|o| o.name() == oracle);
        let well_formed = text.split('/').count() >= 4 && text.split('/').next().is_some_and(known);
        well_formed.then(|| Fingerprint(text.to_owned()))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The class of a reply: its type, and the code word if it is an error.
pub fn reply_class(value: &Value) -> String {
    match value {
        Value::Status(_) => "status".into(),
        Value::Error(_) | Value::BlobError(_) => {
            let code = value.error_code().unwrap_or_default();
            format!("error:{}", String::from_utf8_lossy(code))
        }
        Value::Int(_) => "int".into(),
        Value::Bulk(_) => "bulk".into(),
        Value::NullBulk | Value::NullArray | Value::Null => "nil".into(),
        Value::Array(_) => "array".into(),
        Value::Bool(_) => "bool".into(),
        Value::Double(_) => "double".into(),
        Value::BigNumber(_) => "big-number".into(),
        Value::Verbatim(..) => "verbatim".into(),
        Value::Map(_) => "map".into(),
        Value::Set(_) => "set".into(),
        Value::Push(_) => "push".into(),
        Value::Attribute(_, inner) => reply_class(inner),
    }
}
