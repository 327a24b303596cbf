//! Simulated seconds per real second: seeded scenarios of `wal_replay`, with crashes and faults, on the embedded engine.

use divan::Bencher;
use divan::counter::ItemsCount;
use respfuzz::scenario::{Step, decode};
use respfuzz::subject::embedded;
use respfuzz::target::{Setup, Target};

fn main() {
    divan::main();
}

const SEEDS: std::ops::Range<u64> = 0..100;

fn target() -> Box<dyn Target> {
    let targets = embedded::registry(&Setup::default()).expect("a sound engine has its targets");
    targets.into_iter().find(|target| target.name() == "wal_replay").expect("it is one of them")
}

/// By how much scenarios move the clock, in seconds. Faults move it, too: that comes on top.
fn simulated_seconds(inputs: &[Vec<u8>]) -> u64 {
    let steps = inputs.iter().flat_map(|data| decode(data).steps);
    let moves = steps.map(|step| if let Step::Advance { ms } = step { ms } else { 0 });
    moves.sum::<u64>() / 1000
}

#[divan::bench]
fn seconds(bencher: Bencher) {
    let target = target();
    let inputs: Vec<_> = SEEDS.map(|seed| target.generate(seed, 50, None)).collect();
    let run = || inputs.iter().map(|data| target.run(data).checks).sum::<u64>();
    bencher.counter(ItemsCount::new(simulated_seconds(&inputs))).bench_local(run);
}
