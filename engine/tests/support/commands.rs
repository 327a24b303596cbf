//! Commands at random.

/// Commands on keys; `K` is any of a few keys, `N` a small number, `W` a short word, `T` milliseconds.
pub const WRITES: &str = "
    SET K W; SET K N; SET K W PX T; SET K W KEEPTTL; SETNX K W; SETEX K 1 W; PSETEX K T W; GETSET K W; GETDEL K; GETEX K PX T;
    GETEX K PERSIST; APPEND K W; SETRANGE K N W; INCR K; DECR K; INCRBY K N; DECRBY K N; INCRBYFLOAT K 0.1; MSET K W K N;
    MSETNX K W K W; SETBIT K N 1; BITOP XOR K K K; BITFIELD K INCRBY i5 N 3; PFADD K W W W; PFMERGE K K; PFCOUNT K;
    DEL K; UNLINK K; RENAME K K; RENAMENX K K; COPY K K REPLACE; COPY K K DB 3; MOVE K 3; SWAPDB 0 3; FLUSHDB; FLUSHALL;
    EXPIRE K 1; PEXPIRE K T; EXPIREAT K 1700000001; PEXPIREAT K 1700000000500; PERSIST K; SORT K ALPHA STORE K; SORT K;
    LPUSH K W N; RPUSH K W N W N W; LPUSHX K W; RPUSHX K W; LPOP K; RPOP K 2; LINSERT K BEFORE W W; LSET K 0 W; LREM K 1 W;
    LTRIM K 1 2; LMOVE K K LEFT RIGHT; RPOPLPUSH K K; LMPOP 2 K K LEFT COUNT 2; BLPOP K K 0.02; BRPOP K 0; BRPOPLPUSH K K 0;
    BLMOVE K K LEFT LEFT 0; BLMPOP 0 2 K K RIGHT;
    SADD K W N W N; SADD K N N; SREM K W; SPOP K; SPOP K 2; SMOVE K K W; SINTERSTORE K K K; SUNIONSTORE K K K;
    SDIFFSTORE K K K; HSET K W W N N; HSETNX K W W; HMSET K W W; HDEL K W N; HINCRBY K N 1; HINCRBYFLOAT K N 0.5;
    ZADD K N W N N 3 W; ZINCRBY K N W; ZREM K W; ZREMRANGEBYRANK K 0 1; ZREMRANGEBYSCORE K 0 2; ZREMRANGEBYLEX K [a [b;
    ZRANGESTORE K K 0 2; ZPOPMIN K; ZPOPMAX K 2; ZMPOP 1 K MIN; BZPOPMIN K 0; BZPOPMAX K K 0; BZMPOP 0 1 K MAX;
    ZUNIONSTORE K 2 K K; ZINTERSTORE K 2 K K; ZDIFFSTORE K 2 K K; GEOADD K N N W; GEOSEARCHSTORE K K FROMLONLAT 1 1 BYRADIUS 999 km;
    GEORADIUS K 1 1 999 km STORE K; GEORADIUSBYMEMBER K W 999 km STOREDIST K;
    XADD K * W W; XADD K MAXLEN ~ 3 * W W N N; XDEL K 1-1; XTRIM K MAXLEN 2; XSETID K 9999999999999-1; XGROUP CREATE K g 0 MKSTREAM;
    XGROUP CREATECONSUMER K g W; XGROUP DELCONSUMER K g W; XGROUP DESTROY K g; XGROUP SETID K g $; XACK K g 1-1;
    XREADGROUP GROUP g W COUNT 1 STREAMS K @; XREADGROUP GROUP g W BLOCK 0 STREAMS K K @ @; XREADGROUP GROUP g W NOACK STREAMS K @;
    XCLAIM K g W 0 1-1; XAUTOCLAIM K g W 0 0 COUNT 1; RESTORE K T DUMPED; RESTORE K 0 DUMPED REPLACE; RESTORE-ASKING K 0 DUMPED REPLACE;
    FT.CREATE W SCHEMA a TEXT SORTABLE b TAG 7 NUMERIC; FT.CREATE W SCHEMA aa TEXT; FT.ALTER W SCHEMA ADD N TEXT; FT.DROPINDEX W;
    FT.DROPINDEX W DD; HSET K a W b W; HSET K 7 N aa W";

/// What else happens.
pub const OTHERS: &str =
    "GET K; EXISTS K K; KEYS *; RANDOMKEY; SRANDMEMBER K; SELECT 0; SELECT 3; +0; +1; +7; +1500; +-20; +-2000; +0;
    MULTI; EXEC; EXEC; DISCARD; CONFIG SET hash-max-listpack-entries N; CONFIG SET list-max-listpack-size 2;
    CONFIG SET zset-max-listpack-entries N; SAVE; 2!; 3!; CLIENT REPLY OFF; CLIENT REPLY ON; WATCH K; DBSIZE;
    FT.SEARCH W *";

const KEYS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
const WORDS: [&str; 5] = ["a", "b", "aa", "7", "a-word-that-is-too-long-for-listpacks"];

/// Numbers that look random.
pub struct Draw(pub u64);

impl Draw {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((u128::from(self.0) * bound as u128) >> 64) as usize
    }

    pub fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    /// A command of a template.
    pub fn words(&mut self, template: &str, dumped: &[u8]) -> Vec<Vec<u8>> {
        let word = |word| match word {
            "K" => self.of(&KEYS).into(),
            "W" => self.of(&WORDS).into(),
            "N" => self.below(9).to_string().into_bytes(),
            "T" => (1 + self.below(30)).to_string().into_bytes(),
            "@" => b">".to_vec(),
            "DUMPED" => dumped.to_vec(),
            other => other.into(),
        };
        template.split_whitespace().map(word).collect()
    }
}

pub fn templates(text: &str) -> Vec<&str> {
    text.split(';').map(str::trim).collect()
}
