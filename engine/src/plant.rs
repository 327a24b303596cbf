//! Bugs that can be switched on, to prove that a test would find them.
//!
//! Each is one realistic mistake at one place of the code, guarded by `planted!`.

use std::cell::Cell;
use std::str::FromStr;

macro_rules! plants {
    ($($variant:ident = $name:literal: $summary:literal,)*) => {
        /// A bug to have. [`Config::plant`](crate::Config::plant) chooses one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Plant {
            $(#[doc = $summary] $variant,)*
        }

        impl Plant {
            /// All of them.
            pub const ALL: &'static [Plant] = &[$(Plant::$variant,)*];

            /// The name, in kebab case.
            pub fn name(self) -> &'static str {
                match self { $(Plant::$variant => $name,)* }
            }

            /// What is wrong, in one line.
            pub fn summary(self) -> &'static str {
                match self { $(Plant::$variant => $summary,)* }
            }
        }
    };
}

plants! {
    // Strings and numbers.
    IncrWraps = "incr-wraps": "INCR, DECR, INCRBY and DECRBY wrap around instead of failing on overflow",
    DecrbyMinWraps = "decrby-min-wraps": "DECRBY takes -2^63, whose negation overflows",
    IncrAcceptsLeadingZeros = "incr-accepts-leading-zeros": "INCR takes a stored 007 or +5 for an integer",
    IncrbyfloatInDouble = "incrbyfloat-in-double": "INCRBYFLOAT computes in 64 bits: 0.1 + 0.2 isn't 0.3",
    AppendDropsTtl = "append-drops-ttl": "APPEND to an existing string removes its time to live",
    SetrangeEmptyCreates = "setrange-empty-creates": "SETRANGE of an empty value creates a missing key",
    SetrangeTruncates = "setrange-truncates": "SETRANGE inside a string drops what follows the patch",
    SetKeepttlLosesTtl = "set-keepttl-loses-ttl": "SET KEEPTTL removes the time to live",
    GetsetKeepsTtl = "getset-keeps-ttl": "GETSET leaves the time to live of the old value",
    MsetKeepsTtl = "mset-keeps-ttl": "MSET leaves the time to live of the old values",
    SetNxGetWrites = "set-nx-get-writes": "SET NX GET writes although the key exists",
    SetGetWritesOverOtherType = "set-get-writes-over-other-type": "SET GET overwrites a list before it answers WRONGTYPE",
    GetrangeBeforeStart = "getrange-before-start": "GETRANGE with reversed ends before the first byte answers the first byte",
    GetexPersistIgnored = "getex-persist-ignored": "GETEX PERSIST leaves the time to live",
    MsetIgnoresOddArgument = "mset-ignores-odd-argument": "MSET drops a last key without a value instead of refusing",
    MsetnxPartial = "msetnx-partial": "MSETNX sets the keys before the first one that exists",
    // Keys and expiry.
    TypeSeesExpired = "type-sees-expired": "TYPE tells the type of a key that has expired but is not removed yet",
    RenamenxSeesExpired = "renamenx-sees-expired": "RENAMENX takes an expired target for an existing key",
    DelCountsExpired = "del-counts-expired": "DEL counts keys that have expired but are not removed yet",
    ExistsCountsOnce = "exists-counts-once": "EXISTS counts a key that is named twice once",
    ExpireZeroLives = "expire-zero-lives": "EXPIRE 0 leaves the key alive until the clock moves",
    ExpireGtOnPersistent = "expire-gt-on-persistent": "EXPIRE GT gives a key without a deadline one",
    ExpireMissingKeyFirst = "expire-missing-key-first": "EXPIRE of a missing key answers 0 before it looks at its arguments",
    ExpiryEarly = "expiry-early": "keys expire one millisecond early",
    TtlRoundsDown = "ttl-rounds-down": "TTL cuts milliseconds off instead of rounding",
    RenameKeepsTargetTtl = "rename-keeps-target-ttl": "RENAME over a volatile key leaves the deadline of the old target",
    RenameOntoItselfDeletes = "rename-onto-itself-deletes": "RENAME of a key to its own name removes it",
    CopyLosesTtl = "copy-loses-ttl": "COPY makes a persistent copy of a volatile key",
    CopyReplaceKeepsTargetTtl = "copy-replace-keeps-target-ttl": "COPY REPLACE of a persistent key leaves the deadline of the old target",
    CopyDanglingDbPanics = "copy-dangling-db-panics": "COPY with DB as its last word panics",
    MoveLosesTtl = "move-loses-ttl": "MOVE makes a volatile key persistent",
    FlushdbFlushesZero = "flushdb-flushes-zero": "FLUSHDB empties database 0 whatever is selected",
    ActiveExpiryMiscounts = "active-expiry-miscounts": "active expiry removes keys without counting them: DBSIZE grows",
    DrainedListTtlReturns = "drained-list-ttl-returns": "a list that was drained and pushed to again gets its old deadline back",
    KeysSkipsNonUtf8 = "keys-skips-non-utf8": "KEYS leaves out keys that aren't UTF-8",
    KeysInRandomOrder = "keys-in-random-order": "KEYS answers in the order of a randomly seeded hash map",
    KeysRotatedByWallClock = "keys-rotated-by-wall-clock": "KEYS starts at a place that the wall clock decides",
    // Transactions.
    WatchMissesExpiry = "watch-misses-expiry": "EXEC runs although a watched key has expired",
    WatchMissesExpire = "watch-misses-expire": "EXPIRE isn't a change to those who watch the key",
    WatchMissesSameValue = "watch-misses-same-value": "SET of the value that is already there isn't a change to those who watch the key",
    WatchMissesFlush = "watch-misses-flush": "FLUSHALL and FLUSHDB aren't a change to those who watch a key",
    WatchMissesSwapdb = "watch-misses-swapdb": "SWAPDB isn't a change to those who watch a key",
    WatchCrossesDatabases = "watch-crosses-databases": "a write to the same key in another database aborts the transaction",
    DiscardKeepsWatch = "discard-keeps-watch": "DISCARD leaves the keys watched",
    ExecRunsAfterQueueError = "exec-runs-after-queue-error": "EXEC runs what was queued although a command was refused",
    ExecStopsAtError = "exec-stops-at-error": "EXEC doesn't run what follows a command that failed",
    ExecKeepsWatch = "exec-keeps-watch": "a successful EXEC leaves the keys watched",
    DisconnectLeaksWatches = "disconnect-leaks-watches": "a session that ends leaves its watched keys behind, which no reply shows",
    // Lists and blocking.
    LrangeStartTooLow = "lrange-start-too-low": "LRANGE with a start before the first element answers nothing",
    LsetClampsIndex = "lset-clamps-index": "LSET with an index before the first element sets the first element",
    LremNegativeFromHead = "lrem-negative-from-head": "LREM with a negative count removes from the head",
    LposMaxlenFromHead = "lpos-maxlen-from-head": "LPOS with a negative rank counts MAXLEN from the head",
    LinsertCaseSensitive = "linsert-case-sensitive": "LINSERT wants BEFORE and AFTER in capitals",
    LinsertIgnoresLimit = "linsert-ignores-limit": "LINSERT lets a listpack outgrow its limit, which no reply shows",
    ListConversionMisplaces = "list-conversion-misplaces": "the element that makes LPUSH convert the list lands at its tail",
    LpushxCreates = "lpushx-creates": "LPUSHX and RPUSHX create a missing list",
    LtrimLeavesEmpty = "ltrim-leaves-empty": "LTRIM that removes all elements leaves an empty list",
    LpopZeroPopsOne = "lpop-zero-pops-one": "LPOP and RPOP with count 0 pop one element",
    LmoveLosesElement = "lmove-loses-element": "LMOVE onto another type removes the element from its source",
    LmoveSameListLosesTtl = "lmove-same-list-loses-ttl": "LMOVE within a list of one element loses its time to live",
    BlockedServedNewestFirst = "blocked-served-newest-first": "a push serves those who wait in the wrong order",
    BlockedChainStops = "blocked-chain-stops": "an element that BLMOVE delivers doesn't wake those who wait for its target",
    BlockedTimeoutEarly = "blocked-timeout-early": "a blocking command gives up in the millisecond of its deadline instead of after it",
    BlockingInExecBlocks = "blocking-in-exec-blocks": "a blocking command inside EXEC blocks, its reply is missing",
    BlockedStaysInOtherQueues = "blocked-stays-in-other-queues": "a session served from one of its keys still queues for the others, and takes from them when it next blocks",
    SwapdbWakesNobody = "swapdb-wakes-nobody": "a list that SWAPDB brings isn't seen by those who wait for it",
    // Elements chosen at random.
    RandomNegativeCountClamps = "random-negative-count-clamps": "HRANDFIELD, SRANDMEMBER and ZRANDMEMBER with a negative count give no more elements than there are",
    RandomCountRepeats = "random-count-repeats": "HRANDFIELD, SRANDMEMBER and ZRANDMEMBER with a positive count may give an element twice",
    // Hashes.
    HsetCountsUpdates = "hset-counts-updates": "HSET counts the fields that it updates",
    HsetnxOverwrites = "hsetnx-overwrites": "HSETNX overwrites",
    HdelCountsDuplicates = "hdel-counts-duplicates": "HDEL counts a field that is named twice twice",
    HincrbyWraps = "hincrby-wraps": "HINCRBY wraps around instead of failing on overflow",
    HincrbyReadsLeadingZeros = "hincrby-reads-leading-zeros": "HINCRBY takes a stored 007 or +5 for an integer",
    HincrbyfloatKeepsPoint = "hincrbyfloat-keeps-point": "HINCRBYFLOAT keeps a trailing .0",
    HashConversionDropsTtl = "hash-conversion-drops-ttl": "a hash that leaves its listpack loses its time to live",
    HashConversionDropsLast = "hash-conversion-drops-last": "a hash that leaves its listpack for a long value loses its last field",
    // Sets.
    SpopAllLeavesOne = "spop-all-leaves-one": "SPOP of all members leaves one behind",
    SmoveOntoItselfRemoves = "smove-onto-itself-removes": "SMOVE from a set to itself removes the member",
    SmoveKeepsCommonMember = "smove-keeps-common-member": "SMOVE of a member that the target has already leaves it in the source",
    SdiffstoreChecksTarget = "sdiffstore-checks-target": "SDIFFSTORE refuses to replace a target of another type",
    SstoreEmptyKeepsTarget = "sstore-empty-keeps-target": "SINTERSTORE, SUNIONSTORE and SDIFFSTORE keep the old target when there is nothing to store",
    SunionstoreKeepsTtl = "sunionstore-keeps-ttl": "SUNIONSTORE keeps the time to live of a target that it replaces",
    SintercardLimitOneKey = "sintercard-limit-one-key": "SINTERCARD ignores LIMIT when there is one key",
    IntsetConversionDropsFirst = "intset-conversion-drops-first": "a set of integers that meets another member loses its smallest integer",
    IntsetMergesLeadingZeros = "intset-merges-leading-zeros": "a set of integers takes a member with leading zeros for the integer",
    // Sorted sets.
    ZaddGtCountsEqual = "zadd-gt-counts-equal": "ZADD GT CH counts a member whose score is equal",
    ZaddXxCreatesKey = "zadd-xx-creates-key": "ZADD XX creates a key that is missing",
    ZaddAppliesBeforeBadScore = "zadd-applies-before-bad-score": "ZADD applies the pairs before a score that is no number",
    ZincrbyNanIsZero = "zincrby-nan-is-zero": "ZINCRBY from inf by -inf gives 0 instead of an error",
    ZrevrankMissingIsLast = "zrevrank-missing-is-last": "ZREVRANK of a missing member is the size of the sorted set",
    ZrangeRevBylexKeepsEnds = "zrange-rev-bylex-keeps-ends": "ZRANGE BYLEX REV takes the minimum first",
    ZrevrangebyscoreIncludesMax = "zrevrangebyscore-includes-max": "ZREVRANGEBYSCORE takes an exclusive maximum for an inclusive one",
    ZrangeNegativeLimitIsNone = "zrange-negative-limit-is-none": "ZRANGE with an offset and a negative LIMIT count gives nothing",
    ZrangeLimitDropsScores = "zrange-limit-drops-scores": "ZRANGE WITHSCORES with a LIMIT gives no scores",
    ZlexcountIncludesMin = "zlexcount-includes-min": "ZLEXCOUNT takes an exclusive minimum for an inclusive one",
    ZremrangebyrankClampsToFirst = "zremrangebyrank-clamps-to-first": "ZREMRANGEBYRANK with an end before the first member removes the first member",
    ZpopmaxTakesFirstOfTies = "zpopmax-takes-first-of-ties": "ZPOPMAX takes the first of members with equal scores",
    BzpopServesOneMemberTwice = "bzpop-serves-one-member-twice": "BZPOPMIN and BZPOPMAX give one member to two sessions that wait",
    ZcombineWeightsMisplaced = "zcombine-weights-misplaced": "ZUNION and its like give weights to the inputs after these were sorted by size",
    ZcombineReadsExpired = "zcombine-reads-expired": "ZUNION and its like see a source that has expired if nothing has looked at it since",
    ZunionKeepsNan = "zunion-keeps-nan": "ZUNION and ZUNIONSTORE make NaN of inf with weight 0",
    ZstoreEmptyKeepsTarget = "zstore-empty-keeps-target": "ZUNIONSTORE, ZRANGESTORE and their like keep the old target when there is nothing to store",
    ZsetConversionDropsLast = "zset-conversion-drops-last": "a sorted set that leaves its listpack loses its highest member",
    ZsetUpdateLeavesOldPlace = "zset-update-leaves-old-place": "a new score leaves the member at its old place too, once the sorted set has left its listpack",
    // Right replies, wrong inside.
    QuicklistEmptyNode = "quicklist-empty-node": "a push at the head of a long list leaves an empty node in the chain",
    // Bitmaps.
    SetbitZeroCreatesNothing = "setbit-zero-creates-nothing": "SETBIT to 0 of a missing key doesn't create it",
    SetbitDropsTtl = "setbit-drops-ttl": "SETBIT removes the time to live",
    BitcountBitEndExclusive = "bitcount-bit-end-exclusive": "BITCOUNT with BIT leaves out the last bit of the range",
    BitposZeroPastEnd = "bitpos-zero-past-end": "BITPOS of a clear bit finds the one after the end that was given",
    BitopShortestWins = "bitop-shortest-wins": "BITOP cuts its result to the shortest source",
    BitopEmptyKeepsTarget = "bitop-empty-keeps-target": "BITOP of missing keys keeps the old target",
    BitopKeepsTtl = "bitop-keeps-ttl": "BITOP keeps the time to live of a target that it replaces",
    BitfieldLastOverflowForAll = "bitfield-last-overflow-for-all": "the last OVERFLOW of BITFIELD holds for the subcommands before it, too",
    BitfieldGetLosesSign = "bitfield-get-loses-sign": "BITFIELD GET of a signed type reads a negative number as a positive one",
    BitfieldSatUnderflowsToMax = "bitfield-sat-underflows-to-max": "BITFIELD OVERFLOW SAT takes an underflow to the maximum",
    BitfieldFailWrites = "bitfield-fail-writes": "BITFIELD OVERFLOW FAIL answers null but writes the number wrapped around",
    BitfieldHashCountsBytes = "bitfield-hash-counts-bytes": "an offset #n of BITFIELD counts bytes, whatever the width of the field",
    // Longest common subsequences.
    LcsTieTurnsTheOtherWay = "lcs-tie-turns-the-other-way": "LCS gives another subsequence than the server where several are the longest",
    LcsIdxFromTheStart = "lcs-idx-from-the-start": "LCS IDX gives the matches from the first to the last",
    LcsMinmatchlenExclusive = "lcs-minmatchlen-exclusive": "LCS IDX leaves out matches of exactly MINMATCHLEN bytes",
    LcsIdxLenOfShownOnly = "lcs-idx-len-of-shown-only": "LCS IDX with MINMATCHLEN says that the length is 0",
    // HyperLogLogs.
    PfaddNothingCreatesNothing = "pfadd-nothing-creates-nothing": "PFADD without elements doesn't create a missing key",
    PfaddAlwaysUpdates = "pfadd-always-updates": "PFADD answers 1 although no register changed",
    PfaddKeepsCachedCount = "pfadd-keeps-cached-count": "PFADD leaves a cached count that is out of date",
    PfcountOfAnyString = "pfcount-of-any-string": "PFCOUNT of a key that is no HyperLogLog answers 0",
    PfcountAddsUp = "pfcount-adds-up": "PFCOUNT of several keys counts what they have in common several times",
    PfmergeForgetsTarget = "pfmerge-forgets-target": "PFMERGE loses what was in the target and its time to live",
    PfmergeDropsTtl = "pfmerge-drops-ttl": "PFMERGE removes the time to live of its target",
    HllPromotionLosesRegister = "hll-promotion-loses-register": "the element that makes a HyperLogLog dense isn't counted",
    // Places.
    GeoaddAppliesBeforeBadPair = "geoadd-applies-before-bad-pair": "GEOADD adds the places before coordinates that are none",
    GeodistCutsDigits = "geodist-cuts-digits": "GEODIST cuts a distance to four digits instead of rounding",
    GeohashOwnLatitudes = "geohash-own-latitudes": "GEOHASH encodes latitudes by the grid of the scores, which ends before the poles",
    GeoposMissingIsNullBulk = "geopos-missing-is-null-bulk": "GEOPOS gives a null string for a missing member instead of a null array",
    GeosearchOwnCellOnly = "geosearch-own-cell-only": "searches look only at the grid cell of their centre",
    GeosearchAnyIsNearest = "geosearch-any-is-nearest": "COUNT with ANY gives the nearest",
    GeosearchCountUnsorted = "geosearch-count-unsorted": "COUNT without ANY gives the first found instead of the nearest",
    GeosearchLosesCentre = "geosearch-loses-centre": "searches leave out what is exactly at their centre",
    GeosearchstoreEmptyKeepsTarget = "geosearchstore-empty-keeps-target": "GEOSEARCHSTORE and GEORADIUS STORE keep the old target when nothing is found",
    GeosearchstoreDistanceInMetres = "geosearchstore-distance-in-metres": "STOREDIST stores metres whatever the unit is",
    GeosearchstoreKeepsTtl = "geosearchstore-keeps-ttl": "GEOSEARCHSTORE and GEORADIUS STORE keep the time to live of a target that they replace",
    // Streams.
    XaddTakesEqualId = "xadd-takes-equal-id": "XADD takes the id of the last entry once more",
    XaddAutoFromClockAlone = "xadd-auto-from-clock-alone": "XADD * fails when the last id is not before the clock",
    XaddNomkstreamCreates = "xadd-nomkstream-creates": "XADD NOMKSTREAM creates a missing stream",
    StreamNodeOutgrows = "stream-node-outgrows": "a node of a stream takes one entry too many: approximate trimming ends elsewhere",
    XrevrangeKeepsEnds = "xrevrange-keeps-ends": "XREVRANGE takes the start before the end",
    XdelLowersLastId = "xdel-lowers-last-id": "XDEL of the last entry lowers the last id, which may then come again",
    XdelRemovesDrainedStream = "xdel-removes-drained-stream": "XDEL of the only entry removes the key, with the groups",
    WatchMissesXdel = "watch-misses-xdel": "XDEL isn't a change to those who watch the key",
    XtrimApproximateIsExact = "xtrim-approximate-is-exact": "XTRIM ~ removes single entries too",
    XtrimIgnoresLimit = "xtrim-ignores-limit": "XTRIM ~ LIMIT removes more entries than the limit",
    XreadDollarIsStart = "xread-dollar-is-start": "XREAD with the id $ gives the entries that are there already",
    XreadgroupNoackPends = "xreadgroup-noack-pends": "XREADGROUP NOACK makes entries pending",
    XreadgroupOutlivesStream = "xreadgroup-outlives-stream": "XREADGROUP waits on when its stream is deleted",
    XaddServesOneSession = "xadd-serves-one-session": "an entry is given to one of the sessions that wait for it alone",
    XgroupSetidKeepsEntriesRead = "xgroup-setid-keeps-entries-read": "XGROUP SETID leaves the count of entries read, and so a wrong lag",
    XgroupDestroyWakesNobody = "xgroup-destroy-wakes-nobody": "sessions that wait with a group aren't told that it is destroyed",
    XackCountsMissing = "xack-counts-missing": "XACK counts ids that aren't pending",
    XclaimJustidCounts = "xclaim-justid-counts": "XCLAIM JUSTID counts as a delivery",
    XclaimKeepsDeleted = "xclaim-keeps-deleted": "XCLAIM leaves an entry pending that was deleted from the stream",
    XautoclaimCursorRepeats = "xautoclaim-cursor-repeats": "the cursor of XAUTOCLAIM is the last entry that it has claimed",
    XinfoLagIgnoresDeleted = "xinfo-lag-ignores-deleted": "XINFO GROUPS tells a lag although a deleted entry makes it uncertain",
    // Walks, sorting, what is known of keys.
    ScanCursorIsPosition = "scan-cursor-is-position": "the cursor of SCAN counts keys: a removal makes it miss one that stays",
    ScanShowsExpired = "scan-shows-expired": "SCAN tells keys that have expired but are not removed yet",
    ScanIgnoresType = "scan-ignores-type": "SCAN ignores TYPE",
    HscanWalksForward = "hscan-walks-forward": "HSCAN, SSCAN and ZSCAN walk a table forward: a removal makes them miss an element that stays",
    SortMissingWeightFails = "sort-missing-weight-fails": "SORT BY refuses elements whose weight is missing",
    SortStoreEmptyKeepsTarget = "sort-store-empty-keeps-target": "SORT STORE keeps the old target when there is nothing to store",
    SortStoreKeepsTtl = "sort-store-keeps-ttl": "SORT STORE keeps the time to live of a target that it replaces",
    ObjectEncodingRawIsEmbstr = "object-encoding-raw-is-embstr": "OBJECT ENCODING calls long and edited strings embstr",
    SortDescKeepsTies = "sort-desc-keeps-ties": "SORT DESC leaves elements of equal weight in ascending order",
    RestoreIgnoresChecksum = "restore-ignores-checksum": "RESTORE doesn't look at the checksum",
    RestoreAbsttlIsRelative = "restore-absttl-is-relative": "RESTORE ABSTTL counts from now",
    RestoreReplaceKeepsTtl = "restore-replace-keeps-ttl": "RESTORE REPLACE without a time to live keeps that of the old key",
    // Connections and channels.
    ResetKeepsDatabase = "reset-keeps-database": "RESET leaves the selected database",
    ResetKeepsSubscriptions = "reset-keeps-subscriptions": "RESET leaves the subscriptions",
    ResetKeepsProtocol = "reset-keeps-protocol": "RESET leaves the session in RESP3",
    HelloSwitchesBeforeAuth = "hello-switches-before-auth": "HELLO changes the protocol though its AUTH fails",
    SubscribeConfirmsOnce = "subscribe-confirms-once": "SUBSCRIBE of several channels sends one confirmation",
    SubscribedMayRunAll = "subscribed-may-run-all": "a subscribed RESP2 session may run every command",
    SubscriptionsCountedByKind = "subscriptions-counted-by-kind": "confirmations count channels and patterns apart",
    UnsubscribeFromNothingIsSilent = "unsubscribe-from-nothing-is-silent": "UNSUBSCRIBE without subscriptions sends nothing",
    PublishCountsChannelsOnly = "publish-counts-channels-only": "PUBLISH doesn't count those who listen by a pattern",
    DisconnectLeaksSubscriptions = "disconnect-leaks-subscriptions": "a session that ends stays among the listeners of its channels",
    // The log and its snapshots.
    WalCrcUnchecked = "wal-crc-unchecked": "the checksums of the log's records aren't checked",
    WalCrcWithoutLength = "wal-crc-without-length": "the checksum of a record doesn't cover its length, and one that leads beyond the end is cut",
    WalTornTailAccepted = "wal-torn-tail-accepted": "a record that a crash has torn is replayed as far as it goes",
    WalZerosAccepted = "wal-zeros-accepted": "zeros at the end of the log are taken for a record",
    WalHoleSkipped = "wal-hole-skipped": "recovery skips a damaged record and goes on with the next sound one",
    WalLengthBelieved = "wal-length-believed": "recovery makes room for as many bytes as a record says it has",
    WalRotatesUnsynced = "wal-rotates-unsynced": "a full segment isn't synced before the next one begins",
    WalDirUnsynced = "wal-dir-unsynced": "the directory isn't synced after a file was made or renamed",
    WalAcksBeforeSync = "wal-acks-before-sync": "a command is answered before its record is synced, with the next ones",
    WalAcksBeforeWrite = "wal-acks-before-write": "a command is answered before its record is written, with the next ones",
    WalSyncErrorIgnored = "wal-sync-error-ignored": "a sync that fails is taken for one that succeeds",
    WalSyncRetried = "wal-sync-retried": "a sync that fails is tried again, and believed when that succeeds",
    WalShortWriteIgnored = "wal-short-write-ignored": "a write that takes only some of the bytes is taken for a whole one",
    WalEverysecNever = "wal-everysec-never": "with everysec the log is never synced",
    WalLastRecordTwice = "wal-last-record-twice": "the last record of each segment is replayed twice",
    WalExpiresFromNow = "wal-expires-from-now": "a replayed EXPIRE counts from the time of the recovery",
    WalExpiryUnlogged = "wal-expiry-unlogged": "the log doesn't tell that a key has expired: it is there again after a recovery",
    WalMultiSplit = "wal-multi-split": "each command of a transaction is a record of its own",
    WalServedUnlogged = "wal-served-unlogged": "the log doesn't tell what a client got that had waited for it",
    WalDatabaseForgotten = "wal-database-forgotten": "a replay runs all commands in database 0",
    WalRandomnessForgotten = "wal-randomness-forgotten": "a replayed SPOP chooses anew",
    WalTornTailStays = "wal-torn-tail-stays": "recovery goes on behind a torn end without cutting it off",
    WalLosesIndexes = "wal-loses-indexes": "the indexes of FT.* are gone after a recovery",
    WalSequenceReused = "wal-sequence-reused": "the first record after a recovery has the number of the last one before it",
    WalTailRewrittenInPlace = "wal-tail-rewritten-in-place": "recovery empties the last segment before it writes it again: a crash in between loses it",
    WalRemovedBeforeSnapshot = "wal-removed-before-snapshot": "the log is removed before the snapshot is there that takes its place",
    SnapshotRenamedUnsynced = "snapshot-renamed-unsynced": "a snapshot gets its name before its content is durable",
    SnapshotOverlapReplayed = "snapshot-overlap-replayed": "segments that a snapshot holds already are replayed on top of it if they are still there",
    SnapshotMergesOlder = "snapshot-merges-older": "a snapshot is read on top of an older one that is still there: what was deleted in between comes back",
    SnapshotDropsDeadlines = "snapshot-drops-deadlines": "a snapshot makes volatile keys persistent",
    SnapshotForgetsEncodings = "snapshot-forgets-encodings": "values come back from a snapshot in the encoding that their size asks for",
    // The log in an object store.
    ObjectsManifestBeforeSegments = "objects-manifest-before-segments": "the manifest names a segment before it is stored",
    ObjectsFailedPutBelieved = "objects-failed-put-believed": "a segment that could not be stored is named by the manifest",
    ObjectsFailedManifestBelieved = "objects-failed-manifest-believed": "records are taken for durable although the manifest could not be stored",
    ObjectsFailedRenameBelieved = "objects-failed-rename-believed": "the manifest names a snapshot that has not got its name",
    ObjectsTimeFlushesNothing = "objects-time-flushes-nothing": "records wait until there are enough of them, however long that takes",
    ObjectsFailureLosesBuffer = "objects-failure-loses-buffer": "records are dropped when a segment cannot be stored at once",
    ObjectsTimeoutAppliedTwice = "objects-timeout-applied-twice": "a segment that is stored again after a timeout stands in the manifest twice",
    ObjectsOrphansLoaded = "objects-orphans-loaded": "recovery loads every segment that is there, named by the manifest or not",
    ObjectsListBelieved = "objects-list-believed": "the newest manifest is the newest one of a listing",
    ObjectsCutManifestIsEnd = "objects-cut-manifest-is-end": "a newest manifest that was cut short makes an empty log",
    ObjectsChecksumIgnored = "objects-checksum-ignored": "objects are read without a look at their checksums",
    ObjectsSegmentsDeletedEarly = "objects-segments-deleted-early": "compaction removes segments before a manifest names the snapshot",
    ObjectsSnapshotOverlaps = "objects-snapshot-overlaps": "the manifest with a snapshot still names the segments before it",
    ObjectsDeletionsForgotten = "objects-deletions-forgotten": "compaction keeps what the snapshot before had: deleted keys come back",
    // Search.
    SearchUnionBindsStronger = "search-union-binds-stronger": "in dialect 2 the bar binds stronger than words side by side",
    SearchEmptyGroup = "search-empty-group": "a group of nothing is taken for nothing instead of refused",
    SearchEscapesStay = "search-escapes-stay": "escaped punctuation keeps its backslash in terms",
    SearchUnboundedDepth = "search-unbounded-depth": "there is no limit to how deep a query may nest",
    SearchQuadratic = "search-quadratic": "each token of a query is looked for from the query's beginning",
    SearchStalePosting = "search-stale-posting": "a document that is written anew stays posted as it was",
    SearchRenameLosesPosting = "search-rename-loses-posting": "a renamed document isn't indexed under its new key",
    SearchExpiredStays = "search-expired-stays": "a document whose time is over stays in the indexes",
    SearchAlterMissesOldDocs = "search-alter-misses-old-docs": "FT.ALTER doesn't index the field in documents that are there",
    SearchNoindexIgnored = "search-noindex-ignored": "fields with NOINDEX can be searched",
    SearchTagSeparator = "search-tag-separator": "tags are separated by commas whatever SEPARATOR says",
    SearchTagCase = "search-tag-case": "tags keep their case, so that queries in lower case miss them",
    SearchInclusiveEnd = "search-inclusive-end": "the inclusive end of a range is left out",
    SearchExclusiveIgnored = "search-exclusive-ignored": "the exclusive ends of a range are taken in",
    SearchShortPrefix = "search-short-prefix": "affixes of a single letter are expanded",
    SearchSlopOffByOne = "search-slop-off-by-one": "SLOP allows one word less in between than it says",
    SearchNotOfUnion = "search-not-of-union": "the negation of a union negates its first part alone",
    SearchStopWordInPhrase = "search-stop-word-in-phrase": "a stop-word leaves a gap: an exact phrase across it isn't found",
    SearchLimitOverflow = "search-limit-overflow": "LIMIT adds offset and count in 16 bits",
    SearchSortUnstable = "search-sort-unstable": "SORTBY leaves documents of equal value in another order than they came",
    // FT.AGGREGATE.
    SearchExistsOfMissing = "search-exists-of-missing": "exists() is true of a property that the document doesn't have",
    SearchApplyPrecedence = "search-apply-precedence": "multiplication in expressions binds no stronger than addition",
    SearchGroupbyNullMerged = "search-groupby-null-merged": "GROUPBY takes a missing property for an empty one",
    SearchAverageOfSome = "search-average-of-some": "AVG leaves out documents without the number",
    SearchSortbyMissingFirst = "search-sortby-missing-first": "SORTBY DESC puts rows without the property first",
    SearchAggregateLimitOverflow = "search-aggregate-limit-overflow": "FT.AGGREGATE adds offset and count in 32 bits",
}

thread_local! {
    /// By plant, whether this thread has come to its place.
    static REACHED: [Cell<bool>; Plant::ALL.len()] = const { [const { Cell::new(false) }; Plant::ALL.len()] };
}

impl Plant {
    /// The plants to whose places this thread has come since it last asked: with any other, all would have gone the
    /// same way.
    pub fn take_reached() -> Vec<Plant> {
        REACHED.with(|reached| Self::ALL.iter().copied().filter(|plant| reached[*plant as usize].take()).collect())
    }

    /// Whether this is the bug to have, asked at its place.
    pub(crate) fn is_chosen(self, chosen: Option<Plant>) -> bool {
        REACHED.with(|reached| reached[self as usize].set(true));
        chosen == Some(self)
    }
}

/// Shuffles the answer of KEYS as the two plants against determinism do; any order of it is legal.
#[allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "the bug is the point")]
pub(crate) fn disorder<'a>(config: &crate::Config, keys: Vec<&'a [u8]>) -> Vec<&'a [u8]> {
    use std::collections::HashSet;
    use std::time::{SystemTime, UNIX_EPOCH};

    let mut keys = keys;
    if planted!(config, KeysInRandomOrder) {
        keys = keys.into_iter().collect::<HashSet<_>>().into_iter().collect();
    }
    if planted!(config, KeysRotatedByWallClock) && !keys.is_empty() {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let start = (elapsed.as_nanos() / 1000) as usize % keys.len();
        keys.rotate_left(start);
    }
    keys
}

impl FromStr for Plant {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().copied().find(|plant| plant.name() == name);
        found.ok_or_else(|| format!("no plant is called `{name}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_read_back() {
        for &plant in Plant::ALL {
            assert_eq!(plant.name().parse(), Ok(plant));
        }
        assert!("no-such-plant".parse::<Plant>().is_err());
    }
}
