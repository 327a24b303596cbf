//! Every source of nondeterminism, simulated: the clock, the disk, the object store, the network and the random generator.

mod clock;
mod disk;
mod image;
mod net;
mod object_store;
mod platter;

pub use clock::Clock;
pub use disk::{Disk, DiskLock, End};
pub use image::{Image, ImageChoice, Tear};
pub use net::{Arrival, Delivery, NETWORK_FAULTS, Net, PARTITION, Way};
pub use object_store::{Object, ObjectStore, StoreError};
pub use platter::{Content, FileId};

/// Where simulated time starts: 2020-09-13T12:26:40Z, in unix milliseconds. A round number, so that absolute
/// expiry times in a scenario can be read.
pub const EPOCH_MS: u64 = 1_600_000_000_000;
