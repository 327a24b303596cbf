//! The one-call entry: seeded scenarios against an engine, in a test.

use std::ops::Range;

use crate::command;
use crate::oracle::Violation;
use crate::run::{Options, run};
use crate::scenario::{Families, Scenario, decode, encode, generate, text};
use crate::shrink::{Judge, redis_cli_script, shrink};
use crate::subject::Subject;
use crate::target::Input;

/// Records of each scenario that [`check`] makes.
const RECORDS: usize = 60;

/// Runs the scenarios of these seeds, each on a new and empty subject, and panics with the first divergence from
/// Redis, shrunk to the few commands that show it.
///
/// ```should_panic
/// use std::collections::BTreeMap;
/// use respfuzz::{resp::Value, run::Options, subject::Called};
///
/// respfuzz::check(0..100, &Options::only(["GET", "SET", "STRLEN"]), || {
///     let mut db = BTreeMap::new();
///     Called::new(move |_client, argv: &[Vec<u8>]| match &argv[0].to_ascii_uppercase()[..] {
///         b"SET" => db.insert(argv[1].clone(), argv[2].clone()).map_or(Value::ok(), |_| Value::ok()),
///         b"GET" => db.get(&argv[1]).map_or(Value::NullBulk, |value| Value::bulk(value.clone())),
///         _ => Value::Int(db[&argv[1]].len() as i64), // STRLEN of a missing key?
///     })
/// });
/// ```
///
/// # Panics
///
/// With the shrunk scenario, if anything diverges; and if nothing was executed or compared.
pub fn check<S: Subject>(seeds: Range<u64>, options: &Options, make: impl Fn() -> S) {
    let families = options.only.as_deref().map(families_of);
    let (mut steps, mut checks) = (0, 0);
    for seed in seeds {
        let scenario = decode(&generate(seed, RECORDS, families));
        let report = run(&scenario, &mut make(), options);
        if report.violation.is_some() {
            panic!("seed {seed}: {}", shrunk(&scenario, options, &make));
        }
        steps += report.steps;
        checks += report.checks;
    }
    assert!(steps > 0 && checks > 0, "nothing was executed or compared: are the seeds empty, or the commands unknown?");
}

/// The families that these commands are in.
fn families_of(names: &[String]) -> Families {
    let families: Vec<_> =
        names.iter().filter_map(|name| command::by_name(name.as_bytes())).map(|c| c.family).collect();
    Families::only(&families)
}

struct Fresh<'a, F> {
    options: &'a Options,
    make: &'a F,
}

impl<S: Subject, F: Fn() -> S> Judge for Fresh<'_, F> {
    fn judge(&mut self, data: &[u8]) -> Option<Violation> {
        run(&decode(data), &mut (self.make)(), self.options).violation
    }
}

fn shrunk<S: Subject>(scenario: &Scenario, options: &Options, make: &impl Fn() -> S) -> String {
    let found = shrink(&encode(scenario), Input::Scenario, &mut Fresh { options, make });
    match found.as_ref().and_then(|shrunk| Some((shrunk.scenario.as_ref()?, &shrunk.violation))) {
        Some((scenario, violation)) => {
            format!("{}\n\n{}", violation.fingerprint, redis_cli_script(scenario, violation))
        }
        None => format!(
            "a divergence that does not show twice: the subject is not deterministic\n{}",
            text::print(scenario)
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::resp::Value;
    use crate::subject::{Called, ClientId};

    /// GET, SET and STRLEN of an engine that is right, but for what the flag says.
    fn tiny(wrong: bool) -> impl Subject {
        let mut db: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        Called::new(move |_: ClientId, argv: &[Vec<u8>]| {
            let name = argv[0].to_ascii_uppercase();
            let arity = |n| argv.len() == n;
            match &name[..] {
                b"SETNX" if arity(3) && db.contains_key(&argv[1]) => Value::Int(0),
                b"SETNX" if arity(3) => {
                    db.insert(argv[1].clone(), argv[2].clone());
                    Value::Int(1)
                }
                b"GET" if arity(2) => db.get(&argv[1]).map_or(Value::NullBulk, |v| Value::bulk(v.clone())),
                b"STRLEN" if arity(2) && wrong => {
                    db.get(&argv[1]).map_or(Value::NullBulk, |v| Value::Int(v.len() as i64))
                }
                b"STRLEN" if arity(2) => Value::Int(db.get(&argv[1]).map_or(0, Vec::len) as i64),
                _ => Value::error(format!(
                    "ERR wrong number of arguments for '{}' command",
                    String::from_utf8_lossy(&argv[0]).to_lowercase()
                )),
            }
        })
    }

    #[test]
    fn a_right_engine_passes() {
        check(0..100, &Options::only(["GET", "SETNX", "STRLEN"]), || tiny(false));
    }

    #[test]
    #[should_panic(expected = "reply/STRLEN/int/nil")]
    fn a_wrong_one_does_not() {
        check(0..100, &Options::only(["GET", "SETNX", "STRLEN"]), || tiny(true));
    }

    #[test]
    #[should_panic(expected = "nothing was executed")]
    fn an_empty_run_does_not_pass() {
        check(0..10, &Options::only(["NOSUCHCOMMAND"]), || tiny(false));
    }
}
