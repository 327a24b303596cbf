//! The engine's FT.* against the recorded answers of RediSearch.

mod aggregate;
mod data;
mod explain;
mod ids;
