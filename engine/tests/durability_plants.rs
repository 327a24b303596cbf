//! Every planted bug of the log and of its snapshots can be seen, and nothing is seen without it.
#![cfg(feature = "planted")]

mod support;

use std::collections::BTreeSet;

use respfuzz_engine::{Config, Durability, Fsync, Plant, Reply};
use support::crashes::survives;
use support::{Disk, Setup};

/// Bugs that crashes show: the size of a segment, when to sync, and a script as [`survives`] takes it.
const CRASHES: &[(Plant, u64, Fsync, &str)] = &[
    (Plant::WalCrcUnchecked, 1 << 20, Fsync::No, "SET k 1 | SET j 2"),
    (Plant::WalTornTailAccepted, 1 << 20, Fsync::Always, "MULTI | SET k 1 | SET j 2 | EXEC"),
    (Plant::WalZerosAccepted, 1 << 20, Fsync::Always, "SET k 1"),
    (Plant::WalHoleSkipped, 1 << 20, Fsync::No, "SET a 1 | SET b 2 | SET c 3 | SET d 4"),
    (Plant::WalRotatesUnsynced, 100, Fsync::Always, "SET a 1 | SET b 2 | SET c 3 | SET d 4"),
    (Plant::WalDirUnsynced, 1 << 20, Fsync::Always, "SET k 1"),
    (Plant::WalAcksBeforeSync, 1 << 20, Fsync::Always, "SET k 1; SET k 2"),
    (Plant::WalAcksBeforeWrite, 1 << 20, Fsync::No, "SET k 1"),
    (Plant::WalLastRecordTwice, 1 << 20, Fsync::Always, "INCR k"),
    (Plant::WalExpiresFromNow, 1 << 20, Fsync::Always, "SET k 1 PX 100; +10"),
    (Plant::WalExpiryUnlogged, 1 << 20, Fsync::Always, "SET k 1 PX 10; +11; GET k"),
    (Plant::WalMultiSplit, 1 << 20, Fsync::Always, "MULTI | SET k 1 | SET j 2 | EXEC"),
    (Plant::WalDatabaseForgotten, 1 << 20, Fsync::Always, "SELECT 1; SET k 1"),
    (Plant::WalRandomnessForgotten, 1 << 20, Fsync::Always, "SADD k a b c d e f g h; SRANDMEMBER k; SPOP k"),
    (Plant::WalTornTailStays, 1 << 20, Fsync::Always, "SET k 1"),
    (Plant::WalLosesIndexes, 1 << 20, Fsync::Always, "FT.CREATE i SCHEMA t TEXT"),
    (Plant::WalSequenceReused, 1 << 20, Fsync::Always, "SET k 1"),
    (Plant::WalTailRewrittenInPlace, 1 << 20, Fsync::Always, "SET k 1"),
    (Plant::WalRemovedBeforeSnapshot, 1 << 20, Fsync::Always, "SET k 1; SAVE"),
    (Plant::SnapshotRenamedUnsynced, 1 << 20, Fsync::Always, "SET k 1; SAVE"),
    (Plant::SnapshotOverlapReplayed, 1 << 20, Fsync::Always, "INCR k; SAVE"),
    (Plant::SnapshotMergesOlder, 1 << 20, Fsync::Always, "SET k 1; SAVE; DEL k; SAVE"),
    (Plant::SnapshotDropsDeadlines, 1 << 20, Fsync::Always, "SET k 1 PX 100; SAVE"),
    (Plant::SnapshotForgetsEncodings, 1 << 20, Fsync::Always, "SADD k a 1; SREM k a; SAVE"),
];

fn setup(plant: Option<Plant>, segment_bytes: u64, fsync: Fsync) -> Setup {
    let durability = Durability { fsync, segment_bytes, ..Durability::default() };
    let setup = Setup::durability(durability);
    Setup { config: Config { plant, ..setup.config }, ..setup }
}

#[test]
fn crashes_show_what_they_can() {
    let mut unseen = Vec::new();
    for &(plant, segment_bytes, fsync, script) in CRASHES {
        assert_eq!(survives(&setup(None, segment_bytes, fsync), script), Ok(()), "{}", plant.name());
        let planted = survives(&setup(Some(plant), segment_bytes, fsync), script);
        if planted.is_ok() {
            unseen.push(plant.name());
        }
    }
    assert!(unseen.is_empty(), "{unseen:?}");
}

type Show = fn(&Setup) -> String;

/// Bugs that need more than a crash, or of which half a step is seen without them, too: what comes of it as text.
const OTHERS: &[(Plant, Show)] = &[
    (Plant::WalCrcWithoutLength, damaged_length),
    (Plant::WalSyncErrorIgnored, failed_sync),
    (Plant::WalSyncRetried, failed_sync),
    (Plant::WalShortWriteIgnored, short_writes),
    (Plant::WalEverysecNever, everysec),
    (Plant::WalServedUnlogged, served),
];

/// A bit too many in the last length: the end looks torn, what is written later must not be lost.
fn damaged_length(setup: &Setup) -> String {
    let mut rig = setup.open(Disk::default()).expect("an empty disk");
    rig.script("SET k 1");
    let mut disk = rig.crashed();
    disk.edit(&disk.last_segment(), |bytes| bytes[24 + 2] ^= 1);
    let mut again = setup.open(disk).expect("a torn end");
    again.script("SET j 2");
    again.engine.image();
    match setup.open(again.crashed()) {
        Ok(mut last) => format!("{:?}", last.run("GET j")),
        Err(error) => error.to_string(),
    }
}

/// The answers to two commands when the first sync fails, and what is there after a crash.
fn failed_sync(setup: &Setup) -> String {
    let mut rig = setup.open(Disk::default()).expect("an empty disk");
    rig.disk.borrow_mut().fails_at = Some("sync wal-");
    let answered = rig.script("SET k 1; SET j 2").iter().any(|(_, reply)| !matches!(reply, Reply::Error(_)));
    match setup.open(rig.crashed()) {
        Ok(mut again) => format!("answered {answered}, kept {:?}", again.run("EXISTS k j")),
        Err(error) => error.to_string(),
    }
}

fn short_writes(setup: &Setup) -> String {
    let mut rig = setup.open(Disk::default()).expect("an empty disk");
    rig.disk.borrow_mut().append_bytes_max = Some(10);
    rig.run("SET k 1");
    match setup.open(rig.crashed()) {
        Ok(mut again) => format!("{:?}", again.run("EXISTS k")),
        Err(error) => error.to_string(),
    }
}

fn everysec(setup: &Setup) -> String {
    let durability = Durability { fsync: Fsync::EverySec, ..Durability::default() };
    let setup = Setup { durability, ..setup.clone() };
    let mut rig = setup.open(Disk::default()).expect("an empty disk");
    rig.script("SET k 1; +1000; +1");
    format!("{:?}", setup.open(rig.crashed()).expect("a sound log").run("EXISTS k"))
}

fn served(setup: &Setup) -> String {
    let mut rig = setup.open(Disk::default()).expect("an empty disk");
    rig.script("2>BLPOP k 0; RPUSH k a");
    format!("{:?}", setup.open(rig.crashed()).expect("a sound log").run("EXISTS k"))
}

#[test]
fn the_rest_shows_otherwise() {
    for &(plant, show) in OTHERS {
        let sound = show(&setup(None, 1 << 20, Fsync::Always));
        let planted = show(&setup(Some(plant), 1 << 20, Fsync::Always));
        assert_ne!(sound, planted, "{}", plant.name());
    }
    let sound = setup(None, 1 << 20, Fsync::Always);
    assert_eq!(damaged_length(&sound), "Bulk([50])");
    assert_eq!(failed_sync(&sound), "answered false, kept Int(0)");
    assert_eq!([short_writes(&sound), everysec(&sound), served(&sound)], ["Int(1)", "Int(1)", "Int(0)"]);
}

/// `tests/log_memory.rs` counts what is allocated.
const ELSEWHERE: &[Plant] = &[Plant::WalLengthBelieved];

#[test]
fn every_plant_has_a_case() {
    let shown: BTreeSet<Plant> = CRASHES.iter().map(|row| row.0).chain(OTHERS.iter().map(|row| row.0)).collect();
    let durability = |plant: &&Plant| plant.name().starts_with("wal-") || plant.name().starts_with("snapshot-");
    let missing: Vec<_> = Plant::ALL
        .iter()
        .filter(durability)
        .filter(|plant| !shown.contains(plant) && !ELSEWHERE.contains(plant))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
