//! Faults: what can go wrong in the simulated world, when it does, and whether that made a difference.
//!
//! A part of the world that can fail asks [`Faults::should_trigger`] at each opportunity. A fault comes because a
//! scenario [scheduled](Scheduled) it, or with the probability that the [`FaultConfig`] gives it. It is *delivered*
//! when something has really gone wrong; whether it *changed the outcome* is measured by running the same input with
//! that one fault suppressed.

mod catalogue;
mod config;
mod plan;

pub use catalogue::{Fault, FaultFamily, UnknownFault, name};
pub use config::FaultConfig;
pub use plan::{Counts, Faults, Scheduled};
