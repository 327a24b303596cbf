//! FT.AGGREGATE.

use super::search::refusal;
use super::{Call, Model, Reply};

pub(super) fn aggregate(_model: &mut Model, _call: &Call) -> Reply {
    Err(refusal("not there yet"))
}
