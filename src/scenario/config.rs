//! The config block at the head of a scenario's bytes.

use crate::command::Family;
use crate::fault::FaultConfig;

/// Which command families are drawn (swarm testing: most scenarios leave some out).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Families(u32);

impl Families {
    /// All bits, also those that no family has yet.
    pub const ALL: Families = Families(u32::MAX);

    /// These and no others.
    pub fn only(families: &[Family]) -> Families {
        Families(families.iter().fold(0, |mask, f| mask | f.bit()))
    }

    /// From the bits of the config block. No known family at all would be an empty run: that means all.
    pub fn from_bits(bits: u32) -> Families {
        let known = Family::ALL.iter().fold(0, |mask, f| mask | f.bit());
        if bits & known == 0 { Families::ALL } else { Families(bits) }
    }

    /// The bits of the config block.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// Whether this family is drawn.
    pub fn contains(self, family: Family) -> bool {
        self.0 & family.bit() != 0
    }
}

/// When a subject with a log syncs it: Redis's `appendfsync`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fsync {
    /// Before it replies.
    #[default]
    Always,
    /// Once a second.
    EverySec,
    /// When the system likes.
    No,
}

impl Fsync {
    /// All of them.
    pub const ALL: [Fsync; 3] = [Fsync::Always, Fsync::EverySec, Fsync::No];

    /// As Redis calls it.
    pub fn name(self) -> &'static str {
        match self {
            Fsync::Always => "always",
            Fsync::EverySec => "everysec",
            Fsync::No => "no",
        }
    }
}

/// How often faults come that no step schedules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chance {
    /// Never.
    #[default]
    Disabled,
    /// See [`FaultConfig::calm`](crate::fault::FaultConfig::calm).
    Calm,
    /// See [`FaultConfig::moderate`](crate::fault::FaultConfig::moderate).
    Moderate,
    /// See [`FaultConfig::chaos`](crate::fault::FaultConfig::chaos).
    Chaos,
}

impl Chance {
    /// All of them.
    pub const ALL: [Chance; 4] = [Chance::Disabled, Chance::Calm, Chance::Moderate, Chance::Chaos];

    /// The probabilities of the faults.
    pub fn faults(self) -> FaultConfig {
        match self {
            Chance::Disabled => FaultConfig::disabled(),
            Chance::Calm => FaultConfig::calm(),
            Chance::Moderate => FaultConfig::moderate(),
            Chance::Chaos => FaultConfig::chaos(),
        }
    }

    /// As it stands in a scenario's text.
    pub fn name(self) -> &'static str {
        match self {
            Chance::Disabled => "disabled",
            Chance::Calm => "calm",
            Chance::Moderate => "moderate",
            Chance::Chaos => "chaos",
        }
    }
}

/// How table records are drawn, how often the state is compared, and the world around.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Interleaved client connections, 1 to 4.
    pub clients: u8,
    /// Key slots of each home type, 1 to 100.
    pub keys: u8,
    /// Zipfian skew of the key choice in hundredths, 0 (uniform) to 200.
    pub skew_percent: u8,
    /// Which families are drawn.
    pub families: Families,
    /// The whole state is compared after so many commands; 0: only at the end.
    pub checkpoint_every: u8,
    /// When a subject with a log syncs it.
    pub fsync: Fsync,
    /// Of what size the log's segments are: 0 stands for large ones, other numbers for ever smaller ones.
    pub segments: u8,
    /// How often faults come by themselves.
    pub chance: Chance,
    /// Decides when.
    pub dice: u16,
}

/// The most that [`Config::segments`] can be.
pub(super) const SEGMENTS_MAX: u8 = 7;

impl Default for Config {
    fn default() -> Self {
        Config {
            clients: 3,
            keys: 3,
            skew_percent: 100,
            families: Families::ALL,
            checkpoint_every: 0,
            fsync: Fsync::Always,
            segments: 0,
            chance: Chance::Disabled,
            dice: 0,
        }
    }
}

/// How many bytes the block takes, the version byte included.
pub(super) const CONFIG_BYTES: usize = 16;

/// Slot counts that bytes below 128 stand for: few keys, so that commands meet.
const KEYS_SMALL: [u8; 8] = [1, 2, 2, 3, 3, 4, 6, 10];

impl Config {
    /// Reads the block; missing bytes are zero. Byte 0 is the version, bytes 14 and 15 are reserved.
    pub(super) fn decode(block: &[u8]) -> Config {
        let byte = |i: usize| block.get(i).copied().unwrap_or(0);
        Config {
            clients: byte(1) % 4 + 1,
            keys: match byte(2) {
                small @ 0..=127 => KEYS_SMALL[small as usize % KEYS_SMALL.len()],
                exact => (exact - 128) % 100 + 1,
            },
            skew_percent: byte(3) % 201,
            families: Families::from_bits(u32::from_le_bytes([byte(4), byte(5), byte(6), byte(7)])),
            checkpoint_every: match byte(8) {
                // Half of all scenarios compare only at the end: frequent reads would hide lazy expiry's bugs.
                rare @ 0..=127 => rare,
                _ => 0,
            },
            fsync: match byte(9) {
                0..=159 => Fsync::Always,
                160..=207 => Fsync::EverySec,
                _ => Fsync::No,
            },
            segments: byte(10) % (SEGMENTS_MAX + 1),
            chance: match byte(11) {
                0..=191 => Chance::Disabled,
                192..=223 => Chance::Calm,
                224..=247 => Chance::Moderate,
                _ => Chance::Chaos,
            },
            dice: u16::from_le_bytes([byte(12), byte(13)]),
        }
    }

    /// Writes the block.
    pub(super) fn encode(&self, version: u8) -> [u8; CONFIG_BYTES] {
        let mut block = [0; CONFIG_BYTES];
        block[0] = version;
        block[1] = self.clients - 1;
        block[2] = 128 + (self.keys - 1);
        block[3] = self.skew_percent;
        block[4..8].copy_from_slice(&self.families.bits().to_le_bytes());
        block[8] = self.checkpoint_every;
        block[9] = match self.fsync {
            Fsync::Always => 0,
            Fsync::EverySec => 160,
            Fsync::No => 208,
        };
        block[10] = self.segments;
        block[11] = match self.chance {
            Chance::Disabled => 0,
            Chance::Calm => 192,
            Chance::Moderate => 224,
            Chance::Chaos => 248,
        };
        block[12..14].copy_from_slice(&self.dice.to_le_bytes());
        block
    }
}
