//! HELLO, AUTH, RESET and QUIT: how a connection begins and ends.

use super::client_list::number;
use super::number::parse_int;
use super::{Call, Error, Expect, Handler, Model, Profile, Reply};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "HELLO" => hello,
        "AUTH" => auth,
        "RESET" => |model, call| {
            model.client(call.client).reset();
            Ok(Expect::Exact(Value::Status(b"RESET".to_vec())))
        },
        "QUIT" => |model, call| {
            model.disconnect(call.client);
            Expect::ok()
        },
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
    let rule = format!("a map of server, version, proto {proto}, id, mode, role and modules");
    let instead = || greeting(model.profile, proto, number(call.client));
    Ok(Expect::checked(call, "map", rule, |reply| is_greeting(reply, proto), instead))
}

fn greeting(profile: Profile, proto: i64, id: i64) -> Value {
    let pairs = [
        ("server", Value::bulk(profile.server())),
        ("version", Value::bulk(profile.version())),
        ("proto", Value::Int(proto)),
        ("id", Value::Int(id)),
        ("mode", Value::bulk("standalone")),
        ("role", Value::bulk("master")),
        ("modules", Value::Array(Vec::new())),
    ];
    Value::Map(pairs.into_iter().map(|(name, value)| (Value::bulk(name), value)).collect())
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

pub(super) fn valid_name(name: &[u8]) -> Result<Bytes, Error> {
    let printable = |byte: &u8| (b'!'..=b'~').contains(byte);
    if name.iter().all(printable) { Ok(name.to_vec()) } else { Err(Error::ClientName) }
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
