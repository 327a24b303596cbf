//! The fields of a spec. Each says itself what it takes, so that an error stands at its place in the file.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};

use super::{FaultItem, InvariantItem, ScenarioItem};
use crate::command::{self, Command};
use crate::fault::Fault;
use crate::property::Property;
use crate::scenario::{Scenario, text};

/// A field that is made of a text.
trait Named: Sized {
    const WHAT: &'static str;

    fn named(text: &str) -> Result<Self, String>;
}

struct OfText<T>(PhantomData<T>);

impl<T: Named> Visitor<'_> for OfText<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(T::WHAT)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        T::named(text).map_err(E::custom)
    }
}

macro_rules! of_text {
    ($($name:ident),*) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(OfText(PhantomData))
            }
        }
    )*};
}

of_text!(CommandName, FaultName, PropertyName, Severity, Steps);

/// A command of the table, in any case.
#[derive(Clone, Copy, Debug)]
pub struct CommandName(pub &'static Command);

impl Named for CommandName {
    const WHAT: &'static str = "the name of a command";

    fn named(text: &str) -> Result<Self, String> {
        command::by_name(text.as_bytes()).map(CommandName).ok_or_else(|| format!("no command is called `{text}`"))
    }
}

/// A fault of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultName(pub Fault);

impl Named for FaultName {
    const WHAT: &'static str = "the name of a fault";

    fn named(text: &str) -> Result<Self, String> {
        text.parse().map(FaultName).map_err(|error: crate::fault::UnknownFault| error.to_string())
    }
}

/// A property.
#[derive(Clone, Copy)]
pub struct PropertyName(pub &'static Property);

impl fmt::Debug for PropertyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

impl Deref for PropertyName {
    type Target = Property;

    fn deref(&self) -> &Property {
        self.0
    }
}

impl Named for PropertyName {
    const WHAT: &'static str = "the name of a property";

    fn named(text: &str) -> Result<Self, String> {
        Property::by_name(text).map(PropertyName).ok_or_else(|| format!("no property is called `{text}`"))
    }
}

/// How bad it is if something fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Data is lost or wrong.
    Critical,
    /// Clients are told something wrong.
    High,
    /// Clients can live with it.
    Medium,
    /// A matter of taste.
    Low,
}

impl Severity {
    /// As it stands in a spec.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
        }
    }
}

impl Named for Severity {
    const WHAT: &'static str = "critical, high, medium or low";

    fn named(text: &str) -> Result<Self, String> {
        let all = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];
        let found = all.into_iter().find(|severity| severity.name() == text);
        found.ok_or_else(|| format!("`{text}` is not critical, high, medium or low"))
    }
}

/// The steps of a text scenario, without its header.
#[derive(Clone, Debug)]
pub struct Steps(pub Scenario);

impl Named for Steps {
    const WHAT: &'static str = "the steps of a text scenario";

    fn named(steps: &str) -> Result<Self, String> {
        // The header takes the first line.
        let parsed = text::parse(&format!("{}\n{steps}", text::HEADER));
        let scenario = parsed.map_err(|error| format!("steps, line {}: {}", error.line - 1, error.reason))?;
        if scenario.steps.is_empty() { Err("steps: there are none".into()) } else { Ok(Steps(scenario)) }
    }
}

/// A number in a range; where it isn't said, `DEFAULT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Between<const LOW: u32, const HIGH: u32, const DEFAULT: u32 = LOW>(u32);

impl<const LOW: u32, const HIGH: u32, const DEFAULT: u32> Default for Between<LOW, HIGH, DEFAULT> {
    fn default() -> Self {
        Between(DEFAULT)
    }
}

impl<const LOW: u32, const HIGH: u32, const DEFAULT: u32> From<Between<LOW, HIGH, DEFAULT>> for u64 {
    fn from(number: Between<LOW, HIGH, DEFAULT>) -> u64 {
        number.0.into()
    }
}

impl<const LOW: u32, const HIGH: u32, const DEFAULT: u32> From<Between<LOW, HIGH, DEFAULT>> for usize {
    fn from(number: Between<LOW, HIGH, DEFAULT>) -> usize {
        number.0 as usize
    }
}

impl<const LOW: u32, const HIGH: u32, const DEFAULT: u32> From<Between<LOW, HIGH, DEFAULT>> for u8 {
    fn from(number: Between<LOW, HIGH, DEFAULT>) -> u8 {
        number.0.try_into().unwrap_or(u8::MAX)
    }
}

impl<const LOW: u32, const HIGH: u32, const DEFAULT: u32> fmt::Display for Between<LOW, HIGH, DEFAULT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const LOW: u32, const HIGH: u32, const DEFAULT: u32> Visitor<'_> for Between<LOW, HIGH, DEFAULT> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "a number from {LOW} to {HIGH}")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self, E> {
        let in_range = u32::try_from(number).ok().filter(|n| (LOW..=HIGH).contains(n));
        in_range.map(Between).ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }
}

impl<'de, const LOW: u32, const HIGH: u32, const DEFAULT: u32> Deserialize<'de> for Between<LOW, HIGH, DEFAULT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_u64(Self::default())
    }
}

/// Something with a name that nothing else in its list has.
trait HasName {
    fn own_name(&self) -> &str;
}

impl HasName for InvariantItem {
    fn own_name(&self) -> &str {
        self.name.0.name
    }
}

impl HasName for FaultItem {
    fn own_name(&self) -> &str {
        self.name.0.name()
    }
}

impl HasName for ScenarioItem {
    fn own_name(&self) -> &str {
        &self.name
    }
}

/// A list in which each name is there once.
#[derive(Clone, Debug)]
pub struct Unique<T>(Vec<T>);

impl<T> Default for Unique<T> {
    fn default() -> Self {
        Unique(Vec::new())
    }
}

impl<T> Deref for Unique<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T> DerefMut for Unique<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.0
    }
}

struct OfItems<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + HasName> Visitor<'de> for OfItems<T> {
    type Value = Unique<T>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Unique<T>, A::Error> {
        let mut list: Vec<T> = Vec::new();
        while let Some(item) = items.next_element::<T>()? {
            if list.iter().any(|other| other.own_name() == item.own_name()) {
                return Err(de::Error::custom(format!("`{}` is there twice", item.own_name())));
            }
            list.push(item);
        }
        Ok(Unique(list))
    }
}

impl<'de, T: Deserialize<'de> + HasName> Deserialize<'de> for Unique<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(OfItems(PhantomData))
    }
}
