//! HELLO, AUTH, RESET, QUIT and CLIENT: what a connection is and knows of itself.

use super::clients::Client;
use super::number::{int, parse_int};
use super::{Call, Error, Expect, Handler, Model, Reply, help};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "HELLO" => hello,
        "AUTH" => auth,
        "RESET" => |model, call| {
            *model.client(call.client) = Client::default();
            Ok(Expect::Exact(Value::Status(b"RESET".to_vec())))
        },
        "QUIT" => |model, call| {
            model.disconnect(call.client);
            Expect::ok()
        },
        "CLIENT" => client,
        _ => return None,
    })
}

fn hello(model: &mut Model, call: &Call) -> Reply {
    let protocol = match call.argv.get(1) {
        None => None,
        Some(text) => match parse_int(text).ok_or(Error::ProtocolNotInt)? {
            version @ 2..=3 => Some(version),
            _ => return Err(Error::NoProto),
        },
    };
    // Each option takes effect before the next is read.
    let mut options = call.argv.get(2..).unwrap_or_default();
    while let [option, rest @ ..] = options {
        options = match (option.to_ascii_uppercase().as_slice(), rest) {
            (b"AUTH", [who, _, rest @ ..]) => {
                authenticate(who)?;
                rest
            }
            (b"SETNAME", [text, rest @ ..]) => {
                model.client(call.client).name = valid_name(text)?;
                rest
            }
            _ => return Err(Error::HelloOption(option.clone())),
        };
    }
    let client = model.client(call.client);
    if let Some(version) = protocol {
        client.resp3 = version == 3;
    }
    let proto = if client.resp3 { 3 } else { 2 };
    Ok(Expect::Checked {
        rule: format!("a map of server, version, proto {proto}, id, mode, role and modules"),
        holds: call.hint.is_none_or(|reply| is_greeting(reply, proto)),
        class: "map",
    })
}

/// Whether this is HELLO's reply as flat pairs. The version and the connection's number are the server's own business.
fn is_greeting(reply: &Value, proto: i64) -> bool {
    let Value::Array(items) = reply else { return false };
    let text = |i: usize| match &items[i] {
        Value::Bulk(text) => text.as_slice(),
        _ => b"",
    };
    let names: [&[u8]; 7] = [b"server", b"version", b"proto", b"id", b"mode", b"role", b"modules"];
    items.len() == 14
        && names.iter().enumerate().all(|(i, name)| text(2 * i) == *name)
        && !text(1).is_empty()
        && text(3).first().is_some_and(u8::is_ascii_digit)
        && items[5] == Value::Int(proto)
        && matches!(items[7], Value::Int(1..))
        && text(9) == b"standalone"
        && text(11) == b"master"
        && matches!(items[13], Value::Array(_))
}

/// Nobody but the default user is there, and that one takes any password.
fn authenticate(user: &[u8]) -> Result<(), Error> {
    if user == b"default" { Ok(()) } else { Err(Error::WrongPass) }
}

fn auth(_: &mut Model, call: &Call) -> Reply {
    match call.argv {
        [_, _] => Err(Error::NoPassword),
        [_, user, _] => authenticate(user).and_then(|()| Expect::ok()),
        _ => Err(Error::Syntax),
    }
}

fn valid_name(name: &[u8]) -> Result<Bytes, Error> {
    let printable = |byte: &u8| (b'!'..=b'~').contains(byte);
    if name.iter().all(printable) { Ok(name.to_vec()) } else { Err(Error::ClientName) }
}

fn client(model: &mut Model, call: &Call) -> Reply {
    let args = &call.argv[2..];
    match call.argv[1].to_ascii_uppercase().as_slice() {
        b"ID" => Ok(Expect::Checked {
            rule: "the number of the connection".into(),
            holds: matches!(call.hint, None | Some(Value::Int(1..))),
            class: "int",
        }),
        b"GETNAME" => {
            let name = model.client(call.client).name.clone();
            Expect::bulk_or_nil(Some(name).filter(|name| !name.is_empty()))
        }
        b"SETNAME" => {
            model.client(call.client).name = valid_name(&args[0])?;
            Expect::ok()
        }
        b"INFO" => Ok(described(model, call, true)),
        b"LIST" => list(model, call),
        b"NO-EVICT" => one_of(&args[0], &[b"ON", b"OFF"], Error::Syntax).and_then(|_| Expect::ok()),
        b"UNBLOCK" => unblock(call),
        b"KILL" => kill(call),
        b"GETREDIR" => Expect::int(-1),
        b"TRACKINGINFO" => {
            let bulk = |text: &str| Value::bulk(text);
            Ok(Expect::Exact(Value::Map(vec![
                (bulk("flags"), Value::Set(vec![bulk("off")])),
                (bulk("redirect"), Value::Int(-1)),
                (bulk("prefixes"), Value::Array(vec![])),
            ])))
        }
        b"REPLY" => one_of(&args[0], &[b"ON"], Error::Syntax).and_then(|_| Expect::ok()),
        _ => Ok(help::reply("CLIENT")),
    }
}

/// Which of these words it is.
fn one_of(word: &[u8], words: &[&[u8]], error: Error) -> Result<usize, Error> {
    words.iter().position(|known| word.eq_ignore_ascii_case(known)).ok_or(error)
}

/// The client's own line of CLIENT INFO and CLIENT LIST, as far as the model knows it.
fn described(model: &mut Model, call: &Call, must_be_there: bool) -> Expect {
    let client = model.client(call.client);
    let name = String::from_utf8_lossy(&client.name);
    let (channels, patterns, shards) = (client.channels.len(), client.patterns.len(), client.shard_channels.len());
    let resp = if client.resp3 { 3 } else { 2 };
    let fields = [
        format!("name={name}"),
        format!("db={}", call.db),
        format!("sub={channels}"),
        format!("psub={patterns}"),
        format!("ssub={shards}"),
        format!("user=default"),
        format!("resp={resp}"),
    ];
    let is_own = |line: &str| line.starts_with("id=") && fields.iter().all(|field| line.split(' ').any(|f| f == field));
    let holds = match call.hint {
        None => true,
        Some(Value::Bulk(text)) => {
            let text = String::from_utf8_lossy(text);
            (text.is_empty() || text.ends_with('\n')) && (!must_be_there || text.lines().any(is_own))
        }
        Some(_) => false,
    };
    Expect::Checked { rule: format!("a line with {}", fields.join(" ")), holds, class: "verbatim" }
}

const TYPES: [&[u8]; 5] = [b"NORMAL", b"SLAVE", b"REPLICA", b"PUBSUB", b"MASTER"];

fn list(model: &mut Model, call: &Call) -> Reply {
    match &call.argv[2..] {
        [] => Ok(described(model, call, true)),
        [option, name] if option.eq_ignore_ascii_case(b"TYPE") => {
            let kind = one_of(name, &TYPES, Error::UnknownClientType(name.clone()))?;
            let own = if model.client(call.client).is_subscribed() { b"PUBSUB".as_slice() } else { b"NORMAL" };
            Ok(described(model, call, TYPES[kind] == own))
        }
        [option, ids @ ..] if option.eq_ignore_ascii_case(b"ID") && !ids.is_empty() => {
            ids.iter().try_for_each(|id| parse_int(id).map(drop).ok_or(Error::InvalidClientId))?;
            Ok(described(model, call, false))
        }
        _ => Err(Error::Syntax),
    }
}

/// No scenario knows the number of a connection: nobody is meant.
fn unblock(call: &Call) -> Reply {
    match &call.argv[2..] {
        [_, _, _, ..] => return Err(Error::SubcommandSyntax("CLIENT", call.argv[1].clone())),
        [_, reason] => drop(one_of(reason, &[b"TIMEOUT", b"ERROR"], Error::UnblockReason)?),
        _ => {}
    }
    int(&call.argv[2])?;
    Expect::int(0)
}

/// Nobody is meant here, either; the runner does not send what would close connections.
fn kill(call: &Call) -> Reply {
    let filters = &call.argv[2..];
    if filters.len() == 1 {
        return Err(Error::NoSuchClient);
    }
    for filter in filters.chunks(2) {
        let [name, value] = filter else { return Err(Error::Syntax) };
        match name.to_ascii_uppercase().as_slice() {
            b"ID" => drop(parse_int(value).filter(|id| *id > 0).ok_or(Error::ClientIdNotPositive)?),
            b"TYPE" => drop(one_of(value, &TYPES, Error::UnknownClientType(value.clone()))?),
            b"ADDR" | b"LADDR" => {}
            b"USER" if value == b"default" => {}
            b"USER" => return Err(Error::NoSuchUser(value.clone())),
            b"SKIPME" => drop(one_of(value, &[b"YES", b"NO"], Error::Syntax)?),
            _ => return Err(Error::Syntax),
        }
    }
    Expect::int(0)
}

#[cfg(test)]
mod tests {
    use super::super::testing::last;

    #[test]
    fn a_name_stays_when_the_rest_of_hello_is_wrong() {
        assert_eq!(last(&["HELLO 3 SETNAME a AUTH nobody x", "CLIENT GETNAME"]), "\"a\"");
        assert_eq!(last(&["HELLO 3 SETNAME a AUTH default x", "CLIENT GETNAME"]), "\"a\"");
        assert!(last(&["HELLO 3 AUTH default"]).contains("Syntax error in HELLO option 'AUTH'"));
    }

    #[test]
    fn hello_changes_the_types_of_what_follows_and_reset_changes_them_back() {
        assert_eq!(last(&["HELLO 3", "ZADD z 1 a", "ZSCORE z a"]), "(double) 1");
        assert_eq!(last(&["HELLO 3", "ZADD z 1 a", "RESET", "ZSCORE z a"]), "\"1\"");
    }

    #[test]
    fn reset_leaves_a_transaction() {
        assert!(last(&["MULTI", "PING", "RESET", "EXEC"]).contains("EXEC without MULTI"));
    }
}
