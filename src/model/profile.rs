//! Which server the model stands for.

use std::fmt;
use std::str::FromStr;

/// A server and the version that the model follows. Redis 7.0 is the one that the oracle asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// Redis 7.0.
    #[default]
    Redis70,
    /// Redis between 7.4 and 8.0.
    Redis8,
    /// Valkey 8.0.
    Valkey8,
}

impl Profile {
    /// All of them.
    pub const ALL: [Profile; 3] = [Profile::Redis70, Profile::Redis8, Profile::Valkey8];

    /// As the command line calls it.
    pub fn name(self) -> &'static str {
        match self {
            Profile::Redis70 => "redis-7.0",
            Profile::Redis8 => "redis-8",
            Profile::Valkey8 => "valkey-8",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no profile's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are redis-7.0, redis-8 and valkey-8")]
pub struct UnknownProfile;

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(name: &str) -> Result<Self, UnknownProfile> {
        Profile::ALL.into_iter().find(|profile| profile.name() == name).ok_or(UnknownProfile)
    }
}
