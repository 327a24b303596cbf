//! The spec: a YAML file that says what `smoke`, `properties`, `scenarios`, `chaos` and `full` run.
//!
//! `spec/respfuzz.yaml` is the built-in one, and shows all that can be said. Whoever wants a scenario adds it there, or in
//! a file of one's own. Errors name line and column.

mod fields;

use serde::Deserialize;

pub use fields::{Between, CommandName, FaultName, PropertyName, Severity, Steps, Unique};

use crate::campaign::with_faults;
use crate::fault::Fault;
use crate::scenario::{self, Families, Offer, Step, reconfigure};
use crate::target::Target;

/// What is run.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The version of the format: 1.
    #[allow(dead_code, reason = "read to be checked")]
    version: Between<1, 1>,
    /// Laws that must hold without looking at the model.
    #[serde(default)]
    pub invariants: Unique<InvariantItem>,
    /// Faults that the engine must live through.
    #[serde(default)]
    pub faults: Unique<FaultItem>,
    /// What clients do, against the model.
    #[serde(default)]
    pub scenarios: Unique<ScenarioItem>,
}

/// One law.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvariantItem {
    /// A property's name.
    pub name: PropertyName,
    /// What it says.
    pub description: String,
    /// What it belongs to.
    pub category: String,
    /// How bad it is if it fails.
    pub severity: Severity,
    /// How many seeds are run.
    pub iterations: Between<1, 1_000_000>,
}

/// One fault.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultItem {
    /// Its name, as in `respfuzz faults --list`.
    pub name: FaultName,
    /// What must hold when it comes.
    pub description: String,
    /// What it belongs to.
    pub category: String,
    /// How bad it is if that does not hold.
    pub severity: Severity,
    /// The target that it comes to.
    #[serde(default = "wal_replay")]
    pub target: String,
    /// Records of each scenario.
    #[serde(default)]
    pub length: Between<1, 2700, 50>,
    /// How many seeds are run.
    pub iterations: Between<1, 1_000_000>,
}

/// One scenario: drawn from seeds, or written down.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioItem {
    /// Its name.
    pub name: String,
    /// What goes on.
    pub description: String,
    /// What it belongs to.
    pub category: String,
    /// How bad it is if it fails.
    pub severity: Severity,
    /// The commands that are drawn; all, if there are none.
    #[serde(default)]
    pub operations: Vec<CommandName>,
    /// Key slots of each type; drawn, if it isn't said.
    #[serde(default)]
    pub keys: Option<Between<1, 100>>,
    /// Clients; drawn, if it isn't said.
    #[serde(default)]
    pub clients: Option<Between<1, 4>>,
    /// Records of each scenario.
    #[serde(default)]
    pub length: Between<1, 2700, 50>,
    /// How many seeds are run.
    #[serde(default)]
    pub iterations: Between<1, 1_000_000>,
    /// The target that it runs on.
    #[serde(default = "command_handler")]
    pub target: String,
    /// Faults that come now and then.
    #[serde(default)]
    pub faults: Vec<FaultName>,
    /// The steps of a text scenario, run as they stand instead of drawn ones.
    #[serde(default)]
    pub steps: Option<Steps>,
}

fn wal_replay() -> String {
    "wal_replay".into()
}

fn command_handler() -> String {
    "command_handler".into()
}

/// Why a text is no spec.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SpecError(#[from] serde_yaml_ng::Error);

impl Spec {
    /// Reads a spec.
    pub fn parse(text: &str) -> Result<Spec, SpecError> {
        Ok(serde_yaml_ng::from_str(text)?)
    }

    /// `spec/respfuzz.yaml`, as it was when this was built.
    pub fn built_in() -> Result<Spec, SpecError> {
        Spec::parse(include_str!("../../spec/respfuzz.yaml"))
    }
}

impl ScenarioItem {
    /// The input of one seed, on that target.
    pub fn input(&self, target: &dyn Target, seed: u64) -> Vec<u8> {
        if let Some(steps) = &self.steps {
            return scenario::encode(&steps.0);
        }
        let mut data = self.drawn(target, seed);
        reconfigure(&mut data, |config| {
            config.keys = self.keys.map_or(config.keys, |keys| keys.into());
            config.clients = self.clients.map_or(config.clients, |clients| clients.into());
        });
        if self.operations.is_empty() {
            return data;
        }
        // Motifs bring other commands, too.
        let mut scenario = scenario::decode(&data);
        scenario.steps.retain(|step| match step {
            Step::Command { argv, .. } => self.draws(&String::from_utf8_lossy(&argv[0]).to_ascii_uppercase()),
            _ => true,
        });
        scenario::encode(&scenario)
    }

    fn draws(&self, name: &str) -> bool {
        self.operations.is_empty() || self.operations.iter().any(|operation| operation.0.name == name)
    }

    fn drawn(&self, target: &dyn Target, seed: u64) -> Vec<u8> {
        let faults: Vec<Fault> = self.faults.iter().map(|fault| fault.0).collect();
        let length = self.length.into();
        if self.operations.is_empty() && !faults.is_empty() {
            return with_faults(target, seed, length, &faults);
        }
        let command = |command: &crate::command::Command| target.draws(command) && self.draws(command.name);
        let families: Vec<_> = self.operations.iter().map(|operation| operation.0.family).collect();
        let families = (!families.is_empty()).then(|| Families::only(&families));
        let offer = Offer { faults: &faults, ..target.offer(&command) };
        match target.input() {
            crate::target::Input::Scenario => scenario::generate_of(seed, length, families, &offer),
            crate::target::Input::Bytes => target.generate(seed, length, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::property::Property;

    const SCENARIO: &str = "version: 1
scenarios:
  - name: counters
    description: d
    category: c
    severity: high
";

    #[test]
    fn the_built_in_spec_names_every_property() {
        let spec = Spec::built_in().unwrap();
        let names: Vec<_> = spec.invariants.iter().map(|item| item.name.name).collect();
        for property in Property::ALL {
            assert!(names.contains(&property.name), "{} is not in the spec", property.name);
        }
        assert!(spec.scenarios.len() >= 10 && spec.faults.len() >= 10);
    }

    #[test]
    fn errors_name_line_and_column() {
        let fail = |more: &str| Spec::parse(&format!("{SCENARIO}{more}")).unwrap_err().to_string();
        for (more, what, place) in [
            ("    keyz: 3\n", "unknown field `keyz`", "line 7 column 5"),
            ("    keys: 101\n", "a number from 1 to 100", "line 7 column 11"),
            ("    keys: many\n", "a number from 1 to 100", "line 7 column 11"),
            ("    operations: [GET, FROB]\n", "no command is called `FROB`", "line 7 column 23"),
            ("    faults: [disk.nope]\n", "no fault is called `disk.nope`", "line 7 column 14"),
            ("    steps: |\n      c0> GET k\n      fly\n", "line 2: `fly` is not a step", "line 7 column 12"),
            ("    keys: [\n", "a number from 1 to 100", "line 7 column 11"),
        ] {
            let error = fail(more);
            assert!(error.contains(what) && error.contains(place) && !error.contains('\n'), "{error}");
        }
        let twice = fail(SCENARIO.split_once("scenarios:\n").unwrap().1);
        assert!(twice.contains("`counters` is there twice") && twice.contains("line 3 column"), "{twice}");
        assert!(Spec::parse("version: 2").unwrap_err().to_string().contains("line 1 column 10"));
        assert!(Spec::parse("").is_err());
    }

    #[cfg(feature = "embedded")]
    #[test]
    fn only_the_operations_are_drawn() {
        let text = format!("{SCENARIO}    operations: [INCR, get]\n    keys: 2\n    clients: 1\n    length: 40\n");
        let spec = Spec::parse(&text).unwrap();
        let targets = crate::subject::embedded::registry(&Default::default()).unwrap();
        let scenario = scenario::decode(&spec.scenarios[0].input(targets[0].as_ref(), 7));
        assert_eq!((scenario.config.keys, scenario.config.clients), (2, 1));
        let names = scenario.steps.iter().filter_map(|step| match step {
            Step::Command { argv, .. } => Some(String::from_utf8_lossy(&argv[0]).to_ascii_uppercase()),
            _ => None,
        });
        let names: Vec<_> = names.collect();
        assert!(names.len() > 10 && names.iter().all(|name| name == "INCR" || name == "GET"), "{names:?}");
    }
}
