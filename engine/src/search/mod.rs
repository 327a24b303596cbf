//! FT.*: full-text search over the hashes of database 0, as RediSearch 2.10 has it.

pub(crate) mod analysis;
