//! What a server that listens says of its own limits, as far as clients can see them.

use crate::cli::CliError;
use crate::model::{EncodingLimits, ListLimits, ListpackLimits, Profile, STRING_BYTES_MAX};
use crate::resp::Value;
use crate::subject::{Subject, SubjectError, ask};

/// The limits that the model is told.
#[derive(Clone, Copy)]
pub(in crate::cli) struct Parameters {
    pub(in crate::cli) encodings: EncodingLimits,
    /// `proto-max-bulk-len`.
    pub(in crate::cli) string_bytes_max: usize,
}

/// What the model takes for granted.
const FIXED: [(&str, i64); 4] = [
    ("databases", 16),
    ("stream-node-max-bytes", 4096),
    ("stream-node-max-entries", 100),
    ("hll-sparse-max-bytes", 3000),
];

impl Parameters {
    /// Those of a server that we start ourselves.
    pub(in crate::cli) const OURS: Parameters =
        Parameters { encodings: EncodingLimits::SMALL, string_bytes_max: STRING_BYTES_MAX };

    /// Asks the server. One that does not tell a parameter (an old one, or CONFIG is forbidden) has the default.
    pub(in crate::cli) fn ask(subject: &mut dyn Subject, profile: Profile) -> Result<Parameters, CliError> {
        let mut number = |name: &str| {
            config_get(subject, name).map_err(|error| CliError::CannotRun(format!("CONFIG GET {name}: {error}")))
        };
        for (name, known) in FIXED {
            if let Some(other) = number(name)?.filter(|value| *value != known) {
                return Err(CliError::Usage(format!("the server has {name} {other}: the model knows {known} only")));
            }
        }
        let EncodingLimits { hash, zset, intset_entries, set, list, stream_node, sparse_bytes } =
            EncodingLimits::of(profile);
        let mut limit = |name: &str, default: usize| {
            number(name).map(|value| value.and_then(|n| usize::try_from(n).ok()).unwrap_or(default))
        };
        let mut listpack = |kind: &str, default: ListpackLimits| {
            let entries = limit(&format!("{kind}-max-listpack-entries"), default.entries)?;
            let value_bytes = limit(&format!("{kind}-max-listpack-value"), default.value_bytes)?;
            Ok::<_, CliError>(ListpackLimits { entries, value_bytes })
        };
        let (hash, zset, set) = (listpack("hash", hash)?, listpack("zset", zset)?, listpack("set", set)?);
        let intset_entries = limit("set-max-intset-entries", intset_entries)?;
        let string_bytes_max = limit("proto-max-bulk-len", 512 << 20)?;
        // 7.0 has the parameter, but nothing shows it.
        let list = match number("list-max-listpack-size")?.filter(|_| list != ListLimits::NONE) {
            Some(size) => ListLimits::of_parameter(size),
            None => list,
        };
        Ok(Parameters {
            encodings: EncodingLimits { hash, zset, intset_entries, set, list, stream_node, sparse_bytes },
            string_bytes_max,
        })
    }
}

/// A parameter that is a number, if the server has it.
fn config_get(subject: &mut dyn Subject, name: &str) -> Result<Option<i64>, SubjectError> {
    let value = match ask(subject, &["CONFIG", "GET", name])? {
        Some(Value::Array(mut items)) => items.pop(),
        Some(Value::Map(mut rows)) => rows.pop().map(|(_, value)| value),
        _ => None,
    };
    Ok(match value {
        Some(Value::Bulk(text)) => std::str::from_utf8(&text).ok().and_then(|text| text.parse().ok()),
        _ => None,
    })
}
