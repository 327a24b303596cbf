//! The disk, its crash images and its faults, without an engine.

use std::collections::BTreeSet;

use super::*;
use crate::fault::Scheduled;
use crate::sim::Tear;

fn disk() -> Disk {
    Disk::new(Faults::default(), Clock::new())
}

fn content(image: &Image, name: &str) -> Option<Vec<u8>> {
    image.files.get(name).map(|content| content.to_vec())
}

/// Every image's content of that file.
fn contents(disk: &Disk, name: &str) -> Vec<Option<Vec<u8>>> {
    disk.images().into_iter().map(|choice| content(&disk.image(choice), name)).collect()
}

fn durable(disk: &Disk, name: &str, bytes: &[u8]) -> io::Result<()> {
    disk.create(name)?;
    disk.append(name, bytes)?;
    disk.sync(name)?;
    disk.sync_dir()
}

#[test]
fn what_is_not_synced_is_lost_in_some_image_and_what_is_in_none() -> io::Result<()> {
    let disk = disk();
    disk.create("log")?;
    disk.append("log", b"hello")?;
    assert!(contents(&disk, "log").contains(&None));
    disk.sync_dir()?;
    assert!(contents(&disk, "log").contains(&Some(vec![])));
    disk.sync("log")?;
    assert_eq!(contents(&disk, "log"), [Some(b"hello".to_vec())]);
    Ok(())
}

#[test]
fn a_synced_file_without_a_synced_name_is_lost() -> io::Result<()> {
    let disk = disk();
    disk.create("log")?;
    disk.append("log", b"hello")?;
    disk.sync("log")?;
    assert_eq!(contents(&disk, "log")[..2], [None, Some(b"hello".to_vec())]);
    Ok(())
}

#[test]
fn a_write_is_lost_kept_or_torn_in_every_way() -> io::Result<()> {
    let disk = disk();
    durable(&disk, "log", b"durable.")?;
    disk.append("log", b"abcdef")?;
    disk.append("log", b"gh")?;
    let images: BTreeSet<_> = contents(&disk, "log").into_iter().flatten().collect();
    let expected: [&[u8]; 11] = [
        b"durable.",
        b"durable.abcdef",
        b"durable.abcdefgh",
        b"durable.\0\0\0\0\0\0gh",
        b"durable.abc",
        b"durable.abc\0\0\0gh",
        b"durable.\0\0\0def",
        b"durable.\0\0\0defgh",
        b"durable.abc\0\0\0",
        b"durable.abcdef\0h",
        b"durable.abcdefg",
    ];
    for image in expected {
        assert!(images.contains(image), "{} is missing", image.escape_ascii());
    }
    let stale = disk.image(ImageChoice::Torn { operation: 0, at: 3, tear: Tear::Stale, later_kept: false });
    assert_eq!(content(&stale, "log").as_deref(), Some(&b"durable.abcle."[..]));
    let garbage = disk.image(ImageChoice::Torn { operation: 0, at: 3, tear: Tear::Garbage, later_kept: false });
    let garbage = content(&garbage, "log").unwrap_or_default();
    assert!(garbage.starts_with(b"durable.abc") && garbage.len() == 14 && !garbage.ends_with(b"def"));
    Ok(())
}

#[test]
fn long_writes_are_torn_at_sectors() -> io::Result<()> {
    let disk = disk();
    durable(&disk, "log", &[1; 100])?;
    disk.append("log", &[2; 9000])?;
    let lengths: BTreeSet<_> = contents(&disk, "log").into_iter().flatten().map(|content| content.len()).collect();
    for len in [512, 1024, 4096, 8192, 8704] {
        assert!(lengths.contains(&len), "{len} is missing of {lengths:?}");
    }
    Ok(())
}

#[test]
fn names_and_contents_are_lost_apart() -> io::Result<()> {
    let disk = disk();
    durable(&disk, "snapshot", b"old")?;
    disk.create("tmp")?;
    disk.append("tmp", b"new")?;
    disk.rename("tmp", "snapshot")?;
    let state = |files: &[(&str, &[u8])]| {
        files.iter().map(|(name, bytes)| (name.to_string(), Rc::new(bytes.to_vec()))).collect::<BTreeMap<_, _>>()
    };
    let states = || -> BTreeSet<_> { disk.images().into_iter().map(|choice| disk.image(choice).files).collect() };
    let renamed = states();
    assert!(renamed.contains(&state(&[("snapshot", b"old"), ("tmp", b"new")])), "the rename is lost");
    assert!(renamed.contains(&state(&[("snapshot", b"new")])), "the creation is lost, the rename isn't");
    assert!(renamed.contains(&state(&[("snapshot", b"")])), "the content is lost");
    disk.remove("snapshot")?;
    let removed = states();
    assert!(removed.contains(&state(&[("snapshot", b"new")])), "the removal is lost");
    assert!(removed.contains(&state(&[("snapshot", b"old"), ("tmp", b"new")])), "the rename and the removal are lost");
    assert!(removed.contains(&state(&[])), "nothing is lost");
    Ok(())
}

#[test]
fn a_file_that_was_not_synced_is_lost_while_a_later_one_is_kept() -> io::Result<()> {
    let disk = disk();
    durable(&disk, "old", b"")?;
    durable(&disk, "new", b"")?;
    disk.append("old", b"1")?;
    disk.append("old", b"2")?;
    disk.append("new", b"3")?;
    let images: Vec<_> = disk.images().into_iter().map(|choice| disk.image(choice)).collect();
    let is = |image: &&Image| image.files["old"].is_empty() && !image.files["new"].is_empty();
    assert!(images.iter().find(is).is_some());
    Ok(())
}

#[test]
fn power_goes_off_after_so_many_operations_and_the_next_one_is_pending() -> io::Result<()> {
    let disk = disk();
    durable(&disk, "log", b"a")?;
    disk.power_off_after(1);
    assert_eq!(disk.append("log", b"b")?, 1);
    assert!(!disk.is_dead());
    assert!(disk.append("log", b"c").is_err() && disk.is_dead());
    assert!(disk.list().is_err() && disk.lock().is_err() && disk.sync("log").is_err());
    let images = contents(&disk, "log");
    assert!(images.contains(&Some(b"a".to_vec())) && images.contains(&Some(b"abc".to_vec())));
    disk.power_loss(0);
    assert_eq!((disk.is_dead(), disk.read("log", 0, 9)?), (false, b"a".to_vec()));
    Ok(())
}

#[test]
fn a_kill_loses_nothing_but_what_it_left_is_still_not_durable() -> io::Result<()> {
    let disk = disk();
    durable(&disk, "log", b"a")?;
    disk.append("log", b"b")?;
    disk.kill();
    assert_eq!(disk.read("log", 0, 9)?, b"ab");
    disk.power_loss(0);
    assert_eq!(disk.read("log", 0, 9)?, b"a");
    Ok(())
}

#[test]
fn the_directory_belongs_to_one_until_it_is_given_back_or_the_holder_dies() -> io::Result<()> {
    let disk = disk();
    let lock = disk.lock()?;
    assert_eq!(disk.lock().err().map(|error| error.kind()), Some(io::ErrorKind::WouldBlock));
    drop(lock);
    let dead = disk.lock()?;
    disk.kill();
    let alive = disk.lock()?;
    drop(dead);
    assert!(disk.lock().is_err(), "a dead holder's lock must not give back that of the living");
    drop(alive);
    disk.lock().map(drop)
}

#[test]
fn the_history_gives_the_images_that_there_were() -> io::Result<()> {
    let disk = disk();
    disk.record();
    let mut then = vec![distinct(&disk.0.borrow().platter)];
    let steps: [&dyn Fn() -> io::Result<()>; 7] = [
        &|| disk.create("log"),
        &|| disk.append("log", b"ab").map(drop),
        &|| disk.sync("log"),
        &|| disk.sync_dir(),
        &|| disk.append("log", b"cd").map(drop),
        &|| disk.rename("log", "snapshot"),
        &|| disk.truncate("snapshot", 1),
    ];
    for step in steps {
        step()?;
        then.push(distinct(&disk.0.borrow().platter));
    }
    disk.power_loss(0);
    disk.create("other")?;
    for (operation, images) in then.iter().enumerate() {
        assert_eq!(disk.images_at(operation as u64), *images, "after {operation} operations");
    }
    assert_eq!(disk.images_at(8), distinct(&disk.0.borrow().platter));
    Ok(())
}

/// A disk with a durable file `log`, and a fault that comes at its next opportunity.
fn failing(fault: Fault, arg: u16) -> io::Result<(Disk, Faults, Clock)> {
    let (faults, clock) = (Faults::default(), Clock::new());
    let disk = Disk::new(faults.clone(), clock.clone());
    durable(&disk, "log", b"abc")?;
    faults.schedule(Scheduled { fault, after: 0, arg });
    Ok((disk, faults, clock))
}

#[test]
fn a_failed_write_writes_nothing() -> io::Result<()> {
    let (disk, faults, _) = failing(Fault::WriteFail, 0)?;
    assert!(disk.append("log", b"def").is_err());
    assert_eq!((disk.len("log")?, faults.delivered(Fault::WriteFail)), (3, 1));
    assert_eq!(disk.append("log", b"def")?, 3);
    Ok(())
}

#[test]
fn a_partial_write_says_how_much_it_wrote() -> io::Result<()> {
    let (disk, _, _) = failing(Fault::DiskPartialWrite, 1)?;
    assert_eq!((disk.append("log", b"def")?, disk.read("log", 0, 9)?), (2, b"abcde".to_vec()));
    Ok(())
}

#[test]
fn corruption_flips_a_bit_here_and_after_the_crash() -> io::Result<()> {
    let (disk, _, _) = failing(Fault::Corruption, 8)?;
    disk.append("log", b"def")?;
    disk.sync("log")?;
    assert_eq!(disk.read("log", 0, 9)?, b"abcddf");
    assert_eq!(contents(&disk, "log"), [Some(b"abcddf".to_vec())]);
    Ok(())
}

#[test]
fn a_slow_disk_takes_simulated_time() -> io::Result<()> {
    let (disk, _, clock) = failing(Fault::DiskSlow, 119)?;
    let before_ms = clock.now_ms();
    disk.sync("log")?;
    assert_eq!(clock.now_ms() - before_ms, 20);
    Ok(())
}

#[test]
fn a_failed_sync_loses_what_it_was_for_and_a_second_one_does_not_help() -> io::Result<()> {
    let (disk, _, _) = failing(Fault::FsyncFail, 0)?;
    disk.append("log", b"def")?;
    assert!(disk.sync("log").is_err());
    disk.append("log", b"ghi")?;
    disk.sync("log")?;
    assert_eq!(disk.read("log", 0, 9)?, b"abcdefghi");
    disk.kill();
    assert_eq!(disk.read("log", 0, 9)?, b"abcdefghi");
    assert_eq!(contents(&disk, "log"), [Some(b"abc\0\0\0ghi".to_vec())]);
    Ok(())
}

#[test]
fn a_stale_read_sees_the_time_before_the_last_write() -> io::Result<()> {
    let (disk, faults, _) = failing(Fault::StaleRead, 0)?;
    disk.append("log", b"def")?;
    assert_eq!(disk.read("log", 0, 3)?, b"abc");
    assert_eq!(faults.delivered(Fault::StaleRead), 0, "these bytes were the same before");
    assert_eq!(disk.read("log", 0, 9)?, b"abc");
    assert_eq!(disk.read("log", 0, 9)?, b"abcdef");
    Ok(())
}

#[test]
fn a_full_disk_stays_full_for_a_while() -> io::Result<()> {
    let (disk, _, _) = failing(Fault::DiskFull, 2)?;
    let kinds: Vec<_> = (0..4).map(|_| disk.append("log", b"d").err().map(|error| error.kind())).collect();
    let full = Some(io::ErrorKind::StorageFull);
    assert_eq!(kinds, [full, full, full, None]);
    Ok(())
}

#[test]
fn a_crash_chooses_its_image_and_an_oom_keeps_the_cache() -> io::Result<()> {
    let (disk, _, _) = failing(Fault::Crash, 1)?;
    assert!(disk.append("log", b"d").is_err());
    assert_eq!((disk.end(), disk.pending_crash()), (Some(End::PowerLoss(Some(1))), Some(1)));
    disk.power_loss(1);
    assert_eq!(disk.read("log", 0, 9)?, b"abcd", "image 1 has everything");

    let (disk, _, _) = failing(Fault::Oom, 0)?;
    assert!(disk.append("log", b"d").is_err());
    assert_eq!((disk.end(), disk.pending_crash()), (Some(End::Killed), None));
    disk.kill();
    assert_eq!(disk.read("log", 0, 9)?, b"abc");
    Ok(())
}
