//! CLIENT: what connections are told of each other, and do to each other.
//!
//! A model that predicts a server's replies knows the connections of its scenario, and none of their numbers.

use super::clients::{Client, Replies};
use super::connection::valid_name;
use super::number::{int, parse_int};
use super::service::{Pause, command_name};
use super::{Call, Error, Expect, Handler, Model, Reply, help};
use crate::resp::{Bytes, Value};
use crate::subject::ClientId;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "CLIENT" => client,
        "MONITOR" => |model, call| {
            model.client(call.client).monitors = true;
            Expect::ok()
        },
        _ => return None,
    })
}

/// Where the numbers of a model's own connections begin: so far from any number in a scenario that none is ever meant.
const NUMBERS_BEGIN: i64 = 7_340_032_000_000;

/// What CLIENT ID answers.
pub(super) fn number(client: ClientId) -> i64 {
    NUMBERS_BEGIN.saturating_add_unsigned(client.0)
}

fn client(model: &mut Model, call: &Call) -> Reply {
    let args = &call.argv[2..];
    match call.argv[1].to_ascii_uppercase().as_slice() {
        b"ID" => {
            let is_number = |reply: &Value| matches!(reply, Value::Int(1..));
            let instead = || Value::Int(number(call.client));
            Ok(Expect::checked(call, "int", "the number of the connection", is_number, instead))
        }
        b"GETNAME" => {
            let name = model.client(call.client).name.clone();
            Expect::bulk_or_nil(Some(name).filter(|name| !name.is_empty()))
        }
        b"SETNAME" => {
            model.client(call.client).name = valid_name(&args[0])?;
            Expect::ok()
        }
        b"INFO" => Ok(described(model, call, true, &|id, _| id == call.client)),
        b"LIST" => list(model, call),
        b"NO-EVICT" => {
            model.client(call.client).stays = one_of(&args[0], &[b"OFF", b"ON"], Error::Syntax)? == 1;
            Expect::ok()
        }
        b"UNBLOCK" => unblock(model, call),
        b"KILL" => kill(model, call),
        b"GETREDIR" => Expect::int(-1),
        b"TRACKINGINFO" => {
            let bulk = |text: &str| Value::bulk(text);
            let on = model.client(call.client).tracks;
            Ok(Expect::Exact(Value::Map(vec![
                (bulk("flags"), Value::Set(vec![bulk(if on { "on" } else { "off" })])),
                (bulk("redirect"), Value::Int(-1)),
                (bulk("prefixes"), Value::Array(vec![])),
            ])))
        }
        b"REPLY" => reply(model, call, &args[0]),
        b"TRACKING" => {
            model.client(call.client).tracks = one_of(&args[0], &[b"OFF", b"ON"], Error::Syntax)? == 1;
            Expect::ok()
        }
        b"PAUSE" => pause(model, call),
        b"UNPAUSE" => {
            if let Some(service) = &mut model.service {
                service.pause = None;
            }
            Expect::ok()
        }
        _ => Ok(help::reply("CLIENT")),
    }
}

/// Which of these words it is.
fn one_of(word: &[u8], words: &[&[u8]], error: Error) -> Result<usize, Error> {
    words.iter().position(|known| word.eq_ignore_ascii_case(known)).ok_or(error)
}

/// The lines of the connections that are asked for; of what a server shows, the client's own is looked at.
fn described(model: &mut Model, call: &Call, must_be_there: bool, shown: &dyn Fn(ClientId, &Client) -> bool) -> Expect {
    let own = model.client(call.client);
    let fields = [
        format!("name={}", String::from_utf8_lossy(&own.name)),
        format!("db={}", call.db),
        format!("sub={}", own.channels.len()),
        format!("psub={}", own.patterns.len()),
        format!("ssub={}", own.shard_channels.len()),
        "user=default".to_owned(),
        format!("resp={}", if own.resp3 { 3 } else { 2 }),
    ];
    let is_own = |line: &str| line.starts_with("id=") && fields.iter().all(|field| line.split(' ').any(|f| f == field));
    let holds = |reply: &Value| match reply {
        Value::Bulk(text) => {
            let text = String::from_utf8_lossy(text);
            (text.is_empty() || text.ends_with('\n')) && (!must_be_there || text.lines().any(is_own))
        }
        _ => false,
    };
    let instead = || {
        let lines = model.clients.iter().filter(|(id, client)| shown(**id, client));
        Value::Verbatim(*b"txt", lines.map(|(id, client)| line(model, call, *id, client)).collect::<String>().into())
    };
    Expect::checked(call, "verbatim", format!("a line with {}", fields.join(" ")), holds, instead)
}

/// How a connection is described; sizes of buffers are made up.
fn line(model: &Model, call: &Call, id: ClientId, client: &Client) -> String {
    let request_bytes = |argv: &[Bytes]| {
        let mut request = Bytes::new();
        crate::resp::encode_request(argv, &mut request);
        request.len()
    };
    let seconds = |since_ms: i64| (model.now_ms - since_ms).max(0) / 1000;
    let request = if id == call.client { request_bytes(call.argv) } else { 0 };
    let multi = client.multi.as_ref().map_or(-1, |multi| multi.queue.len() as i64);
    let multi_bytes: usize = client.multi.iter().flat_map(|multi| &multi.queue).map(|argv| request_bytes(argv)).sum();
    let (free, room) = if request > 0 { (20474 - request.min(20474), 16384) } else { (0, 1024) };
    format!(
        "id={} addr={} laddr={} fd={} name={} age={} idle={} flags={} db={} sub={} psub={} ssub={} multi={multi} \
         qbuf={request} qbuf-free={free} argv-mem={} multi-mem={multi_bytes} rbs={room} rbp={room} obl=0 oll=0 omem=0 \
         tot-mem={} events=r cmd={} user=default redir=-1 resp={}\n",
        number(id),
        client.origin.address,
        client.origin.local_address,
        id.0 + 7,
        String::from_utf8_lossy(&client.name),
        seconds(client.origin.since_ms),
        seconds(client.active_ms),
        flags(model, id, client),
        client.db,
        client.channels.len(),
        client.patterns.len(),
        client.shard_channels.len(),
        request.saturating_sub(16),
        1944 + request + free + room,
        client.last.map_or_else(|| "NULL".into(), command_name),
        if client.resp3 { 3 } else { 2 },
    )
}

fn flags(model: &Model, id: ClientId, client: &Client) -> String {
    let flags = [
        (client.monitors, 'O'),
        (client.is_subscribed(), 'P'),
        (client.multi.is_some(), 'x'),
        (model.is_blocked(id), 'b'),
        (client.dirty, 'd'),
        (client.origin.address.ends_with(":0"), 'U'),
        (client.tracks, 't'),
        (client.stays, 'e'),
    ];
    let shown: String = flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag).collect();
    if shown.is_empty() { "N".into() } else { shown }
}

const TYPES: [&[u8]; 5] = [b"NORMAL", b"SLAVE", b"REPLICA", b"PUBSUB", b"MASTER"];

/// Its place in [`TYPES`].
fn type_of(client: &Client) -> usize {
    if client.is_subscribed() { 3 } else { 0 }
}

fn list(model: &mut Model, call: &Call) -> Reply {
    match &call.argv[2..] {
        [] => Ok(described(model, call, true, &|_, _| true)),
        [option, name] if option.eq_ignore_ascii_case(b"TYPE") => {
            let kind = one_of(name, &TYPES, Error::UnknownClientType(name.clone()))?;
            let own = type_of(model.client(call.client));
            Ok(described(model, call, kind == own, &|_, client| type_of(client) == kind))
        }
        [option, ids @ ..] if option.eq_ignore_ascii_case(b"ID") && !ids.is_empty() => {
            let ids: Vec<i64> =
                ids.iter().map(|id| parse_int(id).ok_or(Error::InvalidClientId)).collect::<Result<_, _>>()?;
            Ok(described(model, call, false, &|id, _| ids.contains(&number(id))))
        }
        _ => Err(Error::Syntax),
    }
}

fn unblock(model: &mut Model, call: &Call) -> Reply {
    let by_error = match &call.argv[2..] {
        [_, _, _, ..] => return Err(Error::SubcommandSyntax("CLIENT", call.argv[1].clone())),
        [_, reason] => one_of(reason, &[b"TIMEOUT", b"ERROR"], Error::UnblockReason)? == 1,
        _ => false,
    };
    let id = int(&call.argv[2])?;
    let waiting = model.clients.keys().copied().find(|client| number(*client) == id && model.is_blocked(*client));
    let Some(client) = waiting else { return Expect::int(0) };
    model.blocking.remove(client);
    let reply = if by_error { Expect::error(Error::Unblocked) } else { Expect::Exact(Value::NullArray) };
    model.emit(client, reply);
    Expect::int(1)
}

/// What CLIENT KILL asks of a connection; a filter that is given twice counts as it was given last.
#[derive(Default)]
struct Filters {
    id: Option<i64>,
    kind: Option<usize>,
    address: Option<Bytes>,
    local_address: Option<Bytes>,
    include_self: bool,
}

impl Filters {
    fn parse(args: &[Bytes]) -> Result<Filters, Error> {
        let mut filters = Filters::default();
        for filter in args.chunks(2) {
            let [name, value] = filter else { return Err(Error::Syntax) };
            match name.to_ascii_uppercase().as_slice() {
                b"ID" => {
                    let id = parse_int(value).filter(|id| *id > 0).ok_or(Error::ClientIdNotPositive)?;
                    filters.id = Some(id);
                }
                b"TYPE" => filters.kind = Some(one_of(value, &TYPES, Error::UnknownClientType(value.clone()))?),
                b"ADDR" => filters.address = Some(value.clone()),
                b"LADDR" => filters.local_address = Some(value.clone()),
                b"USER" if value == b"default" => {}
                b"USER" => return Err(Error::NoSuchUser(value.clone())),
                b"SKIPME" => filters.include_self = one_of(value, &[b"YES", b"NO"], Error::Syntax)? == 1,
                _ => return Err(Error::Syntax),
            }
        }
        Ok(filters)
    }

    fn fit(&self, id: ClientId, client: &Client) -> bool {
        let is = |wanted: &Option<Bytes>, address: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted.as_slice() == address.as_bytes())
        };
        self.id.is_none_or(|wanted| wanted == number(id))
            && self.kind.is_none_or(|kind| kind == type_of(client))
            && is(&self.address, &client.origin.address)
            && is(&self.local_address, &client.origin.local_address)
    }
}

fn kill(model: &mut Model, call: &Call) -> Reply {
    if let [address] = &call.argv[2..] {
        let filters = Filters { address: Some(address.clone()), include_self: true, ..Filters::default() };
        let closed = if model.service.is_some() { close(model, call, &filters) } else { 0 };
        return if closed > 0 { Expect::ok() } else { Err(Error::NoSuchClient) };
    }
    let filters = Filters::parse(&call.argv[2..])?;
    Expect::int(if model.service.is_some() { close(model, call, &filters) } else { 0 })
}

/// Closes the connections that fit. Without any of its own, the model is asked for those of a server, and nobody is
/// meant: the runner sends no other.
fn close(model: &mut Model, call: &Call, filters: &Filters) -> i64 {
    let fitting = model
        .clients
        .iter()
        .filter(|(id, client)| (filters.include_self || **id != call.client) && filters.fit(**id, client));
    let fitting: Vec<ClientId> = fitting.map(|(id, _)| *id).collect();
    for id in &fitting {
        if *id != call.client {
            model.disconnect(*id);
        }
    }
    let closed = fitting.len() as i64;
    if let Some(service) = &mut model.service {
        service.closed.extend(fitting);
    }
    closed
}

fn reply(model: &mut Model, call: &Call, word: &[u8]) -> Reply {
    let client = model.client(call.client);
    match one_of(word, &[b"ON", b"OFF", b"SKIP"], Error::Syntax)? {
        0 => {
            client.replies = Replies::On;
            Expect::ok()
        }
        1 => {
            client.replies = Replies::Off;
            Ok(Expect::Silent)
        }
        _ if client.replies == Replies::Off => Ok(Expect::Silent),
        _ => {
            client.replies = Replies::SkipNext;
            Ok(Expect::Silent)
        }
    }
}

fn pause(model: &mut Model, call: &Call) -> Reply {
    let writes_only = match &call.argv[3..] {
        [] => false,
        [mode] => one_of(mode, &[b"ALL", b"WRITE"], Error::PauseMode)? == 1,
        _ => return Err(Error::SubcommandSyntax("CLIENT", call.argv[1].clone())),
    };
    let until_ms = match parse_int(&call.argv[2]).ok_or(Error::TimeoutNotInt)? {
        ..0 => return Err(Error::TimeoutNegative),
        ms => model.now_ms.checked_add(ms).ok_or(Error::TimeoutNotInt)?,
    };
    let old = model.pause();
    if let Some(service) = &mut model.service {
        // A pause is never made weaker or shorter by another.
        service.pause = Some(Pause {
            until_ms: old.map_or(until_ms, |old| old.until_ms.max(until_ms)),
            writes_only: writes_only && old.is_none_or(|old| old.writes_only),
        });
    }
    Expect::ok()
}

#[cfg(test)]
mod tests {
    use super::super::Model;
    use super::*;

    fn ask(model: &mut Model, client: u64, line: &str) -> Vec<(u64, String)> {
        let argv: Vec<Bytes> = line.split(' ').map(Bytes::from).collect();
        let mut out = Vec::new();
        model.send(ClientId(client), &argv, None, &mut out);
        let shown = |expect: Expect| expect.choose().iter().map(Value::to_string).collect::<Vec<_>>().join(" | ");
        out.into_iter().map(|(id, expect)| (id.0, shown(expect))).collect()
    }

    fn served() -> Model {
        let mut model = Model::default().served();
        for id in 1..=3 {
            model.connect(ClientId(id), format!("127.0.0.1:{id}"), "127.0.0.1:6379".into());
        }
        model
    }

    #[test]
    fn clients_see_each_other() {
        let model = &mut served();
        ask(model, 1, "CLIENT SETNAME first");
        let list = &ask(model, 2, "CLIENT LIST")[0].1;
        for part in ["name=first", "addr=127.0.0.1:3", "cmd=client|list", "qbuf=26", "cmd=NULL"] {
            assert!(list.contains(part), "{part}: {list}");
        }
        assert_eq!(ask(model, 2, "CLIENT LIST TYPE pubsub"), [(2, "\"\"".into())]);
    }

    #[test]
    fn those_who_are_meant_are_closed_or_woken() {
        let model = &mut served();
        assert_eq!(ask(model, 1, "CLIENT KILL 127.0.0.1:9")[0].1, "(error) ERR No such client");
        assert_eq!(ask(model, 1, "CLIENT KILL 127.0.0.1:2")[0].1, "OK");
        assert_eq!(model.take_closed(), [ClientId(2)]);
        ask(model, 3, "BLPOP k 0");
        assert_eq!(ask(model, 1, &format!("CLIENT UNBLOCK {}", number(ClientId(1))))[0].1, "(integer) 0");
        let woken = ask(model, 1, &format!("CLIENT UNBLOCK {} ERROR", number(ClientId(3))));
        assert!(woken[0] == (3, "(error) UNBLOCKED client unblocked via CLIENT UNBLOCK".into()), "{woken:?}");
        assert_eq!(ask(model, 1, "CLIENT KILL SKIPME no")[0].1, "(integer) 2");
    }

    #[test]
    fn who_wants_no_replies_still_gets_messages() {
        let model = &mut served();
        assert_eq!(ask(model, 1, "CLIENT REPLY OFF"), []);
        assert_eq!(ask(model, 1, "SUBSCRIBE c").len(), 1);
        assert_eq!(ask(model, 1, "PING"), []);
        assert_eq!(ask(model, 2, "PUBLISH c m").len(), 2);
        assert_eq!(ask(model, 3, "CLIENT REPLY SKIP"), []);
        assert_eq!(ask(model, 3, "PING"), []);
        assert_eq!(ask(model, 3, "PING"), [(3, "PONG".into())]);
    }

    #[test]
    fn a_pause_holds_back_what_it_is_told_to() {
        let model = &mut served();
        let held = |model: &Model, line: &str| {
            model.is_held_back(ClientId(2), &line.split(' ').map(Bytes::from).collect::<Vec<_>>())
        };
        ask(model, 1, "CLIENT PAUSE 1000 WRITE");
        assert!(held(model, "SET a b") && !held(model, "GET a"));
        ask(model, 1, "CLIENT PAUSE 10 ALL");
        assert!(held(model, "GET a") && !held(model, "CLIENT UNPAUSE"));
        model.advance(model.now_ms() + 1000, &mut Vec::new());
        assert!(!held(model, "SET a b"));
    }
}
