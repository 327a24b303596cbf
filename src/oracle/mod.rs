//! What a run is judged by: oracles, violations and their fingerprints.

mod compare;
mod coverage;
mod dispute;
pub mod durability;
mod fingerprint;
mod violation;

pub use coverage::Coverage;
pub use dispute::{Dispute, Party};
pub use fingerprint::{Fingerprint, reply_class};
pub use violation::{Oracle, Violation};
