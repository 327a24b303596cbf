//! Every planted bug can be seen: a script gives other replies, or other findings of `check()`, with it than without.
#![cfg(feature = "planted")]

use std::cell::Cell;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use respfuzz_engine::{Clock, Config, Engine, Plant, Reply};

/// A script is commands separated by `;`. `2>GET k` is a command of session 2 (else of session 1), `+10` moves the clock by 10 ms and
/// ticks, `2!` disconnects session 2. `""` is the empty word, `\xff` a byte, `@` the word `>`,
/// `$-$` a word of many `-`, `$$` the last bulk reply.
const SCRIPTS: &[(Plant, &str)] = &[
    (Plant::IncrWraps, "SET k 9223372036854775807; INCR k"),
    (Plant::DecrbyMinWraps, "DECRBY k -9223372036854775808"),
    (Plant::IncrAcceptsLeadingZeros, "SET k 007; INCR k"),
    (Plant::IncrbyfloatInDouble, "SET k 0.1; INCRBYFLOAT k 0.2"),
    (Plant::AppendDropsTtl, "SET k v PX 100; APPEND k w; PTTL k"),
    (Plant::SetrangeEmptyCreates, "SETRANGE k 0 \"\"; EXISTS k"),
    (Plant::SetrangeTruncates, "SET k hello; SETRANGE k 0 J; GET k"),
    (Plant::SetKeepttlLosesTtl, "SET k v PX 100; SET k w KEEPTTL; PTTL k"),
    (Plant::GetsetKeepsTtl, "SET k v PX 100; GETSET k w; PTTL k"),
    (Plant::MsetKeepsTtl, "SET k v PX 100; MSET k w; PTTL k"),
    (Plant::SetNxGetWrites, "SET k v; SET k w NX GET; GET k"),
    (Plant::SetGetWritesOverOtherType, "RPUSH k a; SET k v GET; TYPE k"),
    (Plant::GetrangeBeforeStart, "SET k abc; GETRANGE k -100 -200"),
    (Plant::GetexPersistIgnored, "SET k v PX 100; GETEX k PERSIST; PTTL k"),
    (Plant::MsetIgnoresOddArgument, "MSET a 1 b"),
    (Plant::MsetnxPartial, "SET b 1; MSETNX a 1 b 2; GET a"),
    (Plant::TypeSeesExpired, "SET k v PX 10; +11; TYPE k"),
    (Plant::RenamenxSeesExpired, "SET k v PX 10; SET j v; +11; RENAMENX j k"),
    (Plant::DelCountsExpired, "SET k v PX 10; +11; DEL k"),
    (Plant::ExistsCountsOnce, "SET k v; EXISTS k k"),
    (Plant::ExpireZeroLives, "SET k v; EXPIRE k 0; GET k"),
    (Plant::ExpireGtOnPersistent, "SET k v; EXPIRE k 10 GT; TTL k"),
    (Plant::ExpireMissingKeyFirst, "EXPIRE k x"),
    (Plant::ExpiryEarly, "SET k v PX 10; +10; GET k"),
    (Plant::TtlRoundsDown, "SET k v PX 600; TTL k"),
    (Plant::RenameKeepsTargetTtl, "SET j v; SET k v PX 100; RENAME j k; PTTL k"),
    (Plant::RenameOntoItselfDeletes, "SET k v; RENAME k k; GET k"),
    (Plant::CopyLosesTtl, "SET k v PX 100; COPY k j; PTTL j"),
    (Plant::CopyReplaceKeepsTargetTtl, "SET k v; SET j v PX 100; COPY k j REPLACE; PTTL j"),
    (Plant::CopyDanglingDbPanics, "COPY k j DB"),
    (Plant::MoveLosesTtl, "SET k v PX 100; MOVE k 1; SELECT 1; PTTL k"),
    (Plant::FlushdbFlushesZero, "SET k v; SELECT 1; SET k w; FLUSHDB; GET k"),
    (Plant::ActiveExpiryMiscounts, "SET k v PX 10; +11; +1; DBSIZE"),
    (Plant::DrainedListTtlReturns, "RPUSH k a; PEXPIRE k 100; LPOP k; RPUSH k b; PTTL k"),
    (Plant::KeysSkipsNonUtf8, "SET \\xff v; KEYS *"),
    (Plant::WatchMissesExpiry, "SET k v PX 10; WATCH k; MULTI; PING; +11; EXEC"),
    (Plant::WatchMissesExpire, "SET k v; WATCH k; 2>EXPIRE k 10; MULTI; PING; EXEC"),
    (Plant::WatchMissesSameValue, "SET k v; WATCH k; 2>SET k v; MULTI; PING; EXEC"),
    (Plant::WatchMissesFlush, "SET k v; WATCH k; 2>FLUSHALL; MULTI; PING; EXEC"),
    (Plant::WatchMissesSwapdb, "SET k v; WATCH k; 2>SWAPDB 0 1; MULTI; PING; EXEC"),
    (Plant::WatchCrossesDatabases, "WATCH k; 2>SELECT 1; 2>SET k v; MULTI; PING; EXEC"),
    (Plant::DiscardKeepsWatch, "WATCH k; MULTI; DISCARD; SET k v; MULTI; PING; EXEC"),
    (Plant::ExecRunsAfterQueueError, "MULTI; SET k v; NOPE; EXEC; GET k"),
    (Plant::ExecStopsAtError, "SET k v; MULTI; LPOP k; SET k w; EXEC; GET k"),
    (Plant::ExecKeepsWatch, "WATCH k; MULTI; EXEC; SET k v; MULTI; PING; EXEC"),
    (Plant::DisconnectLeaksWatches, "2>WATCH k; 2!"),
    (Plant::LrangeStartTooLow, "RPUSH k a b; LRANGE k -5 -1"),
    (Plant::LsetClampsIndex, "RPUSH k a b; LSET k -3 c"),
    (Plant::LremNegativeFromHead, "RPUSH k a b a; LREM k -1 a; LRANGE k 0 -1"),
    (Plant::LposMaxlenFromHead, "RPUSH k a b c; LPOS k c RANK -1 MAXLEN 1"),
    (Plant::LinsertCaseSensitive, "RPUSH k a; LINSERT k before a b"),
    (Plant::LinsertIgnoresLimit, "RPUSH k a b c d; LINSERT k AFTER d e"),
    (Plant::ListConversionMisplaces, "LPUSH k a b c d e; LRANGE k 0 -1"),
    (Plant::LpushxCreates, "LPUSHX k a"),
    (Plant::LtrimLeavesEmpty, "RPUSH k a; LTRIM k 1 0; EXISTS k"),
    (Plant::LpopZeroPopsOne, "RPUSH k a; LPOP k 0"),
    (Plant::LmoveLosesElement, "RPUSH k a b; SET j v; LMOVE k j LEFT LEFT; LRANGE k 0 -1"),
    (Plant::LmoveSameListLosesTtl, "RPUSH k a; PEXPIRE k 100; LMOVE k k LEFT RIGHT; PTTL k"),
    (Plant::BlockedServedNewestFirst, "2>BLPOP k 0; 3>BLPOP k 0; RPUSH k a"),
    (Plant::BlockedChainStops, "2>BLPOP j 0; 3>BLMOVE k j LEFT LEFT 0; RPUSH k a"),
    (Plant::BlockedTimeoutEarly, "BLPOP k 0.01; +10"),
    (Plant::BlockingInExecBlocks, "MULTI; BLPOP k 0; PING; EXEC"),
    (Plant::BlockedStaysInOtherQueues, "2>BLPOP a b 0; RPUSH a x; 2>BLPOP c 0; RPUSH b y; LLEN b"),
    (Plant::SwapdbWakesNobody, "2>SELECT 1; 2>BLPOP k 0; RPUSH k a; SWAPDB 0 1"),
    (Plant::RandomNegativeCountClamps, "HSET k f v; HRANDFIELD k -3"),
    (Plant::RandomCountRepeats, "SADD k a b c d e f g h; SRANDMEMBER k 7"),
    (Plant::HsetCountsUpdates, "HSET k f v; HSET k f w"),
    (Plant::HsetnxOverwrites, "HSET k f v; HSETNX k f w; HGET k f"),
    (Plant::HdelCountsDuplicates, "HSET k f v; HDEL k f f"),
    (Plant::HincrbyWraps, "HSET k f 9223372036854775807; HINCRBY k f 1"),
    (Plant::HincrbyReadsLeadingZeros, "HSET k f 007; HINCRBY k f 1"),
    (Plant::HincrbyfloatKeepsPoint, "HSET k f 1.5; HINCRBYFLOAT k f 0.5"),
    (Plant::HashConversionDropsTtl, "HSET k f v; PEXPIRE k 100; HSET k g 123456789; PTTL k"),
    (Plant::HashConversionDropsLast, "HSET k f 1 g 2; HSET k f 123456789; HGET k g"),
    (Plant::SpopAllLeavesOne, "SADD k a b; SPOP k 5; EXISTS k"),
    (Plant::SmoveOntoItselfRemoves, "SADD k a; SMOVE k k a; EXISTS k"),
    (Plant::SmoveKeepsCommonMember, "SADD k a; SADD j a; SMOVE k j a; EXISTS k"),
    (Plant::SdiffstoreChecksTarget, "SET k v; SADD j a; SDIFFSTORE k j"),
    (Plant::SstoreEmptyKeepsTarget, "SADD k a; SINTERSTORE k i j; EXISTS k"),
    (Plant::SunionstoreKeepsTtl, "SADD k a; PEXPIRE k 100; SADD j b; SUNIONSTORE k j; PTTL k"),
    (Plant::SintercardLimitOneKey, "SADD k a b; SINTERCARD 1 k LIMIT 1"),
    (Plant::IntsetConversionDropsFirst, "SADD k 1 2; SADD k a; SISMEMBER k 1"),
    (Plant::IntsetMergesLeadingZeros, "SADD k 7; SADD k 07"),
    (Plant::ZaddGtCountsEqual, "ZADD k 1 a; ZADD k GT CH 1 a"),
    (Plant::ZaddXxCreatesKey, "ZADD k 1 a; ZREM k a; ZADD k XX 1 a; EXISTS k"),
    (Plant::ZaddAppliesBeforeBadScore, "ZADD k 1 a x b; EXISTS k"),
    (Plant::ZincrbyNanIsZero, "ZADD k inf a; ZINCRBY k -inf a"),
    (Plant::ZrevrankMissingIsLast, "ZADD k 1 a; ZREVRANK k b"),
    (Plant::ZrangeRevBylexKeepsEnds, "ZADD k 0 a 0 b; ZRANGE k [b [a BYLEX REV"),
    (Plant::ZrevrangebyscoreIncludesMax, "ZADD k 1 a 2 b; ZREVRANGEBYSCORE k (2 0"),
    (Plant::ZrangeNegativeLimitIsNone, "ZADD k 1 a 2 b; ZRANGEBYSCORE k 0 5 LIMIT 1 -1"),
    (Plant::ZrangeLimitDropsScores, "ZADD k 1 a 2 b; ZRANGEBYSCORE k 0 5 WITHSCORES LIMIT 0 1"),
    (Plant::ZlexcountIncludesMin, "ZADD k 0 a 0 b; ZLEXCOUNT k (a +"),
    (Plant::ZremrangebyrankClampsToFirst, "ZADD k 1 a 2 b; ZREMRANGEBYRANK k 0 -5; ZCARD k"),
    (Plant::ZpopmaxTakesFirstOfTies, "ZADD k 1 a 1 b; ZPOPMAX k"),
    (Plant::BzpopServesOneMemberTwice, "2>BZPOPMIN k 0; 3>BZPOPMIN k 0; ZADD k 1 a 2 b"),
    (Plant::ZcombineWeightsMisplaced, "ZADD k 1 a 2 b; ZADD j 1 a; ZUNION 2 k j WEIGHTS 2 5 WITHSCORES"),
    (Plant::ZcombineReadsExpired, "ZADD k 1 a; PEXPIRE k 10; +11; ZUNIONSTORE j 1 k"),
    (Plant::ZunionKeepsNan, "ZADD k inf a; ZUNIONSTORE j 1 k WEIGHTS 0; ZSCORE j a"),
    (Plant::ZstoreEmptyKeepsTarget, "ZADD k 1 a; ZADD j 2 b; ZRANGESTORE k j 5 9; EXISTS k"),
    (Plant::ZsetConversionDropsLast, "ZADD k 1 a 2 b 3 c 4 d; ZADD k 0 e; ZSCORE k d"),
    (Plant::ZsetUpdateLeavesOldPlace, "ZADD k 1 a 2 b 3 c 4 d 5 e; ZADD k 9 a; ZRANGE k 0 -1"),
    (Plant::QuicklistEmptyNode, "RPUSH k a b c d e f; LPUSH k g; LPUSH k h"),
    (Plant::SetbitZeroCreatesNothing, "SETBIT k 7 0; EXISTS k"),
    (Plant::SetbitDropsTtl, "SET k v PX 100; SETBIT k 1 1; PTTL k"),
    (Plant::BitcountBitEndExclusive, "SETBIT k 3 1; BITCOUNT k 0 3 BIT"),
    (Plant::BitposZeroPastEnd, "BITFIELD k SET u8 0 255; BITPOS k 0 0 -1"),
    (Plant::BitopShortestWins, "SET k ab; SET j a; BITOP OR i k j; GET i"),
    (Plant::BitopEmptyKeepsTarget, "SET k v; BITOP AND k i j; EXISTS k"),
    (Plant::BitopKeepsTtl, "SET k v PX 100; BITOP NOT k k; PTTL k"),
    (Plant::BitfieldLastOverflowForAll, "BITFIELD k SET u2 0 5 OVERFLOW SAT GET u2 0"),
    (Plant::BitfieldGetLosesSign, "SETBIT k 0 1; BITFIELD k GET i8 0"),
    (Plant::BitfieldSatUnderflowsToMax, "BITFIELD k OVERFLOW SAT INCRBY u8 0 -1"),
    (Plant::BitfieldFailWrites, "BITFIELD k OVERFLOW FAIL INCRBY u8 0 257; GETBIT k 7"),
    (Plant::BitfieldHashCountsBytes, "BITFIELD k SET u4 #1 15; BITCOUNT k 4 7 BIT"),
    (Plant::LcsTieTurnsTheOtherWay, "SET k ab; SET j ba; LCS k j"),
    (Plant::LcsIdxFromTheStart, "SET k ohmytext; SET j mynewtext; LCS k j IDX"),
    (Plant::LcsMinmatchlenExclusive, "SET k ohmytext; SET j mynewtext; LCS k j IDX MINMATCHLEN 4"),
    (Plant::LcsIdxLenOfShownOnly, "SET k ohmytext; SET j mynewtext; LCS k j IDX MINMATCHLEN 4"),
    (Plant::PfaddNothingCreatesNothing, "PFADD k; EXISTS k"),
    (Plant::PfaddAlwaysUpdates, "PFADD k a; PFADD k a"),
    (Plant::PfaddKeepsCachedCount, "PFADD k a; PFCOUNT k; PFADD k b; PFCOUNT k"),
    (Plant::PfcountOfAnyString, "SET k v; PFCOUNT k"),
    (Plant::PfcountAddsUp, "PFADD k a b; PFADD j b c; PFCOUNT k j"),
    (Plant::PfmergeForgetsTarget, "PFADD k a; PFADD j b; PFMERGE k j; PFCOUNT k"),
    (Plant::PfmergeDropsTtl, "PFADD k a; PEXPIRE k 100; PFMERGE k k; PTTL k"),
    (Plant::HllPromotionLosesRegister, "PFADD k a b c d e f g; PFCOUNT k"),
    (Plant::GeoaddAppliesBeforeBadPair, "GEOADD k 1 1 a 181 1 b; EXISTS k"),
    (Plant::GeodistCutsDigits, "GEOADD k 13.361389 38.115556 a 15.087269 37.502669 b; GEODIST k a b km"),
    (Plant::GeohashOwnLatitudes, "GEOADD k 13.361389 38.115556 a; GEOHASH k a"),
    (Plant::GeoposMissingIsNullBulk, "GEOPOS k a"),
    (Plant::GeosearchOwnCellOnly, "GEOADD k 0.001 0 a -0.001 0 b; GEORADIUS k 0 0 1 km"),
    (Plant::GeosearchAnyIsNearest, "GEOADD k 1 1 a 1.1 1.1 b; GEORADIUS k 1.2 1.2 100 km COUNT 1 ANY"),
    (Plant::GeosearchCountUnsorted, "GEOADD k 1 1 a 1.1 1.1 b; GEORADIUS k 1.2 1.2 100 km COUNT 1"),
    (Plant::GeosearchLosesCentre, "GEOADD k 1 1 a; GEOSEARCH k FROMMEMBER a BYBOX 1 1 m"),
    (Plant::GeosearchstoreEmptyKeepsTarget, "SET k v; GEOSEARCHSTORE k j FROMLONLAT 0 0 BYRADIUS 1 m; EXISTS k"),
    (Plant::GeosearchstoreDistanceInMetres, "GEOADD k 1 1 a; GEORADIUS k 0 0 200 km STOREDIST j; ZSCORE j a"),
    (Plant::GeosearchstoreKeepsTtl, "GEOADD k 1 1 a; PEXPIRE k 100; GEORADIUS k 1 1 1 km STORE k; PTTL k"),
    (Plant::XaddTakesEqualId, "XADD s 1-1 f v; XADD s 1-1 f v"),
    (Plant::XaddAutoFromClockAlone, "XADD s * f v; XADD s * f v"),
    (Plant::XaddNomkstreamCreates, "XADD s NOMKSTREAM 1-1 f v; EXISTS s"),
    (Plant::StreamNodeOutgrows, "XADD s 1-1 f v; XADD s 1-2 f v; XADD s 1-3 f v; XADD s 1-4 f v; XADD s 1-5 f v"),
    (Plant::XrevrangeKeepsEnds, "XADD s 1-1 f v; XREVRANGE s + -"),
    (Plant::XdelLowersLastId, "XADD s 1-1 f v; XADD s 1-2 f v; XDEL s 1-2; XADD s 1-2 f v"),
    (Plant::XdelRemovesDrainedStream, "XADD s 1-1 f v; XDEL s 1-1; EXISTS s"),
    (Plant::WatchMissesXdel, "XADD s 1-1 f v; WATCH s; 2>XDEL s 1-1; MULTI; EXEC"),
    (Plant::XtrimApproximateIsExact, "XADD s 1-1 f v; XADD s 1-2 f v; XTRIM s MAXLEN ~ 1"),
    (Plant::XtrimIgnoresLimit, "XADD s 1-1 f v; XADD s 1-2 f v; XTRIM s MAXLEN ~ 0 LIMIT 1"),
    (Plant::XreadDollarIsStart, "XADD s 1-1 f v; XREAD STREAMS s $"),
    (
        Plant::XreadgroupNoackPends,
        "XADD s 1-1 f v; XGROUP CREATE s g 0; XREADGROUP GROUP g c NOACK STREAMS s @; XPENDING s g",
    ),
    (
        Plant::XreadgroupOutlivesStream,
        "XGROUP CREATE s g 0 MKSTREAM; 2>XREADGROUP GROUP g c BLOCK 0 STREAMS s @; DEL s",
    ),
    (Plant::XaddServesOneSession, "2>XREAD BLOCK 0 STREAMS s 0; 3>XREAD BLOCK 0 STREAMS s 0; XADD s 1-1 f v"),
    (
        Plant::XgroupSetidKeepsEntriesRead,
        "XADD s 1-1 f v; XGROUP CREATE s g 0; XREADGROUP GROUP g c STREAMS s @; XGROUP SETID s g 0; XINFO GROUPS s",
    ),
    (
        Plant::XgroupDestroyWakesNobody,
        "XGROUP CREATE s g 0 MKSTREAM; 2>XREADGROUP GROUP g c BLOCK 0 STREAMS s @; XGROUP DESTROY s g",
    ),
    (Plant::XackCountsMissing, "XADD s 1-1 f v; XGROUP CREATE s g 0; XACK s g 1-1"),
    (
        Plant::XclaimJustidCounts,
        "XADD s 1-1 f v; XGROUP CREATE s g 0; XREADGROUP GROUP g c STREAMS s @; XCLAIM s g d 0 1-1 JUSTID; \
         XPENDING s g - + 9",
    ),
    (
        Plant::XclaimKeepsDeleted,
        "XADD s 1-1 f v; XGROUP CREATE s g 0; XREADGROUP GROUP g c STREAMS s @; XDEL s 1-1; XCLAIM s g d 0 1-1; \
         XPENDING s g",
    ),
    (
        Plant::XautoclaimCursorRepeats,
        "XADD s 1-1 f v; XADD s 1-2 f v; XGROUP CREATE s g 0; XREADGROUP GROUP g c STREAMS s @; \
         XAUTOCLAIM s g d 0 0 COUNT 1",
    ),
    (
        Plant::XinfoLagIgnoresDeleted,
        "XADD s 1-1 f v; XADD s 1-2 f v; XADD s 1-3 f v; XGROUP CREATE s g 0; \
         XREADGROUP GROUP g c COUNT 1 STREAMS s @; XDEL s 1-2; XINFO GROUPS s",
    ),
    (Plant::ScanCursorIsPosition, "MSET a 1 b 2 c 3 d 4; SCAN 0 COUNT 1"),
    (Plant::ScanShowsExpired, "SET k v PX 10; +11; SCAN 0"),
    (Plant::ScanIgnoresType, "SET k v; SCAN 0 TYPE list"),
    (Plant::HscanWalksForward, "SADD k a b c d; SSCAN k 0 COUNT 1"),
    (Plant::SortMissingWeightFails, "RPUSH k a b; SORT k BY w_*"),
    (Plant::SortStoreEmptyKeepsTarget, "SET k v; SORT none STORE k; EXISTS k"),
    (Plant::SortStoreKeepsTtl, "RPUSH k 1; SET j v PX 100; SORT k STORE j; PTTL j"),
    (Plant::ObjectEncodingRawIsEmbstr, "SETRANGE k 0 abc; OBJECT ENCODING k"),
    (Plant::SortDescKeepsTies, "RPUSH k 1 01; SORT k DESC"),
    (Plant::RestoreIgnoresChecksum, "RESTORE k 0 xxxxxxxx\\x00\\x00xxxxxxxx"),
    (Plant::RestoreAbsttlIsRelative, "SET k v; DUMP k; RESTORE j 1 $$ ABSTTL; EXISTS j"),
    (Plant::RestoreReplaceKeepsTtl, "SET k v PX 100; DUMP k; RESTORE k 0 $$ REPLACE; PTTL k"),
    (Plant::ResetKeepsDatabase, "SELECT 1; RESET; SET k v; SELECT 0; EXISTS k"),
    (Plant::ResetKeepsSubscriptions, "SUBSCRIBE a; RESET; PUBLISH a x"),
    (Plant::ResetKeepsProtocol, "HELLO 3; RESET; GET k"),
    (Plant::HelloSwitchesBeforeAuth, "HELLO 3 AUTH nobody x; GET k"),
    (Plant::SubscribeConfirmsOnce, "SUBSCRIBE a b"),
    (Plant::SubscribedMayRunAll, "SUBSCRIBE a; GET k"),
    (Plant::SubscriptionsCountedByKind, "SUBSCRIBE a; PSUBSCRIBE b"),
    (Plant::UnsubscribeFromNothingIsSilent, "UNSUBSCRIBE"),
    (Plant::PublishCountsChannelsOnly, "2>PSUBSCRIBE a*; PUBLISH a x"),
    (Plant::DisconnectLeaksSubscriptions, "2>SUBSCRIBE a; 2!; PUBLISH a x"),
    (
        Plant::SearchExistsOfMissing,
        "FT.CREATE i SCHEMA a NUMERIC; HSET k b 1; FT.AGGREGATE i * LOAD 1 @a FILTER exists(@a)",
    ),
    (Plant::SearchApplyPrecedence, "FT.CREATE i SCHEMA a NUMERIC; HSET k a 1; FT.AGGREGATE i * APPLY 2+3*4 AS x"),
    (
        Plant::SearchGroupbyNullMerged,
        "FT.CREATE i SCHEMA a TAG; HSET k a \"\"; HSET j b 1; FT.AGGREGATE i * LOAD 1 @a GROUPBY 1 @a",
    ),
    (
        Plant::SearchAverageOfSome,
        "FT.CREATE i SCHEMA a NUMERIC; HSET k a 4; HSET j b 1; FT.AGGREGATE i * GROUPBY 0 REDUCE AVG 1 @a",
    ),
    (
        Plant::SearchSortbyMissingFirst,
        "FT.CREATE i SCHEMA a NUMERIC; HSET k a 4; HSET j b 1; FT.AGGREGATE i * LOAD 1 @__key SORTBY 2 @a DESC",
    ),
    (
        Plant::SearchAggregateLimitOverflow,
        "FT.CREATE i SCHEMA a NUMERIC; HSET k a 1; HSET j a 2; FT.AGGREGATE i * SORTBY 1 @a LIMIT 0 4294967297",
    ),
    (Plant::SearchUnionBindsStronger, "FT.CREATE i SCHEMA t TEXT; FT.EXPLAIN i x\\x20y|z VERBATIM DIALECT 2"),
    (Plant::SearchEmptyGroup, "FT.CREATE i SCHEMA t TEXT; FT.EXPLAIN i () VERBATIM"),
    (Plant::SearchEscapesStay, "FT.CREATE i SCHEMA t TEXT; FT.EXPLAIN i x\\-y VERBATIM"),
    (Plant::SearchUnboundedDepth, "FT.CREATE i SCHEMA t TEXT; FT.EXPLAIN i $-$ VERBATIM DIALECT 2"),
    (Plant::SearchStalePosting, "FT.CREATE i SCHEMA t TEXT; HSET d t red; HSET d t blue; FT.SEARCH i red NOCONTENT"),
    (Plant::SearchRenameLosesPosting, "FT.CREATE i SCHEMA t TEXT; HSET d t red; RENAME d e; FT.SEARCH i red NOCONTENT"),
    (
        Plant::SearchExpiredStays,
        "FT.CREATE i SCHEMA t TEXT; HSET d t red; PEXPIRE d 10; +11; FT.SEARCH i red NOCONTENT",
    ),
    (
        Plant::SearchAlterMissesOldDocs,
        "FT.CREATE i SCHEMA t TEXT; HSET d u red; FT.ALTER i SCHEMA ADD u TEXT; FT.SEARCH i red NOCONTENT",
    ),
    (Plant::SearchNoindexIgnored, "FT.CREATE i SCHEMA t TEXT NOINDEX; HSET d t red; FT.SEARCH i red NOCONTENT"),
    (Plant::SearchTagSeparator, "FT.CREATE i SCHEMA g TAG SEPARATOR |; HSET d g a|b; FT.TAGVALS i g"),
    (Plant::SearchTagCase, "FT.CREATE i SCHEMA g TAG; HSET d g Red; FT.SEARCH i @g:{red} NOCONTENT"),
    (Plant::SearchInclusiveEnd, "FT.CREATE i SCHEMA n NUMERIC; HSET d n 5; FT.SEARCH i @n:[1\\x205] NOCONTENT"),
    (Plant::SearchExclusiveIgnored, "FT.CREATE i SCHEMA n NUMERIC; HSET d n 5; FT.SEARCH i @n:[1\\x20(5] NOCONTENT"),
    (Plant::SearchShortPrefix, "FT.CREATE i SCHEMA t TEXT; HSET d t red; FT.SEARCH i r* NOCONTENT"),
    (
        Plant::SearchSlopOffByOne,
        "FT.CREATE i SCHEMA t TEXT; HSET d t red\\x20big\\x20blue; FT.SEARCH i red\\x20blue SLOP 1 NOCONTENT",
    ),
    (
        Plant::SearchNotOfUnion,
        "FT.CREATE i SCHEMA t TEXT; HSET d t red; HSET e t blue; FT.SEARCH i -(red|blue) NOCONTENT",
    ),
    (
        Plant::SearchStopWordInPhrase,
        "FT.CREATE i SCHEMA t TEXT; HSET d t red\\x20and\\x20blue; FT.SEARCH i \"red\\x20and\\x20blue\" NOCONTENT",
    ),
    (Plant::SearchLimitOverflow, "FT.CREATE i SCHEMA t TEXT; HSET d t red; FT.SEARCH i red LIMIT 0 65536"),
    (
        Plant::SearchSortUnstable,
        "FT.CREATE i SCHEMA n NUMERIC SORTABLE; HSET d n 1; HSET e n 1; FT.SEARCH i * SORTBY n NOCONTENT",
    ),
];

/// Plants that change nothing but the order of a reply that has none.
const ORDER_ONLY: &[Plant] = &[Plant::KeysInRandomOrder, Plant::KeysRotatedByWallClock];

/// Plants that change nothing but how long it takes: `query_parser` of the toolkit counts.
const COST_ONLY: &[Plant] = &[Plant::SearchQuadratic];

struct Ticking(Rc<Cell<u64>>);

impl Clock for Ticking {
    fn now_ms(&self) -> u64 {
        self.0.get()
    }
}

/// Runs a script; what came of it, replies and findings, as text.
fn run(script: &str, plant: Option<Plant>) -> String {
    let time = Rc::new(Cell::new(1_700_000_000_000));
    let config = Config {
        list_max_listpack_entries: 4,
        hash_max_listpack_value: 8,
        zset_max_listpack_entries: 4,
        hll_sparse_max_bytes: 32,
        stream_node_max_entries: 4,
        plant,
        ..Config::default()
    };
    let mut engine = Engine::new(config, Box::new(Ticking(time.clone())));
    let mut replies = Vec::new();
    for step in script.split(';').map(str::trim) {
        let (session, command) = match step.split_once('>') {
            Some((session, command)) => (session.parse().expect("a session"), command),
            None => (1, step),
        };
        if let Some(ms) = step.strip_prefix('+') {
            time.set(time.get() + ms.parse::<u64>().expect("milliseconds"));
            engine.tick();
        } else if let Some(session) = step.strip_suffix('!') {
            engine.disconnect(session.parse().expect("a session"));
        } else {
            let last = replies.iter().rev().find_map(|(_, reply)| match reply {
                Reply::Bulk(bytes) => Some(bytes.clone()),
                _ => None,
            });
            let word = |text: &str| last.clone().filter(|_| text == "$$").unwrap_or_else(|| word(text));
            engine.execute(session, &command.split(' ').map(word).collect::<Vec<_>>());
        }
        engine.poll(&mut replies);
    }
    format!("{replies:?} {:?}", engine.check())
}

fn word(text: &str) -> Vec<u8> {
    match text {
        "\"\"" => Vec::new(),
        "\\xff" => vec![0xff],
        "@" => b">".to_vec(),
        "$-$" => [b"-".repeat(300).as_slice(), b"x"].concat(),
        _ => text.replace("\\x00", "\0").replace("\\x20", " ").into(),
    }
}

#[test]
fn every_plant_shows() {
    for &(plant, script) in SCRIPTS {
        let sound = run(script, None);
        assert!(sound.ends_with("[]"), "{}: {sound}", plant.name());
        let planted = catch_unwind(AssertUnwindSafe(|| run(script, Some(plant))));
        let planted = planted.unwrap_or_else(|_| "panic".into());
        assert_ne!(sound, planted, "{}: {script}", plant.name());
    }
}

#[test]
fn every_plant_has_a_script() {
    let covered: BTreeSet<Plant> =
        SCRIPTS.iter().map(|&(plant, _)| plant).chain(ORDER_ONLY.iter().chain(COST_ONLY).copied()).collect();
    // Those of the logs are in `durability_plants.rs` and `objects.rs`: no reply shows them before a crash.
    let is_durability = |plant: &Plant| ["wal-", "snapshot-", "objects-"].iter().any(|of| plant.name().starts_with(of));
    let missing: Vec<_> = Plant::ALL.iter().filter(|plant| !covered.contains(plant) && !is_durability(plant)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn order_only_plants_differ_between_runs() {
    let sets: Vec<String> = (0..20).map(|n| format!("SET k{n} v")).collect();
    let script = format!("{}; KEYS *", sets.join("; "));
    for &plant in ORDER_ONLY {
        let runs: BTreeSet<String> = (0..200).map(|_| run(&script, Some(plant))).collect();
        assert!(runs.len() > 1, "{}", plant.name());
    }
}
