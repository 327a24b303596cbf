//! `cargo bolero test command_handler -p respfuzz-harness`: the targets under bolero's engines.
//!
//! Plain `cargo test` replays the shared corpus through them, all of it and nothing else, so that its time depends on
//! counts only. A folder `__fuzz__/NAME/corpus` is a link to `corpus/NAME`.

use std::panic::RefUnwindSafe;
use std::time::Duration;

use respfuzz::target::{Setup, Target, run_checked};
use respfuzz_harness::{driver, registry};

/// As long as libFuzzer's inputs are by default.
const INPUT_BYTES_MAX: usize = 4096;

struct Subject(Box<dyn Target>);

/// After a panic nothing of the subject is used again: it is made anew for each input.
impl RefUnwindSafe for Subject {}

impl Subject {
    fn new(name: &str, plant: Option<&str>) -> Self {
        let setup = Setup { plant: plant.map(str::to_owned) };
        let targets = registry(&setup).expect("the registry makes its targets");
        Subject(targets.into_iter().find(|target| target.name() == name).expect("the registry has the target"))
    }

    fn assert_holds(&self, data: &[u8]) {
        driver::assert_holds(&run_checked(self.0.as_ref(), data, false));
    }
}

/// A macro, as bolero names a test after the function that its own macro stands in.
macro_rules! check {
    ($subject:expr) => {{
        let subject = $subject;
        bolero::check!()
            .with_iterations(0)
            .with_test_time(Duration::MAX)
            .with_max_len(INPUT_BYTES_MAX)
            .for_each(|data: &[u8]| subject.assert_holds(data));
    }};
}

#[test]
fn command_handler() {
    check!(Subject::new("command_handler", None));
}

#[test]
fn connection() {
    check!(Subject::new("connection", None));
}

#[test]
fn streaming() {
    check!(Subject::new("streaming", None));
}

#[test]
fn resp_parser() {
    check!(Subject::new("resp_parser", None));
}

#[test]
fn query_parser() {
    check!(Subject::new("query_parser", None));
}

#[test]
fn search() {
    check!(Subject::new("search", None));
}

#[test]
fn wal_bytes() {
    check!(Subject::new("wal_bytes", None));
}

#[test]
fn wal_replay() {
    check!(Subject::new("wal_replay", None));
}

/// Must fail under an engine: it proves that the engine would find a bug. Its corpus starts empty.
#[test]
#[cfg(fuzzing)]
fn command_handler_canary() {
    check!(Subject::new("command_handler", Some("ltrim-leaves-empty")));
}
