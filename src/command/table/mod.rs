//! The table itself, one file per family.

mod bitmaps;
mod connection;
mod expiry;
mod geo;
mod hashes;
mod hyperloglogs;
mod keys;
mod lists;
mod objects;
mod pubsub;
mod search;
mod sets;
mod streams;
mod strings;
mod transactions;
mod zsets;

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
        connection::COMMANDS,
        pubsub::COMMANDS,
        objects::COMMANDS,
        streams::COMMANDS,
        bitmaps::COMMANDS,
        hyperloglogs::COMMANDS,
        geo::COMMANDS,
        search::COMMANDS,
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

/// By upper-case name. Few names share a length and a first letter, so that finding one is a comparison or two.
pub(super) fn by_name(upper: &[u8]) -> Option<&'static Command> {
    static BUCKETS: LazyLock<Vec<Vec<&'static Command>>> = LazyLock::new(|| {
        let mut buckets = vec![Vec::new(); 1 << 10];
        for command in ALL.iter() {
            buckets[bucket(command.name.as_bytes())].push(*command);
        }
        buckets
    });
    BUCKETS[bucket(upper)].iter().copied().find(|command| command.name.as_bytes() == upper)
}

fn bucket(name: &[u8]) -> usize {
    let byte = |i: usize| usize::from(name.get(i).copied().unwrap_or(0));
    (name.len() ^ (byte(0) << 4) ^ (byte(name.len() / 2) << 6) ^ (byte(name.len().wrapping_sub(1)) << 2)) & 0x3ff
}
