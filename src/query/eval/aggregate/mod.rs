//! FT.AGGREGATE's pipeline: rows go from step to step.

pub mod functions;
mod reduce;
mod rows;

pub use reduce::Reducer;
pub use rows::{Rows, Step, Trouble, run};
