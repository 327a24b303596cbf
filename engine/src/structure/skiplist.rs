//! The ordered index of large sorted sets: a skip list with spans, so a rank costs O(log n) in both directions.
//!
//! Order is by score, then by member bytes; -0.0 and 0.0 are the same score. Nodes live in an arena and link by
//! index. Heights come from a generator with a fixed seed: equal histories build equal lists.

use std::cmp::Ordering;

const MAX_HEIGHT: usize = 24;
/// The arena slot of the sentinel before the first element, which also ends every chain.
const HEAD: usize = 0;

/// Scored members in order.
#[derive(Clone, Debug)]
pub struct Skiplist {
    nodes: Vec<Node>,
    free: Vec<usize>,
    tail: usize,
    len: usize,
    seed: u64,
}

#[derive(Clone, Debug, Default)]
struct Node {
    member: Vec<u8>,
    score: f64,
    before: usize,
    links: Vec<Link>,
}

/// A step to a later node; `span` is how many elements it advances. At the end of a chain `to` is [`HEAD`] and
/// `span` leads to the position after the last element.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Link {
    to: usize,
    span: usize,
}

/// Where a search left each level: the last node before the target and that node's position (the head's is 0).
struct Path {
    nodes: [usize; MAX_HEIGHT],
    positions: [usize; MAX_HEIGHT],
}

impl Path {
    /// How many elements come before the target.
    fn rank(&self) -> usize {
        self.positions[0]
    }
}

/// Orders scored members as sorted sets do.
pub fn compare(a: (&[u8], f64), b: (&[u8], f64)) -> Ordering {
    let scores = a.1.partial_cmp(&b.1).unwrap_or(Ordering::Equal);
    scores.then_with(|| a.0.cmp(b.0))
}

impl Default for Skiplist {
    fn default() -> Self {
        Self::new()
    }
}

impl Skiplist {
    /// An empty index.
    pub fn new() -> Self {
        let head = Node { links: vec![Link { to: HEAD, span: 1 }; MAX_HEIGHT], ..Node::default() };
        Self { nodes: vec![head], free: Vec::new(), tail: HEAD, len: 0, seed: 0x9E37_79B9_7F4A_7C15 }
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds an element, which must not be present with this score.
    pub fn insert(&mut self, member: &[u8], score: f64) {
        let height = self.random_height();
        self.insert_as_high(member, score, height);
    }

    /// What it takes to build an equal list: the state of the generator, and the heights in order.
    pub(crate) fn shape(&self) -> (u64, Vec<u8>) {
        let mut heights = Vec::with_capacity(self.len);
        let mut node = self.nodes[HEAD].links[0].to;
        while node != HEAD {
            heights.push(self.nodes[node].links.len() as u8);
            node = self.nodes[node].links[0].to;
        }
        (self.seed, heights)
    }

    /// The list of these elements, which are in order, and that shape; `None` if no list has that.
    pub(crate) fn with_shape<'a>(
        items: impl Iterator<Item = (&'a [u8], f64)>,
        seed: u64,
        heights: &[u8],
    ) -> Option<Self> {
        let mut list = Skiplist { seed, ..Skiplist::new() };
        let mut heights = heights.iter().map(|&height| usize::from(height));
        for (member, score) in items {
            let height = heights.next().filter(|height| (1..=MAX_HEIGHT).contains(height))?;
            list.insert_as_high(member, score, height);
        }
        heights.next().is_none().then_some(list)
    }

    fn insert_as_high(&mut self, member: &[u8], score: f64, height: usize) {
        let path = self.search(|other| compare(other, (member, score)) == Ordering::Less);
        let node = self.allocate(Node { member: member.to_vec(), score, before: path.nodes[0], links: Vec::new() });
        for level in 0..MAX_HEIGHT {
            let link = &mut self.nodes[path.nodes[level]].links[level];
            link.span += 1;
            if level < height {
                let walked = path.rank() + 1 - path.positions[level];
                let onward = Link { to: link.to, span: link.span - walked };
                *link = Link { to: node, span: walked };
                self.nodes[node].links.push(onward);
            }
        }
        match self.nodes[node].links[0].to {
            HEAD => self.tail = node,
            after => self.nodes[after].before = node,
        }
        self.len += 1;
    }

    /// Removes an element; says whether it was there with this score.
    pub fn remove(&mut self, member: &[u8], score: f64) -> bool {
        let path = self.search(|other| compare(other, (member, score)) == Ordering::Less);
        let node = self.nodes[path.nodes[0]].links[0].to;
        if node == HEAD || compare(self.item(node), (member, score)) != Ordering::Equal {
            return false;
        }
        let removed = std::mem::take(&mut self.nodes[node]);
        for level in 0..MAX_HEIGHT {
            let link = &mut self.nodes[path.nodes[level]].links[level];
            link.span -= 1;
            if let Some(onward) = removed.links.get(level) {
                *link = Link { to: onward.to, span: link.span + onward.span };
            }
        }
        match removed.links[0].to {
            HEAD => self.tail = removed.before,
            after => self.nodes[after].before = removed.before,
        }
        self.free.push(node);
        self.len -= 1;
        true
    }

    /// The rank of an element with this score.
    pub fn rank(&self, member: &[u8], score: f64) -> Option<usize> {
        let path = self.search(|other| compare(other, (member, score)) == Ordering::Less);
        let node = self.nodes[path.nodes[0]].links[0].to;
        (node != HEAD && self.nodes[node].member == member).then(|| path.rank())
    }

    /// How many elements at the start satisfy `before`, which must hold for a prefix of the order.
    pub fn partition_point(&self, before: impl Fn((&[u8], f64)) -> bool) -> usize {
        self.search(before).rank()
    }

    /// `count` elements from rank `start` on, from either end.
    pub fn range(&self, start: usize, count: usize) -> Iter<'_> {
        let left = count.min(self.len.saturating_sub(start));
        let (front, back) = match left {
            0 => (HEAD, HEAD),
            _ => (self.node_at(start), self.node_at(start + left - 1)),
        };
        Iter { list: self, front, back, left }
    }

    /// Order, links in both directions, spans and count agree.
    pub fn check(&self) -> Result<(), String> {
        let mut ranks = vec![0; self.nodes.len()];
        let (mut node, mut seen) = (HEAD, 0);
        loop {
            let after = self.nodes[node].links[0].to;
            if after == HEAD {
                break;
            }
            if self.nodes[after].before != node {
                return Err(format!("skiplist: rank {seen} does not link back"));
            }
            if node != HEAD && compare(self.item(node), self.item(after)) != Ordering::Less {
                return Err(format!("skiplist: rank {seen} is out of order"));
            }
            seen += 1;
            if seen > self.len {
                return Err(format!("skiplist: more than the {} elements counted", self.len));
            }
            ranks[after] = seen;
            node = after;
        }
        if (seen, node) != (self.len, self.tail) {
            return Err(format!("skiplist: {} elements counted, {seen} linked, or the tail is wrong", self.len));
        }
        ranks[HEAD] = seen + 1;
        (0..MAX_HEIGHT).try_for_each(|level| self.check_spans(level, &ranks))
    }

    /// Every link of a level spans the distance between the ranks it connects (`ranks[HEAD]` is the end).
    fn check_spans(&self, level: usize, ranks: &[usize]) -> Result<(), String> {
        let (mut node, mut rank) = (HEAD, 0);
        loop {
            let Some(&Link { to, span }) = self.nodes[node].links.get(level) else {
                return Err(format!("skiplist: level {level} runs into a lower node"));
            };
            if rank + span != ranks[to] {
                return Err(format!("skiplist: level {level} at rank {rank} spans {span}"));
            }
            if to == HEAD {
                return Ok(());
            }
            (node, rank) = (to, ranks[to]);
        }
    }

    /// Follows the links while `before` holds for the node they lead to.
    fn search(&self, before: impl Fn((&[u8], f64)) -> bool) -> Path {
        let mut path = Path { nodes: [HEAD; MAX_HEIGHT], positions: [0; MAX_HEIGHT] };
        let (mut node, mut position) = (HEAD, 0);
        for level in (0..MAX_HEIGHT).rev() {
            loop {
                let link = self.nodes[node].links[level];
                if link.to == HEAD || !before(self.item(link.to)) {
                    break;
                }
                node = link.to;
                position += link.span;
            }
            path.nodes[level] = node;
            path.positions[level] = position;
        }
        path
    }

    /// The node at a rank below `len`.
    fn node_at(&self, rank: usize) -> usize {
        let (mut node, mut left) = (HEAD, rank + 1);
        for level in (0..MAX_HEIGHT).rev() {
            while let Some(link) = self.nodes[node].links.get(level) {
                if link.to == HEAD || link.span > left {
                    break;
                }
                node = link.to;
                left -= link.span;
            }
        }
        node
    }

    fn item(&self, node: usize) -> (&[u8], f64) {
        let node = &self.nodes[node];
        (&node.member, node.score)
    }

    fn allocate(&mut self, node: Node) -> usize {
        match self.free.pop() {
            Some(slot) => {
                self.nodes[slot] = node;
                slot
            }
            None => {
                self.nodes.push(node);
                self.nodes.len() - 1
            }
        }
    }

    /// One level more with a chance of a quarter (xorshift64).
    fn random_height(&mut self) -> usize {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        (1 + self.seed.trailing_zeros() as usize / 2).min(MAX_HEIGHT)
    }
}

/// A range of a [`Skiplist`].
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    list: &'a Skiplist,
    front: usize,
    back: usize,
    left: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a [u8], f64);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let item = self.list.item(self.front);
        self.front = self.list.nodes[self.front].links[0].to;
        Some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let item = self.list.item(self.back);
        self.back = self.list.nodes[self.back].before;
        Some(item)
    }
}

impl ExactSizeIterator for Iter<'_> {}
