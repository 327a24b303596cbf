//! CONFIG.

use super::{Command, Context, Outcome, Run, args, help};
use crate::glob;
use crate::reply::{Error, Reply};
use crate::settings::{self, Parameter};

const NONE: (i64, i64, i64) = (0, 0, 0);
const ADMIN: &str = "admin noscript loading stale";

pub(super) const COMMANDS: &[Command] = &[Command::new("config", -2, "", NONE, Run::Container(CONFIG))];

const CONFIG: &[Command] = &[
    Command::new("config|get", -3, ADMIN, NONE, Run::Now(get)),
    Command::new("config|help", 2, "loading stale", NONE, Run::Now(config_help)),
    Command::new("config|resetstat", 2, ADMIN, NONE, Run::Now(resetstat)),
    Command::new("config|rewrite", 2, ADMIN, NONE, Run::Now(rewrite)),
    Command::new("config|set", -4, ADMIN, NONE, Run::Now(set)),
];

/// The parameters that a word names, each with the name to tell: as it was typed, if it is no pattern.
fn named(word: &[u8]) -> Vec<(Vec<u8>, &'static Parameter)> {
    if !word.iter().any(|byte| b"[*?".contains(byte)) {
        return settings::find(word).map(|parameter| (word.to_vec(), parameter)).into_iter().collect();
    }
    let pattern = word.to_ascii_lowercase();
    let hits = settings::all().iter().filter(|parameter| glob::matches(&pattern, parameter.name.as_bytes()));
    hits.map(|parameter| (parameter.name.into(), parameter)).collect()
}

fn get(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let mut told: Vec<(Vec<u8>, &Parameter)> = Vec::new();
    for (name, parameter) in argv[2..].iter().flat_map(|word| named(word)) {
        if !told.iter().any(|(_, other)| other.name == parameter.name) {
            told.push((name, parameter));
        }
    }
    let value = |parameter| Reply::Bulk(cx.store.settings.get(parameter, &cx.store.config));
    Ok(Reply::Map(told.into_iter().map(|(name, parameter)| (Reply::Bulk(name), value(parameter))).collect()))
}

fn failed(name: &str, why: &str) -> Error {
    Error::built(format!("ERR CONFIG SET failed (possibly related to argument '{name}') - {why}"))
}

/// Sets all parameters or none.
fn set(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let (pairs, []) = argv[2..].as_chunks::<2>() else {
        return Err(Error::SYNTAX);
    };
    let parameters = check_names(pairs)?;
    let mut values = Vec::new();
    for (parameter, [_, value]) in parameters.iter().zip(pairs) {
        values.push(parameter.parse(value).map_err(|why| failed(parameter.name, &why))?);
    }
    for (parameter, value) in parameters.into_iter().zip(values) {
        cx.store.settings.set(parameter, value, &mut cx.store.config);
    }
    cx.store.widen();
    Ok(Reply::OK)
}

/// An unknown name counts before all else that is wrong with the names.
fn check_names(pairs: &[[Vec<u8>; 2]]) -> Result<Vec<&'static Parameter>, Error> {
    let mut parameters: Vec<&Parameter> = Vec::new();
    let mut refused = None;
    for [name, _] in pairs {
        let Some(parameter) = settings::find(args::c_str(name)) else {
            let text = [b"ERR Unknown option or number of arguments for CONFIG SET - '", args::c_str(name), b"'"];
            return Err(refused.unwrap_or(Error::built(text.concat())));
        };
        if refused.is_none() && parameter.is_fixed() {
            refused = Some(failed(parameter.name, "can't set immutable config"));
        } else if refused.is_none() && parameters.iter().any(|other| other.name == parameter.name) {
            let typed = String::from_utf8_lossy(args::c_str(name));
            refused = Some(failed(&typed, "duplicate parameter"));
        }
        parameters.push(parameter);
    }
    refused.map_or(Ok(parameters), Err)
}

fn resetstat(cx: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    cx.store.stats = Default::default();
    Ok(Reply::OK)
}

fn rewrite(_: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    Err(Error::new("ERR The server is running without a config file"))
}

fn config_help(_: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    help(
        "CONFIG",
        "GET <pattern>
    Return parameters matching the glob-like <pattern> and their values.
SET <directive> <value>
    Set the configuration <directive> to <value>.
RESETSTAT
    Reset statistics reported by the INFO command.
REWRITE
    Rewrite the configuration file.",
    )
}

#[cfg(test)]
mod tests {
    use crate::reply::Reply;
    use crate::testing::Rig;

    #[test]
    fn limits_take_effect_and_leave_what_is_stored() {
        let mut rig = Rig::new();
        rig.run("HSET small f v g w");
        rig.run("CONFIG SET hash-max-listpack-entries 1");
        rig.run("HSET h f v g w");
        assert_eq!(rig.run("OBJECT ENCODING small"), Reply::bulk("listpack"));
        assert_eq!(rig.run("OBJECT ENCODING h"), Reply::bulk("hashtable"));
        assert_eq!(rig.run("CONFIG GET HASH-max-ziplist-entries"), Reply::bulks(["HASH-max-ziplist-entries", "1"]));
        assert!(matches!(rig.run("CONFIG SET maxmemory 5 databases 1"), Reply::Error(_)));
        assert_eq!(rig.run("CONFIG GET maxmemory"), Reply::bulks(["maxmemory", "0"]));
    }
}
