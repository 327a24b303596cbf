//! What the harness costs: scenario steps per second in process, over the bare engine.
//!
//! `bare_engine` sends the same commands, clock moves and disconnects and throws the replies away; `harness` adds the
//! model, the comparison and the event hash (no white-box checks, no state reading). The ratio of harness cost to
//! engine cost is (harness - bare) / bare.

use divan::Bencher;
use divan::counter::ItemsCount;
use respfuzz::run::{Options, run};
use respfuzz::scenario::{Scenario, Step, decode, generate};
use respfuzz::subject::Subject;
use respfuzz::subject::embedded::Embedded;

fn main() {
    divan::main();
}

/// The scenarios of a hundred seeds, cut down to the steps that are sent.
fn scenarios() -> Vec<Scenario> {
    (0..100).map(|seed| decode(&generate(seed, 100, None))).collect()
}

fn steps(scenarios: &[Scenario]) -> ItemsCount {
    ItemsCount::new(scenarios.iter().map(|s| s.steps.len()).sum::<usize>())
}

fn quiet() -> Options {
    Options { white_box: false, state: false, ..Options::default() }
}

#[divan::bench]
fn bare_engine(bencher: Bencher) {
    let scenarios = scenarios();
    bencher.counter(steps(&scenarios)).bench(|| scenarios.iter().for_each(bare));
}

fn bare(scenario: &Scenario) {
    let mut engine = Embedded::new();
    let mut events = Vec::new();
    let mut now_ms = respfuzz::sim::EPOCH_MS;
    for step in &scenario.steps {
        let sent = match step {
            Step::Command { client, argv } => engine.send(*client, argv),
            Step::Advance { ms } => {
                now_ms += ms;
                engine.time().map_or(Ok(()), |time| time.advance(now_ms))
            }
            Step::Disconnect { client } => engine.disconnect(*client),
            Step::Checkpoint | Step::Restart(_) | Step::Fault(_) => Ok(()),
        };
        sent.and_then(|()| engine.poll(&mut events)).expect("the embedded engine has no connection to lose");
        divan::black_box_drop(std::mem::take(&mut events));
    }
}

#[divan::bench]
fn harness(bencher: Bencher) {
    let scenarios = scenarios();
    bencher
        .counter(steps(&scenarios))
        .bench(|| scenarios.iter().map(|s| run(s, &mut Embedded::new(), &quiet()).hash).fold(0, u64::wrapping_add));
}

#[divan::bench]
fn harness_with_all_oracles(bencher: Bencher) {
    let scenarios = scenarios();
    bencher.counter(steps(&scenarios)).bench(|| {
        scenarios.iter().map(|s| run(s, &mut Embedded::new(), &Options::default()).hash).fold(0, u64::wrapping_add)
    });
}

#[divan::bench]
fn decode_only(bencher: Bencher) {
    let inputs: Vec<Vec<u8>> = (0..100).map(|seed| generate(seed, 100, None)).collect();
    bencher.counter(steps(&scenarios())).bench(|| inputs.iter().map(|data| decode(data).steps.len()).sum::<usize>());
}
