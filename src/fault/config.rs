//! How often faults come by themselves.

use std::collections::BTreeMap;

use super::Fault;

/// For each fault, its probability at an opportunity, in parts per million.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultConfig {
    ppm: BTreeMap<Fault, u32>,
}

impl FaultConfig {
    /// No fault comes by itself.
    pub fn disabled() -> Self {
        Self::default()
    }

    /// A tenth of [`FaultConfig::moderate`].
    pub fn calm() -> Self {
        Self::multiplied(1)
    }

    /// Each fault as often as [`Fault::base_ppm`] says.
    pub fn moderate() -> Self {
        Self::multiplied(10)
    }

    /// Three times [`FaultConfig::moderate`].
    pub fn chaos() -> Self {
        Self::multiplied(30)
    }

    fn multiplied(tenths: u32) -> Self {
        FaultConfig { ppm: Fault::ALL.iter().map(|&fault| (fault, fault.base_ppm() * tenths / 10)).collect() }
    }

    /// Only these faults, as often as here.
    pub fn only(mut self, faults: &[Fault]) -> Self {
        self.ppm.retain(|fault, _| faults.contains(fault));
        self
    }

    /// Sets the probability of a fault, in parts per million.
    pub fn set(&mut self, fault: Fault, ppm: u32) {
        self.ppm.insert(fault, ppm.min(1_000_000));
    }

    /// The probability of a fault, in parts per million.
    pub fn get(&self, fault: Fault) -> u32 {
        self.ppm.get(&fault).copied().unwrap_or(0)
    }
}
