//! Crash images recovered per second: every different image of a crash after each disk operation of a scenario of 50
//! commands.

use divan::Bencher;
use divan::counter::ItemsCount;
use respfuzz::fault::Faults;
use respfuzz::scenario::{Fsync, Step, decode, generate};
use respfuzz::sim::{Clock, Disk, Image};
use respfuzz::subject::embedded::EngineLog;
use respfuzz::subject::log::{Log, LogSettings};

fn main() {
    divan::main();
}

fn settings(fsync: Fsync) -> LogSettings {
    LogSettings { fsync, segment_bytes: 600, rewrite_bytes: 1500 }
}

/// The disk after 50 commands, with its history.
fn disk(fsync: Fsync) -> Disk {
    let clock = Clock::new();
    let disk = Disk::new(Faults::default(), clock.clone());
    disk.record();
    let engine = EngineLog::new().open(&disk, &clock, &settings(fsync));
    let mut engine = engine.unwrap_or_else(|error| panic!("an empty disk is opened: {error}"));
    let scenario = decode(&generate(7, 60, None));
    let commands = scenario.steps.iter().filter_map(|step| match step {
        Step::Command { client, argv } => Some((*client, argv)),
        _ => None,
    });
    commands.take(50).for_each(|(client, argv)| engine.send(client, argv));
    disk
}

/// The images of all crashes, each once.
fn images(disk: &Disk) -> Vec<Image> {
    let mut images: Vec<Image> = (0..=disk.operations()).flat_map(|at| disk.images_at(at)).map(|(_, i)| i).collect();
    images.sort_unstable();
    images.dedup();
    images
}

#[divan::bench(args = [Fsync::Always, Fsync::EverySec, Fsync::No])]
fn recovered(bencher: Bencher, fsync: Fsync) {
    let images = images(&disk(fsync));
    let recover = |image: &Image| {
        let clock = Clock::new();
        let disk = Disk::of_image(image, Faults::default(), clock.clone());
        EngineLog::new().open(&disk, &clock, &settings(fsync)).is_ok()
    };
    bencher.counter(ItemsCount::new(images.len())).bench_local(|| images.iter().filter(|image| recover(image)).count());
}

#[divan::bench(args = [Fsync::Always, Fsync::EverySec, Fsync::No])]
fn enumerated(bencher: Bencher, fsync: Fsync) {
    let disk = disk(fsync);
    let count: usize = (0..=disk.operations()).map(|at| disk.images_at(at).len()).sum();
    bencher
        .counter(ItemsCount::new(count))
        .bench_local(|| (0..=disk.operations()).map(|at| disk.images_at(at).len()).sum::<usize>());
}
