//! Queries: FT.SEARCH and FT.TAGVALS.

use super::{Command, Context, Outcome, Run};
use crate::config::Config;
use crate::reply::{Error, Reply};
use crate::search::answer::answer;
use crate::search::eval::Frame;
use crate::search::index::position_of;
use crate::search::query::node::{Dialect, Node, NodeKind};
use crate::search::query::{self, Options};
use crate::search::request::Request;
use crate::search::schema::{ALL_FIELDS, Definition};
use crate::value::Typed;

pub(super) const COMMANDS: &[Command] = &[
    Command::new("ft.search", -1, "readonly", (0, 0, 0), Run::Now(search)),
    Command::new("ft.tagvals", -1, "readonly", (0, 0, 0), Run::Now(tag_values)),
];

fn search(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    if argv.len() < 3 {
        return Err(Error::arity("FT.SEARCH"));
    }
    cx.store.settle_indexes();
    let (definition, contents) =
        cx.store.search.contents(&argv[1]).ok_or_else(|| super::search::no_such_index(&argv[1]))?;
    let request = Request::read(&argv[2..])?;
    let root = read(&request, definition, &cx.store.config)?;
    let dialect = request.dialect.unwrap_or(1);
    let fields = request.in_fields.as_ref().map_or(ALL_FIELDS, |names| definition.mask_of_all(names));
    let (slop, in_order) = (request.slop, request.in_order);
    let frame = Frame { fields, slop, in_order, dialect, ..Frame::new(definition, contents, &cx.store.config) };
    let db = &cx.store.dbs[0];
    let hash = |key: &[u8]| db.get(key).and_then(|entry| Typed::of(&entry.value));
    answer(&frame, &root, &request, hash, cx.session.resp3)
}

/// What of a request matters for how its query is read.
pub(super) fn options(request: &Request, config: &Config) -> Options {
    Options {
        dialect: Dialect::of(request.dialect.unwrap_or(1).into()),
        parameters: request.params.iter().cloned().collect(),
        verbatim: request.verbatim,
        no_stop_words: request.no_stop_words,
        ..Options::new(config)
    }
}

/// The tree of the request's query, narrowed to INKEYS.
fn read(request: &Request, definition: &Definition, config: &Config) -> Result<Node, Error> {
    let options = options(request, config);
    let root = query::read(&request.query, definition, &options)?;
    let Some(keys) = request.in_keys.clone() else {
        return Ok(root);
    };
    let ids = Node::new(NodeKind::Ids { keys });
    Ok(match root.kind {
        NodeKind::Nothing => root,
        NodeKind::Phrase { .. } => {
            let mut root = root;
            root.children.insert(0, ids);
            root
        }
        _ => Node::with(NodeKind::Phrase { exact: false }, vec![ids, root]),
    })
}

fn tag_values(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    if argv.len() != 3 {
        return Err(Error::arity("FT.TAGVALS"));
    }
    cx.store.settle_indexes();
    let (definition, contents) = cx.store.search.contents(&argv[1]).ok_or(Error::new("Unknown Index name"))?;
    let at = position_of(definition, &argv[2], |_| true).ok_or(Error::new("No such field"))?;
    if definition.fields[at].tag().is_none() {
        return Err(Error::new("Not a tag field"));
    }
    let tags = contents.column(at).into_iter().flat_map(|column| column.tags.keys());
    Ok(Reply::Set(tags.map(|tag| Reply::bulk(tag.clone())).collect()))
}
