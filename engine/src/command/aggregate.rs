//! FT.AGGREGATE.

use super::{Command, Context, Outcome, Run};
use crate::config::Config;
use crate::reply::Error;
use crate::search::aggregate::{FoundDocuments, QueryOptions, Request, aggregate};
use crate::search::eval::{Frame, Scorer};
use crate::search::query::node::Dialect;
use crate::search::query::{self, Options};
use crate::structure::hash::Hash;
use crate::value::Value;

pub(super) const COMMANDS: &[Command] =
    &[Command::new("ft.aggregate", -1, "readonly", (0, 0, 0), Run::Now(ft_aggregate))];

fn ft_aggregate(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    if argv.len() < 3 {
        return Err(Error::arity("FT.AGGREGATE"));
    }
    cx.store.settle_indexes();
    let request = Request::parse(&argv[2..])?;
    let (definition, contents) =
        cx.store.search.contents(&argv[1]).ok_or_else(|| super::search::no_such_index(&argv[1]))?;
    let said = &request.options;
    if let Some(scorer) = said.scorer.as_ref().filter(|scorer| Scorer::named(scorer).is_none()) {
        return Err(Error::built([b"No such scorer ", scorer.as_slice()].concat()));
    }
    let root = query::read(&request.query, definition, &options(said, &cx.store.config))?;
    let mut frame = Frame::new(definition, contents, &cx.store.config);
    if let Some(fields) = &said.in_fields {
        frame.fields = definition.mask_of_all(fields);
    }
    (frame.slop, frame.in_order, frame.dialect) = (said.slop, said.in_order, said.dialect as u8);
    let hash = |key: &[u8]| -> Option<&Hash> {
        match &cx.store.dbs[0].get(key)?.value {
            Value::Hash(hash) => Some(hash),
            _ => None,
        }
    };
    let documents = FoundDocuments::search(&frame, &root, said.in_keys.as_deref(), hash)?;
    let found = aggregate(&request, &documents, &cx.store.config)?;
    Ok(found.into_reply(cx.session.resp3))
}

fn options(said: &QueryOptions, config: &Config) -> Options {
    Options {
        dialect: Dialect::of(i64::from(said.dialect)),
        parameters: said.params.iter().cloned().collect(),
        verbatim: said.verbatim,
        no_stop_words: said.no_stop_words,
        ..Options::new(config)
    }
}
