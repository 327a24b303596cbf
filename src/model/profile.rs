//! Which server the model stands for.

use std::fmt;
use std::str::FromStr;

use super::Error;
use super::number::{
    is_double_out_of_range, parse_decimal_double, parse_decimal_score_end, parse_double, parse_score_end, print_double,
    print_shortest,
};
use crate::command::Command;
use crate::resp::Bytes;

/// A server and the version that the model follows. Redis 7.0 is the one that the oracle asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// Redis 7.0.
    #[default]
    Redis70,
    /// Redis between 7.4 and 8.0.
    Redis8,
    /// Valkey 8.0.
    Valkey8,
}

impl Profile {
    /// All of them.
    pub const ALL: [Profile; 3] = [Profile::Redis70, Profile::Redis8, Profile::Valkey8];

    /// As the command line calls it.
    pub fn name(self) -> &'static str {
        match self {
            Profile::Redis70 => "redis-7.0",
            Profile::Redis8 => "redis-8",
            Profile::Valkey8 => "valkey-8",
        }
    }
}

/// What they say of themselves.
impl Profile {
    pub(super) fn server(self) -> &'static str {
        if self == Profile::Valkey8 { "valkey" } else { "redis" }
    }

    pub(super) fn version(self) -> &'static str {
        match self {
            Profile::Redis70 => "7.0.15",
            Profile::Redis8 => "8.0.0",
            Profile::Valkey8 => "8.0.1",
        }
    }
}

/// Where the servers differ in what several commands share.
impl Profile {
    /// Whether the command takes so many words.
    pub(super) fn takes(self, command: &Command, argc: usize) -> bool {
        // WITHSCORE; more words are refused by the command itself.
        let has_option = self != Profile::Redis70 && matches!(command.name, "ZRANK" | "ZREVRANK");
        command.takes(argc) || (has_option && argc > 3)
    }

    /// A score or a weight in an argument.
    pub(super) fn parse_double(self, text: &[u8]) -> Option<f64> {
        if self == Profile::Redis8 { parse_decimal_double(text) } else { parse_double(text) }
    }

    /// An end of a range of scores.
    pub(super) fn parse_score_end(self, text: &[u8]) -> Option<f64> {
        if self == Profile::Redis8 { parse_decimal_score_end(text) } else { parse_score_end(text) }
    }

    /// What SORT sorts by: as an end of a range, for 7.0 and Valkey only within the range of doubles.
    pub(super) fn parse_sort_weight(self, text: &[u8]) -> Option<f64> {
        self.parse_score_end(text).filter(|_| self == Profile::Redis8 || !is_double_out_of_range(text))
    }

    /// A score in a reply.
    pub(super) fn score_text(self, score: f64) -> Bytes {
        if self == Profile::Redis70 { print_double(score) } else { print_shortest(score) }
    }

    /// LSET's index, of which newer servers lose the upper half: a bug that they have in common.
    pub(super) fn list_index(self, index: i64) -> i64 {
        if self == Profile::Redis70 { index } else { i64::from(index as i32) }
    }

    /// Whether BITCOUNT and BITPOS read all of their arguments before they look for the key.
    pub(super) fn checks_bit_ranges_first(self) -> bool {
        self != Profile::Redis70
    }

    /// Whether a collection is sized by the arguments that come, before anybody knows which of them repeat.
    pub(super) fn sizes_by_arguments(self) -> bool {
        self != Profile::Redis70
    }

    /// Whether who reads for a group or claims is known to it from then on, even if there was nothing for them.
    pub(super) fn sees_all_consumers(self) -> bool {
        self != Profile::Redis70
    }

    /// Whether XINFO tells since when a consumer has got nothing.
    pub(super) fn tells_activity(self) -> bool {
        self != Profile::Redis70
    }

    /// Whether `+` is an id to XREAD: that before the last entry.
    pub(super) fn reads_last_entry(self) -> bool {
        self != Profile::Redis70
    }

    /// Whether XSETID refuses an id before the largest that XDEL has removed.
    pub(super) fn refuses_ids_before_deleted_ones(self) -> bool {
        self != Profile::Redis70
    }

    /// Whether what a group has yet to read is counted as Redis does since late 2024: anew after a trim, and only past
    /// what XDEL has removed.
    pub(super) fn counts_lag_after_trims(self) -> bool {
        self == Profile::Redis8
    }

    /// XREAD's or XREADGROUP's complaint about keys and ids that are not in pairs.
    pub(super) fn unbalanced_streams(self, of_group: bool) -> Error {
        match (self, of_group) {
            (Profile::Redis70, _) => Error::UnbalancedStreams,
            (_, true) => Error::UnbalancedXreadgroup,
            (Profile::Redis8, false) => Error::UnbalancedXreadPlus,
            (Profile::Valkey8, false) => Error::UnbalancedXread,
        }
    }

    /// SCAN TYPE: 7.0 just finds no key of a type that it doesn't know.
    pub(super) fn check_type_name(self, word: &[u8]) -> Result<(), Error> {
        const NAMES: [&str; 6] = ["string", "list", "set", "zset", "hash", "stream"];
        let known = NAMES.iter().any(|name| word.eq_ignore_ascii_case(name.as_bytes()));
        if self != Profile::Redis70 && !known { Err(Error::UnknownTypeName(word.to_vec())) } else { Ok(()) }
    }

    /// A count or rank whose sign is a direction: newer servers refuse the one that has no positive twin.
    pub(super) fn check_magnitude(self, n: i64) -> Result<i64, Error> {
        if self != Profile::Redis70 && n == i64::MIN { Err(Error::CountOutOfRange) } else { Ok(n) }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no profile's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are redis-7.0, redis-8 and valkey-8")]
pub struct UnknownProfile;

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(name: &str) -> Result<Self, UnknownProfile> {
        Profile::ALL.into_iter().find(|profile| profile.name() == name).ok_or(UnknownProfile)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Model;
    use super::super::testing::predict;
    use super::*;

    fn last(profile: Profile, lines: &[&str]) -> String {
        predict(&mut Model::default().with_profile(profile), lines).pop().unwrap_or_default()
    }

    #[test]
    fn scores_and_their_options_differ() {
        for (profile, score, rank) in [
            (Profile::Redis70, "\"0.10000000000000001\"", "(error) ERR wrong number of arguments for 'zrank' command"),
            (Profile::Redis8, "\"0.1\"", "1) (integer) 0 2) \"0.1\""),
            (Profile::Valkey8, "\"0.1\"", "1) (integer) 0 2) \"0.1\""),
        ] {
            assert_eq!(last(profile, &["ZADD z 0.1 a", "ZSCORE z a"]), score);
            assert_eq!(last(profile, &["ZADD z 0.1 a", "ZRANK z a WITHSCORE"]), rank);
        }
    }

    #[test]
    fn only_redis_8_reads_too_large_a_score_and_no_hexadecimal_one() {
        let read = |profile, score: &str| last(profile, &[&format!("ZADD z {score} a")]) == "(integer) 1";
        for profile in Profile::ALL {
            assert_eq!(read(profile, "1e400"), profile == Profile::Redis8);
            assert_eq!(read(profile, "0x1p3"), profile != Profile::Redis8);
        }
    }

    #[test]
    fn newer_servers_read_a_range_of_bits_before_they_look_for_the_key() {
        for profile in Profile::ALL {
            let is_old = profile == Profile::Redis70;
            assert_eq!(last(profile, &["BITCOUNT nokey a b"]) == "(integer) 0", is_old);
            assert_eq!(last(profile, &["BITPOS nokey 1 0 1 BITS"]) == "(integer) -1", is_old);
            assert_eq!(last(profile, &["SET s aa", "BITCOUNT s 1"]) == "(integer) 3", profile == Profile::Valkey8);
        }
        assert!(last(Profile::Redis8, &["BITCOUNT s 3 x FOO"]).contains("not an integer"));
        assert!(last(Profile::Valkey8, &["BITCOUNT s 3 x FOO"]).contains("syntax error"));
    }

    #[test]
    fn newer_servers_know_consumers_that_got_nothing() {
        let lines = ["XGROUP CREATE x g 0 MKSTREAM", "XREADGROUP GROUP g c STREAMS x >", "XGROUP CREATECONSUMER x g c"];
        for profile in Profile::ALL {
            assert_eq!(last(profile, &lines) == "(integer) 1", profile == Profile::Redis70);
        }
    }

    #[test]
    fn cursors_of_newer_servers_are_numbers() {
        for (cursor, new) in [("\"\"", false), ("-1", false), ("+1", true), ("007", true), ("\t1", true), ("1x", false)]
        {
            assert_eq!(
                !last(Profile::Valkey8, &[&format!("SCAN {cursor}")]).contains("invalid cursor"),
                new,
                "{cursor}"
            );
        }
        assert_eq!(
            last(Profile::Redis8, &["HSET h f v", "HSCAN h 0 NOVALUES"]),
            "1) \"0\" 2) in any order:    1) \"f\""
        );
    }

    #[test]
    fn in_valkey_a_nested_multi_spoils_the_transaction() {
        let lines = ["MULTI", "PING", "MULTI", "EXEC"];
        assert_eq!(last(Profile::Redis8, &lines), "1) PONG");
        assert!(last(Profile::Valkey8, &lines).contains("EXECABORT"));
    }
}
