//! The table itself, one file per family.

mod expiry;
mod hashes;
mod keys;
mod lists;
mod sets;
mod strings;
mod transactions;
mod zsets;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::Command;

/// All commands, in the order of their tags.
pub(super) static ALL: LazyLock<Vec<&'static Command>> = LazyLock::new(|| {
    let families = [
        strings::COMMANDS,
        keys::COMMANDS,
        expiry::COMMANDS,
        lists::COMMANDS,
        sets::COMMANDS,
        hashes::COMMANDS,
        zsets::COMMANDS,
        transactions::COMMANDS,
    ];
    let mut all: Vec<_> = families.into_iter().flatten().collect();
    all.sort_by_key(|command| command.tag);
    all
});

/// By tag; unassigned tags are `None`.
pub(super) static BY_TAG: LazyLock<[Option<&'static Command>; 256]> = LazyLock::new(|| {
    let mut table = [None; 256];
    for command in ALL.iter() {
        table[command.tag as usize] = Some(*command);
    }
    table
});

/// By upper-case name.
pub(super) static BY_NAME: LazyLock<BTreeMap<&'static [u8], &'static Command>> =
    LazyLock::new(|| ALL.iter().map(|command| (command.name.as_bytes(), *command)).collect());
