//! The network between clients and a server: streams of bytes that arrive in pieces, and what can go wrong with them.
//!
//! Time is counted in moments: the user says when the next one begins ([`Net::tick`]). What was written arrives in the
//! same moment unless something holds it up, and what is late arrives last in its moment. On each way of a connection bytes arrive in the order in which they were
//! written, as TCP has it, until a fault changes that.
//!
//! How a write is cut depends on its own bytes and the seed, not on what was written before: a scenario that loses a
//! step keeps its other cuts.

use std::collections::BTreeMap;

use crate::fault::{Fault, Faults};
use crate::subject::ClientId;

/// The faults that this network can deliver.
pub const NETWORK_FAULTS: [Fault; 8] = [
    Fault::PacketDrop,
    Fault::PacketCorrupt,
    Fault::PartialWrite,
    Fault::Reorder,
    Fault::ConnectionReset,
    Fault::ConnectTimeout,
    Fault::Delay,
    Fault::Duplicate,
];

/// The longest piece: what a server reads at once.
const PIECE_BYTES_MAX: usize = 16 << 10;

/// Halves of a moment.
const MOMENT: u64 = 2;

/// A write that is so short may arrive byte by byte.
const SINGLY_BYTES_MAX: usize = 64;

/// A delay holds a piece up for at most so many moments.
const DELAY_MAX: u64 = 8;

/// The rest of a partial write comes after at most so many moments.
const REST_MAX: u64 = 4;

/// A partition is healed after at most so many moments.
const PARTITION_MAX: u64 = 16;

/// The arguments of [`Fault::PacketDrop`] from here on stand for a partition: nothing is lost, and nobody hears of
/// anybody until it is healed.
pub const PARTITION: u16 = 0x8000;

/// Where bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// From a client to the server.
    ToServer,
    /// From the server to a client.
    ToClient,
}

/// What arrives at one end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Some of the bytes that the other end has written.
    Bytes(Vec<u8>),
    /// The other end has closed the connection: nothing follows.
    End,
    /// The connection is no more; what was under way is lost.
    Reset,
}

/// Something that arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// On which connection.
    pub connection: ClientId,
    /// At which end.
    pub way: Way,
    /// What it is.
    pub arrival: Arrival,
}

/// A network.
pub struct Net {
    faults: Faults,
    seed: u64,
    /// The moment, in halves: what is late arrives in the second half of one.
    now: u64,
    /// What was sent so far: the order of things that arrive in the same moment.
    sent: u64,
    /// By the moment of their arrival.
    in_flight: BTreeMap<(u64, u64), Delivery>,
    lines: BTreeMap<(ClientId, Way), Line>,
    /// Nothing arrives before this moment.
    healed_at: u64,
}

/// One way of a connection.
#[derive(Default)]
struct Line {
    /// Nothing arrives before what was sent before it.
    not_before: u64,
    /// A piece was lost, and nothing that follows ever arrives.
    is_lost: bool,
}

impl Net {
    /// A network without connections.
    pub fn new(faults: Faults, seed: u64) -> Net {
        let (in_flight, lines) = (BTreeMap::new(), BTreeMap::new());
        Net { faults, seed, now: 0, sent: 0, in_flight, lines, healed_at: 0 }
    }

    /// Whether a client that wants to connect gets through.
    pub fn can_connect(&self) -> bool {
        self.faults.should_trigger(Fault::ConnectTimeout).is_none()
    }

    /// A connection has been made.
    pub fn open(&mut self, connection: ClientId) {
        for way in [Way::ToServer, Way::ToClient] {
            self.lines.insert((connection, way), Line::default());
        }
    }

    /// One end writes bytes.
    pub fn write(&mut self, connection: ClientId, way: Way, bytes: &[u8]) {
        let mut lag = 0;
        let cuts = self.cuts(bytes);
        for piece in cuts.pieces(bytes) {
            self.send(connection, way, piece.to_vec(), lag);
            lag = cuts.lag;
        }
    }

    /// One end closes the connection: the other end will see that after all that was written.
    pub fn close(&mut self, connection: ClientId, way: Way) {
        self.enqueue(connection, way, Arrival::End, 0);
    }

    /// One end gives the connection up: the other end sees that next, and what was under way is lost.
    pub fn abort(&mut self, connection: ClientId, way: Way) {
        self.forget(connection);
        self.put(connection, way, Arrival::Reset, self.now);
    }

    /// The connection is over at both ends.
    pub fn forget(&mut self, connection: ClientId) {
        self.in_flight.retain(|_, delivery| delivery.connection != connection);
        self.lines.retain(|(of, _), _| *of != connection);
    }

    /// The next moment begins.
    pub fn tick(&mut self) {
        self.now += MOMENT;
    }

    /// What arrives next in this moment.
    pub fn deliver(&mut self) -> Option<Delivery> {
        let is_due = |due: u64| due.max(self.healed_at) < self.now + MOMENT;
        let first = self.in_flight.first_entry().filter(|entry| is_due(entry.key().0))?;
        Some(first.remove())
    }

    /// Whether something is under way.
    pub fn is_busy(&self) -> bool {
        !self.in_flight.is_empty()
    }

    /// Goes on to the moment in which all that is under way arrives.
    pub fn settle(&mut self) {
        let last = self.in_flight.last_key_value().map_or(0, |((due, _), _)| *due);
        self.now = self.now.max(last).max(self.healed_at);
    }

    /// Sends a piece past all faults.
    fn send(&mut self, connection: ClientId, way: Way, mut bytes: Vec<u8>, mut lag: u64) {
        if self.lines.get(&(connection, way)).is_none_or(|line| line.is_lost) {
            return;
        }
        if self.faults.should_trigger(Fault::ConnectionReset).is_some() {
            self.forget(connection);
            self.put(connection, Way::ToServer, Arrival::Reset, self.now);
            return self.put(connection, Way::ToClient, Arrival::Reset, self.now);
        }
        if let Some(arg) = self.faults.should_trigger(Fault::PacketDrop) {
            self.drop_packet(connection, way, arg);
        }
        if let Some(arg) = self.faults.should_trigger(Fault::PacketCorrupt) {
            corrupt(&mut bytes, arg);
        }
        let copies = if self.faults.should_trigger(Fault::Duplicate).is_some() { 2 } else { 1 };
        self.overtake(connection, way, &mut bytes);
        if let Some(arg) = self.faults.should_trigger(Fault::Delay) {
            lag += 1 + u64::from(arg) % DELAY_MAX;
        }
        for _ in 0..copies {
            self.send_in_parts(connection, way, bytes.clone(), lag);
        }
    }

    /// The piece is lost, or the network falls apart for a while.
    fn drop_packet(&mut self, connection: ClientId, way: Way, arg: u16) {
        if arg >= PARTITION {
            self.healed_at = self.now + MOMENT * (1 + u64::from(arg) % PARTITION_MAX);
        } else if let Some(line) = self.lines.get_mut(&(connection, way)) {
            line.is_lost = true;
        }
    }

    /// The piece may change places with the last one that is still under way.
    fn overtake(&mut self, connection: ClientId, way: Way, bytes: &mut Vec<u8>) {
        let mut others = self.in_flight.values_mut().rev().filter(|d| (d.connection, d.way) == (connection, way));
        let Some(Delivery { arrival: Arrival::Bytes(other), .. }) = others.next() else { return };
        if other != bytes && self.faults.should_trigger(Fault::Reorder).is_some() {
            std::mem::swap(other, bytes);
        }
    }

    fn send_in_parts(&mut self, connection: ClientId, way: Way, mut bytes: Vec<u8>, lag: u64) {
        let partial = if bytes.len() > 1 { self.faults.should_trigger(Fault::PartialWrite) } else { None };
        let Some(arg) = partial else { return self.enqueue(connection, way, Arrival::Bytes(bytes), lag) };
        let rest = bytes.split_off(1 + usize::from(arg) % (bytes.len() - 1));
        self.enqueue(connection, way, Arrival::Bytes(bytes), lag);
        self.enqueue(connection, way, Arrival::Bytes(rest), lag + 1 + u64::from(arg >> 8) % REST_MAX);
    }

    /// Nothing overtakes what was sent before on the same way.
    fn enqueue(&mut self, connection: ClientId, way: Way, arrival: Arrival, lag: u64) {
        let due = self.now + MOMENT * lag + u64::from(lag > 0);
        let Some(line) = self.lines.get_mut(&(connection, way)).filter(|line| !line.is_lost) else { return };
        line.not_before = line.not_before.max(due);
        let due = line.not_before;
        self.put(connection, way, arrival, due);
    }

    fn put(&mut self, connection: ClientId, way: Way, arrival: Arrival, due: u64) {
        self.sent += 1;
        self.in_flight.insert((due, self.sent), Delivery { connection, way, arrival });
    }

    /// How the network cuts a write.
    fn cuts(&self, bytes: &[u8]) -> Cuts {
        let dice = twox_hash::XxHash3_64::oneshot_with_seed(self.seed, bytes);
        let [how, a, b, c, lag, ..] = dice.to_le_bytes();
        let at = |byte: u8| usize::from(byte) % bytes.len().max(1);
        let first = match how % 16 {
            0 if bytes.len() <= SINGLY_BYTES_MAX => (0..bytes.len()).collect(),
            0..=3 => vec![at(a), at(b), at(c)],
            4..=7 => vec![at(a)],
            _ => Vec::new(),
        };
        Cuts { first, lag: u64::from(lag % 4 == 0) }
    }
}

/// The places where a write is cut, and how much later than its beginning the rest arrives.
struct Cuts {
    first: Vec<usize>,
    lag: u64,
}

impl Cuts {
    fn pieces<'a>(&self, bytes: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        let mut ends: Vec<usize> = self.first.iter().copied().chain([0, bytes.len()]).collect();
        ends.sort_unstable();
        ends.dedup();
        let pieces: Vec<_> = ends.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        pieces.into_iter().flat_map(|piece| piece.chunks(PIECE_BYTES_MAX))
    }
}

/// Changes one byte.
fn corrupt(bytes: &mut [u8], arg: u16) {
    let [place, mask] = arg.to_le_bytes();
    let place = usize::from(place) % bytes.len().max(1);
    if let Some(byte) = bytes.get_mut(place) {
        *byte ^= mask.max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Scheduled;

    const A: ClientId = ClientId(1);
    const B: ClientId = ClientId(2);

    fn net(scheduled: &[(Fault, u16)]) -> Net {
        let faults = Faults::default();
        scheduled.iter().for_each(|&(fault, arg)| faults.schedule(Scheduled { fault, after: 0, arg }));
        let mut net = Net::new(faults, 0);
        net.open(A);
        net.open(B);
        net
    }

    /// What arrives now, on each connection in one string.
    fn arrived(net: &mut Net) -> [String; 2] {
        let mut texts = [String::new(), String::new()];
        while let Some(Delivery { connection, arrival, .. }) = net.deliver() {
            let text = &mut texts[usize::from(connection == B)];
            match arrival {
                Arrival::Bytes(bytes) => text.push_str(&String::from_utf8_lossy(&bytes)),
                Arrival::End => text.push('.'),
                Arrival::Reset => text.push('!'),
            }
        }
        texts
    }

    fn say(net: &mut Net, connection: ClientId, text: &str) {
        net.write(connection, Way::ToServer, text.as_bytes());
    }

    #[test]
    fn all_bytes_arrive_in_order_in_pieces_that_the_seed_chooses() {
        let text: Vec<u8> = (0..40_000_u32).map(|i| i.to_le_bytes()[0]).collect();
        let mut ways = std::collections::BTreeSet::new();
        for seed in 0..64 {
            for bytes in [&text[..], &text[..30], b"x"] {
                let mut net = Net::new(Faults::default(), seed);
                net.open(A);
                net.write(A, Way::ToServer, bytes);
                net.close(A, Way::ToServer);
                net.settle();
                let mut pieces = Vec::new();
                while let Some(Delivery { arrival: Arrival::Bytes(piece), .. }) = net.deliver() {
                    assert!(!piece.is_empty() && piece.len() <= PIECE_BYTES_MAX);
                    pieces.push(piece);
                }
                assert_eq!(pieces.concat(), bytes);
                ways.insert(pieces.iter().map(Vec::len).collect::<Vec<_>>());
            }
        }
        assert!(ways.len() > 40, "{}", ways.len());
    }

    #[test]
    fn each_fault_does_what_it_says() {
        let mut lost = net(&[(Fault::PacketDrop, 0)]);
        say(&mut lost, A, "abc");
        say(&mut lost, A, "def");
        lost.close(A, Way::ToServer);
        say(&mut lost, B, "x");
        lost.settle();
        assert_eq!(arrived(&mut lost), ["", "x"]);

        let mut late = net(&[(Fault::Delay, 1)]);
        say(&mut late, A, "a");
        say(&mut late, B, "b");
        say(&mut late, A, "c");
        assert_eq!(arrived(&mut late), ["", "b"]);
        late.tick();
        late.tick();
        assert_eq!(arrived(&mut late), ["ac", ""]);

        let mut twice = net(&[(Fault::Duplicate, 0), (Fault::PacketCorrupt, 0x2000)]);
        say(&mut twice, A, "a");
        assert_eq!(arrived(&mut twice), ["AA", ""]);

        let mut swapped = net(&[(Fault::Reorder, 0)]);
        say(&mut swapped, A, "a");
        say(&mut swapped, A, "b");
        assert_eq!(arrived(&mut swapped), ["ba", ""]);

        let mut reset = net(&[]);
        say(&mut reset, A, "a");
        reset.faults.schedule(Scheduled { fault: Fault::ConnectionReset, after: 0, arg: 0 });
        say(&mut reset, A, "b");
        say(&mut reset, A, "c");
        assert_eq!(arrived(&mut reset), ["!!", ""]);

        let mut partial = net(&[(Fault::PartialWrite, 0)]);
        say(&mut partial, A, "ab");
        assert_eq!(arrived(&mut partial), ["a", ""]);
        partial.tick();
        assert_eq!(arrived(&mut partial), ["b", ""]);
        assert!(!net(&[(Fault::ConnectTimeout, 0)]).can_connect());
    }

    #[test]
    fn a_partition_holds_everything_up_until_it_is_healed() {
        let mut net = net(&[(Fault::PacketDrop, PARTITION + 1)]);
        say(&mut net, A, "a");
        say(&mut net, B, "b");
        net.tick();
        assert_eq!(arrived(&mut net), ["", ""]);
        assert!(net.is_busy());
        net.tick();
        assert_eq!(arrived(&mut net), ["a", "b"]);
        assert!(!net.is_busy());
    }
}
