//! FT.AGGREGATE: a pipeline of steps over the documents that a query found.
//!
//! [`request::Request`] reads the arguments, [`plan::Plan`] finds the properties they name in an index, [`pipeline::run`]
//! does the steps. Of the query side only [`documents::Documents`] is known.

mod documents;
mod expr;
mod found;
mod functions;
mod heap;
#[cfg(test)]
mod hostile;
mod lookup;
mod order;
mod pipeline;
mod plan;
mod quantile;
mod reducers;
mod request;
mod value;

use documents::Documents;
pub(crate) use found::FoundDocuments;
use pipeline::Found;
pub(crate) use request::{QueryOptions, Request};
use value::Value;

use crate::config::Config;
use crate::reply::{Error, Reply};

/// Runs a request over the documents that its query found.
pub(crate) fn aggregate(request: &Request, documents: &dyn Documents, config: &Config) -> Result<Found, Error> {
    let plan = plan::Plan::build(request, documents.schema(), config)?;
    pipeline::run(plan, expr::Scope { documents, config })
}

impl Found {
    /// The reply: in RESP2 the total, and a flat array for each row.
    pub fn into_reply(self, resp3: bool) -> Reply {
        if resp3 {
            return self.into_map();
        }
        let row = |row: pipeline::NamedValues| {
            let pairs = row.into_iter().flat_map(|(name, value)| [Reply::bulk(name), reply(&value)]);
            Reply::Array(pairs.collect())
        };
        let rows = self.rows.into_iter().map(row);
        Reply::Array(std::iter::once(Reply::Int(self.total)).chain(rows).collect())
    }

    fn into_map(self) -> Reply {
        let name = |name: &'static str| Reply::Status(name.as_bytes().into());
        let nothing = || Reply::Array(Vec::new());
        let row = |row: pipeline::NamedValues| {
            let pairs = row.into_iter().map(|(name, value)| (Reply::bulk(name), reply(&value)));
            Reply::Map(vec![(name("extra_attributes"), Reply::Map(pairs.collect())), (name("values"), nothing())])
        };
        Reply::Map(vec![
            (name("attributes"), nothing()),
            (name("format"), name("STRING")),
            (name("results"), Reply::Array(self.rows.into_iter().map(row).collect())),
            (name("total_results"), Reply::Int(self.total)),
            (name("warning"), nothing()),
        ])
    }
}

fn reply(value: &Value) -> Reply {
    match value {
        Value::Null => Reply::NullBulk,
        Value::Array(items) => Reply::Array(items.iter().map(reply).collect()),
        value => Reply::bulk(value.to_text().to_vec()),
    }
}
