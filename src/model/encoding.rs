//! How the server represents a value: what OBJECT ENCODING tells, and what else of it clients can see.
//!
//! A new value is as small as it can be; an edit makes it larger where it must, and nothing makes it small again but
//! building it anew (a store, RESTORE).

use super::Profile;
use super::hash::Hash;
use super::keyspace::{Data, Set};
use super::number::parse_int;
use crate::resp::Bytes;

/// What still fits a listpack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListpackLimits {
    /// So many elements.
    pub entries: usize,
    /// Elements of so many bytes.
    pub value_bytes: usize,
}

impl ListpackLimits {
    /// Nothing fits.
    pub const NONE: ListpackLimits = ListpackLimits { entries: 0, value_bytes: 0 };

    fn fits(&self, text: &Bytes) -> bool {
        text.len() <= self.value_bytes
    }
}

/// Where the server changes the encoding of a collection. Clients can see it: model and server must agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncodingLimits {
    /// `hash-max-listpack-entries` and `hash-max-listpack-value`.
    pub hash: ListpackLimits,
    /// `zset-max-listpack-entries` and `zset-max-listpack-value`.
    pub zset: ListpackLimits,
    /// `set-max-intset-entries`.
    pub intset_entries: usize,
    /// `stream-node-max-entries` and `stream-node-max-bytes`.
    pub stream_node: NodeLimits,
    /// `hll-sparse-max-bytes`.
    pub sparse_bytes: usize,
    /// `set-max-listpack-entries` and `set-max-listpack-value`; 7.0 has no listpacks of members.
    pub set: ListpackLimits,
    /// What `list-max-listpack-size` stands for; 7.0 has no listpacks for whole lists.
    pub list: ListLimits,
}

/// What still fits a node of a stream; 0 is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeLimits {
    /// So many entries.
    pub entries: usize,
    /// So many bytes.
    pub bytes: usize,
}

impl Default for NodeLimits {
    /// The server's defaults.
    fn default() -> Self {
        NodeLimits { entries: 100, bytes: 4096 }
    }
}

/// What of a list still fits one listpack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListLimits {
    /// So many elements.
    pub entries: usize,
    /// So many bytes in all.
    pub bytes: usize,
}

impl ListLimits {
    /// Every list is a quicklist, as in 7.0.
    pub const NONE: ListLimits = ListLimits { entries: 0, bytes: 0 };

    /// As `list-max-listpack-size` says it: a number of elements, or from -1 to -5 a size from 4 to 64 KiB.
    pub fn of_parameter(n: i64) -> ListLimits {
        const SAFE_BYTES: usize = 8192;
        match usize::try_from(n) {
            Ok(entries) => ListLimits { entries, bytes: SAFE_BYTES },
            Err(_) => ListLimits { entries: usize::MAX, bytes: 2048 << n.unsigned_abs().min(5) },
        }
    }
}

impl EncodingLimits {
    /// So early that few steps cross the thresholds: what servers of our own are given.
    pub const SMALL: EncodingLimits = EncodingLimits {
        hash: ListpackLimits { entries: 4, value_bytes: 16 },
        zset: ListpackLimits { entries: 4, value_bytes: 16 },
        intset_entries: 4,
        stream_node: NodeLimits { entries: 100, bytes: 4096 },
        sparse_bytes: 3000,
        set: ListpackLimits::NONE,
        list: ListLimits::NONE,
    };

    /// The defaults of a server.
    pub fn of(profile: Profile) -> EncodingLimits {
        let old = EncodingLimits {
            hash: ListpackLimits { entries: 512, value_bytes: 64 },
            zset: ListpackLimits { entries: 128, value_bytes: 64 },
            intset_entries: 512,
            stream_node: NodeLimits::default(),
            sparse_bytes: 3000,
            set: ListpackLimits::NONE,
            list: ListLimits::NONE,
        };
        match profile {
            Profile::Redis70 => old,
            Profile::Redis8 | Profile::Valkey8 => EncodingLimits {
                set: ListpackLimits { entries: 128, value_bytes: 64 },
                list: ListLimits::of_parameter(-2),
                ..old
            },
        }
    }
}

impl Default for EncodingLimits {
    /// Those of Redis 7.0.
    fn default() -> Self {
        EncodingLimits::of(Profile::Redis70)
    }
}

/// The longest string that is stored together with its header, in bytes.
const EMBEDDED_BYTES_MAX: usize = 44;

/// Integers from zero to below this are shared by everybody who has them.
const SHARED_INTS: i64 = 10_000;

/// A representation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// One of the small integers of which the server has one each.
    SharedInt,
    Int,
    Embstr,
    Raw,
    Quicklist,
    Intset,
    Listpack,
    Hashtable,
    Skiplist,
    Stream,
}

impl Encoding {
    /// As OBJECT ENCODING answers.
    pub(super) fn name(self) -> &'static str {
        match self {
            Encoding::SharedInt | Encoding::Int => "int",
            Encoding::Embstr => "embstr",
            Encoding::Raw => "raw",
            Encoding::Quicklist => "quicklist",
            Encoding::Intset => "intset",
            Encoding::Listpack => "listpack",
            Encoding::Hashtable => "hashtable",
            Encoding::Skiplist => "skiplist",
            Encoding::Stream => "stream",
        }
    }

    /// Of a value that was built at once.
    pub(super) fn fresh(data: &Data, limits: &EncodingLimits) -> Encoding {
        match data {
            Data::Str(text) => Encoding::of_text(text),
            Data::List(list) if limits.list.hold(listpack_bytes(list), list.len()) => Encoding::Listpack,
            Data::List(_) => Encoding::Quicklist,
            Data::Set(set) if is_intset(set, limits) => Encoding::Intset,
            Data::Set(set) => Encoding::of_texts(set, limits),
            Data::Hash(hash) if is_listpack(hash, &limits.hash) => Encoding::Listpack,
            Data::Hash(_) => Encoding::Hashtable,
            Data::ZSet(zset) if zset.is_skiplist() => Encoding::Skiplist,
            Data::ZSet(_) => Encoding::Listpack,
            Data::Stream(_) => Encoding::Stream,
        }
    }

    /// Of a value that an edit left behind, where `old` was before it, if anything was.
    pub(super) fn edited(old: Option<Encoding>, data: &Data, limits: &EncodingLimits) -> Encoding {
        match (old, data) {
            // Strings are edited in place, which only the plainest representation can.
            (_, Data::Str(_)) => Encoding::Raw,
            (Some(Encoding::Hashtable), _) => Encoding::Hashtable,
            // The commands that make a list grow or shrink say when it changes: see `lists`.
            (Some(encoding), Data::List(_)) => encoding,
            (Some(Encoding::Listpack), Data::Set(set)) => Encoding::of_texts(set, limits),
            _ => Encoding::fresh(data, limits),
        }
    }

    /// Of a set that is none of integers, or is no longer known to be one.
    pub(super) fn of_texts(set: &Set, limits: &EncodingLimits) -> Encoding {
        let small = set.len() <= limits.set.entries && set.iter().all(|member| limits.set.fits(member));
        if small { Encoding::Listpack } else { Encoding::Hashtable }
    }

    /// Of a string that came as a whole.
    pub(super) fn of_text(text: &[u8]) -> Encoding {
        match parse_int(text) {
            Some(n) if (0..SHARED_INTS).contains(&n) => Encoding::SharedInt,
            Some(_) => Encoding::Int,
            None => Encoding::of_float(text),
        }
    }

    /// Of a string that was never tried as an integer: what INCRBYFLOAT leaves behind.
    pub(super) fn of_float(text: &[u8]) -> Encoding {
        if text.len() <= EMBEDDED_BYTES_MAX { Encoding::Embstr } else { Encoding::Raw }
    }

    /// Of a copy: it shares nothing.
    pub(super) fn unshared(self) -> Encoding {
        if self == Encoding::SharedInt { Encoding::Int } else { self }
    }

    /// Whether a scan answers everything at once.
    pub(super) fn is_small(self) -> bool {
        matches!(self, Encoding::Intset | Encoding::Listpack)
    }
}

/// Whether so many members were all integers.
pub(super) fn is_intset(set: &Set, limits: &EncodingLimits) -> bool {
    set.len() <= limits.intset_entries && set.iter().all(|member| parse_int(member).is_some())
}

fn is_listpack(hash: &Hash, limits: &ListpackLimits) -> bool {
    hash.len() <= limits.entries && hash.iter().all(|(field, value)| limits.fits(field) && limits.fits(value))
}

impl ListLimits {
    pub(super) fn hold(&self, bytes: usize, entries: usize) -> bool {
        bytes <= self.bytes && entries <= self.entries
    }
}

/// The bytes of a listpack of these elements: a header, for each its length, its text or number and the way back, an end.
pub(super) fn listpack_bytes(list: &[Bytes]) -> usize {
    const HEADER_AND_END: usize = 7;
    let entry = |element: &Bytes| {
        let bytes = match parse_int(element) {
            Some(0..=127) => 1,
            Some(-4096..=4095) => 2,
            Some(-0x8000..=0x7fff) => 3,
            Some(-0x80_0000..=0x7f_ffff) => 4,
            Some(-0x8000_0000..=0x7fff_ffff) => 5,
            Some(_) => 9,
            None => match element.len() {
                len @ ..64 => 1 + len,
                len @ ..4096 => 2 + len,
                len => 5 + len,
            },
        };
        bytes + way_back(bytes)
    };
    HEADER_AND_END + list.iter().map(entry).sum::<usize>()
}

/// How many bytes tell the length of an entry to who comes from behind.
fn way_back(bytes: usize) -> usize {
    match bytes {
        0..=0x7f => 1,
        0x80..=0x3ffe => 2,
        0x3fff..=0x1f_fffe => 3,
        0x1f_ffff..=0xfff_fffe => 4,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{last, predict};
    use super::super::{EncodingLimits, Model, Profile};

    fn encoding(lines: &[&str]) -> String {
        last(&[lines, &["OBJECT ENCODING k"]].concat())
    }

    #[test]
    fn strings_are_encoded_as_they_came_or_raw_once_edited() {
        assert_eq!(encoding(&["SET k 12"]), "\"int\"");
        assert_eq!(encoding(&["SET k 012"]), "\"embstr\"");
        assert_eq!(encoding(&[&format!("SET k {}", "x".repeat(45))]), "\"raw\"");
        assert_eq!(encoding(&["SET k 12", "APPEND k \"\""]), "\"raw\"");
        assert_eq!(encoding(&["APPEND k 12"]), "\"int\"");
        assert_eq!(encoding(&["INCRBYFLOAT k 12"]), "\"embstr\"");
        assert_eq!(encoding(&["SET k 12", "SETRANGE k 0 3", "INCR k"]), "\"int\"");
    }

    #[test]
    fn collections_grow_and_never_shrink() {
        assert_eq!(encoding(&["SADD k 1 2"]), "\"intset\"");
        assert_eq!(encoding(&["SADD k 1 a", "SREM k a"]), "\"hashtable\"");
        let long = "x".repeat(65);
        assert_eq!(encoding(&["HSET k f v"]), "\"listpack\"");
        assert_eq!(encoding(&[&format!("HSET k f {long}"), "HSET k f v"]), "\"hashtable\"");
        assert_eq!(encoding(&[&format!("HSET k f {long} f v")]), "\"hashtable\"");
        assert_eq!(encoding(&["ZADD k 1 a", &format!("ZADD k 1 {long}"), &format!("ZREM k {long}")]), "\"skiplist\"");
    }

    #[test]
    fn newer_servers_have_listpacks_of_members_and_of_elements() {
        for profile in [Profile::Redis8, Profile::Valkey8] {
            let encoding = |lines: &[&str]| {
                let mut model = Model::new(EncodingLimits::of(profile)).with_profile(profile);
                predict(&mut model, &[lines, &["OBJECT ENCODING k"]].concat()).pop().unwrap_or_default()
            };
            let (long, half, large) = ("x".repeat(65), "x".repeat(4090), "x".repeat(8186));
            assert_eq!(encoding(&["SADD k 1 2"]), "\"intset\"");
            assert_eq!(encoding(&["SADD k 1 a", "SREM k a"]), "\"listpack\"");
            assert_eq!(encoding(&[&format!("SADD k a {long}")]), "\"hashtable\"");
            assert_eq!(encoding(&[&format!("SADD k {}", "1 ".repeat(513).trim())]), "\"hashtable\"");
            assert_eq!(encoding(&["RPUSH k 1 a"]), "\"listpack\"");
            assert_eq!(encoding(&[&format!("RPUSH k {large}")]), "\"quicklist\"");
            assert_eq!(encoding(&[&format!("RPUSH k {half} {half} a"), "LPOP k", "RPOP k 2"]), "(nil)");
            assert_eq!(encoding(&[&format!("RPUSH k a {large}"), "RPOP k"]), "\"listpack\"");
            assert_eq!(encoding(&[&format!("RPUSH k a {large}"), "LPOP k"]), "\"quicklist\"");
        }
    }

    #[test]
    fn a_set_of_which_little_is_left_by_spop_is_built_anew() {
        assert_eq!(encoding(&["SADD k 1 2 3 4 5 6 a", "SREM k a", "SPOP k 5"]), "\"intset\"");
        assert_eq!(encoding(&["SADD k 1 2 3 4 5 6 a", "SREM k a", "SPOP k 4"]), "\"hashtable\"");
    }

    #[test]
    fn a_difference_may_keep_the_encoding_of_what_it_removed() {
        assert_eq!(encoding(&["SADD s 1 2 3 4 5 a", "SADD t a", "SDIFFSTORE k s t"]), "\"intset\"");
        assert_eq!(encoding(&["SADD s 1 2 3 4 5 a", "SADD t a", "SADD u b", "SDIFFSTORE k s t u"]), "\"hashtable\"");
    }
}
