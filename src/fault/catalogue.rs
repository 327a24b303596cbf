//! The catalogue: every fault that there is, its name, and how often it comes by itself.

use std::fmt;
use std::str::FromStr;

macro_rules! catalogue {
    ($($family:ident, $family_name:literal: { $($variant:ident = $name:literal, $constant:ident, $ppm:literal: $what:literal;)* })*) => {
        /// A fault that the simulated world can deliver.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault {
            $($(#[doc = $what] $variant,)*)*
        }

        /// The part of the world that a fault belongs to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FaultFamily {
            $(#[doc = concat!("`", $family_name, "`")] $family,)*
        }

        /// The names, as constants.
        pub mod name {
            $($(#[doc = $what] pub const $constant: &str = concat!($family_name, ".", $name);)*)*
        }

        impl Fault {
            /// Every fault, by family. Scenarios refer to faults by their place here: append only.
            pub const ALL: &'static [Fault] = &[$($(Fault::$variant,)*)*];

            /// Its name: the family, a dot, the fault.
            pub const fn name(self) -> &'static str {
                match self { $($(Fault::$variant => name::$constant,)*)* }
            }

            /// What happens.
            pub const fn summary(self) -> &'static str {
                match self { $($(Fault::$variant => $what,)*)* }
            }

            /// What it happens to.
            pub const fn family(self) -> FaultFamily {
                match self { $($(Fault::$variant => FaultFamily::$family,)*)* }
            }

            /// How often it comes in [`FaultConfig::moderate`](super::FaultConfig::moderate): of a million
            /// opportunities, so many.
            pub const fn base_ppm(self) -> u32 {
                match self { $($(Fault::$variant => $ppm,)*)* }
            }
        }
    };
}

catalogue! {
    Network, "network": {
        PacketDrop = "packet_drop", NETWORK_PACKET_DROP, 10_000: "a piece of the stream never arrives, and what was sent after it doesn't either";
        PacketCorrupt = "packet_corrupt", NETWORK_PACKET_CORRUPT, 10_000: "one byte of a piece arrives changed";
        PartialWrite = "partial_write", NETWORK_PARTIAL_WRITE, 20_000: "the first bytes of a piece arrive, the others later";
        Reorder = "reorder", NETWORK_REORDER, 10_000: "two pieces change their places";
        ConnectionReset = "connection_reset", NETWORK_CONNECTION_RESET, 5_000: "the connection is reset";
        ConnectTimeout = "connect_timeout", NETWORK_CONNECT_TIMEOUT, 5_000: "a connection cannot be made";
        Delay = "delay", NETWORK_DELAY, 20_000: "a piece arrives later than what other connections send after it";
        Duplicate = "duplicate", NETWORK_DUPLICATE, 10_000: "a piece arrives twice";
    }
    Timer, "timer": {
        DriftFast = "drift_fast", TIMER_DRIFT_FAST, 10_000: "the node's clock runs 1000 ppm fast from now on";
        DriftSlow = "drift_slow", TIMER_DRIFT_SLOW, 10_000: "the node's clock runs 1000 ppm slow from now on";
        TimerSkip = "skip", TIMER_SKIP, 20_000: "the engine's timer doesn't fire";
        TimerDuplicate = "duplicate", TIMER_DUPLICATE, 20_000: "the engine's timer fires twice";
        JumpForward = "jump_forward", TIMER_JUMP_FORWARD, 5_000: "the node's clock jumps forward";
        JumpBackward = "jump_backward", TIMER_JUMP_BACKWARD, 5_000: "the node's clock jumps backward";
    }
    Process, "process": {
        Crash = "crash", PROCESS_CRASH, 2_000: "power is lost between two disk operations, and comes back";
        Pause = "pause", PROCESS_PAUSE, 10_000: "the process stands still while time goes on";
        Slow = "slow", PROCESS_SLOW, 20_000: "a command takes its time";
        Oom = "oom", PROCESS_OOM, 2_000: "the process is killed for its memory; the machine lives on";
        CpuStarvation = "cpu_starvation", PROCESS_CPU_STARVATION, 10_000: "the engine's timers don't fire for a while";
    }
    Disk, "disk": {
        WriteFail = "write_fail", DISK_WRITE_FAIL, 3_000: "a write fails and nothing is written";
        DiskPartialWrite = "partial_write", DISK_PARTIAL_WRITE, 20_000: "a write takes fewer bytes than it was given";
        Corruption = "corruption", DISK_CORRUPTION, 1_000: "a bit flips in what was written";
        DiskSlow = "slow", DISK_SLOW, 10_000: "an operation takes its time";
        FsyncFail = "fsync_fail", DISK_FSYNC_FAIL, 3_000: "a sync fails, once, and what it should have made durable is lost";
        StaleRead = "stale_read", DISK_STALE_READ, 3_000: "a read sees what was there before the last write";
        DiskFull = "disk_full", DISK_DISK_FULL, 3_000: "there is no room left";
    }
    ObjectStore, "object_store": {
        PutFail = "put_fail", OBJECT_STORE_PUT_FAIL, 20_000: "an object isn't stored";
        GetFail = "get_fail", OBJECT_STORE_GET_FAIL, 20_000: "an object cannot be read";
        GetCorrupt = "get_corrupt", OBJECT_STORE_GET_CORRUPT, 5_000: "an object is read with one byte changed";
        Timeout = "timeout", OBJECT_STORE_TIMEOUT, 20_000: "an operation takes place, and its caller isn't told";
        ObjectPartialWrite = "partial_write", OBJECT_STORE_PARTIAL_WRITE, 5_000: "the first bytes of an object are stored, and its caller is told of a failure";
        DeleteFail = "delete_fail", OBJECT_STORE_DELETE_FAIL, 20_000: "an object isn't deleted";
        ListIncomplete = "list_incomplete", OBJECT_STORE_LIST_INCOMPLETE, 10_000: "a listing lacks objects";
        RenameFail = "rename_fail", OBJECT_STORE_RENAME_FAIL, 20_000: "an object keeps its name";
        ObjectSlow = "slow", OBJECT_STORE_SLOW, 20_000: "an operation takes its time";
    }
    Replication, "replication": {
        GossipDrop = "gossip_drop", REPLICATION_GOSSIP_DROP, 10_000: "a message between replicas is lost";
        GossipDelay = "gossip_delay", REPLICATION_GOSSIP_DELAY, 20_000: "a message between replicas comes late";
        GossipCorrupt = "gossip_corrupt", REPLICATION_GOSSIP_CORRUPT, 10_000: "a message between replicas arrives changed";
        SplitBrain = "split_brain", REPLICATION_SPLIT_BRAIN, 2_000: "replicas see one another no more, and both take writes";
        StaleReplica = "stale_replica", REPLICATION_STALE_REPLICA, 5_000: "a replica stays behind";
    }
}

impl Fault {
    /// Its place in [`Fault::ALL`].
    pub fn index(self) -> u8 {
        Fault::ALL.iter().position(|fault| *fault == self).and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX)
    }

    /// The fault at that place of [`Fault::ALL`].
    pub fn at(index: u8) -> Option<Fault> {
        Fault::ALL.get(usize::from(index)).copied()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no fault has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no fault is called `{0}`; `respfuzz faults --list` has them all")]
pub struct UnknownFault(String);

/// What people call some faults.
const ALIASES: [(&str, Fault); 4] = [
    ("crash_mid_write", Fault::Crash),
    ("corrupt_read", Fault::Corruption),
    ("disk_full", Fault::DiskFull),
    ("slow_write", Fault::DiskSlow),
];

impl FromStr for Fault {
    type Err = UnknownFault;

    /// By its name, or by an alias.
    fn from_str(name: &str) -> Result<Fault, UnknownFault> {
        let by_name = Fault::ALL.iter().copied().find(|fault| fault.name() == name);
        let by_alias = || ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, fault)| *fault);
        by_name.or_else(by_alias).ok_or_else(|| UnknownFault(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_forty_and_each_is_found_by_its_name() {
        assert_eq!(Fault::ALL.len(), 40);
        for (i, &fault) in Fault::ALL.iter().enumerate() {
            assert_eq!(fault.name().parse(), Ok(fault));
            assert_eq!((usize::from(fault.index()), Fault::at(fault.index())), (i, Some(fault)));
        }
        for (alias, fault) in ALIASES {
            assert_eq!(alias.parse(), Ok(fault));
        }
        assert!("disk.nope".parse::<Fault>().is_err());
    }
}
