//! XGROUP and XACK.

use super::{NONE, words};
use crate::command::args::{self, c_str};
use crate::command::{Command, Context, Outcome, Run, help, subcommand_syntax};
use crate::number;
use crate::reply::{Error, Reply};
use crate::structure::stream::{Group, Stream, StreamId};
use crate::value::Kind;

const KEY: (i64, i64, i64) = (2, 2, 1);
const CREATE: &str = "write denyoom";

pub(super) const XGROUP: &[Command] = &[
    Command::new("xgroup|create", -5, CREATE, KEY, Run::Now(create)),
    Command::new("xgroup|setid", -5, "write", KEY, Run::Now(setid)),
    Command::new("xgroup|destroy", 4, "write", KEY, Run::Now(destroy)),
    Command::new("xgroup|createconsumer", 5, CREATE, KEY, Run::Now(createconsumer)),
    Command::new("xgroup|delconsumer", 5, "write", KEY, Run::Now(delconsumer)),
    Command::new("xgroup|help", 2, "loading stale", NONE, Run::Now(xgroup_help)),
];

const NO_KEY: Error = Error::new(
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option \
     to create an empty stream automatically.",
);

/// The options behind the id of CREATE and SETID.
#[derive(Default)]
struct Options {
    make: bool,
    entries_read: Option<i64>,
}

impl Options {
    fn parse(argv: &[Vec<u8>], creates: bool) -> Result<Self, Error> {
        let mut options = Self::default();
        let mut at = 5;
        while at < argv.len() {
            if creates && args::is(&argv[at], "MKSTREAM") {
                options.make = true;
                at += 1;
            } else if args::is(&argv[at], "ENTRIESREAD") && at + 1 < argv.len() {
                options.entries_read = entries_read(&argv[at + 1])?;
                at += 2;
            } else {
                return Err(subcommand_syntax(argv));
            }
        }
        Ok(options)
    }
}

/// A count of entries; -1 is an unknown one.
fn entries_read(word: &[u8]) -> Result<Option<i64>, Error> {
    match number::int(word)? {
        -1 => Ok(None),
        ..0 => Err(Error::new("ERR value for ENTRIESREAD must be positive or -1")),
        count => Ok(Some(count)),
    }
}

fn no_such_group(key: &[u8], group: &[u8]) -> Error {
    let parts = [b"NOGROUP No such consumer group '", c_str(group), b"' for key name '", c_str(key), b"'"];
    Error::built(parts.concat())
}

/// The group of a subcommand, which must exist.
fn group<'a>(cx: &'a mut Context<'_>, argv: &[Vec<u8>]) -> Result<&'a mut Group, Error> {
    let stream = cx.get_mut::<Stream>(&argv[2])?.ok_or(NO_KEY)?;
    stream.groups.get_mut(&argv[3]).ok_or_else(|| no_such_group(&argv[2], &argv[3]))
}

fn create(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let options = Options::parse(argv, true)?;
    let key = &argv[2];
    let last_id = cx.get::<Stream>(key)?.map(|stream| stream.log.last_id);
    if last_id.is_none() && !options.make {
        return Err(NO_KEY);
    }
    // More words than the longest sensible command has can't be sensible.
    if argv.len() > 8 {
        return Err(subcommand_syntax(argv));
    }
    let id = match c_str(&argv[4]) {
        b"$" => last_id.unwrap_or_default(),
        _ => words::exact_id(&argv[4])?,
    };
    let groups = &mut cx.get_or_create::<Stream>(key)?.groups;
    let taken = groups.contains_key(&argv[3]);
    if !taken {
        groups.insert(argv[3].clone(), Group::new(id, options.entries_read));
    }
    if last_id.is_none() {
        cx.changed(key);
    }
    if taken { Err(Error::new("BUSYGROUP Consumer Group name already exists")) } else { Ok(Reply::OK) }
}

fn setid(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let options = Options::parse(argv, false)?;
    group(cx, argv)?;
    if argv.len() != 5 && argv.len() != 7 {
        return Err(subcommand_syntax(argv));
    }
    let id = match c_str(&argv[4]) {
        b"$" => cx.get::<Stream>(&argv[2])?.map_or(StreamId::MIN, |stream| stream.log.last_id),
        _ => words::any_id(&argv[4], 0)?,
    };
    let keeps = planted!(cx.config(), XgroupSetidKeepsEntriesRead);
    let group = group(cx, argv)?;
    group.last_id = id;
    if !keeps {
        group.entries_read = options.entries_read;
    }
    Ok(Reply::OK)
}

fn destroy(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let stream = cx.get_mut::<Stream>(&argv[2])?.ok_or(NO_KEY)?;
    let destroyed = stream.groups.remove(&argv[3]).is_some();
    if destroyed && !planted!(cx.config(), XgroupDestroyWakesNobody) {
        // Those who wait for the group learn that it is gone.
        cx.wake(&argv[2], Kind::Stream);
    }
    Ok(Reply::flag(destroyed))
}

fn createconsumer(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let now = cx.now();
    Ok(Reply::flag(group(cx, argv)?.create_consumer(&argv[4], now)))
}

fn delconsumer(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    Ok(Reply::count(group(cx, argv)?.remove_consumer(&argv[4]).unwrap_or(0)))
}

fn xgroup_help(_: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    help(
        "XGROUP",
        "CREATE <key> <groupname> <id|$> [option]
    Create a new consumer group. Options are:
    * MKSTREAM
      Create the empty stream if it does not exist.
    * ENTRIESREAD entries_read
      Set the group's entries_read counter (internal use).
CREATECONSUMER <key> <groupname> <consumer>
    Create a new consumer in the specified group.
DELCONSUMER <key> <groupname> <consumer>
    Remove the specified consumer.
DESTROY <key> <groupname>
    Remove the specified group.
SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]
    Set the current group ID and entries_read counter.",
    )
}

pub(super) fn xack(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let generous = planted!(cx.config(), XackCountsMissing);
    let stream = cx.get_mut::<Stream>(&argv[1])?;
    let Some(group) = stream.and_then(|stream| stream.groups.get_mut(&argv[2])) else {
        return Ok(Reply::Int(0));
    };
    let ids = words::exact_ids(&argv[3..])?;
    Ok(Reply::count(ids.into_iter().filter(|&id| group.acknowledge(id) || generous).count()))
}
