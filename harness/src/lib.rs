//! The targets of respfuzz bound to subjects: what the fuzz binaries and the tests run.
#![forbid(unsafe_code)]

// What `cargo bolero` instruments must link its runtime: see Cargo.toml.
#[cfg(test)]
use bolero as _;

pub mod decoders;
pub mod engines;

pub use respfuzz::driver;
use respfuzz::subject::embedded;
use respfuzz::target::{Setup, SetupError, Target};

/// Every target there is.
pub fn registry(setup: &Setup) -> Result<Vec<Box<dyn Target>>, SetupError> {
    let mut targets = embedded::registry(setup)?;
    targets.extend(decoders::targets());
    #[cfg(feature = "not_redis")]
    targets.push(engines::not_redis::target());
    Ok(targets)
}
