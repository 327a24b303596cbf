//! HELLO, AUTH, QUIT, RESET.

use super::{Command, Context, Outcome, Run, args};
use crate::number;
use crate::reply::{Error, Reply};
use crate::session::Silence;

const NONE: (i64, i64, i64) = (0, 0, 0);
const FLAGS: &str = "noscript loading stale fast no_auth allow_busy";

pub(super) const COMMANDS: &[Command] = &[
    Command::new("hello", -1, FLAGS, NONE, Run::Now(hello)),
    Command::new("auth", -2, FLAGS, NONE, Run::Now(auth)),
    Command::new("quit", -1, FLAGS, NONE, Run::Transaction(quit)),
    Command::new("reset", 1, FLAGS, NONE, Run::Transaction(reset)),
];

/// The only user, who needs no password.
const DEFAULT_USER: &[u8] = b"default";

fn authenticate(user: &[u8]) -> Result<(), Error> {
    let known = user == DEFAULT_USER;
    known.then_some(()).ok_or(Error::new("WRONGPASS invalid username-password pair or user is disabled."))
}

fn auth(_: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    match &argv[1..] {
        [_] => Err(Error::new(
            "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
        )),
        [user, _] => authenticate(user).map(|()| Reply::OK),
        _ => Err(Error::SYNTAX),
    }
}

/// Names the connection; an empty name is none.
pub(super) fn set_name(cx: &mut Context<'_>, name: &[u8]) -> Result<(), Error> {
    if !name.iter().all(u8::is_ascii_graphic) {
        return Err(Error::new("ERR Client names cannot contain spaces, newlines or special characters."));
    }
    cx.session.name = name.to_vec();
    Ok(())
}

fn protocol(word: &[u8]) -> Result<bool, Error> {
    let unreadable = Error::new("ERR Protocol version is not an integer or out of range");
    match number::int_within(word, i64::MIN, i64::MAX, unreadable)? {
        2 => Ok(false),
        3 => Ok(true),
        _ => Err(Error::new("NOPROTO unsupported protocol version")),
    }
}

fn hello(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let mut resp3 = cx.session.resp3;
    if let [_, version, options @ ..] = argv {
        resp3 = protocol(version)?;
        if planted!(cx.config(), HelloSwitchesBeforeAuth) {
            cx.session.resp3 = resp3;
        }
        // What an option does stays, though a later one may be wrong.
        let mut words = options.iter();
        while let Some(word) = words.next() {
            if args::is(word, "AUTH") && words.len() >= 2 {
                let [user, _] = [words.next(), words.next()];
                authenticate(user.map_or(&[], Vec::as_slice))?;
            } else if args::is(word, "SETNAME") && words.len() >= 1 {
                set_name(cx, words.next().map_or(&[], Vec::as_slice))?;
            } else {
                let text = [b"ERR Syntax error in HELLO option '", args::c_str(word), b"'"];
                return Err(Error::built(text.concat()));
            }
        }
    }
    cx.session.resp3 = resp3;
    let text = |text: &'static str| Reply::bulk(text);
    let facts = [
        ("server", text("redis")),
        ("version", text("7.0.15")),
        ("proto", Reply::Int(if resp3 { 3 } else { 2 })),
        ("id", Reply::Int(cx.session.connection)),
        ("mode", text("standalone")),
        ("role", text("master")),
        ("modules", Reply::Array(Vec::new())),
    ];
    Ok(Reply::Map(facts.into_iter().map(|(name, fact)| (text(name), fact)).collect()))
}

fn quit(cx: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    cx.session.closing = true;
    Ok(Reply::OK)
}

/// Makes the connection as good as new.
fn reset(cx: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    let id = cx.session.id;
    cx.session.multi = None;
    cx.store.watches.unwatch(id);
    if !planted!(cx.config(), ResetKeepsSubscriptions) {
        cx.store.clients.pubsub.forget(id);
    }
    if !planted!(cx.config(), ResetKeepsDatabase) {
        cx.session.db = 0;
    }
    if !planted!(cx.config(), ResetKeepsProtocol) {
        cx.session.resp3 = false;
    }
    cx.session.silence = Silence::None;
    cx.session.name.clear();
    Ok(Reply::status("RESET"))
}

#[cfg(test)]
mod tests {
    use crate::reply::Reply;
    use crate::testing::Rig;

    #[test]
    fn hello_changes_the_types_of_its_own_reply_already() {
        let mut rig = Rig::new();
        assert!(matches!(rig.run("HELLO 3"), Reply::Map(_)));
        rig.run("ZADD z 1.5 m");
        assert_eq!(rig.run("ZSCORE z m"), Reply::Double(1.5));
        assert_eq!(rig.run("ZSCORE z x"), Reply::Null);
        assert!(matches!(rig.run("HELLO 2"), Reply::Array(_)));
        assert_eq!(rig.run("ZSCORE z m"), Reply::bulk("1.5"));
        assert!(matches!(rig.run("HELLO 4"), Reply::Error(text) if text.starts_with(b"NOPROTO ")));
    }

    #[test]
    fn reset_forgets_all_and_quit_ends() {
        let mut rig = Rig::new();
        for command in ["HELLO 3 SETNAME me", "SELECT 1", "SUBSCRIBE a", "MULTI"] {
            rig.run(command);
        }
        assert_eq!(rig.run("RESET"), Reply::status("RESET"));
        assert_eq!(rig.run("CLIENT GETNAME"), Reply::NullBulk);
        assert_eq!(rig.run("PUBLISH a x"), Reply::Int(0));
        let id = rig.run("CLIENT ID");
        assert_eq!(rig.run("QUIT"), Reply::OK);
        assert_ne!(rig.run("CLIENT ID"), id);
    }

    #[test]
    fn replies_can_be_turned_off() {
        let mut rig = Rig::new();
        assert_eq!(rig.replies(1, "CLIENT REPLY SKIP"), []);
        assert_eq!(rig.replies(1, "SET k v"), []);
        assert_eq!(rig.run("GET k"), Reply::bulk("v"));
        for command in ["CLIENT REPLY OFF", "GET k", "NOSUCH"] {
            assert_eq!(rig.replies(1, command), [], "{command}");
        }
        assert_eq!(rig.replies(1, "SUBSCRIBE a").len(), 1);
        assert_eq!(rig.run("RESET"), Reply::status("RESET"));
    }
}
