//! What a key can hold.

use std::borrow::Cow;

use crate::config::Config;
use crate::number;
use crate::structure::Encoding;
use crate::structure::hash::Hash;
use crate::structure::list::List;
use crate::structure::set::Set;
use crate::structure::stream::Stream;
use crate::structure::zset::ZSet;

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Str,
    List,
    Set,
    Hash,
    ZSet,
    Stream,
}

impl Kind {
    /// The name that TYPE gives it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Str => "string",
            Kind::List => "list",
            Kind::Set => "set",
            Kind::Hash => "hash",
            Kind::ZSet => "zset",
            Kind::Stream => "stream",
        }
    }

    /// Whether a session can wait for a key of this type.
    pub fn can_block(self) -> bool {
        matches!(self, Kind::List | Kind::ZSet | Kind::Stream)
    }
}

/// A value of any type.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Str(Str),
    List(List),
    Set(Set),
    Hash(Hash),
    ZSet(ZSet),
    Stream(Stream),
}

impl Value {
    pub fn kind(&self) -> Kind {
        match self {
            Value::Str(_) => Kind::Str,
            Value::List(_) => Kind::List,
            Value::Set(_) => Kind::Set,
            Value::Hash(_) => Kind::Hash,
            Value::ZSet(_) => Kind::ZSet,
            Value::Stream(_) => Kind::Stream,
        }
    }

    /// Whether this is a collection without elements, which no key may hold. A stream may be empty.
    pub fn is_empty_collection(&self) -> bool {
        match self {
            Value::Str(_) | Value::Stream(_) => false,
            Value::List(list) => list.is_empty(),
            Value::Set(set) => set.is_empty(),
            Value::Hash(hash) => hash.is_empty(),
            Value::ZSet(zset) => zset.is_empty(),
        }
    }

    /// The name that OBJECT ENCODING gives the encoding in use.
    pub fn encoding(&self) -> &'static str {
        match self {
            Value::Str(string) => string.encoding(),
            // Redis 7.0 has one name for lists of all sizes.
            Value::List(_) => Encoding::Quicklist.name(),
            Value::Set(set) => set.encoding().name(),
            Value::Hash(hash) => hash.encoding().name(),
            Value::ZSet(zset) => zset.encoding().name(),
            Value::Stream(_) => Kind::Stream.name(),
        }
    }

    /// What is wrong inside the value, if anything.
    pub fn check(&self, config: &Config) -> Result<(), String> {
        match self {
            Value::Str(_) => Ok(()),
            Value::List(list) => list.check(&config.list_limits()),
            Value::Set(set) => set.check(&config.set_limits()),
            Value::Hash(hash) => hash.check(&config.hash_limits()),
            Value::ZSet(zset) => zset.check(&config.zset_limits()),
            Value::Stream(stream) => stream.check(&config.stream_limits()),
        }
    }
}

/// The one type that a command expects at a key.
pub(crate) trait Typed: Sized {
    fn of(value: &Value) -> Option<&Self>;
    fn of_mut(value: &mut Value) -> Option<&mut Self>;
    fn into_value(self) -> Value;
}

macro_rules! typed {
    ($($variant:ident),*) => {$(
        impl Typed for $variant {
            fn of(value: &Value) -> Option<&Self> {
                if let Value::$variant(inner) = value { Some(inner) } else { None }
            }
            fn of_mut(value: &mut Value) -> Option<&mut Self> {
                if let Value::$variant(inner) = value { Some(inner) } else { None }
            }
            fn into_value(self) -> Value {
                Value::$variant(self)
            }
        }
    )*};
}
typed!(Str, List, Set, Hash, ZSet, Stream);

/// A string: a number where it reads back as the same bytes, raw bytes else.
#[derive(Clone, Debug)]
pub(crate) enum Str {
    Int(i64),
    /// A number that COPY has made: never one of the shared ones.
    Copied(i64),
    Raw(Vec<u8>),
    /// Bytes that were changed in place: stored apart from their key however few they are.
    Edited(Vec<u8>),
}

/// The longest string that is stored together with its key.
const EMBEDDED_BYTES: usize = 44;

impl Str {
    /// Takes the shortest encoding.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Str {
        let bytes = bytes.into();
        number::parse_i64(&bytes).map_or(Str::Raw(bytes), Str::Int)
    }

    pub fn bytes(&self) -> Cow<'_, [u8]> {
        match self {
            Str::Int(n) | Str::Copied(n) => Cow::Owned(n.to_string().into_bytes()),
            Str::Raw(bytes) | Str::Edited(bytes) => Cow::Borrowed(bytes),
        }
    }

    /// Changes the bytes in place: the string becomes raw.
    pub fn edit(&mut self, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = match std::mem::take(self) {
            Str::Raw(bytes) | Str::Edited(bytes) => bytes,
            Str::Int(n) | Str::Copied(n) => n.to_string().into_bytes(),
        };
        change(&mut bytes);
        *self = Str::Edited(bytes);
    }

    /// What COPY makes of it.
    pub fn unshare(&mut self) {
        if let Str::Int(n) = *self {
            *self = Str::Copied(n);
        }
    }

    pub fn len(&self) -> usize {
        self.bytes().len()
    }

    /// The name that OBJECT ENCODING gives the encoding.
    pub fn encoding(&self) -> &'static str {
        match self {
            Str::Int(_) | Str::Copied(_) => "int",
            Str::Raw(bytes) if bytes.len() <= EMBEDDED_BYTES => "embstr",
            Str::Raw(_) | Str::Edited(_) => "raw",
        }
    }
}

impl Default for Str {
    fn default() -> Self {
        Str::Raw(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_reads_back_the_same_is_a_number() {
        for text in ["0", "-1", "9223372036854775807", "-9223372036854775808"] {
            assert!(matches!(Str::new(text), Str::Int(_)), "{text}");
            assert_eq!(*Str::new(text).bytes(), *text.as_bytes());
        }
        for text in ["", "-", "-0", "00", "007", "+5", " 5", "5 ", "1.0", "9223372036854775808"] {
            assert!(matches!(Str::new(text), Str::Raw(_)), "{text}");
        }
    }

    #[test]
    fn an_edit_makes_a_number_raw() {
        let mut string = Str::new("12");
        string.edit(|bytes| bytes.push(b'3'));
        assert!(matches!(&string, Str::Edited(bytes) if bytes == b"123"));
    }
}
