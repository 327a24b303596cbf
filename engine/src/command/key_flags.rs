//! What commands do with their keys, as COMMAND GETKEYSANDFLAGS tells it.

use super::args;

/// What the names behind do with their first key, the second and so on; the last entry is for all keys that follow.
const FLAGS: &[(&[&str], &str)] = &[
    (&["RO"], "exists hexists hlen hstrlen llen scard sismember strlen touch type watch xlen zcard memory|usage"),
    (&["RO"], "object|encoding object|freq object|idletime object|refcount"),
    (&["RO access"], "bitcount bitfield_ro bitpos dump expiretime geodist geohash geopos georadius_ro get getbit"),
    (&["RO access"], "georadiusbymember_ro geosearch getrange hget hgetall hkeys hmget hrandfield hscan hvals lcs"),
    (&["RO access"], "lindex lpos lrange mget pexpiretime pttl sdiff sinter sintercard smembers smismember sort_ro"),
    (&["RO access"], "srandmember sscan substr sunion ttl xinfo|consumers xinfo|groups xinfo|stream xpending xrange"),
    (&["RO access"], "xread xreadgroup xrevrange zcount zdiff zinter zintercard zlexcount zmscore zrandmember zrange"),
    (&["RO access"], "zrangebylex zrangebyscore zrank zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan zscore"),
    (&["RO access"], "zunion"),
    (&["RM delete"], "del unlink"),
    (&["OW insert"], "msetnx setnx"),
    (&["OW update"], "mset psetex restore restore-asking set setex"),
    (&["RW access"], "pfcount"),
    (&["RW access delete"], "blmpop blpop brpop bzmpop bzpopmax bzpopmin getdel lmpop lpop rpop spop zmpop zpopmax"),
    (&["RW access delete"], "zpopmin"),
    (
        &["RW access update"],
        "bitfield decr decrby getex getset hincrby hincrbyfloat incr incrby incrbyfloat move setbit",
    ),
    (&["RW access update"], "zincrby"),
    (&["RW delete"], "hdel lrem ltrim srem xautoclaim xdel xgroup|delconsumer xgroup|destroy xtrim zrem"),
    (&["RW delete"], "zremrangebylex zremrangebyrank zremrangebyscore"),
    (&["RW insert"], "append hsetnx linsert lpush lpushx pfadd rpush rpushx sadd xgroup|create xgroup|createconsumer"),
    (&["RW update"], "expire expireat geoadd hmset hset lset persist pexpire pexpireat setrange xack xadd xclaim"),
    (&["RW update"], "xgroup|setid xsetid zadd"),
    (&["OW update", "RO access"], "bitop geosearchstore sdiffstore sunionstore zdiffstore zinterstore zrangestore"),
    (&["OW update", "RO access"], "zunionstore"),
    (&["RW update", "RO access"], "sinterstore"),
    (&["RW access insert", "RO access"], "pfmerge"),
    (&["RO access", "OW update"], "copy georadius georadiusbymember sort"),
    (&["RW access delete", "OW insert"], "renamenx"),
    (&["RW access delete", "OW update"], "rename"),
    (&["RW access delete", "RW insert"], "blmove brpoplpush lmove rpoplpush smove"),
];

/// What the command does with its key number `at`, the words separated by blanks.
pub(super) fn of(command: &str, argv: &[Vec<u8>], at: usize) -> &'static str {
    match command {
        "set" if argv.iter().skip(3).any(|word| args::is(word, "GET")) => "RW access update",
        "bitfield" if only_reads(argv) => "RO access",
        _ => {
            let found = FLAGS.iter().find(|(_, names)| names.split(' ').any(|name| name == command));
            let by_key = found.map_or(&[][..], |(by_key, _)| by_key);
            by_key.get(at).or(by_key.last()).copied().unwrap_or_default()
        }
    }
}

/// Whether all subcommands of BITFIELD are GET.
fn only_reads(argv: &[Vec<u8>]) -> bool {
    let mut words = argv.iter().skip(2);
    while let Some(word) = words.next() {
        let skipped = match word {
            word if args::is(word, "GET") => 2,
            word if args::is(word, "OVERFLOW") => 1,
            _ => return false,
        };
        words.by_ref().take(skipped).for_each(drop);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::{Run, table};
    use super::*;

    #[test]
    fn every_command_with_keys_is_told_of() {
        let single = table().values().copied();
        let all = single.flat_map(|command| std::iter::once(command).chain(command.subcommands()));
        let keyed = all.filter(|command| !matches!(command.run, Run::Container(_))).map(|command| command.spec);
        for spec in keyed.filter(|spec| spec.first_key > 0 || spec.flags.contains("movablekeys")) {
            assert!(spec.flags.contains("pubsub") || !of(spec.name, &[], 0).is_empty(), "{}", spec.name);
        }
    }
}
