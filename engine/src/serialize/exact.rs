//! Values as bytes with their encodings: what is read back is the same inside, too, down to the order in which a hash
//! table is walked. For snapshots.

use super::{HASH, LIST, Reader, SET, STREAM, STRING, Writer, ZSET, stream};
use crate::structure::hash::Hash;
use crate::structure::list::List;
use crate::structure::set::Set;
use crate::structure::zset::ZSet;
use crate::structure::{Encoding, Limits};
use crate::value::{Str, Value};

/// Encodings, or, of strings, how they came to be.
const SMALL: u8 = 0;
const LARGE: u8 = 1;
const INT: u8 = 2;
const COPIED: u8 = 3;

/// What keeps a collection in its small encoding, and what makes it leave at once.
const UNLIMITED: Limits = Limits::new(usize::MAX, usize::MAX);
const NOTHING: Limits = Limits::new(0, 0);

pub(crate) fn write_exact(value: &Value, out: &mut Writer) {
    match value {
        Value::Str(string) => write_string(string, out),
        Value::List(list) => {
            begin(out, LIST, list.encoding() == Encoding::Listpack, list.len());
            list.iter().for_each(|element| out.bytes(element));
        }
        Value::Set(set) => {
            begin(out, SET, set.encoding() == Encoding::Intset, set.len());
            set.iter().for_each(|member| out.bytes(&member));
        }
        Value::Hash(hash) => {
            begin(out, HASH, hash.encoding() == Encoding::Listpack, hash.len());
            for (field, value) in hash.iter() {
                out.bytes(field);
                out.bytes(value);
            }
        }
        Value::ZSet(zset) => {
            let shape = zset.shape();
            begin(out, ZSET, shape.is_none(), zset.len());
            for (member, score) in (0..zset.len()).filter_map(|at| zset.get_unordered(at)) {
                out.bytes(member);
                out.float(score);
            }
            if let Some((seed, heights)) = shape {
                out.int(seed as i64);
                out.bytes(&heights);
            }
        }
        Value::Stream(stream) => {
            out.tag(STREAM);
            stream::write(stream, out);
        }
    }
}

fn begin(out: &mut Writer, tag: u8, is_small: bool, len: usize) {
    out.tag(tag);
    out.tag(if is_small { SMALL } else { LARGE });
    out.count(len);
}

fn write_string(string: &Str, out: &mut Writer) {
    out.tag(STRING);
    match string {
        Str::Int(n) => {
            out.tag(INT);
            out.int(*n);
        }
        Str::Copied(n) => {
            out.tag(COPIED);
            out.int(*n);
        }
        Str::Raw(bytes) => {
            out.tag(SMALL);
            out.bytes(bytes);
        }
        Str::Edited(bytes) => {
            out.tag(LARGE);
            out.bytes(bytes);
        }
    }
}

/// The value that was written; `None` if none was. The caller checks whether it is sound.
pub(crate) fn read_exact(input: &mut Reader<'_>) -> Option<Value> {
    Some(match input.tag()? {
        STRING => Value::Str(read_string(input)?),
        LIST => {
            let (is_small, len) = read_begin(input)?;
            let mut list = if is_small { List::new() } else { List::quicklist() };
            for _ in 0..len {
                list.push_back(input.bytes()?, &UNLIMITED);
            }
            Value::List(list)
        }
        SET => {
            let (is_small, len) = read_begin(input)?;
            let (mut set, limits) = (Set::new(), if is_small { UNLIMITED } else { NOTHING });
            for _ in 0..len {
                set.insert(input.bytes()?, &limits).then_some(())?;
            }
            (is_small == (set.encoding() == Encoding::Intset)).then_some(())?;
            Value::Set(set)
        }
        HASH => {
            let (is_small, len) = read_begin(input)?;
            let (mut hash, limits) = (Hash::new(), if is_small { UNLIMITED } else { NOTHING });
            for _ in 0..len {
                let (field, value) = (input.bytes()?, input.bytes()?);
                hash.insert(field, value, &limits).then_some(())?;
            }
            Value::Hash(hash)
        }
        ZSET => Value::ZSet(read_zset(input)?),
        STREAM => Value::Stream(stream::read(input)?),
        _ => return None,
    })
}

fn read_zset(input: &mut Reader<'_>) -> Option<ZSet> {
    let (is_small, len) = read_begin(input)?;
    let mut members = Vec::new();
    for _ in 0..len {
        let (member, score) = (input.bytes()?.to_vec(), input.float()?);
        (!score.is_nan()).then_some(())?;
        members.push((member, score));
    }
    if !is_small {
        let seed = input.int()? as u64;
        return ZSet::with_shape(members, seed, input.bytes()?);
    }
    let mut zset = ZSet::new();
    for (member, score) in members {
        zset.insert(&member, score, &UNLIMITED).is_none().then_some(())?;
    }
    Some(zset)
}

fn read_begin(input: &mut Reader<'_>) -> Option<(bool, usize)> {
    let is_small = match input.tag()? {
        SMALL => true,
        LARGE => false,
        _ => return None,
    };
    Some((is_small, input.count()?))
}

fn read_string(input: &mut Reader<'_>) -> Option<Str> {
    Some(match input.tag()? {
        INT => Str::Int(input.int()?),
        COPIED => Str::Copied(input.int()?),
        SMALL => Str::Raw(input.bytes()?.to_vec()),
        LARGE => Str::Edited(input.bytes()?.to_vec()),
        _ => return None,
    })
}
