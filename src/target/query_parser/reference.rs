//! The toolkit's own parser, as this target asks it.

use std::fmt;

use super::Input;
use crate::model::on_one_line;
use crate::query::{BEYOND, Query, Request, Schema, Style, expression, parse, print};
use crate::resp::Bytes;

/// What the reference says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    /// The text of FT.EXPLAIN.
    Explained(Bytes),
    /// The error.
    Refused(Bytes),
    /// The error, if all properties are known.
    Unfinished(Bytes),
    /// It is understood; what comes of it is another matter.
    Taken,
}

impl Verdict {
    /// Its kind, in fingerprints.
    pub(super) fn class(&self) -> String {
        match self {
            Verdict::Explained(_) => "tree".into(),
            Verdict::Refused(error) | Verdict::Unfinished(error) => super::error_class(error),
            Verdict::Taken => "understood".into(),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Explained(text) | Verdict::Refused(text) | Verdict::Unfinished(text) => {
                f.write_str(&String::from_utf8_lossy(text))
            }
            Verdict::Taken => f.write_str("something that is understood"),
        }
    }
}

/// The query of an input, read.
fn read(input: &Input, schema: &Schema, explaining: bool) -> Result<Query, Bytes> {
    let params = input.params.iter().cloned().collect();
    let (verbatim, stopwords) = (input.has("VERBATIM"), !input.has("NOSTOPWORDS"));
    let request = Request { schema, dialect: input.dialect, params: &params, verbatim, stopwords, explaining };
    parse(&input.text, &request)
}

/// What FT.EXPLAIN should answer; or FT.SEARCH, if it is refused.
pub(super) fn query(input: &Input, explaining: bool) -> Verdict {
    let schema = input.schema();
    match read(input, &schema, explaining) {
        Ok(query) => Verdict::Explained(query.explain(&schema)),
        Err(error) if error == BEYOND => Verdict::Taken,
        Err(error) => Verdict::Refused(on_one_line(&error)),
    }
}

/// The tree of a query as another query, if it can be written.
pub(super) fn printed(input: &Input) -> Option<Input> {
    let schema = input.schema();
    let query = read(input, &schema, true).ok()?;
    let style = Style { schema: &schema, dialect: input.dialect, stopwords: !input.has("NOSTOPWORDS") };
    let printed = print(&query.tree, &style)?;
    Some(Input { text: printed.query, params: printed.params.into_iter().collect(), ..input.clone() })
}

/// Whether an expression is understood.
pub(super) fn expression(input: &Input) -> Verdict {
    match expression::parse(&input.text) {
        Ok(expression) => expression.complaint().map_or(Verdict::Taken, Verdict::Unfinished),
        Err(error) => Verdict::Refused(on_one_line(&error)),
    }
}

/// The tree of an expression as another one, if it can be written.
pub(super) fn printed_expression(input: &Input) -> Option<Input> {
    let text = expression::print(&expression::parse(&input.text).ok()?)?;
    Some(Input { text, ..input.clone() })
}
