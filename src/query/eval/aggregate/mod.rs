//! FT.AGGREGATE: rows go from step to step.

pub mod command;
mod evaluate;
pub mod functions;
#[cfg(test)]
mod golden;
mod plan;
mod reduce;
mod rows;

pub use command::Command;
pub use evaluate::evaluate;
pub use plan::Aggregation;
pub use reduce::Reducer;
pub use rows::{Row, Rows, Step, Trouble};
