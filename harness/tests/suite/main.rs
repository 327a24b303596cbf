//! The suite over targets, corpora and planted bugs.
use bolero as _;

mod measure;
