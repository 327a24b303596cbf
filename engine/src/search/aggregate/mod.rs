//! FT.AGGREGATE: a pipeline of steps over the documents that a query found.
//!
//! [`request::Request`] reads the arguments, [`plan::Plan`] finds the properties they name in an index, [`pipeline::run`]
//! does the steps. Of the query side only [`documents::Documents`] is known.

mod documents;
mod expr;
mod functions;
#[cfg(test)]
mod golden;
mod heap;
mod lookup;
mod order;
mod pipeline;
mod plan;
mod quantile;
mod reducers;
mod request;
mod value;

pub(crate) use documents::{Documents, FieldInfo};
pub(crate) use pipeline::Found;
pub(crate) use request::{QueryOptions, Request};
pub(crate) use value::Value;

use crate::reply::{Error, Reply};

/// Runs a request over the documents that its query found. `text_max` is the longest text that may be built.
pub(crate) fn aggregate(request: &Request, documents: &dyn Documents, text_max: usize) -> Result<Found, Error> {
    let plan = plan::Plan::build(request, documents.schema())?;
    pipeline::run(plan, expr::Scope { documents, text_max })
}

impl Found {
    /// The reply: the total, and a flat array for each row.
    pub fn into_reply(self) -> Reply {
        let row = |row: pipeline::NamedValues| {
            let pairs = row.into_iter().flat_map(|(name, value)| [Reply::bulk(name), reply(&value)]);
            Reply::Array(pairs.collect())
        };
        let rows = self.rows.into_iter().map(row);
        Reply::Array(std::iter::once(Reply::Int(self.total)).chain(rows).collect())
    }
}

fn reply(value: &Value) -> Reply {
    match value {
        Value::Null => Reply::NullBulk,
        Value::Array(items) => Reply::Array(items.iter().map(reply).collect()),
        value => Reply::bulk(value.to_text().to_vec()),
    }
}
