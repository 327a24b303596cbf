//! Streams as bytes: node by node, as where a node ends can be seen from outside.

use super::{Reader, Writer};
use crate::structure::stream::{Group, Log, Slot, Stream, StreamId};

const LIVE: u8 = 0;
const DELETED: u8 = 1;
const UNKNOWN: u8 = 0;
const KNOWN: u8 = 1;

pub(super) fn write(stream: &Stream, out: &mut Writer) {
    write_log(&stream.log, out);
    out.count(stream.groups.len());
    for (name, group) in &stream.groups {
        out.bytes(name);
        write_group(group, out);
    }
}

fn write_log(log: &Log, out: &mut Writer) {
    out.id(log.last_id);
    out.id(log.max_deleted_id);
    out.int(log.entries_added as i64);
    let nodes: Vec<Vec<Slot>> = log.slots().collect();
    out.count(nodes.len());
    for node in nodes {
        out.count(node.len());
        for slot in node {
            out.id(slot.id);
            out.tag(if slot.deleted { DELETED } else { LIVE });
            out.count(slot.words.len());
            slot.words.iter().for_each(|word| out.bytes(word));
        }
    }
}

fn write_group(group: &Group, out: &mut Writer) {
    out.id(group.last_id);
    out.tag(if group.entries_read.is_some() { KNOWN } else { UNKNOWN });
    out.int(group.entries_read.unwrap_or(0));
    out.count(group.consumers().len());
    for (name, consumer) in group.consumers() {
        out.bytes(name);
        out.int(consumer.seen_at);
        let pending: Vec<_> = consumer.pending().iter().filter_map(|id| group.pending().get_key_value(id)).collect();
        out.count(pending.len());
        for (&id, pending) in pending {
            out.id(id);
            out.int(pending.delivered_at);
            out.int(pending.deliveries);
        }
    }
}

pub(super) fn read(input: &mut Reader<'_>) -> Option<Stream> {
    let mut stream = Stream { log: read_log(input)?, ..Stream::default() };
    for _ in 0..input.count()? {
        let name = input.bytes()?.to_vec();
        let group = read_group(input)?;
        if stream.groups.insert(name, group).is_some() {
            return None;
        }
    }
    Some(stream)
}

fn read_log(input: &mut Reader<'_>) -> Option<Log> {
    let mut log = Log::default();
    log.last_id = input.id()?;
    log.max_deleted_id = input.id()?;
    log.entries_added = input.int()? as u64;
    for _ in 0..input.count()? {
        let mut node = Vec::new();
        for _ in 0..input.count()? {
            node.push(read_slot(input)?);
        }
        log.push_node(&node);
    }
    Some(log)
}

fn read_slot(input: &mut Reader<'_>) -> Option<Slot> {
    let id = input.id()?;
    let deleted = match input.tag()? {
        LIVE => false,
        DELETED => true,
        _ => return None,
    };
    let mut words = Vec::new();
    for _ in 0..input.count()? {
        words.push(input.bytes()?.to_vec());
    }
    let is_paired = !words.is_empty() && words.len().is_multiple_of(2);
    is_paired.then_some(Slot { id, deleted, words })
}

fn read_group(input: &mut Reader<'_>) -> Option<Group> {
    let last_id = input.id()?;
    let (is_known, read) = (input.tag()?, input.int()?);
    let mut group = Group::new(last_id, (is_known == KNOWN).then_some(read));
    for _ in 0..input.count()? {
        let name = input.bytes()?;
        let seen_at = input.int()?;
        if !group.create_consumer(name, seen_at) {
            return None;
        }
        for _ in 0..input.count()? {
            let (id, delivered_at, deliveries) = (input.id()?, input.int()?, input.int()?);
            group.assign(id, name, delivered_at, deliveries);
        }
    }
    Some(group)
}

impl Writer {
    fn id(&mut self, id: StreamId) {
        self.bytes.extend_from_slice(&id.bytes());
    }

    pub fn int(&mut self, n: i64) {
        self.bytes.extend_from_slice(&n.to_le_bytes());
    }
}

impl Reader<'_> {
    fn id(&mut self) -> Option<StreamId> {
        self.take(16)?.try_into().ok().map(StreamId::from_bytes)
    }

    pub fn int(&mut self) -> Option<i64> {
        self.take(size_of::<i64>())?.try_into().ok().map(i64::from_le_bytes)
    }
}

/// About how many bytes a stream takes, without what each element takes besides.
pub(super) fn sizes(stream: &Stream) -> impl Iterator<Item = usize> {
    const PENDING_BYTES: usize = 64;
    let entries = stream.log.range(StreamId::MIN, StreamId::MAX);
    let entries = entries.map(|entry| entry.words().iter().map(|word| word.len()).sum());
    let names = stream
        .groups
        .iter()
        .flat_map(|(name, group)| std::iter::once(name.len()).chain(group.consumers().keys().map(|name| name.len())));
    let pending = stream.groups.values().map(|group| group.pending().len() * PENDING_BYTES);
    entries.chain(names).chain(pending)
}
