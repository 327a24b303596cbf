//! The laws.

mod collections;
mod durability;
mod keys;
mod strings;

use super::Property;
use crate::resp::Value;

macro_rules! laws {
    ($($module:ident::$name:ident: $law:literal;)*) => {
        pub(super) const ALL: &[Property] = &[$(Property {
            name: stringify!($name),
            law: $law,
            crashes: matches!(stringify!($module).as_bytes(), b"durability"),
            check: $module::$name,
        },)*];
    };
}

laws! {
    strings::set_get_roundtrip: "GET gives the bytes that SET took, whatever they are and whatever was there";
    strings::incr_is_monotonic: "INCRBY of a positive number gives exactly that much more, or an error and no change";
    strings::append_concatenates: "APPEND gives one string of all pieces, tells its length, and leaves the time to live";
    strings::bits_are_kept: "GETBIT gives the bit that SETBIT took, and BITCOUNT counts those that are set";
    collections::list_order_preserved: "a list has what was pushed, in that order, by range and by index";
    collections::hash_fields_unique: "a hash has each field once, with the value that came last";
    collections::set_members_unique: "a set has each member once, however often it was added";
    collections::set_algebra_agrees: "SINTER, SUNION and SDIFF are what they are in mathematics";
    collections::sorted_set_ordering: "a sorted set has each member once, ordered by score, then by bytes";
    collections::stream_ids_increase: "the ids of a stream only grow, and a range gives all entries in their order";
    keys::expire_removes_key: "a key is there until its time has come, and gone after it, with nothing left";
    keys::persist_keeps_key: "PERSIST takes the time to live away, and the key stays";
    keys::delete_forgets: "a deleted key is of no type, and leaves nothing to who takes its name";
    keys::rename_moves_all: "RENAME moves value and time to live, and nothing of the old target stays";
    keys::copy_is_a_twin: "COPY makes an equal value with the same time to live, and what happens to one leaves the other";
    keys::scan_finds_all: "a SCAN that is followed to its end finds each key that was there all the time";
    keys::wrong_type_changes_nothing: "a command on a key of another type is refused and changes nothing";
    keys::transaction_is_whole: "EXEC gives what the commands give one by one, and DISCARD leaves no trace";
    durability::crash_recovery_consistent: "after a crash there is all that was answered, and nothing else";
    durability::crash_keeps_deadlines: "after a crash a key still ends when it had to";
}

fn ok() -> Value {
    Value::ok()
}

fn int(n: impl TryInto<i64>) -> Value {
    Value::Int(n.try_into().unwrap_or(i64::MAX))
}

fn bulk(bytes: &[u8]) -> Value {
    Value::bulk(bytes)
}

fn array<'a>(items: impl IntoIterator<Item = &'a [u8]>) -> Value {
    Value::Array(items.into_iter().map(bulk).collect())
}

/// A number as an argument.
fn arg(n: impl ToString) -> Vec<u8> {
    n.to_string().into_bytes()
}

/// A reply whose order is not promised, in one order.
fn sorted(reply: Value) -> Value {
    match reply {
        Value::Array(mut items) => {
            items.sort_by_key(ToString::to_string);
            Value::Array(items)
        }
        other => other,
    }
}

/// A reply to HGETALL, whose order is not promised, by its fields; any other as it is.
fn sorted_pairs(argv: &[&[u8]], reply: Value) -> Value {
    match reply {
        Value::Array(items) if argv.first() == Some(&b"HGETALL".as_slice()) => {
            let mut pairs: Vec<Vec<Value>> = items.chunks(2).map(<[Value]>::to_vec).collect();
            pairs.sort_by_key(|pair| format!("{pair:?}"));
            Value::Array(pairs.concat())
        }
        other => other,
    }
}
