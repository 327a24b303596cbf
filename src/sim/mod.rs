//! Every source of nondeterminism, simulated: the clock and the random generator.

mod clock;

pub use clock::Clock;

/// Where simulated time starts: 2020-09-13T12:26:40Z, in unix milliseconds. A round number, so that absolute
/// expiry times in a scenario can be read.
pub const EPOCH_MS: u64 = 1_600_000_000_000;
