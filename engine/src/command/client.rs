//! CLIENT.

use super::connection::set_name;
use super::{Command, Context, Outcome, Run, args, help, subcommand_syntax};
use crate::number;
use crate::pubsub::Kind;
use crate::reply::{Error, Reply};
use crate::session::{Session, SessionId, Silence};

const NONE: (i64, i64, i64) = (0, 0, 0);
const ANY: &str = "noscript loading stale";
const ADMIN: &str = "admin noscript loading stale";

pub(super) const COMMANDS: &[Command] = &[Command::new("client", -2, "", NONE, Run::Container(CLIENT))];

const CLIENT: &[Command] = &[
    Command::new("client|getname", 2, ANY, NONE, Run::Now(getname)),
    Command::new("client|getredir", 2, ANY, NONE, Run::Now(getredir)),
    Command::new("client|help", 2, "loading stale", NONE, Run::Now(client_help)),
    Command::new("client|id", 2, ANY, NONE, Run::Now(id)),
    Command::new("client|info", 2, ANY, NONE, Run::Now(info)),
    Command::new("client|kill", -3, ADMIN, NONE, Run::Now(kill)),
    Command::new("client|list", -2, ADMIN, NONE, Run::Now(list)),
    Command::new("client|no-evict", 3, ADMIN, NONE, Run::Now(no_evict)),
    Command::new("client|pause", -3, ADMIN, NONE, Run::Now(pause)),
    Command::new("client|reply", 3, ANY, NONE, Run::Send(reply)),
    Command::new("client|setname", 3, ANY, NONE, Run::Now(setname)),
    Command::new("client|trackinginfo", 2, ANY, NONE, Run::Now(trackinginfo)),
    Command::new("client|unblock", -3, ADMIN, NONE, Run::Now(unblock)),
    Command::new("client|unpause", 2, ADMIN, NONE, Run::Now(unpause)),
];

fn id(cx: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    Ok(Reply::Int(cx.session.connection))
}

fn getname(cx: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    let name = cx.session.name.as_slice();
    Ok(Reply::bulk_or_null((!name.is_empty()).then_some(name)))
}

fn setname(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    set_name(cx, &argv[2])?;
    Ok(Reply::OK)
}

fn getredir(_: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    Ok(Reply::Int(-1))
}

fn trackinginfo(_: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    let text = |text: &'static str| Reply::bulk(text);
    Ok(Reply::Map(vec![
        (text("flags"), Reply::Set(vec![text("off")])),
        (text("redirect"), Reply::Int(-1)),
        (text("prefixes"), Reply::Array(Vec::new())),
    ]))
}

fn no_evict(_: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let is_switch = args::is(&argv[2], "ON") || args::is(&argv[2], "OFF");
    is_switch.then_some(Reply::OK).ok_or(Error::SYNTAX)
}

fn reply(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Result<(), Error> {
    let word = &argv[2];
    if args::is(word, "ON") {
        cx.session.silence = Silence::None;
        cx.session.answer(Reply::OK);
    } else if args::is(word, "OFF") {
        cx.session.silence = Silence::Always;
    } else if !args::is(word, "SKIP") {
        return Err(Error::SYNTAX);
    } else if cx.session.silence != Silence::Always {
        cx.session.silence = Silence::Next;
    }
    Ok(())
}

/// PAUSE is accepted, but nobody is held up: whoever drives the engine decides who runs when.
fn pause(_: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    match &argv[3..] {
        [] => {}
        [mode] if args::is(mode, "WRITE") || args::is(mode, "ALL") => {}
        [_] => return Err(Error::new("ERR CLIENT PAUSE mode must be WRITE or ALL")),
        _ => return Err(subcommand_syntax(argv)),
    }
    let unreadable = Error::new("ERR timeout is not an integer or out of range");
    let timeout = number::int_within(&argv[2], i64::MIN, i64::MAX, unreadable)?;
    if timeout < 0 { Err(Error::new("ERR timeout is negative")) } else { Ok(Reply::OK) }
}

fn unpause(_: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    Ok(Reply::OK)
}

fn unblock(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let reply = match &argv[3..] {
        [] => None,
        [reason] if args::is(reason, "TIMEOUT") => None,
        [reason] if args::is(reason, "ERROR") => {
            Some(Error::new("UNBLOCKED client unblocked via CLIENT UNBLOCK").into())
        }
        [_] => return Err(Error::new("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")),
        _ => return Err(subcommand_syntax(argv)),
    };
    let connection = number::int(&argv[2])?;
    let waits = |other: &&Session| other.connection == connection && other.wait.is_some();
    let found = cx.store.clients.iter().find(waits).map(|other| other.id);
    if let Some(id) = found {
        cx.store.unblock(id, reply);
        cx.store.clients.unblocked.push_back(id);
    }
    Ok(Reply::flag(found.is_some()))
}

/// What CLIENT LIST and CLIENT KILL divide clients into. The engine has no replicas and no master.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClientType {
    Normal,
    PubSub,
    Other,
}

impl ClientType {
    fn parse(word: &[u8]) -> Result<ClientType, Error> {
        let is = |name| args::is(word, name);
        if is("normal") {
            Ok(ClientType::Normal)
        } else if is("pubsub") {
            Ok(ClientType::PubSub)
        } else if is("master") || is("slave") || is("replica") {
            Ok(ClientType::Other)
        } else {
            Err(Error::built([b"ERR Unknown client type '", args::c_str(word), b"'"].concat()))
        }
    }

    fn of(cx: &Context<'_>, session: &Session) -> ClientType {
        if cx.store.clients.pubsub.listens(session.id) { ClientType::PubSub } else { ClientType::Normal }
    }
}

/// The address that a connection seems to come from.
fn address(session: &Session) -> String {
    format!("127.0.0.1:{}", 50_000 + session.connection % 10_000)
}

const LOCAL_ADDRESS: &str = "127.0.0.1:6379";

/// All sessions, in the order in which they connected.
fn all<'a>(cx: &'a Context<'_>) -> Vec<&'a Session> {
    let mut sessions: Vec<&Session> = cx.store.clients.iter().chain([&*cx.session]).collect();
    sessions.sort_by_key(|session| session.connection);
    sessions
}

fn describe(cx: &Context<'_>, session: &Session) -> String {
    let pubsub = &cx.store.clients.pubsub;
    let mut flags = String::new();
    for (flag, is_set) in [
        ('P', pubsub.listens(session.id)),
        ('x', session.multi.is_some()),
        ('b', session.wait.is_some()),
        ('d', cx.store.watches.is_dirty(session.id)),
    ] {
        flags.extend(is_set.then_some(flag));
    }
    if flags.is_empty() {
        flags.push('N');
    }
    let seconds_since = |at: i64| (cx.now() - at).max(0) / 1000;
    format!(
        "id={} addr={} laddr={LOCAL_ADDRESS} fd={} name={} age={} idle={} flags={flags} db={} sub={} psub={} ssub={} multi={} \
         qbuf=0 qbuf-free=20474 argv-mem=0 multi-mem=0 rbs=1024 rbp=0 obl=0 oll=0 omem=0 tot-mem=22272 events=r cmd={} \
         user=default redir=-1 resp={}\n",
        session.connection,
        address(session),
        session.connection + 7,
        String::from_utf8_lossy(&session.name),
        seconds_since(session.created_at),
        seconds_since(session.active_at),
        session.db,
        pubsub.of(Kind::Channel).count(session.id),
        pubsub.of(Kind::Pattern).count(session.id),
        pubsub.of(Kind::Shard).count(session.id),
        session.multi.as_ref().map_or(-1, |multi| multi.queue.len() as i64),
        if session.last_command.is_empty() { "NULL" } else { session.last_command },
        if session.resp3 { 3 } else { 2 },
    )
}

fn info(cx: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    Ok(Reply::Verbatim(describe(cx, cx.session).into_bytes()))
}

fn list(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let (mut kind, mut connections) = (None, None);
    match &argv[2..] {
        [] => {}
        [word, name] if args::is(word, "TYPE") => kind = Some(ClientType::parse(name)?),
        [word, ids @ ..] if args::is(word, "ID") && !ids.is_empty() => {
            let invalid = Error::new("ERR Invalid client ID");
            let id = |word: &Vec<u8>| number::int_within(word, i64::MIN, i64::MAX, invalid.clone());
            connections = Some(ids.iter().map(id).collect::<Result<Vec<i64>, Error>>()?);
        }
        _ => return Err(Error::SYNTAX),
    }
    let sessions = all(cx);
    let text = match connections {
        Some(ids) => {
            let find = |id: i64| sessions.iter().find(|session| session.connection == id);
            ids.into_iter().filter_map(find).map(|session| describe(cx, session)).collect::<String>()
        }
        None => {
            let fits = |session: &&&Session| kind.is_none_or(|kind| ClientType::of(cx, session) == kind);
            sessions.iter().filter(fits).map(|session| describe(cx, session)).collect()
        }
    };
    Ok(Reply::Verbatim(text.into_bytes()))
}

/// Whom CLIENT KILL is after.
struct Target {
    connection: Option<i64>,
    kind: Option<ClientType>,
    address: Option<Vec<u8>>,
    local_address: Option<Vec<u8>>,
    skip_me: bool,
}

impl Target {
    fn parse(words: &[Vec<u8>]) -> Result<Self, Error> {
        let mut target = Self { connection: None, kind: None, address: None, local_address: None, skip_me: true };
        if let [address] = words {
            return Ok(Self { address: Some(address.clone()), skip_me: false, ..target });
        }
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let value = words.next().ok_or(Error::SYNTAX)?;
            if args::is(word, "ID") {
                let invalid = Error::new("ERR client-id should be greater than 0");
                target.connection = Some(number::int_within(value, 1, i64::MAX, invalid)?);
            } else if args::is(word, "TYPE") {
                target.kind = Some(ClientType::parse(value)?);
            } else if args::is(word, "ADDR") {
                target.address = Some(value.clone());
            } else if args::is(word, "LADDR") {
                target.local_address = Some(value.clone());
            } else if args::is(word, "USER") {
                if value != b"default" {
                    return Err(Error::built([b"ERR No such user '", args::c_str(value), b"'"].concat()));
                }
            } else if args::is(word, "SKIPME") {
                target.skip_me = match value {
                    value if args::is(value, "YES") => true,
                    value if args::is(value, "NO") => false,
                    _ => return Err(Error::SYNTAX),
                };
            } else {
                return Err(Error::SYNTAX);
            }
        }
        Ok(target)
    }

    fn hits(&self, cx: &Context<'_>, session: &Session) -> bool {
        self.connection.is_none_or(|id| session.connection == id)
            && self.kind.is_none_or(|kind| ClientType::of(cx, session) == kind)
            && self.address.as_ref().is_none_or(|addr| *addr == address(session).as_bytes())
            && self.local_address.as_ref().is_none_or(|addr| addr == LOCAL_ADDRESS.as_bytes())
            && !(self.skip_me && session.id == cx.session.id)
    }
}

fn kill(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let target = Target::parse(&argv[2..])?;
    let doomed: Vec<SessionId> =
        all(cx).into_iter().filter(|session| target.hits(cx, session)).map(|session| session.id).collect();
    for &id in &doomed {
        if id == cx.session.id {
            cx.session.closing = true;
        } else if let Some(session) = cx.store.clients.take(id) {
            cx.store.close(session);
        }
    }
    if argv.len() > 3 {
        return Ok(Reply::count(doomed.len()));
    }
    if doomed.is_empty() { Err(Error::new("ERR No such client")) } else { Ok(Reply::OK) }
}

fn client_help(_: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    help("CLIENT", include_str!("client_help.txt"))
}

#[cfg(test)]
mod tests {
    use crate::reply::Reply;
    use crate::testing::Rig;

    #[test]
    fn a_blocked_client_is_unblocked_and_goes_on() {
        let mut rig = Rig::new();
        rig.replies(2, "BLPOP k 0");
        rig.replies(2, "PING");
        rig.run("PING");
        assert_eq!(rig.run("CLIENT UNBLOCK 2"), Reply::Int(0));
        let replies = rig.replies(1, "CLIENT UNBLOCK 1 ERROR");
        assert!(matches!(&replies[0], (2, Reply::Error(text)) if text.starts_with(b"UNBLOCKED ")), "{replies:?}");
        assert_eq!(replies[1..], [(1, Reply::Int(1)), (2, Reply::status("PONG"))]);
    }

    #[test]
    fn a_killed_client_leaves_nothing_behind() {
        let mut rig = Rig::new();
        rig.replies(2, "SUBSCRIBE a");
        rig.replies(3, "BLPOP k 0");
        rig.run("PING");
        assert_eq!(rig.run("CLIENT KILL TYPE pubsub"), Reply::Int(1));
        assert_eq!(rig.run("CLIENT KILL ID 2"), Reply::Int(1));
        assert_eq!(rig.run("PUBLISH a x"), Reply::Int(0));
        assert_eq!(rig.replies(1, "RPUSH k a"), [(1, Reply::Int(1))]);
    }
}
