//! Every source of nondeterminism, simulated: the clock, the network and the random generator.

mod clock;
mod net;

pub use clock::Clock;
pub use net::{Arrival, Delivery, NETWORK_FAULTS, Net, PARTITION, Way};

/// Where simulated time starts: 2020-09-13T12:26:40Z, in unix milliseconds. A round number, so that absolute
/// expiry times in a scenario can be read.
pub const EPOCH_MS: u64 = 1_600_000_000_000;
