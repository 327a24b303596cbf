//! Every error that a command of the table can answer, as the server prints it.

use crate::resp::Bytes;

macro_rules! errors {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// An error reply.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Error {
            $($(#[$doc])* #[doc = concat!("`", $text, "`")] $name,)*
            /// `ERR wrong number of arguments for 'get' command`
            Arity(&'static str),
            /// `EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command`
            ExecArity,
            /// `ERR invalid expire time in 'set' command`
            InvalidExpire(&'static str),
            /// `ERR Unsupported option FOO`
            UnsupportedOption(Bytes),
            /// `ERR at least 1 input key is needed for 'zunion' command`
            NeedsInputKey(&'static str),
            /// `ERR wrong number of arguments for 'object|encoding' command`
            SubcommandArity(&'static str, &'static str),
            /// `ERR unknown subcommand 'foo'. Try OBJECT HELP.`
            UnknownSubcommand(&'static str, Bytes),
            /// `ERR unknown subcommand or wrong number of arguments for 'foo'. Try PUBSUB HELP.`
            SubcommandSyntax(&'static str, Bytes),
            /// PFDEBUG.
            PfdebugSubcommand(Bytes),
            /// `ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`
            Subscribed(String),
            /// `EXECABORT Transaction discarded because of: ` and why.
            ExecRefused(Box<Error>),
            /// `ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client`
            DenyBlocking(&'static str),
            /// `ERR Syntax error in HELLO option 'foo'`
            HelloOption(Bytes),
            /// `ERR No such user 'foo'`
            NoSuchUser(Bytes),
            /// `ERR Unknown client type 'foo'`
            UnknownClientType(Bytes),
            /// `ERR Unknown option or number of arguments for CONFIG SET - 'foo'`
            UnknownParameter(Bytes),
            /// `ERR CONFIG SET failed (possibly related to argument 'foo') - duplicate parameter`
            ConfigSet(Bytes, String),
            /// `ERR invalid longitude,latitude pair 181.000000,0.000000`
            InvalidPlace(String),
            /// `ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for geosearch`
            GeoCenter(Bytes),
            /// `ERR exactly one of BYRADIUS and BYBOX can be specified for geosearch`
            GeoShape(Bytes),
            /// `ERR unknown command 'foo', with args beginning with: 'a' `
            UnknownCommand(Vec<Bytes>),
            /// `NOGROUP No such key 'x' or consumer group 'g'`
            NoGroup(Bytes, Bytes),
            /// `NOGROUP No such key 'x' or consumer group 'g' in XREADGROUP with GROUP option`
            NoGroupToRead(Bytes, Bytes),
            /// `NOGROUP No such consumer group 'g' for key name 'x'`
            NoGroupOfKey(Bytes, Bytes),
            /// `ERR Unrecognized XCLAIM option 'foo'`
            XclaimOption(Bytes),
            /// `ERR unknown type name 'foo'`
            UnknownTypeName(Bytes),
            /// An error of the search module.
            Search(Bytes),
        }

        impl Error {
            /// The texts that have no parameters, and the beginnings of those that have: what a run should meet.
            pub const TEXTS: &[&str] = &[
                $($text,)*
                "ERR wrong number of arguments for '",
                "EXECABORT Transaction discarded because of: ",
                "ERR invalid expire time in '",
                "ERR Unsupported option ",
                "ERR at least 1 input key is needed for '",
                "ERR invalid longitude,latitude pair ",
                "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ",
                "ERR exactly one of BYRADIUS and BYBOX can be specified for ",
                "ERR unknown command '",
                "ERR unknown subcommand '",
                "ERR unknown subcommand or wrong number of arguments for '",
                "ERR Can't execute '",
                "ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client",
                "ERR Syntax error in HELLO option '",
                "ERR No such user '",
                "ERR Unknown client type '",
                "ERR Unknown option or number of arguments for CONFIG SET - '",
                "ERR CONFIG SET failed (possibly related to argument '",
                "NOGROUP No such key '",
                "NOGROUP No such consumer group '",
                "ERR Unrecognized XCLAIM option '",
            ];

            /// The whole line, code word included.
            pub fn text(&self) -> Bytes {
                match self {
                    $(Error::$name => $text.into(),)*
                    // A module's commands are called as it has registered them.
                    Error::Arity(name) if name.starts_with("FT.") => format!("ERR wrong number of arguments for '{name}' command").into(),
                    Error::Arity(name) => format!("ERR wrong number of arguments for '{}' command", name.to_lowercase()).into(),
                    Error::ExecArity => b"EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command".to_vec(),
                    Error::InvalidExpire(name) => format!("ERR invalid expire time in '{}' command", name.to_lowercase()).into(),
                    Error::UnsupportedOption(option) => [b"ERR Unsupported option ".as_slice(), &printed(without_line_ends(option), usize::MAX)].concat(),
                    Error::NeedsInputKey(name) => {
                        format!("ERR at least 1 input key is needed for '{}' command", name.to_lowercase()).into()
                    }
                    Error::SubcommandArity(container, name) => {
                        let (container, name) = (container.to_lowercase(), name.to_lowercase());
                        format!("ERR wrong number of arguments for '{container}|{name}' command").into()
                    }
                    Error::UnknownSubcommand(container, word) => {
                        let hint = format!("'. Try {container} HELP.").into_bytes();
                        [b"ERR unknown subcommand '".as_slice(), &printed(word, 128), &hint].concat()
                    }
                    Error::PfdebugSubcommand(word) => {
                        [b"ERR Unknown PFDEBUG subcommand '", word.as_slice(), b"'"].concat()
                    }
                    Error::SubcommandSyntax(container, word) => {
                        let hint = format!("'. Try {container} HELP.").into_bytes();
                        [b"ERR unknown subcommand or wrong number of arguments for '".as_slice(), &printed(word, 128), &hint].concat()
                    }
                    Error::Subscribed(name) => format!(
                        "ERR Can't execute '{name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
                    )
                    .into(),
                    Error::ExecRefused(reason) => {
                        let reason = reason.text();
                        let reason = reason.strip_prefix(b"ERR ").unwrap_or(&reason);
                        [b"EXECABORT Transaction discarded because of: ", reason].concat()
                    }
                    Error::DenyBlocking(name) => format!("ERR {name} isn't allowed for a DENY BLOCKING client").into(),
                    Error::HelloOption(word) => quoting(b"ERR Syntax error in HELLO option '", word, b"'"),
                    Error::NoSuchUser(name) => quoting(b"ERR No such user '", name, b"'"),
                    Error::UnknownClientType(name) => quoting(b"ERR Unknown client type '", name, b"'"),
                    Error::UnknownParameter(name) => {
                        quoting(b"ERR Unknown option or number of arguments for CONFIG SET - '", name, b"'")
                    }
                    Error::ConfigSet(name, reason) => {
                        let reason = format!("') - {reason}").into_bytes();
                        quoting(b"ERR CONFIG SET failed (possibly related to argument '", name, &reason)
                    }
                    Error::InvalidPlace(pair) => format!("ERR invalid longitude,latitude pair {pair}").into(),
                    Error::GeoCenter(name) => {
                        [b"ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ".as_slice(), name].concat()
                    }
                    Error::GeoShape(name) => [b"ERR exactly one of BYRADIUS and BYBOX can be specified for ".as_slice(), name].concat(),
                    Error::UnknownCommand(argv) => unknown_command(argv),
                    Error::UnknownTypeName(word) => quoting(b"ERR unknown type name '", word, b"'"),
                    Error::Search(text) => printed(text, usize::MAX),
                    Error::NoGroup(key, group) => no_group(key, group, b""),
                    Error::NoGroupToRead(key, group) => no_group(key, group, b" in XREADGROUP with GROUP option"),
                    Error::NoGroupOfKey(group, key) => {
                        let (group, key) = (printed(group, usize::MAX), printed(key, usize::MAX));
                        [b"NOGROUP No such consumer group '".as_slice(), &group, b"' for key name '", &key, b"'"].concat()
                    }
                    Error::XclaimOption(option) => {
                        [b"ERR Unrecognized XCLAIM option '".as_slice(), &printed(option, usize::MAX), b"'"].concat()
                    }
                }
            }
        }
    };
}

errors! {
    /// Another type.
    WrongType = "WRONGTYPE Operation against a key holding the wrong kind of value";
    /// Options that don't parse or contradict each other.
    Syntax = "ERR syntax error";
    /// Not a canonical 64-bit integer.
    NotInt = "ERR value is not an integer or out of range";
    /// A hash field that is not an integer.
    HashNotInt = "ERR hash value is not an integer";
    /// A hash field that is not a float.
    HashNotFloat = "ERR hash value is not a float";
    /// Not a float.
    NotFloat = "ERR value is not a valid float";
    /// A range end that is not a float.
    MinMaxNotFloat = "ERR min or max is not a float";
    /// A range end that is neither `-`, `+`, `[x` nor `(x`.
    MinMaxNotLex = "ERR min or max not valid string range item";
    /// Counts that must not be negative.
    MustBePositive = "ERR value is out of range, must be positive";
    /// Counts that cannot be so far from zero.
    OutOfRange = "ERR value is out of range";
    /// Counts that cannot be so large.
    CountOutOfRange = "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807";
    /// A database index that does not fit the server's int.
    IntOutOfRange = "ERR value is out of range, value must between -2147483648 and 2147483647";
    /// INCR past the end of the integers.
    Overflow = "ERR increment or decrement would overflow";
    /// DECRBY of the smallest integer.
    DecrementOverflow = "ERR decrement would overflow";
    /// INCRBYFLOAT past the end of the numbers.
    FloatOverflow = "ERR increment would produce NaN or Infinity";
    /// HINCRBYFLOAT by infinity.
    FloatArgument = "ERR value is NaN or Infinity";
    /// ZINCRBY to not-a-number.
    ScoreNan = "ERR resulting score is not a number (NaN)";
    /// A weight.
    WeightNotFloat = "ERR weight value is not a float";
    /// A string past `proto-max-bulk-len`.
    StringTooLong = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
    /// SETRANGE before the start.
    OffsetOutOfRange = "ERR offset is out of range";
    /// The key must exist.
    NoSuchKey = "ERR no such key";
    /// LSET past the end.
    IndexOutOfRange = "ERR index out of range";
    /// SELECT of a database that isn't there.
    DbOutOfRange = "ERR DB index is out of range";
    /// COPY and MOVE of a key onto itself.
    SameObject = "ERR source and destination objects are the same";
    /// SWAPDB's first argument.
    InvalidFirstDb = "ERR invalid first DB index";
    /// SWAPDB's second argument.
    InvalidSecondDb = "ERR invalid second DB index";
    /// EXPIRE NX with another.
    ExpireNx = "ERR NX and XX, GT or LT options at the same time are not compatible";
    /// EXPIRE GT LT.
    ExpireGtLt = "ERR GT and LT options at the same time are not compatible";
    /// LPOS RANK 0.
    RankZero = "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list";
    /// LPOS COUNT.
    CountNegative = "ERR COUNT can't be negative";
    /// LPOS MAXLEN.
    MaxlenNegative = "ERR MAXLEN can't be negative";
    /// `numkeys`.
    NumkeysNotPositive = "ERR numkeys should be greater than 0";
    /// `numkeys` larger than what follows.
    NumkeysTooMany = "ERR Number of keys can't be greater than number of args";
    /// LMPOP COUNT.
    CountNotPositive = "ERR count should be greater than 0";
    /// SINTERCARD LIMIT.
    LimitNegative = "ERR LIMIT can't be negative";
    /// A blocking command's timeout.
    TimeoutNotFloat = "ERR timeout is not a float or out of range";
    /// A blocking command's timeout.
    TimeoutNegative = "ERR timeout is negative";
    /// ZADD GT LT NX.
    ZaddGtLtNx = "ERR GT, LT, and/or NX options at the same time are not compatible";
    /// ZADD XX NX.
    ZaddXxNx = "ERR XX and NX options at the same time are not compatible";
    /// ZADD INCR of several.
    ZaddIncr = "ERR INCR option supports a single increment-element pair";
    /// ZRANGE LIMIT by rank.
    ZrangeLimit = "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX";
    /// ZRANGE WITHSCORES BYLEX.
    ZrangeWithscores = "ERR syntax error, WITHSCORES not supported in combination with BYLEX";
    /// A cursor that is no number.
    InvalidCursor = "ERR invalid cursor";
    /// NOVALUES of what has none.
    NovaluesOfHash = "ERR NOVALUES option can only be used in HSCAN";
    /// SORT of texts without ALPHA.
    SortNotDouble = "ERR One or more scores can't be converted into double";
    /// OBJECT FREQ.
    LfuNotSelected = "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.";
    /// OBJECT IDLETIME.
    LfuSelected = "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.";
    /// RESTORE over a key.
    BusyKey = "BUSYKEY Target key name already exists.";
    /// RESTORE's time to live.
    InvalidTtl = "ERR Invalid TTL value, must be >= 0";
    /// RESTORE IDLETIME.
    InvalidIdleTime = "ERR Invalid IDLETIME value, must be >= 0";
    /// RESTORE FREQ.
    InvalidFreq = "ERR Invalid FREQ value, must be >= 0 and <= 255";
    /// RESTORE of what DUMP never answered.
    DumpPayload = "ERR DUMP payload version or checksum are wrong";
    /// MULTI in MULTI.
    MultiNested = "ERR MULTI calls can not be nested";
    /// MULTI or WATCH in MULTI, of Valkey.
    NotInMulti = "ERR Command not allowed inside a transaction";
    /// WATCH in MULTI.
    WatchInMulti = "ERR WATCH inside MULTI is not allowed";
    /// EXEC outside.
    ExecWithoutMulti = "ERR EXEC without MULTI";
    /// DISCARD outside.
    DiscardWithoutMulti = "ERR DISCARD without MULTI";
    /// HELLO.
    ProtocolNotInt = "ERR Protocol version is not an integer or out of range";
    /// HELLO 4.
    NoProto = "NOPROTO unsupported protocol version";
    /// CLIENT SETNAME and HELLO SETNAME.
    ClientName = "ERR Client names cannot contain spaces, newlines or special characters.";
    /// AUTH with one argument.
    NoPassword = "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?";
    /// AUTH and HELLO AUTH of a user that isn't there.
    WrongPass = "WRONGPASS invalid username-password pair or user is disabled.";
    /// CLIENT KILL with an address.
    NoSuchClient = "ERR No such client";
    /// CLIENT KILL ID.
    ClientIdNotPositive = "ERR client-id should be greater than 0";
    /// CLIENT LIST ID.
    InvalidClientId = "ERR Invalid client ID";
    /// CLIENT UNBLOCK ERROR, to who waited.
    Unblocked = "UNBLOCKED client unblocked via CLIENT UNBLOCK";
    /// Memory is full.
    OutOfMemory = "OOM command not allowed when used memory > 'maxmemory'.";
    /// DEBUG LISTPACK.
    NotListpack = "ERR Not a listpack encoded object.";
    /// DEBUG QUICKLIST.
    NotQuicklist = "ERR Not a quicklist encoded object.";
    /// DEBUG HTSTATS-KEY.
    NoHashTable = "ERR The value stored at the specified key is not represented using an hash table";
    /// DEBUG HTSTATS.
    DebugDatabase = "ERR Out of range database";
    /// DEBUG RELOAD.
    DebugReload = "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.";
    /// DEBUG PROTOCOL push.
    DebugPush = "ERR RESP2 is not supported by this command";
    /// DEBUG PROTOCOL.
    DebugProtocol = "ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false";
    /// CLIENT PAUSE.
    PauseMode = "ERR CLIENT PAUSE mode must be WRITE or ALL";
    /// CLIENT UNBLOCK.
    UnblockReason = "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR";
    /// WAIT's timeout.
    TimeoutNotInt = "ERR timeout is not an integer or out of range";
    /// SLOWLOG GET.
    SlowlogCount = "ERR count should be greater than or equal to -1";
    /// CONFIG REWRITE.
    NoConfigFile = "ERR The server is running without a config file";
    /// COMMAND GETKEYS of what isn't a command.
    GetkeysInvalid = "ERR Invalid command specified";
    /// COMMAND GETKEYS with too many or too few arguments.
    GetkeysArity = "ERR Invalid number of arguments specified for command";
    /// COMMAND GETKEYS.
    GetkeysNone = "ERR The command has no key arguments";
    /// COMMAND GETKEYS of keys that a count says.
    GetkeysArguments = "ERR Invalid arguments specified for command";
    /// EXEC after a command was refused.
    ExecAbort = "EXECABORT Transaction discarded because of previous errors.";
    /// Neither `ms-seq` nor what else the command takes.
    StreamId = "ERR Invalid stream ID specified as stream command argument";
    /// XADD of the smallest id.
    XaddZero = "ERR The ID specified in XADD must be greater than 0-0";
    /// XADD before the last entry.
    XaddTopItem = "ERR The ID specified in XADD is equal or smaller than the target stream top item";
    /// XADD of `ms-*` after the last id of its millisecond: see `streams::xadd`.
    XaddTooLarge = "ERR Elements are too large to be stored";
    /// XADD after the largest id.
    StreamExhausted = "ERR The stream has exhausted the last possible ID, unable to add more items";
    /// XADD and XTRIM.
    MaxlenAndMinid = "ERR syntax error, MAXLEN and MINID options at the same time are not compatible";
    /// XADD and XTRIM.
    TrimMaxlenNegative = "ERR The MAXLEN argument must be >= 0.";
    /// XADD and XTRIM.
    TrimLimitNegative = "ERR The LIMIT argument must be >= 0.";
    /// XADD and XTRIM.
    TrimLimitWithoutStrategy = "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy";
    /// XADD and XTRIM.
    TrimLimitWithoutTilde = "ERR syntax error, LIMIT cannot be used without the special ~ option";
    /// XTRIM with neither.
    XtrimStrategy = "ERR syntax error, XTRIM must be called with a trimming strategy";
    /// An open interval that starts after the largest id.
    IntervalStart = "ERR invalid start ID for the interval";
    /// An open interval that ends before the smallest id.
    IntervalEnd = "ERR invalid end ID for the interval";
    /// XSETID.
    EntriesAddedNegative = "ERR entries_added must be positive";
    /// XSETID.
    XsetidMaxDeletedGiven = "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id";
    /// XSETID, of servers after 7.0.
    XsetidMaxDeleted = "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id";
    /// XSETID.
    XsetidTopItem = "ERR The ID specified in XSETID is smaller than the target stream top item";
    /// XSETID.
    XsetidEntriesAdded = "ERR The entries_added specified in XSETID is smaller than the target stream length";
    /// XREAD and XREADGROUP.
    UnbalancedStreams = "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.";
    /// XREAD.
    XreadGroupOption = "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.";
    /// XREAD.
    XreadNoackOption = "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.";
    /// XREAD.
    NewWithoutGroup = "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.";
    /// XREADGROUP.
    XreadgroupWithoutGroup = "ERR Missing GROUP option for XREADGROUP";
    /// XREADGROUP.
    DollarForGroup = "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.";
    /// XREADGROUP, of servers that know `+`.
    PlusForGroup = "ERR The + ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The + ID would just return an empty result set.";
    /// XREAD, of Redis 8.
    UnbalancedXreadPlus = "ERR Unbalanced 'xread' list of streams: for each stream key an ID, '+', or '$' must be specified.";
    /// XREAD, of Valkey.
    UnbalancedXread = "ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified.";
    /// XREADGROUP, of servers after 7.0.
    UnbalancedXreadgroup = "ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be specified.";
    /// A waiting XREADGROUP.
    GroupGone = "NOGROUP the consumer group this client was blocked on no longer exists";
    /// A waiting XREADGROUP.
    StreamGone = "UNBLOCKED the stream key no longer exists";
    /// XGROUP.
    XgroupNeedsKey = "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.";
    /// XGROUP CREATE.
    BusyGroup = "BUSYGROUP Consumer Group name already exists";
    /// XGROUP.
    EntriesReadNegative = "ERR value for ENTRIESREAD must be positive or -1";
    /// XCLAIM.
    XclaimMinIdle = "ERR Invalid min-idle-time argument for XCLAIM";
    /// XCLAIM.
    XclaimIdle = "ERR Invalid IDLE option argument for XCLAIM";
    /// XCLAIM.
    XclaimTime = "ERR Invalid TIME option argument for XCLAIM";
    /// XCLAIM.
    XclaimRetryCount = "ERR Invalid RETRYCOUNT option argument for XCLAIM";
    /// XAUTOCLAIM.
    AutoclaimMinIdle = "ERR Invalid min-idle-time argument for XAUTOCLAIM";
    /// XAUTOCLAIM's COUNT and that of searches for places.
    CountAboveZero = "ERR COUNT must be > 0";
    /// XAUTOCLAIM.
    AutoclaimMemory = "ERR Insufficient memory, failed allocating transient memory, COUNT too high.";
    /// A bit's offset.
    BitOffset = "ERR bit offset is not an integer or out of range";
    /// SETBIT of neither 0 nor 1.
    BitValue = "ERR bit is not an integer or out of range";
    /// BITPOS of neither 0 nor 1.
    BitArgument = "ERR The bit argument must be 1 or 0.";
    /// BITOP NOT of several.
    BitopNot = "ERR BITOP NOT must be called with a single source key.";
    /// BITFIELD's `u8`.
    BitfieldType = "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.";
    /// BITFIELD OVERFLOW.
    BitfieldOverflow = "ERR Invalid OVERFLOW type specified";
    /// BITFIELD_RO SET.
    BitfieldReadOnly = "ERR BITFIELD_RO only supports the GET subcommand";
    /// LCS of other types.
    LcsNotStrings = "ERR The specified keys must contain string values";
    /// LCS LEN IDX.
    LcsLenAndIdx = "ERR If you want both the length and indexes, please just use IDX.";
    /// LCS of long strings.
    LcsTooLong = "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len";
    /// A string without a HyperLogLog's header.
    NotHll = "WRONGTYPE Key is not a valid HyperLogLog string value.";
    /// A HyperLogLog whose registers don't add up.
    CorruptedHll = "INVALIDOBJ Corrupted HLL object detected";
    /// PFDEBUG of nothing.
    NoSuchHll = "ERR The specified key does not exist";
    /// PFDEBUG DECODE.
    HllNotSparse = "ERR HLL encoding is not sparse";
    /// A radius.
    RadiusNotFloat = "ERR need numeric radius";
    /// A radius.
    RadiusNegative = "ERR radius cannot be negative";
    /// A box.
    WidthNotFloat = "ERR need numeric width";
    /// A box.
    HeightNotFloat = "ERR need numeric height";
    /// A box.
    BoxNegative = "ERR height or width cannot be negative";
    /// A unit of length.
    Unit = "ERR unsupported unit provided. please use M, KM, FT, MI";
    /// A member that a search starts from.
    NoSuchPlace = "ERR could not decode requested zset member";
    /// ANY without COUNT.
    GeoAny = "ERR the ANY argument requires COUNT argument";
    /// GEORADIUS STORE WITHDIST.
    GeoradiusStoreWith = "ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options";
    /// GEOSEARCHSTORE WITHDIST.
    GeosearchstoreWith = "ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options";
}

/// Texts that no scenario meets on Redis 7.0: those of commands that are only served, and those of later versions.
#[rustfmt::skip]
const ELSEWHERE: &[&str] = &[
    "ERR NOVALUES option can only be used in HSCAN",
    "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
    "ERR Command not allowed inside a transaction",
    "UNBLOCKED client unblocked via CLIENT UNBLOCK",
    "OOM command not allowed when used memory > 'maxmemory'.",
    "ERR Not a listpack encoded object.",
    "ERR Not a quicklist encoded object.",
    "ERR The value stored at the specified key is not represented using an hash table",
    "ERR Out of range database",
    "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.",
    "ERR RESP2 is not supported by this command",
    "ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false",
    "ERR CLIENT PAUSE mode must be WRITE or ALL",
    "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id",
    "ERR The + ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The + ID would just return an empty result set.",
    "ERR Unbalanced 'xread' list of streams: for each stream key an ID, '+', or '$' must be specified.",
    "ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified.",
    "ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be specified.",
    "ERR The specified key does not exist",
    "ERR HLL encoding is not sparse",
];

impl Error {
    /// The texts, or their beginnings, that scenarios should meet on Redis 7.0.
    pub fn texts() -> impl Iterator<Item = &'static str> {
        Error::TEXTS.iter().copied().filter(|text| !ELSEWHERE.contains(text))
    }
}

impl Error {
    /// A container's command that was given the wrong words; it is shown as the client wrote it.
    pub(super) fn subcommand_syntax(container: &'static str, call: &super::Call) -> Error {
        Error::SubcommandSyntax(container, call.argv[1].clone())
    }
}

fn no_group(key: &[u8], group: &[u8], where_from: &[u8]) -> Bytes {
    let (key, group) = (printed(key, usize::MAX), printed(group, usize::MAX));
    [b"NOGROUP No such key '".as_slice(), &key, b"' or consumer group '", &group, b"'", where_from].concat()
}

/// The name and all arguments together are cut at 128 bytes.
fn unknown_command(argv: &[Bytes]) -> Bytes {
    const SHOWN_BYTES: usize = 128;
    let mut args = Bytes::new();
    for arg in &argv[1..] {
        if args.len() >= SHOWN_BYTES {
            break;
        }
        let room = SHOWN_BYTES - args.len();
        args.push(b'\'');
        args.extend(printed(arg, room));
        args.extend(b"' ");
    }
    let name = printed(&argv[0], SHOWN_BYTES);
    [b"ERR unknown command '".as_slice(), &name, b"', with args beginning with: ", &args].concat()
}

/// A word inside an error, up to a NUL: only a line end that ends the whole error goes.
fn quoting(before: &[u8], word: &[u8], after: &[u8]) -> Bytes {
    [before, &printed(word, usize::MAX), after].concat()
}

/// A text as the server sends it as an error: up to a NUL, in one line.
pub(crate) fn on_one_line(text: &[u8]) -> Bytes {
    printed(without_line_ends(text), usize::MAX)
}

/// Line ends at the end of an error go.
fn without_line_ends(arg: &[u8]) -> &[u8] {
    let text = arg.split(|&b| b == 0).next().unwrap_or_default();
    let len = text.iter().rposition(|b| !matches!(b, b'\r' | b'\n')).map_or(0, |last| last + 1);
    &text[..len]
}

/// An argument inside an error: cut at a NUL and at the limit; line ends become blanks, or the reply would split.
fn printed(arg: &[u8], limit: usize) -> Bytes {
    let end = arg.iter().position(|&b| b == 0).unwrap_or(arg.len()).min(limit);
    arg[..end].iter().map(|&b| if b == b'\r' || b == b'\n' { b' ' } else { b }).collect()
}
