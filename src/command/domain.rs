//! Value domains: what stands where in a command, from everyday to boundary to invalid.

/// Where a value comes from: mostly [`common`](Tier::Common), so that commands work and meet each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Small values that collide often.
    Common,
    /// Boundaries: legal or not depends on the command.
    Edge,
    /// What the command should reject, or odd bytes where any are legal.
    Odd,
}

macro_rules! domains {
    ($($(#[$doc:meta])* $name:ident { common: [$($common:expr),* $(,)?], edge: [$($edge:expr),* $(,)?], odd: [$($odd:expr),* $(,)?] })*) => {
        /// A table of values for one place of a command.
        ///
        /// Architecture invariant: frozen per codec version, also in length and order.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Domain { $($(#[$doc])* $name),* }

        impl Domain {
            /// All domains.
            pub const ALL: &[Domain] = &[$(Domain::$name),*];

            /// The values of one tier; never empty.
            pub fn values(self, tier: Tier) -> &'static [&'static [u8]] {
                match (self, tier) {
                    $((Domain::$name, Tier::Common) => { const V: &[&[u8]] = &[$($common),*]; V }
                      (Domain::$name, Tier::Edge) => { const V: &[&[u8]] = &[$($edge),*]; V }
                      (Domain::$name, Tier::Odd) => { const V: &[&[u8]] = &[$($odd),*]; V })*
                }
            }
        }
    };
}

/// Longer than an embedded string (44 bytes) and than a small listpack element (64 bytes).
const LONG_70: &[u8] = b"0123456789012345678901234567890123456789012345678901234567890123456789";
const LONG_45: &[u8] = b"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrs";

domains! {
    /// A string value: texts and numbers in every spelling that a parser may take or refuse.
    Value {
        common: [b"a", b"b", b"1", b"2", b"10", b"5", b"0", b"hello", b"-1", b"3", b"1.5", b"100", b"v", b"abc"],
        edge: [b"", b"9223372036854775807", b"-9223372036854775808", b"9223372036854775806", b"0.1", b"3.0e3",
               LONG_45, LONG_70, b"4294967296", b"-9223372036854775807", b"1e17", b"0.30000000000000004"],
        odd: [b"\xff\xfe", b"a\0b", b"x\r\ny", b" 5", b"5 ", b"+5", b"007", b"-0", b"9223372036854775808", b"inf",
              b"nan", b"0x10", b"1e400", b"\xc3\xa9", b"'q\"", b"-", b"1.", b".5"]
    }
    /// A member of a collection: few, so that they collide.
    Member {
        common: [b"a", b"b", b"c", b"d", b"1", b"2", b"3", b"e", b"5", b"10"],
        edge: [b"", b"-1", b"A", b"aa", b"ab", b"9223372036854775807", b"32768", b"2147483648", LONG_70, b"-32769", b"0"],
        odd: [b"\xff", b"a\0", b"x\r\n", b"007", b"+1", b"\xc3\xa9", b" ", b"1.0", b"-0"]
    }
    /// A field of a hash.
    Field {
        common: [b"f", b"g", b"f1", b"f2", b"1", b"2", b"k"],
        edge: [b"", b"F", b"ff", LONG_70, b"f3", b"f4", b"f5"],
        odd: [b"\xff", b"f\0", b"f\r\n", b"\xc3\xa9"]
    }
    /// What INCRBY and its like add.
    Delta {
        common: [b"1", b"2", b"-1", b"10", b"5", b"-5", b"100"],
        edge: [b"0", b"9223372036854775807", b"-9223372036854775808", b"-9223372036854775807", b"4611686018427387904"],
        odd: [b"9223372036854775808", b"abc", b"1.0", b"+1", b" 1", b"1 ", b"01", b"-0", b"", b"1\0"]
    }
    /// What INCRBYFLOAT and its like add.
    FloatDelta {
        common: [b"0.1", b"1", b"1.5", b"-0.5", b"0.2", b"10", b"3.0e3", b"-1"],
        edge: [b"0", b"-0", b"1e-17", b"5e-324", b"1e17", b"123456789.123456789", b"9223372036854775807", b"0.30000000000000004",
               b"1e300", b"3.14159265358979323846"],
        odd: [b"nan", b"inf", b"-inf", b"abc", b" 1", b"1 ", b"1e400", b"0x1p3", b"", b"1e5000", b"+0.5", b".5", b"1."]
    }
    /// An index into a sequence, counted from either end.
    Index {
        common: [b"0", b"-1", b"1", b"2", b"-2", b"3", b"0", b"-1"],
        edge: [b"5", b"-5", b"10", b"-10", b"100", b"-100", b"2147483648", b"-2147483649", b"9223372036854775807", b"-9223372036854775808", b"4", b"-3"],
        odd: [b"abc", b"1.5", b"", b"9223372036854775808", b"+1", b"-0", b" 1"]
    }
    /// How many: small, for the caller's protection.
    Count {
        common: [b"1", b"2", b"3", b"1", b"10", b"5"],
        edge: [b"0", b"-1", b"100", b"-2", b"9223372036854775807", b"-9223372036854775808", b"2147483648"],
        odd: [b"abc", b"1.5", b"", b"9223372036854775808", b"+1"]
    }
    /// How many, where negative means "with repetition": capped, since a large one is a reply of that length.
    SignedCount {
        common: [b"1", b"2", b"-1", b"-2", b"3", b"-3", b"10"],
        edge: [b"0", b"-10", b"100", b"9223372036854775807", b"-20"],
        odd: [b"abc", b"1.5", b"", b"-9223372036854775808", b"9223372036854775808", b"4611686018427387904", b"-0"]
    }
    /// Where SETRANGE writes.
    Offset {
        common: [b"0", b"1", b"3", b"5", b"10"],
        edge: [b"100", b"1000", b"1048575", b"1048576", b"536870911", b"9223372036854775807"],
        odd: [b"-1", b"abc", b"", b"1.5", b"9223372036854775808", b"-9223372036854775808"]
    }
    /// A time to live in seconds.
    Seconds {
        common: [b"1", b"10", b"100", b"2", b"1000"],
        edge: [b"0", b"-1", b"4294967296", b"9223372036854775", b"9223370436854775", b"9223370436854776", b"-9223372036854775"],
        odd: [b"9223372036854775807", b"-9223372036854775808", b"abc", b"1.5", b"", b"9223372036854775808", b" 1"]
    }
    /// A time to live in milliseconds.
    Millis {
        common: [b"1", b"10", b"100", b"1000", b"1500", b"10000"],
        edge: [b"0", b"-1", b"499", b"500", b"1499", b"999", b"4294967296", b"9223372036854775807", b"9223370436854775807", b"9223370436854775808"],
        odd: [b"-9223372036854775808", b"abc", b"1.5", b"", b"9223372036854775808"]
    }
    /// A moment in unix seconds, around the scenario's epoch.
    UnixSeconds {
        common: [b"1600000001", b"1600000010", b"1600000100", b"1600001000", b"1600100000"],
        edge: [b"1600000000", b"1599999999", b"0", b"-1", b"1", b"9223372036854775", b"9223372036854776"],
        odd: [b"9223372036854775807", b"-9223372036854775808", b"abc", b"1.5", b"", b"9223372036854775808"]
    }
    /// A moment in unix milliseconds, around the scenario's epoch.
    UnixMillis {
        common: [b"1600000000001", b"1600000000010", b"1600000000100", b"1600000001000", b"1600000100000"],
        edge: [b"1600000000000", b"1599999999999", b"0", b"-1", b"1", b"9223372036854775807", b"1600000000999"],
        odd: [b"-9223372036854775808", b"abc", b"1.5", b"", b"9223372036854775808"]
    }
    /// How long a blocking command waits, in seconds.
    Timeout {
        common: [b"0", b"0.01", b"0.1", b"1", b"10", b"0"],
        edge: [b"0.001", b"0.0005", b"1.5", b"100", b"1e3", b"9223372036854775", b"-0"],
        odd: [b"-1", b"nan", b"inf", b"-inf", b"abc", b"", b"1e300", b"9223372036854775807", b" 1", b"0x1"]
    }
    /// The score of a sorted set, a weight, or what ZINCRBY adds.
    Score {
        common: [b"1", b"2", b"3", b"0", b"1.5", b"-1", b"10", b"2"],
        edge: [b"inf", b"-inf", b"inf", b"-inf", b"+inf", b"-0", b"0.1", b"1e17", b"3.0e10", b"1.7976931348623157e308", b"5e-324", b"9007199254740993", b"100", b"-1.5"],
        odd: [b"nan", b"abc", b"1e400", b"0x1p3", b"", b" 1", b"1 ", b"+5", b"1_0", b"Infinity", b"-nan"]
    }
    /// An end of a score range.
    ScoreBound {
        common: [b"-inf", b"+inf", b"1", b"2", b"(1", b"(2", b"0", b"3"],
        edge: [b"inf", b"(inf", b"(-inf", b"-1", b"1.5", b"(1.5", b"10", b"-0", b"1e17", b"(3"],
        odd: [b"nan", b"(", b"abc", b"(abc", b"", b"[1", b"(nan", b" 1"]
    }
    /// An end of a lexicographical range.
    LexBound {
        common: [b"-", b"+", b"[a", b"(a", b"[b", b"(c", b"[d"],
        edge: [b"[", b"(", b"[aa", b"(\xff", b"[\xff", b"[1", b"(ab", b"[A"],
        odd: [b"a", b"", b"+a", b"-a", b"--", b"{a", b"1"]
    }
    /// A glob pattern.
    Glob {
        common: [b"*", b"s*", b"l?", b"[st]*", b"?0", b"*0", b"h*"],
        edge: [b"[^s]*", b"[a-m]*", b"[z-a]*", b"\\*", b"s\\0", b"**", b"s[0-1]", b"?", b"[^]*", b"*[0]"],
        odd: [b"", b"[", b"[s", b"[a-", b"\\", b"[\\]]", b"s[", b"[]", b"*\\", b"[^", b"\xff*", b"************************a"]
    }
    /// A database index.
    Db {
        common: [b"0", b"1", b"0", b"1", b"2"],
        edge: [b"15", b"16", b"-1", b"3"],
        odd: [b"abc", b"", b"1.5", b"9223372036854775807", b"4294967296"]
    }
    /// Degrees east.
    Longitude {
        common: [b"0", b"13.361389", b"15.087269", b"-122.4", b"2.35", b"13.4"],
        edge: [b"180", b"-180", b"179.999999", b"-179.999999", b"0.000001", b"90", b"-90", b"1e-10"],
        odd: [b"180.000001", b"-181", b"nan", b"inf", b"abc", b"", b"1e400", b" 1"]
    }
    /// Degrees north, as far as the projection goes.
    Latitude {
        common: [b"0", b"38.115556", b"37.502669", b"37.8", b"48.85", b"52.5"],
        edge: [b"85.05112878", b"-85.05112878", b"85.05", b"-85.05", b"0.000001", b"45", b"1e-10"],
        odd: [b"85.0511288", b"-86", b"90", b"nan", b"-inf", b"abc", b"", b"1e400"]
    }
    /// A channel.
    Channel {
        common: [b"ch", b"ab", b"b", b"ch", b"a.b"],
        edge: [b"", b"CH", b"s0", b"*", b"ch2"],
        odd: [b"\xff", b"a\0", b"a\r\nb", LONG_70]
    }
    /// A pattern of channels.
    ChannelGlob {
        common: [b"*", b"c*", b"?b", b"a*", b"ch"],
        edge: [b"[a-c]*", b"*b", b"", b"[^a]*", b"a?b", b"\\*"],
        odd: [b"[", b"\xff*", b"[]", b"\\"]
    }
    /// HELLO's first argument.
    ProtocolVersion {
        common: [b"3", b"2", b"3"],
        edge: [b"3", b"2", b"4", b"1"],
        odd: [b"0", b"-1", b"abc", b"", b"+3", b"9223372036854775808"]
    }
    /// A user.
    User {
        common: [b"default", b"default", b"default", b"alice"],
        edge: [b"DEFAULT", b"", b"bob"],
        odd: [b"\xff", b"a\r\nb", b"default\0"]
    }
    /// What a connection calls itself.
    ClientName {
        common: [b"app", b"worker-1", b"me"],
        edge: [b"", b"!", b"~", b"a=b", LONG_70],
        odd: [b"a b", b"a\nb", b"\xff", b"\x7f", b"a\0"]
    }
    /// The number of a connection: none that is there.
    ClientNumber {
        common: [b"9223372036854775807"],
        edge: [b"0", b"-1"],
        odd: [b"abc", b"", b"1.5", b"9223372036854775808"]
    }
    /// Parameters of CONFIG GET.
    ConfigGlob {
        common: [b"maxmemory", b"*max-*-entries", b"lfu-*", b"save", b"appendonly", b"databases"],
        edge: [b"MAXMEMORY", b"*", b"maxmemory?policy", b"hash-max-ziplist-*", b"slowlog-max-len", b"list-*", b"no-such-parameter"],
        odd: [b"", b"[", b"\xff", b"lfu-[ld]*"]
    }
    /// Parameters that take numbers: such as nobody feels, and such as take none here.
    ConfigNumberName {
        common: [b"lfu-log-factor", b"lfu-decay-time", b"slowlog-max-len", b"maxmemory-samples", b"list-compress-depth"],
        edge: [b"LFU-log-factor", b"active-expire-effort", b"maxmemory-eviction-tenacity", b"tcp-keepalive", b"timeout", b"hash-max-ziplist-entries"],
        odd: [b"databases", b"no-such-parameter", b"port", b"no-such-parameter"]
    }
    /// Numbers of parameters.
    ConfigNumber {
        common: [b"1", b"5", b"10", b"100"],
        edge: [b"0", b"-1", b"2147483647", b"2147483648", b"11", b"101"],
        odd: [b"x", b"", b"1.5", b"+5", b"05", b"9223372036854775808"]
    }
    /// Parameters that take words.
    ConfigWordName {
        common: [b"lazyfree-lazy-expire", b"lazyfree-lazy-user-del", b"maxmemory-policy"],
        edge: [b"appendonly", b"appendfsync", b"loglevel", b"rdbcompression"],
        odd: [b"no-such-parameter", b"databases"]
    }
    /// Words of parameters.
    ConfigWord {
        common: [b"yes", b"no", b"noeviction"],
        edge: [b"YES", b"No", b"NOEVICTION", b"everysec", b"1"],
        odd: [b"maybe", b"", b"true", b"yes\0"]
    }
    /// Limits of memory: none, or one that no run reaches.
    ConfigMemory {
        common: [b"0", b"1gb", b"2g"],
        edge: [b"1GB", b"4096mb", b"10000000kb", b"10000000k", b"1073741824", b"gb"],
        odd: [b"-1", b"abc", b"1.5gb", b"1x", b"1gbb", b" 1gb"]
    }
    /// Parts of INFO.
    InfoSection {
        common: [b"server", b"keyspace", b"clients", b"memory", b"replication", b"default"],
        edge: [b"all", b"everything", b"Stats", b"CPU", b"commandstats", b"errorstats", b"persistence", b"cluster", b"modules"],
        odd: [b"nosuch", b"", b"\xff"]
    }
    /// Names of commands.
    CommandName {
        common: [b"get", b"mset", b"zadd", b"blpop", b"client|id", b"object"],
        edge: [b"GET", b"ping", b"zunion", b"client", b"ssubscribe", b"config|get", b"rename", b"subscribe", b"Lmpop", b"memory|usage", b"zinterstore", b"command"],
        odd: [b"no-such-command", b"", b"no-such-command", b"get|x", b"client|nosuch"]
    }
    /// WAIT's number of replicas: none.
    Replicas {
        common: [b"0"],
        edge: [b"-1", b"-9223372036854775808"],
        odd: [b"abc", b"", b"1.5", b"9223372036854775808"]
    }
    /// How long WAIT waits.
    WaitMillis {
        common: [b"0", b"10", b"100"],
        edge: [b"1", b"9223372036854775807"],
        odd: [b"-1", b"abc", b"1.5", b"9223372036854775808"]
    }
    /// A class of clients; those that nobody is.
    ClientType {
        common: [b"pubsub", b"replica", b"master"],
        edge: [b"PubSub", b"slave"],
        odd: [b"foo", b"", b"pub\r\nsub"]
    }
    /// Where a scan goes on; `@cursor` is where the last one stopped.
    Cursor {
        common: [b"0", b"@cursor", b"0", b"@cursor"],
        edge: [b"1", b"2", b"5", b"16", b"18446744073709551615", b"+0", b"-1", b"", b"00"],
        odd: [b"18446744073709551616", b"abc", b" 0", b"0 ", b"1\0x", b"-", b"0x1", b"1.5"]
    }
    /// The name of a type.
    TypeName {
        common: [b"string", b"list", b"set", b"hash", b"zset", b"string"],
        edge: [b"ZSET", b"String", b"stream", b"none", b"hash\0x"],
        odd: [b"", b"foo", b"lists", b"*"]
    }
    /// What SORT looks up for each element.
    SortPattern {
        common: [b"s*", b"s*", b"h*->f", b"s*", b"h*->f", b"nosort", b"*"],
        edge: [b"h*->", b"s*->f", b"*0", b"l*", b"h*->nofield", b"w*", b"#", b"h*->f1", b"x*"],
        odd: [b"", b"*->", b"s*\0", b"\0*", b"h*->f\0", b"#\0", b"h*->*->f", b"s0", b"->*", b"##", b"**"]
    }
    /// A time to live, or a moment, in milliseconds; 0 is none.
    RestoreTtl {
        common: [b"0", b"0", b"100", b"0", b"1000", b"10000"],
        edge: [b"1", b"1600000000000", b"1600000000001", b"1600000010000", b"9223372036854775807", b"1500"],
        odd: [b"-1", b"abc", b"", b"1.5", b"9223372036854775808", b"-9223372036854775808"]
    }
    /// What DUMP answered, or not.
    Payload {
        common: [b"@dump", b"@dump", b"@dump", b"@dump", b"@dump-flipped", b"@dump-cut"],
        edge: [b"@dump", b"", b"\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00"],
        odd: [b"abc", b"\x00\x01v\xff\xff\x01\x02\x03\x04\x05\x06\x07\x08", b"\0"]
    }
    /// How long a key has been idle, in seconds.
    IdleSeconds {
        common: [b"0", b"1", b"10", b"1000", b"1000000"],
        edge: [b"16777215", b"6164480", b"9223372036854775", b"100000000"],
        odd: [b"-1", b"abc", b"", b"1.5", b"9223372036854775808"]
    }
    /// How often a key is used, on the server's logarithmic scale.
    Frequency {
        common: [b"0", b"1", b"5", b"100"],
        edge: [b"255", b"256"],
        odd: [b"-1", b"abc", b"", b"1.5"]
    }
    /// The id of a new stream entry.
    NewStreamId {
        common: [b"*", b"1-*", b"2-1", b"5-*", b"3-0", b"7", b"9-*", b"*", b"10-1", b"100-*"],
        edge: [b"0-1", b"0-*", b"0", b"1600000000000-*", b"1600000000001-5", b"18446744073709551615-18446744073709551614", b"18446744073709551615-*",
               b"18446744073709551615", b"18446744073709551615-18446744073709551615", b"9223372036854775808-1", b"4-18446744073709551615", b"4-*"],
        odd: [b"0-0", b"-", b"+", b"$", b"", b"-1", b"1-", b"1--5", b"1--05", b" 2-+1", b"03-04", b"1-1\0x", b"*-1", b"1-**", b"18446744073709551616",
              b"abc", b"1-abc", b"1-2-3", b"5-1 "]
    }
    /// The id of a stream entry that may be there.
    StreamId {
        common: [b"1-0", b"2-0", b"3-0", b"1-1", b"2-1", b"5-0", b"4-0", b"1", b"2", b"9-0"],
        edge: [b"0-1", b"0-0", b"7", b"10-1", b"100-0", b"1600000000000-0", b"1600000000001-5", b"18446744073709551615-18446744073709551615", b"0", b"6-0",
               b"18446744073709551615-18446744073709551614", b"18446744073709551615"],
        odd: [b"-", b"+", b"$", b">", b"*", b"(1-0", b"", b"1-*", b"abc", b"-1", b"1-", b"01-+0", b"1-0\0", b"18446744073709551616-0", b"1--0"]
    }
    /// An end of a range of stream entries.
    StreamBound {
        common: [b"-", b"+", b"-", b"+", b"1", b"2-0", b"3-0", b"(1-0", b"(2", b"5"],
        edge: [b"0", b"0-0", b"(0-0", b"(18446744073709551615-18446744073709551615", b"18446744073709551615", b"(3-18446744073709551615", b"(4-0",
               b"1600000000000", b"100-1", b"(0", b"(18446744073709551615", b"7-1"],
        odd: [b"(", b"(-", b"(+", b"[1", b"$", b"", b"((1", b"abc", b"1-*", b"-\0x", b"(abc", b"-1", b"inf"]
    }
    /// Where XREAD starts.
    ReadAfter {
        common: [b"$", b"0", b"0-0", b"1-0", b"2", b"$", b"3-0"],
        edge: [b"18446744073709551615-18446744073709551615", b"18446744073709551615", b"1600000000000-0", b"5-0", b"100"],
        odd: [b">", b"-", b"+", b"*", b"", b"abc", b"$\0", b"$$", b"(1", b"1-*"]
    }
    /// Where XREADGROUP starts.
    GroupReadAfter {
        common: [b">", b">", b"0", b">", b"1-0", b">", b"0-0"],
        edge: [b"18446744073709551615-18446744073709551615", b"18446744073709551615", b"2-0", b"5-0", b"1600000000000-0"],
        odd: [b"$", b"-", b"$", b"*", b"", b"$", b">\0", b"+", b"1-*"]
    }
    /// Where a group starts.
    GroupStart {
        common: [b"0", b"$", b"0-0", b"1-0", b"$", b"2-0"],
        edge: [b"18446744073709551615-18446744073709551615", b"5-0", b"100", b"1600000000000-0", b"3-1"],
        odd: [b"-", b"+", b">", b"*", b"", b"abc", b"$\0", b"1-*"]
    }
    /// A consumer group.
    Group {
        common: [b"g", b"g", b"g", b"h"],
        edge: [b"i", b"", b"G"],
        odd: [b"\xff", b"g\0", b"g\r\n", b"a b"]
    }
    /// A consumer.
    Consumer {
        common: [b"c", b"d", b"c", b"e"],
        edge: [b"C", b"", b"cc"],
        odd: [b"\xff", b"c\0", b"c\r\n", b"-"]
    }
    /// How long an entry must have been pending, in milliseconds.
    IdleMillis {
        common: [b"0", b"0", b"1", b"10", b"100", b"0"],
        edge: [b"1000", b"1500", b"-1", b"1600000000000", b"9223372036854775807", b"-9223372036854775808", b"1600000000001", b"1599999999999"],
        odd: [b"abc", b"", b"1.5", b"9223372036854775808", b"+1"]
    }
    /// How long XREAD waits, in milliseconds.
    BlockMillis {
        common: [b"0", b"1", b"10", b"100", b"1000", b"0"],
        edge: [b"10000", b"1500", b"9223372036854775807", b"4294967296", b"2"],
        odd: [b"-1", b"abc", b"", b"0.1", b"9223372036854775808", b"-9223372036854775808"]
    }
    /// How many entries a stream keeps, or trimming looks at.
    StreamLength {
        common: [b"0", b"1", b"2", b"3", b"5", b"4"],
        edge: [b"10", b"100", b"99", b"101", b"9223372036854775807", b"-1", b"6"],
        odd: [b"abc", b"", b"1.5", b"-9223372036854775808", b"9223372036854775808", b"~", b"="]
    }
    /// How many entries XAUTOCLAIM claims.
    ClaimCount {
        common: [b"1", b"2", b"3", b"10", b"1"],
        edge: [b"576460752303423487", b"0", b"-1", b"100", b"576460752303423487", b"576460752303423488", b"9223372036854775807"],
        odd: [b"abc", b"", b"1.5", b"9223372036854775808", b"-9223372036854775808"]
    }
    /// A field and a value of a stream entry, in part larger than a node of a stream should be.
    EntryValue {
        common: [b"v", b"1", b"2", b"w", b"100", b"v"],
        edge: [b"", LONG_45, LONG_70, b"-1", b"4095", b"4096", b"-32769", b"9223372036854775807", b"8388608", b"128", &[b'x'; 1000], &[b'y'; 2000], &[b'z'; 4100]],
        odd: [b"\xff", b"a\0", b"x\r\n", b"007", b"-0", b" "]
    }
    /// A bit of a string: strings stay small mostly, and the last bits of the longest one are at the edge.
    BitOffset {
        common: [b"0", b"1", b"7", b"8", b"5", b"3", b"15", b"20"],
        edge: [b"64", b"100", b"1000", b"9", b"8388607", b"8388608", b"4294967295", b"4294967296"],
        odd: [b"-1", b"abc", b"", b"1.5", b"#1", b"9223372036854775807", b"9223372036854775808", b"+1"]
    }
    /// A bit's value.
    Bit {
        common: [b"1", b"0", b"1"],
        edge: [b"1", b"0", b"2", b"-1"],
        odd: [b"abc", b"", b"1.0", b"4294967296", b"4294967297", b"9223372036854775808", b"01"]
    }
    /// An end of a range of bits.
    BitIndex {
        common: [b"0", b"-1", b"5", b"8", b"7", b"-8", b"15", b"9"],
        edge: [b"16", b"-7", b"23", b"100", b"-100", b"-9223372036854775808", b"9223372036854775807", b"1"],
        odd: [b"abc", b"", b"1.5", b"+1"]
    }
    /// BITFIELD's integer types.
    BitType {
        common: [b"u8", b"i8", b"u4", b"i5", b"u1", b"i16"],
        edge: [b"u63", b"i64", b"i1", b"u32", b"u2", b"i63", b"i33", b"u16"],
        odd: [b"u64", b"i65", b"u0", b"i0", b"U8", b"", b"u", b"8", b"i-1", b"u08", b"u8\0x", b"u9223372036854775808"]
    }
    /// Where BITFIELD's integers are: in bits, or with `#` in widths.
    FieldOffset {
        common: [b"0", b"#0", b"#1", b"8", b"4", b"1", b"#2"],
        edge: [b"7", b"3", b"100", b"#10", b"63", b"#4611686018427387904", b"8388600", b"8388607", b"#131072"],
        odd: [b"-1", b"#-1", b"abc", b"#", b"", b"##1", b"8388608", b"#9223372036854775807", b"1.5", b"9223372036854775808"]
    }
    /// What BITFIELD sets or adds.
    FieldValue {
        common: [b"1", b"-1", b"10", b"127", b"255", b"100", b"2", b"-128"],
        edge: [b"0", b"128", b"256", b"-129", b"2147483648", b"9223372036854775807", b"-9223372036854775808",
               b"-9223372036854775700", b"4611686018427387904", b"-4611686018427387905", b"15", b"16"],
        odd: [b"abc", b"", b"1.5", b"9223372036854775808", b"+1", b"-0"]
    }
    /// A unit of length.
    Unit {
        common: [b"km", b"m", b"km"],
        edge: [b"mi", b"ft", b"KM", b"Mi"],
        odd: [b"", b"cm", b"m\0", b"kmx", b"1"]
    }
    /// The reach of a search: what is little in meters is far in kilometers.
    Radius {
        common: [b"100", b"200", b"1000", b"5000", b"500", b"2000"],
        edge: [b"0", b"0.5", b"1", b"3000000", b"20037727", b"10000", b"100000", b"1e9", b"inf", b"7000", b"56.4413"],
        odd: [b"-1", b"nan", b"abc", b"", b"1e400", b"-0", b" 1", b"-inf", b"0x10"]
    }
}
