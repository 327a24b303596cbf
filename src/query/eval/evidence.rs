//! Why a document is a result: the tree that scores and distances are computed from.

/// What one node of a query found in one document.
#[derive(Clone, Debug, PartialEq)]
pub enum Evidence {
    /// A word or a tag.
    Word {
        /// How rare it is.
        idf: f64,
        /// How often it is there.
        frequency: u32,
        /// `$weight`.
        weight: f64,
        /// Where; tags have no places.
        positions: Vec<u32>,
    },
    /// A number or a place.
    Number {
        /// `$weight`.
        weight: f64,
    },
    /// That there is nothing to be found is what was asked for.
    Virtual {
        /// 1 if it counts for something.
        frequency: u32,
        /// `$weight`.
        weight: f64,
    },
    /// What children found.
    Many {
        /// `$weight`.
        weight: f64,
        /// In the order in which they were asked.
        children: Vec<Evidence>,
    },
}

/// Kinds of evidence, to be combined.
const WORD: u8 = 1;
const NUMBER: u8 = 2;
const VIRTUAL: u8 = 4;
const MANY: u8 = 8;

impl Evidence {
    /// The same with another weight.
    pub fn weighing(mut self, new: f64) -> Evidence {
        match &mut self {
            Evidence::Word { weight, .. }
            | Evidence::Number { weight }
            | Evidence::Virtual { weight, .. }
            | Evidence::Many { weight, .. } => *weight = new,
        }
        self
    }

    fn kind(&self) -> u8 {
        match self {
            Evidence::Word { .. } => WORD,
            Evidence::Number { .. } => NUMBER,
            Evidence::Virtual { .. } => VIRTUAL,
            Evidence::Many { .. } => MANY,
        }
    }

    /// Whether distances are measured to it. A union of tags has places as far as this goes, but none can be found.
    fn has_places(&self) -> bool {
        match self {
            Evidence::Word { positions, .. } => !positions.is_empty(),
            Evidence::Number { .. } | Evidence::Virtual { .. } => false,
            Evidence::Many { children, .. } => {
                let kinds = children.iter().fold(0, |kinds, child| kinds | child.kind());
                kinds != VIRTUAL && kinds != NUMBER
            }
        }
    }

    /// All places below, in order.
    pub(crate) fn places(&self) -> Vec<u32> {
        match self {
            Evidence::Word { positions, .. } => positions.clone(),
            Evidence::Number { .. } | Evidence::Virtual { .. } => Vec::new(),
            Evidence::Many { children, .. } => {
                let mut places: Vec<u32> = children.iter().flat_map(Evidence::places).collect();
                places.sort_unstable();
                places
            }
        }
    }

    /// Whether the children are close enough to one another: at most `slop` words in between.
    pub fn is_within(&self, slop: i64, in_order: bool) -> bool {
        let Evidence::Many { children, .. } = self else { return true };
        if children.len() <= 1 {
            return true;
        }
        let lists: Vec<Vec<u32>> = children.iter().filter(|c| c.has_places()).map(Evidence::places).collect();
        match (lists.is_empty(), in_order) {
            (true, _) => true,
            (false, true) => is_within_in_order(&lists, slop),
            (false, false) => is_within_any_order(&lists, slop),
        }
    }

    /// How far apart the children are: what a score is divided by.
    pub fn distance(&self) -> u32 {
        let Evidence::Many { children, .. } = self else { return 1 };
        if children.len() <= 1 {
            return 1;
        }
        let lists: Vec<Vec<u32>> = children.iter().filter(|c| c.has_places()).map(Evidence::places).collect();
        let sum: i64 =
            lists.windows(2).map(|pair| nearest(&pair[0], &pair[1]).saturating_pow(2)).fold(0, i64::saturating_add);
        if sum == 0 { children.len() as u32 - 1 } else { (sum as f64).sqrt() as u32 }
    }
}

/// One list of places, read from the beginning; [`End`](Reader::END) is what stands behind the last.
struct Reader<'a> {
    rest: std::slice::Iter<'a, u32>,
    at: u32,
}

impl<'a> Reader<'a> {
    const END: u32 = u32::MAX;

    fn new(list: &'a [u32]) -> Reader<'a> {
        Reader { rest: list.iter(), at: 0 }
    }

    fn advance(&mut self) -> u32 {
        self.at = self.rest.next().copied().unwrap_or(Reader::END);
        self.at
    }
}

/// Each list has a place that does not come before the one of the list before it; and what lies between is small.
fn is_within_in_order(lists: &[Vec<u32>], slop: i64) -> bool {
    let mut readers: Vec<Reader<'_>> = lists.iter().map(|list| Reader::new(list)).collect();
    loop {
        readers[0].advance();
        let (mut between, mut last) = (0, 0);
        for (place, reader) in readers.iter_mut().enumerate() {
            while reader.at != Reader::END && reader.at < last {
                reader.advance();
            }
            if reader.at == Reader::END {
                return false;
            }
            if place > 0 {
                between += i64::from(reader.at) - i64::from(last) - 1;
            }
            last = reader.at;
            if between > slop {
                break;
            }
        }
        if between <= slop {
            return true;
        }
    }
}

/// There is a place of each list so that what lies between the first and the last is small. A list that has come to an end
/// is as good as one that is near (the server takes the end for a place before all others).
fn is_within_any_order(lists: &[Vec<u32>], slop: i64) -> bool {
    let mut readers: Vec<Reader<'_>> = lists.iter().map(|list| Reader::new(list)).collect();
    for reader in &mut readers {
        reader.advance();
    }
    let mut max = readers.iter().map(|reader| reader.at).max().unwrap_or(0);
    loop {
        let Some(first) = readers.iter_mut().min_by_key(|reader| reader.at) else { return true };
        let min = first.at;
        let span = i64::from(max as i32) - i64::from(min as i32) - (lists.len() as i64 - 1);
        if min != max && span <= slop {
            return true;
        }
        match first.advance() {
            Reader::END => return false,
            at => max = max.max(at),
        }
    }
}

/// The smallest distance between a place of one and a place of the other. If one list is empty, the server measures to a place
/// before all others.
fn nearest(a: &[u32], b: &[u32]) -> i64 {
    let (mut a, mut b) = (Reader::new(a), Reader::new(b));
    let (mut p, mut q) = (a.advance(), b.advance());
    let distance = |p: u32, q: u32| i64::from(q.abs_diff(p) as i32);
    let mut nearest = distance(p, q);
    while nearest > 1 && p != Reader::END && q != Reader::END {
        nearest = nearest.min(distance(p, q));
        if q > p { p = a.advance() } else { q = b.advance() }
    }
    nearest
}
