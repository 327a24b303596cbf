//! The engine's FT.* against the recorded answers of RediSearch.

mod data;
mod explain;
mod ids;
