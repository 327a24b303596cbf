//! Indexes: their definitions, and how queries on them are read.

use super::{Command, Context, Outcome, Run};
use crate::reply::{Error, Reply};
use crate::search::create;
use crate::search::explain::explain;
use crate::search::info::info;
use crate::search::query::{self, Options};
use crate::search::request::Request;

/// The module counts arguments itself, also in a transaction only when a command runs.
pub(super) const COMMANDS: &[Command] = &[
    Command::new("ft.create", -1, "write denyoom", (0, 0, 0), Run::Now(create)),
    Command::new("ft.alter", -1, "write denyoom", (0, 0, 0), Run::Now(alter)),
    Command::new("ft.dropindex", -1, "write", (0, 0, 0), Run::Now(drop_index)),
    Command::new("ft._list", -1, "readonly", (0, 0, 0), Run::Now(list)),
    Command::new("ft.info", -1, "readonly", (0, 0, 0), Run::Now(describe)),
    Command::new("ft.explain", -1, "readonly", (0, 0, 0), Run::Now(explain_query)),
];

const UNKNOWN: Error = Error::new("Unknown index name");

fn create(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    if argv.len() < 5 {
        return Err(Error::arity("FT.CREATE"));
    }
    if cx.session.db != 0 {
        return Err(Error::new("Cannot create index on db != 0"));
    }
    if cx.store.search.get(&argv[1]).is_some() {
        return Err(Error::new("Index already exists"));
    }
    let definition = create::create(&argv[1], &argv[2..])?;
    cx.store.search.insert(definition);
    Ok(Reply::OK)
}

fn alter(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    if argv.len() < 5 {
        return Err(Error::arity("FT.ALTER"));
    }
    let definition = cx.store.search.get(&argv[1]).ok_or(UNKNOWN)?;
    let (altered, _skips_scan) = create::alter(definition, &argv[2..])?;
    cx.store.search.insert(altered);
    Ok(Reply::OK)
}

fn drop_index(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    if !(2..=3).contains(&argv.len()) {
        return Err(Error::arity("FT.DROPINDEX"));
    }
    // Other than that of the other commands, in one letter.
    cx.store.search.get(&argv[1]).ok_or(Error::new("Unknown Index name"))?;
    let deletes = match argv.get(2) {
        Some(word) if word.eq_ignore_ascii_case(b"DD") => true,
        Some(_) => return Err(Error::new("Unknown argument")),
        None => false,
    };
    let documents = if deletes { cx.store.indexed_keys(&argv[1]) } else { Vec::new() };
    cx.store.search.remove(&argv[1]);
    for key in documents {
        cx.store.remove(0, &key);
    }
    Ok(Reply::OK)
}

fn list(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    if argv.len() != 1 {
        return Err(Error::arity("FT._LIST"));
    }
    Ok(Reply::Set(cx.store.search.iter().map(|definition| Reply::bulk(definition.name.clone())).collect()))
}

fn describe(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    if argv.len() != 2 {
        return Err(Error::arity("FT.INFO"));
    }
    cx.store.settle_indexes();
    let (definition, contents) = cx.store.search.contents(&argv[1]).ok_or(UNKNOWN)?;
    Ok(info(definition, contents))
}

/// The name is written as a C string.
pub(super) fn no_such_index(name: &[u8]) -> Error {
    let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
    Error::built([name, b": no such index"].concat())
}

fn explain_query(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    if argv.len() < 3 {
        return Err(Error::arity("FT.EXPLAIN"));
    }
    let definition = cx.store.search.get(&argv[1]).ok_or_else(|| no_such_index(&argv[1]))?;
    let request = Request::read(&argv[2..])?;
    let options = Options { is_explained: true, ..super::search_query::options(&request, cx.config()) };
    let root = query::read(&request.query, definition, &options)?;
    Ok(Reply::bulk(explain(&root, definition)))
}
