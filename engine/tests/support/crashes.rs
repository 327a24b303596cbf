//! Crashes at every operation of the disk, and what must be there afterwards.

use std::collections::BTreeSet;

use respfuzz_engine::{Fsync, Reply};

use super::{Disk, Rig, Setup};

/// Runs a script, steps separated by `;`, commands that are committed together by `|`. At every operation on the disk it
/// crashes in every way; then all that was answered must be there, and nothing that wasn't begun, no step in part.
/// Recovery crashes, too; what is recovered is written to, and crashes once more.
pub fn survives(setup: &Setup, script: &str) -> Result<(), String> {
    let disk = Disk { history: Some(Vec::new()), ..Disk::default() };
    let mut rig = setup.open(disk).map_err(|error| format!("opening: {error}"))?;
    let mut images = vec![rig.engine.image()];
    for step in script.split(';') {
        for command in step.split('|').map(str::trim) {
            rig.step(command);
            images.push(rig.engine.image());
            rig.disk.borrow_mut().begun += 1;
        }
        let replies = rig.poll();
        if let Some(failure) = rig.engine.failure() {
            return Err(format!("{step}: {failure}: {replies:?}"));
        }
        let mut disk = rig.disk.borrow_mut();
        disk.answered = disk.begun;
    }
    let mut history = rig.disk.borrow_mut().history.take().unwrap_or_default();
    history.push(rig.disk.borrow().clone());
    let mut seen = BTreeSet::new();
    for (at, disk) in history.iter().enumerate() {
        let floor = if setup.durability.fsync == Fsync::Always { disk.answered } else { 0 };
        let place = format!("operation {at} ({:?})", rig.disk.borrow().operations.get(at));
        for (crash, image) in disk.crashes() {
            // The operating system outlives a process, and keeps what was answered.
            let floor = if crash == "killed" { disk.answered } else { floor };
            if !seen.insert((image.contents(), floor, disk.begun)) {
                continue;
            }
            recovers(setup, image, &images[floor..=disk.begun], None)
                .map_err(|why| format!("{place}, {crash}: {why}"))?;
        }
    }
    Ok(())
}

/// Runs a script with each operation on the disk failing in turn. Nothing is answered from then on; the engine is opened
/// again on the same disk, with what the operating system remembers of it, and after crashes.
pub fn survives_failures(setup: &Setup, script: &str) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for nth in 0.. {
        let disk = Disk { fails_nth: Some(nth), ..Disk::default() };
        let Ok(mut rig) = setup.open(disk) else { continue };
        let (mut images, mut answered) = (vec![rig.engine.image()], 0);
        for step in script.split(';') {
            for command in step.split('|').map(str::trim) {
                rig.step(command);
                images.push(rig.engine.image());
            }
            let replies = rig.poll();
            match rig.engine.failure() {
                None => answered = images.len() - 1,
                Some(_) if replies.iter().all(|(_, reply)| matches!(reply, Reply::Error(_))) => break,
                Some(_) => return Err(format!("operation {nth} failed, and {step} was answered: {replies:?}")),
            }
        }
        if rig.engine.failure().is_none() {
            return Ok(());
        }
        let disk = rig.disk.borrow();
        let place = |why| format!("operation {nth} failed ({:?}): {why}", disk.operations.last());
        let floor = if setup.durability.fsync == Fsync::Always { answered } else { 0 };
        let on_system = Disk { fails_nth: None, ..disk.clone_unlocked() };
        recovers(setup, on_system, &images[answered..], Some(&images[floor..])).map_err(place)?;
        for (_, image) in disk.crashes() {
            if !seen.insert((image.contents(), floor, images.len())) {
                continue;
            }
            recovers(setup, image, &images[floor..], None).map_err(place)?;
        }
    }
    Ok(())
}

/// Recovers; one of these images must be there, and must stay. A crash in recovery changes nothing, unless it is the first:
/// then one of the images `after_crash` must be there.
fn recovers(setup: &Setup, crashed: Disk, images: &[Vec<u8>], after_crash: Option<&[Vec<u8>]>) -> Result<(), String> {
    let mut rig = open(setup, Disk { history: Some(Vec::new()), ..crashed })?;
    let image = rig.engine.image();
    if !images.contains(&image) {
        return Err("the state is none of those that may be there".into());
    }
    let history = rig.disk.borrow_mut().history.take().unwrap_or_default();
    let mut seen = BTreeSet::new();
    for (crash, disk) in history.iter().flat_map(Disk::crashes) {
        if !seen.insert(disk.contents()) {
            continue;
        }
        let again = open(setup, disk)?.engine.image();
        if !after_crash.map_or(again == image, |images| images.contains(&again)) {
            return Err(format!("another state after a crash in recovery ({crash})"));
        }
    }
    rig.step("APPEND later x");
    rig.poll();
    let later = rig.engine.image();
    let kept = if setup.durability.fsync == Fsync::Always { rig.crashed() } else { rig.killed() };
    if open(setup, kept)?.engine.image() != later {
        return Err("what came after the recovery is lost, or not alone".into());
    }
    Ok(())
}

fn open(setup: &Setup, disk: Disk) -> Result<Rig, String> {
    let rig = setup.open(disk).map_err(|error| format!("opening again: {error}"))?;
    match rig.engine.failure() {
        None => Ok(rig),
        Some(failure) => Err(failure),
    }
}
