//! Motif records: parameterised micro-scenarios whose three and more steps meet on the same keys.
//!
//! Single random commands rarely line up a WATCH, a foreign touch and an EXEC. A motif does so by construction, and
//! its parameters (which commands, which keys, how long) come from the record's selectors.

mod bits;
mod blocking;
mod connection;
mod expiry;
mod geo;
mod hyperloglogs;
mod objects;
mod piles;
mod pubsub;
mod stage;
mod streams;
mod transactions;

use super::draw::Draw;
use super::{Config, Step};
use crate::command::Family;
use crate::subject::ClientId;
use stage::Stage;

type Motif = fn(&mut Stage);

/// A row of the table, named after its function.
macro_rules! motif {
    ($file:ident::$name:ident, $family:ident) => {
        (stringify!($name), $file::$name as Motif, Family::$family)
    };
}

/// What is listed twice is drawn twice as often.
///
/// Architecture invariant: frozen per codec version; new motifs are appended.
const MOTIFS: &[(&str, Motif, Family)] = &[
    motif!(piles::pile, Keys),
    motif!(piles::pile, Keys),
    motif!(piles::pile_on_one_type, Keys),
    motif!(piles::pile_on_one_type, Keys),
    motif!(piles::pile_on_one_type, Keys),
    motif!(piles::pile_on_one_type, Keys),
    motif!(piles::two_keys, Keys),
    motif!(piles::two_keys, Keys),
    motif!(piles::numbers, Keys),
    motif!(piles::numbers, Keys),
    motif!(piles::grow_and_shrink, Keys),
    motif!(piles::store_over, Expiry),
    motif!(piles::other_database, Keys),
    motif!(transactions::watch_touch_exec, Transactions),
    motif!(transactions::watch_touch_exec, Transactions),
    motif!(transactions::watch_expiry_exec, Transactions),
    motif!(transactions::after_a_transaction, Transactions),
    motif!(transactions::transaction, Transactions),
    motif!(expiry::expire_edge, Expiry),
    motif!(expiry::drain_and_refill, Expiry),
    motif!(expiry::rename_with_ttls, Expiry),
    motif!(expiry::write_over_ttl, Expiry),
    motif!(blocking::block_and_serve, Lists),
    motif!(blocking::block_and_time_out, Lists),
    motif!(pubsub::subscribe_and_publish, PubSub),
    motif!(pubsub::subscribe_and_publish, PubSub),
    motif!(pubsub::subscribe_in_multi, PubSub),
    motif!(pubsub::listen_and_wait, PubSub),
    motif!(connection::in_resp3, Connection),
    motif!(connection::forget, Connection),
    motif!(objects::encodings, Keys),
    motif!(objects::idle_time, Keys),
    motif!(objects::scan_through, Keys),
    motif!(objects::sort_by_others, Keys),
    motif!(objects::sort_by_others, Keys),
    motif!(objects::dump_and_restore, Keys),
    motif!(streams::group_work, Streams),
    motif!(streams::group_work, Streams),
    motif!(streams::group_work, Streams),
    motif!(streams::lag, Streams),
    motif!(streams::trim_nodes, Streams),
    motif!(streams::fill_a_node, Streams),
    motif!(streams::wait_for_entries, Streams),
    motif!(streams::wait_for_entries, Streams),
    motif!(bits::bits_of_two_strings, Bitmaps),
    motif!(bits::common_subsequence, Strings),
    motif!(hyperloglogs::registers, HyperLogLog),
    motif!(hyperloglogs::growth, HyperLogLog),
    motif!(hyperloglogs::corruption, HyperLogLog),
    motif!(geo::cluster, Geo),
    motif!(streams::full_millisecond, Streams),
];

/// How many motifs there are.
pub(super) const COUNT: u8 = MOTIFS.len() as u8;

/// The name of the motif with that tag, if it is assigned.
pub(super) fn name(tag: u8) -> Option<&'static str> {
    MOTIFS.get(usize::from(tag)).map(|(name, ..)| *name)
}

/// Appends the steps of a motif; an unassigned tag or one whose family is off is a no-op.
pub(super) fn expand(tag: u8, me: ClientId, draw: &mut Draw, config: &Config, steps: &mut Vec<Step>) {
    let Some((_, motif, family)) = MOTIFS.get(usize::from(tag)) else { return };
    if !config.families.contains(*family) {
        return;
    }
    motif(&mut Stage::new(draw, config, me, steps));
}
