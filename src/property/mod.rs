//! Laws that clients count on, said without the model: what any reader can check by looking.
//!
//! A property takes bytes, draws keys and values from them, and says what must hold of the replies. The bytes are the
//! only input, so what breaks shrinks; [`PropertyTarget`] makes a target of each, which is replayed as any other.
//! Architecture invariant: nothing here uses the model.

mod draw;
mod laws;
mod session;
mod stage;

use std::cell::RefCell;
use std::rc::Rc;

pub use draw::Draw;
pub use session::{Broken, Session};
#[cfg(all(unix, feature = "process"))]
pub use stage::Killed;
#[cfg(unix)]
pub use stage::Listening;
pub use stage::{Simulated, Stage};

use crate::panics;
use crate::target::{Input, RunReport, Target};

/// One law.
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// What must hold, in one sentence.
    pub law: &'static str,
    /// Whether it crashes the subject, which not every subject can survive.
    pub crashes: bool,
    check: fn(&mut Draw, &mut Session) -> Result<(), Broken>,
}

impl Property {
    /// Every law that there is.
    pub const ALL: &'static [Property] = laws::ALL;

    /// The law of that name.
    pub fn by_name(name: &str) -> Option<&'static Property> {
        Property::ALL.iter().find(|property| property.name == name)
    }
}

/// What all laws of a run share: the subject that they hold of.
pub type SharedStage = Rc<RefCell<Box<dyn Stage>>>;

/// A law as a target: any bytes, one check after another.
pub struct PropertyTarget {
    property: &'static Property,
    stage: SharedStage,
    name: String,
}

/// What the names of these targets begin with.
pub const PREFIX: &str = "property/";

impl PropertyTarget {
    /// The law on a stage.
    pub fn new(property: &'static Property, stage: SharedStage) -> Self {
        PropertyTarget { property, stage, name: format!("{PREFIX}{}", property.name) }
    }

    fn check(&self, data: &[u8], stage: &mut dyn Stage) -> RunReport {
        let mut session = Session::new(self.property.name, stage);
        let outcome = match session.begin() {
            Ok(()) => panics::caught(|| (self.property.check)(&mut Draw::new(data), &mut session)),
            Err(broken) => Ok(Err(broken)),
        };
        session.finish(outcome)
    }
}

impl Target for PropertyTarget {
    fn name(&self) -> &str {
        &self.name
    }

    fn guarantee(&self) -> &str {
        self.property.law
    }

    fn input(&self) -> Input {
        Input::Bytes
    }

    fn run(&self, data: &[u8]) -> RunReport {
        self.check(data, self.stage.borrow_mut().as_mut())
    }
}

/// How many bytes a law draws from for one seed.
pub const BYTES: usize = 160;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_none_is_part_of_another() {
        for property in Property::ALL {
            assert!(property.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{}", property.name);
            let like = Property::ALL.iter().filter(|other| other.name.contains(property.name)).count();
            assert_eq!(like, 1, "{}: `--filter` would find others, too", property.name);
        }
    }

    #[cfg(feature = "embedded")]
    #[test]
    fn each_holds_of_the_embedded_engine_and_checks_something() {
        let stage = crate::subject::embedded::stage(&crate::target::Setup::default()).unwrap();
        for property in Property::ALL {
            let target = PropertyTarget::new(property, stage.clone());
            assert_eq!(target.run(&[]).violation, None, "{} of no bytes", property.name);
            let mut checks = 0;
            for seed in 0..50 {
                let report = target.run(&target.generate(seed, BYTES, None));
                assert_eq!(report.violation, None, "{} seed {seed}", property.name);
                checks += report.checks;
            }
            assert!(checks > 50, "{}: {checks} checks", property.name);
        }
    }

    #[cfg(feature = "planted")]
    #[test]
    fn each_is_broken_by_a_planted_bug() {
        let planted = [
            ("set_get_roundtrip", "set-nx-get-writes"),
            ("incr_is_monotonic", "incr-wraps"),
            ("list_order_preserved", "list-conversion-misplaces"),
            ("hash_fields_unique", "hset-counts-updates"),
            ("sorted_set_ordering", "zset-conversion-drops-last"),
            ("expire_removes_key", "expiry-early"),
            ("set_members_unique", "intset-merges-leading-zeros"),
            ("rename_moves_all", "rename-keeps-target-ttl"),
            ("transaction_is_whole", "exec-stops-at-error"),
            ("copy_is_a_twin", "copy-loses-ttl"),
            ("append_concatenates", "append-drops-ttl"),
            ("bits_are_kept", "setbit-zero-creates-nothing"),
            ("set_algebra_agrees", "intset-merges-leading-zeros"),
            ("stream_ids_increase", "xadd-takes-equal-id"),
            ("persist_keeps_key", "getex-persist-ignored"),
            ("delete_forgets", "drained-list-ttl-returns"),
            ("scan_finds_all", "keys-skips-non-utf8"),
            ("wrong_type_changes_nothing", "set-get-writes-over-other-type"),
            ("crash_recovery_consistent", "wal-acks-before-sync"),
            ("crash_keeps_deadlines", "wal-expires-from-now"),
        ];
        assert_eq!(planted.len(), Property::ALL.len());
        for (name, plant) in planted {
            let setup = crate::target::Setup { plant: Some(plant.into()) };
            let stage = crate::subject::embedded::stage(&setup).unwrap();
            let target = PropertyTarget::new(Property::by_name(name).unwrap(), stage);
            let broken = (0..2000).any(|seed| target.run(&target.generate(seed, BYTES, None)).violation.is_some());
            assert!(broken, "{name} holds in spite of {plant}");
        }
    }
}
