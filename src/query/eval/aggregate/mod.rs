//! FT.AGGREGATE: rows go from step to step.

pub mod command;
mod evaluate;
pub mod functions;
#[cfg(test)]
mod golden;
mod groups;
mod names;
mod plan;
mod reduce;
mod rows;
mod sort;

pub use command::{Command, c_string};
pub use plan::Aggregation;
pub use rows::Row;
