//! The suite: corpora and regressions replayed through every target, tables held against each other, hostile bytes, and
//! a manufactured red for every oracle.
use bolero as _;

mod clients;
mod connection;
mod corpus;
mod hostile;
mod live_wire;
mod oracle;
mod plants;
mod query_parser;
mod redis;
mod regressions;
mod search;
mod seeds;
mod shows;
mod streaming;
mod support;
mod tables;
mod wal_replay;
