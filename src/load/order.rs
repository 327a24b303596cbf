//! A cell, a counter and a queue that several clients use at once: which replies are possible.
//!
//! Commands take effect at some moment between being sent and being answered. Moments are counted: each sending and
//! each answer is one more. A reply is wrong if no choice of moments gives it.

use std::collections::{BTreeMap, BTreeSet};

/// A moment that has not come: whoever asked still waits.
const OPEN: u64 = u64::MAX;

/// Why a reply fits no order of the commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// What was read had been overwritten before the read began.
    Stale,
    /// Nothing was there, although a write was answered before the read began.
    Lost,
    /// Nobody has written what was read.
    Unwritten,
    /// What only one may get was given to two.
    Twice,
    /// An element came out before one that was put in earlier.
    Overtaken,
}

impl Wrong {
    /// In one word, as it stands in fingerprints.
    pub(super) fn name(self) -> &'static str {
        match self {
            Wrong::Stale => "stale",
            Wrong::Lost => "lost",
            Wrong::Unwritten => "unwritten",
            Wrong::Twice => "twice",
            Wrong::Overtaken => "overtaken",
        }
    }
}

/// The number of a write; `None` if it deletes.
pub(super) type Content = Option<u64>;

/// A cell that is written and read.
pub(super) struct Register {
    /// What a read may still find, and when its write was answered.
    writes: Vec<(Content, u64)>,
    /// The latest beginning of a write that was answered: what was answered earlier is gone.
    floor: u64,
    /// Reads that are on their way, by the floor when they began.
    reads: BTreeMap<u64, usize>,
}

impl Register {
    pub(super) fn new() -> Register {
        Register { writes: vec![(None, 0)], floor: 0, reads: BTreeMap::new() }
    }

    /// Gives what [`Register::end_read`] is to be told.
    pub(super) fn begin_read(&mut self) -> u64 {
        *self.reads.entry(self.floor).or_default() += 1;
        self.floor
    }

    pub(super) fn end_read(&mut self, floor: u64, seen: Content) -> Result<(), Wrong> {
        if let Some(count) = self.reads.get_mut(&floor) {
            *count -= 1;
            if *count == 0 {
                self.reads.remove(&floor);
            }
        }
        match seen {
            _ if self.writes.iter().any(|(content, answered)| *content == seen && *answered >= floor) => Ok(()),
            Some(_) => Err(Wrong::Stale),
            None => Err(Wrong::Lost),
        }
    }

    pub(super) fn begin_write(&mut self, content: Content) {
        self.writes.push((content, OPEN));
    }

    pub(super) fn end_write(&mut self, content: Content, begun: u64, now: u64) {
        if let Some(write) = self.writes.iter_mut().find(|write| **write == (content, OPEN)) {
            write.1 = now;
        }
        self.floor = self.floor.max(begun);
        let oldest = self.reads.keys().next().copied().unwrap_or(self.floor);
        self.writes.retain(|(_, answered)| *answered >= oldest);
    }
}

/// A counter that only grows, by one each time.
#[derive(Default)]
pub(super) struct Counter {
    begun: u64,
    /// The highest number that anybody was told.
    highest: u64,
    /// All numbers up to this one were given, and these beyond it.
    given: u64,
    beyond: BTreeSet<u64>,
}

impl Counter {
    /// The number that is reached already.
    pub(super) fn begin_read(&self) -> u64 {
        self.highest
    }

    pub(super) fn begin_increment(&mut self) -> u64 {
        self.begun += 1;
        self.highest
    }

    pub(super) fn end_read(&mut self, floor: u64, seen: u64) -> Result<(), Wrong> {
        if seen < floor {
            return Err(Wrong::Stale);
        }
        if seen > self.begun {
            return Err(Wrong::Unwritten);
        }
        self.highest = self.highest.max(seen);
        Ok(())
    }

    pub(super) fn end_increment(&mut self, floor: u64, seen: u64) -> Result<(), Wrong> {
        if seen <= self.given || self.beyond.contains(&seen) {
            return Err(Wrong::Twice);
        }
        self.end_read(floor + 1, seen)?;
        self.beyond.insert(seen);
        while self.beyond.remove(&(self.given + 1)) {
            self.given += 1;
        }
        Ok(())
    }
}

/// A queue: elements are put in at its end and taken from its front.
#[derive(Default)]
pub(super) struct Queue {
    /// What is in it, or on its way: when its push began and was answered.
    elements: BTreeMap<u64, (u64, u64)>,
    /// The latest beginning of a push whose element was taken.
    front: u64,
    /// The highest number that was put in.
    highest: u64,
}

impl Queue {
    /// How many elements it may have.
    pub(super) fn len(&self) -> usize {
        self.elements.len()
    }

    pub(super) fn begin_push(&mut self, number: u64, now: u64) {
        self.elements.insert(number, (now, OPEN));
        self.highest = self.highest.max(number);
    }

    pub(super) fn end_push(&mut self, number: u64, now: u64) {
        if let Some(element) = self.elements.get_mut(&number) {
            element.1 = now;
        }
    }

    /// Gives what [`Queue::end_pop`] is to be told.
    pub(super) fn begin_pop(&self) -> u64 {
        self.front
    }

    pub(super) fn end_pop(&mut self, front: u64, number: u64) -> Result<(), Wrong> {
        let never = if number > self.highest { Wrong::Unwritten } else { Wrong::Twice };
        let (begun, answered) = self.elements.remove(&number).ok_or(never)?;
        if answered < front {
            return Err(Wrong::Overtaken);
        }
        self.front = self.front.max(begun);
        Ok(())
    }

    /// It was found empty when nobody else used it.
    pub(super) fn end(&self) -> Result<(), Wrong> {
        if self.elements.is_empty() { Ok(()) } else { Err(Wrong::Lost) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_finds_the_last_write_or_one_that_overlaps() {
        let mut cell = Register::new();
        let early = cell.begin_read();
        cell.begin_write(Some(1)); // 1
        cell.begin_write(Some(2)); // 2
        cell.end_write(Some(1), 1, 3);
        let late = cell.begin_read();
        assert_eq!(cell.end_read(early, None), Ok(()));
        assert_eq!(cell.end_read(late, Some(2)), Ok(()));
        let late = cell.begin_read();
        assert_eq!(cell.end_read(late, Some(1)), Ok(()));
        let late = cell.begin_read();
        assert_eq!(cell.end_read(late, None), Err(Wrong::Lost));
        cell.end_write(Some(2), 2, 4);
        // The two overlapped: either may be the last.
        for number in [1, 2] {
            let read = cell.begin_read();
            assert_eq!(cell.end_read(read, Some(number)), Ok(()));
        }
        cell.begin_write(None); // 5
        cell.end_write(None, 5, 6);
        let read = cell.begin_read();
        assert_eq!(cell.end_read(read, Some(2)), Err(Wrong::Stale));
    }

    #[test]
    fn deletes_that_overlap_are_apart() {
        let mut cell = Register::new();
        cell.begin_write(Some(1)); // 1
        cell.begin_write(None); // 2
        cell.begin_write(None); // 3
        cell.end_write(Some(1), 1, 4);
        cell.end_write(None, 2, 5);
        cell.begin_write(Some(7)); // 6
        cell.end_write(Some(7), 6, 7);
        let read = cell.begin_read();
        assert_eq!(cell.end_read(read, None), Ok(()), "the other delete is still on its way");
        cell.end_write(None, 3, 8);
        assert_eq!(cell.writes, [(None, 8), (Some(7), 7)]);
    }

    #[test]
    fn a_counter_gives_each_number_once_and_never_goes_back() {
        let mut counter = Counter::default();
        let (a, b) = (counter.begin_increment(), counter.begin_increment());
        assert_eq!(counter.end_increment(a, 2), Ok(()));
        assert_eq!(counter.end_increment(b, 2), Err(Wrong::Twice));
        assert_eq!(counter.end_increment(b, 1), Ok(()));
        let c = counter.begin_increment();
        assert_eq!(counter.end_increment(c, 4), Err(Wrong::Unwritten));
        let read = counter.begin_read();
        assert_eq!(counter.end_read(read, 1), Err(Wrong::Stale));
        assert_eq!(counter.end_read(read, 3), Ok(()), "the third is on its way");
    }

    #[test]
    fn a_queue_keeps_its_order_and_loses_nothing() {
        let mut queue = Queue::default();
        for (number, now) in [(1, 1), (2, 3), (3, 5)] {
            queue.begin_push(number, now);
            queue.end_push(number, now + 1);
        }
        let (first, second) = (queue.begin_pop(), queue.begin_pop());
        assert_eq!(queue.end_pop(first, 2), Ok(()), "the other pop may have been before");
        let third = queue.begin_pop();
        assert_eq!(queue.end_pop(second, 2), Err(Wrong::Twice));
        assert_eq!(queue.end_pop(second, 9), Err(Wrong::Unwritten));
        assert_eq!(queue.end_pop(third, 1), Err(Wrong::Overtaken));
        assert_eq!((queue.len(), queue.end()), (1, Err(Wrong::Lost)));
    }
}
