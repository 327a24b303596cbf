//! Values as bytes, for DUMP and RESTORE: the type, the content, then a trailer of version and checksum.
//!
//! A new type needs a tag, an arm of [`write`] and one of [`read`].

mod exact;
mod stream;

use std::borrow::Cow;

pub(crate) use exact::{read_exact, write_exact};

use crate::config::Config;
use crate::structure::hash::Hash;
use crate::structure::list::List;
use crate::structure::set::Set;
use crate::structure::zset::ZSet;
use crate::value::{Str, Value};

const STRING: u8 = 0;
const LIST: u8 = 1;
const SET: u8 = 2;
const HASH: u8 = 3;
const ZSET: u8 = 4;
const STREAM: u8 = 5;

/// The version of the format; newer ones aren't understood.
const VERSION: u16 = 10;
const TRAILER_BYTES: usize = size_of::<u16>() + size_of::<u64>();

/// Why a payload can't be restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Corrupt {
    /// The trailer is missing, of a newer version, or doesn't fit the rest.
    Trailer,
    /// The trailer fits, but the rest is no value.
    Content,
}

/// The payload of a value.
pub(crate) fn dump(value: &Value) -> Vec<u8> {
    let mut writer = Writer::default();
    write(value, &mut writer);
    let mut bytes = writer.bytes;
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    let checksum = crc64(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

/// The value of a payload, in the encoding that the configuration gives it. It must be sound within the widest limits.
pub(crate) fn restore(payload: &[u8], config: &Config, widest: &Config) -> Result<Value, Corrupt> {
    let content_len = payload.len().checked_sub(TRAILER_BYTES).ok_or(Corrupt::Trailer)?;
    let (content, trailer) = payload.split_at(content_len);
    let (version, checksum) = trailer.split_at(size_of::<u16>());
    let version = version.try_into().map_or(u16::MAX, u16::from_le_bytes);
    let (covered, _) = payload.split_at(payload.len() - checksum.len());
    let is_intact = *checksum == crc64(covered).to_le_bytes() || planted!(config, RestoreIgnoresChecksum);
    if version > VERSION || !is_intact {
        return Err(Corrupt::Trailer);
    }
    let mut reader = Reader { rest: content };
    let value = read(&mut reader, config).ok_or(Corrupt::Content)?;
    let is_sound = reader.rest.is_empty() && !value.is_empty_collection() && value.check(widest).is_ok();
    if is_sound { Ok(value) } else { Err(Corrupt::Content) }
}

fn write(value: &Value, out: &mut Writer) {
    match value {
        Value::Str(string) => {
            out.tag(STRING);
            out.bytes(&string.bytes());
        }
        Value::List(list) => {
            out.tag(LIST);
            out.count(list.len());
            list.iter().for_each(|element| out.bytes(element));
        }
        Value::Set(set) => {
            out.tag(SET);
            out.count(set.len());
            set.iter().for_each(|member| out.bytes(&member));
        }
        Value::Hash(hash) => {
            out.tag(HASH);
            out.count(hash.len());
            for (field, value) in hash.iter() {
                out.bytes(field);
                out.bytes(value);
            }
        }
        Value::ZSet(zset) => {
            out.tag(ZSET);
            out.count(zset.len());
            for (member, score) in zset.iter() {
                out.bytes(member);
                out.float(score);
            }
        }
        Value::Stream(stream) => {
            out.tag(STREAM);
            stream::write(stream, out);
        }
    }
}

fn read(input: &mut Reader<'_>, config: &Config) -> Option<Value> {
    Some(match input.tag()? {
        STRING => Value::Str(Str::new(input.bytes()?)),
        LIST => {
            let (mut list, limits) = (List::new(), config.list_limits());
            for _ in 0..input.count()? {
                list.push_back(input.bytes()?, &limits);
            }
            Value::List(list)
        }
        SET => {
            let (mut set, limits) = (Set::new(), config.set_limits());
            for _ in 0..input.count()? {
                set.insert(input.bytes()?, &limits).then_some(())?;
            }
            Value::Set(set)
        }
        HASH => {
            let (mut hash, limits) = (Hash::new(), config.hash_limits());
            for _ in 0..input.count()? {
                let (field, value) = (input.bytes()?, input.bytes()?);
                hash.insert(field, value, &limits).then_some(())?;
            }
            Value::Hash(hash)
        }
        ZSET => {
            let (mut members, limits) = (Vec::new(), config.zset_limits());
            for _ in 0..input.count()? {
                members.push((input.bytes()?, input.float()?));
            }
            // The small encoding, through which it must not pass on its way, loses the sign of zero.
            let longest = members.iter().map(|(member, _)| member.len()).max().unwrap_or(0);
            let mut zset = ZSet::for_members(members.len(), longest, &limits);
            for (member, score) in members {
                if score.is_nan() || zset.insert(member, score, &limits).is_some() {
                    return None;
                }
            }
            Value::ZSet(zset)
        }
        STREAM => Value::Stream(stream::read(input)?),
        _ => return None,
    })
}

/// Bytes to which values are appended.
#[derive(Default)]
pub(crate) struct Writer {
    pub bytes: Vec<u8>,
}

impl Writer {
    pub fn tag(&mut self, tag: u8) {
        self.bytes.push(tag);
    }

    /// Seven bits a byte, the lowest first; the eighth says that more follow.
    pub fn count(&mut self, count: usize) {
        let mut left = count as u64;
        while left >= 0x80 {
            self.bytes.push(left as u8 | 0x80);
            left >>= 7;
        }
        self.bytes.push(left as u8);
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.bytes.extend_from_slice(bytes);
    }

    pub fn float(&mut self, number: f64) {
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }
}

/// Bytes from which values are taken; `None` where they end too early. Lengths are believed only as far as there are
/// bytes.
pub(crate) struct Reader<'a> {
    pub rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(taken)
    }

    pub fn tag(&mut self) -> Option<u8> {
        self.take(1).map(|tag| tag[0])
    }

    pub fn count(&mut self) -> Option<usize> {
        let mut count = 0_u64;
        for shift in (0..63).step_by(7) {
            let byte = self.tag()?;
            count |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return usize::try_from(count).ok();
            }
        }
        None
    }

    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = self.count()?;
        self.take(len)
    }

    pub fn float(&mut self) -> Option<f64> {
        let bytes = self.take(size_of::<f64>())?;
        bytes.try_into().ok().map(f64::from_le_bytes)
    }
}

/// The CRC-64 of Redis, with Jones' polynomial.
fn crc64(bytes: &[u8]) -> u64 {
    const POLYNOMIAL: u64 = 0x95ac_9329_ac4b_c9b5;
    let step = |crc: u64, _| if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 };
    bytes.iter().fold(0, |crc, &byte| (0..8).fold(crc ^ u64::from(byte), step))
}

/// About how many bytes a value takes.
pub(crate) fn size(value: &Value) -> usize {
    const PER_ELEMENT: usize = 16;
    let of = |bytes: usize| bytes + PER_ELEMENT;
    match value {
        Value::Str(string) => of(string.len()),
        Value::List(list) => list.iter().map(|element| of(element.len())).sum(),
        Value::Set(set) => set.iter().map(|member: Cow<'_, [u8]>| of(member.len())).sum(),
        Value::Hash(hash) => hash.iter().map(|(field, value)| of(field.len() + value.len())).sum(),
        Value::ZSet(zset) => zset.iter().map(|(member, _)| of(member.len() + size_of::<f64>())).sum(),
        Value::Stream(stream) => stream::sizes(stream).map(of).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structure::stream::{Group, NodeLimits, Stream, StreamId};

    fn values() -> Vec<Value> {
        let config = Config::default();
        let (mut list, mut set, mut hash, mut zset) = (List::new(), Set::new(), Hash::new(), ZSet::new());
        for text in [&b"12"[..], b"", b"\xff\0x"] {
            list.push_back(text, &config.list_limits());
            set.insert(text, &config.set_limits());
            hash.insert(text, b"value", &config.hash_limits());
            zset.insert(text, -1.5, &config.zset_limits());
        }
        let string = Value::Str(Str::new("x"));
        vec![string, Value::List(list), Value::Set(set), Value::Hash(hash), Value::ZSet(zset), Value::Stream(stream())]
    }

    /// Entries in two nodes, some of them deleted, and a group that has some of them pending.
    fn stream() -> Stream {
        let (mut stream, mut group) = (Stream::default(), Group::new(StreamId::new(2, 0), Some(2)));
        let limits = NodeLimits { entries: 2, bytes: 0 };
        for ms in 1..=3 {
            stream.log.append(StreamId::new(ms, 0), &[b"f".to_vec(), b"v".to_vec()], &limits);
        }
        stream.log.delete(&[StreamId::new(1, 0)]);
        group.create_consumer(b"a", 5);
        group.create_consumer(b"b", -1);
        group.assign(StreamId::new(2, 0), b"a", 7, 3);
        stream.groups.insert(b"g".to_vec(), group);
        stream
    }

    #[test]
    fn the_checksum_is_that_of_redis() {
        assert_eq!(crc64(b"123456789"), 0xe9c6_d914_c4b8_d9ca);
    }

    #[test]
    fn values_come_back() {
        let config = Config::default();
        for value in values() {
            let payload = dump(&value);
            let restored = restore(&payload, &config, &config).expect("a sound payload");
            assert_eq!(restored.encoding(), value.encoding());
            assert_eq!(dump(&restored), payload);
        }
    }

    /// Not one changed byte goes unnoticed, and with a matching checksum nothing panics or breaks an invariant.
    #[test]
    fn corruption_is_noticed() {
        let config = Config::default();
        for payload in values().iter().map(dump) {
            for at in 0..payload.len() {
                for bit in 0..8 {
                    let mut bad = payload.clone();
                    bad[at] ^= 1 << bit;
                    assert_eq!(restore(&bad, &config, &config).err(), Some(Corrupt::Trailer));
                    let covered = bad.len() - size_of::<u64>();
                    let checksum = crc64(&bad[..covered]).to_le_bytes();
                    bad[covered..].copy_from_slice(&checksum);
                    if let Ok(value) = restore(&bad, &config, &config) {
                        assert_eq!(value.check(&config), Ok(()));
                        assert!(!value.is_empty_collection());
                    }
                }
            }
            for len in 0..payload.len() {
                assert!(restore(&payload[..len], &config, &config).is_err());
            }
        }
    }
}
