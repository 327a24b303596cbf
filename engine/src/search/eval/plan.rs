//! A query that is ready to be asked of documents.

use std::collections::{BTreeMap, BTreeSet};

use super::expand::{AFFIX_BYTES_MIN, EXPANSIONS_MAX, Found, Terms};
use super::hit::{Hit, Matter};
use super::{Frame, pattern, queue, slop};
use crate::geohash::Point;
use crate::reply::Error;
use crate::search::index::{Column, Contents, DocId, Number, Postings, position_of};
use crate::search::query::node::{Circle, Node, NodeKind, Range, Unit};
use crate::search::schema::{ALL_FIELDS, FieldKind, FieldMask};

/// A part of a query. What can match nothing from the outset has no plan.
#[derive(Debug)]
pub(crate) enum Plan<'a> {
    Term {
        text: &'a [u8],
        postings: &'a Postings,
        fields: FieldMask,
        weight: f64,
    },
    Tag {
        text: &'a [u8],
        documents: &'a BTreeSet<DocId>,
        weight: f64,
    },
    /// Documents with a number in a range.
    Numbers(BTreeSet<DocId>),
    /// Documents that are there, with what each of them counts.
    Present {
        documents: BTreeSet<DocId>,
        frequency: u32,
    },
    /// Any child.
    Any {
        children: Vec<Plan<'a>>,
        counted: Counted,
        weight: f64,
    },
    /// All children, near enough to one another.
    All {
        children: Vec<Plan<'a>>,
        slop: Option<i64>,
        in_order: bool,
        weight: f64,
    },
    Not {
        child: Option<Box<Plan<'a>>>,
        documents: &'a Contents,
        weight: f64,
    },
    Optional {
        child: Option<Box<Plan<'a>>>,
        documents: &'a Contents,
        weight: f64,
    },
    /// An intersection with something that has no plan.
    Nothing,
}

/// Which children of a union count, of those that match.
#[derive(Debug)]
pub(crate) enum Counted {
    All,
    First,
    /// The one at this place.
    Chosen(BTreeMap<DocId, usize>),
}

/// A plan, if there can be a match.
type Planned<'a> = Result<Option<Plan<'a>>, Error>;

impl<'a> Plan<'a> {
    pub fn of(frame: &Frame<'a>, root: &Node) -> Planned<'a> {
        Planner { frame }.plan(root, root.options.fields)
    }

    /// The documents that may match, in order.
    pub fn candidates(&self, contents: &Contents) -> Vec<DocId> {
        match self {
            Plan::Term { postings, .. } => postings.keys().copied().collect(),
            Plan::Tag { documents, .. } => documents.iter().copied().collect(),
            Plan::Numbers(documents) | Plan::Present { documents, .. } => documents.iter().copied().collect(),
            Plan::Any { children, .. } => {
                let all: BTreeSet<DocId> = children.iter().flat_map(|child| child.candidates(contents)).collect();
                all.into_iter().collect()
            }
            Plan::All { children, .. } => {
                let rarest = children.iter().min_by_key(|child| child.most());
                rarest.map_or_else(Vec::new, |child| child.candidates(contents))
            }
            Plan::Not { .. } | Plan::Optional { .. } => contents.documents.keys().copied().collect(),
            Plan::Nothing => Vec::new(),
        }
    }

    /// How many documents may match at most.
    fn most(&self) -> usize {
        match self {
            Plan::Term { postings, .. } => postings.len(),
            Plan::Tag { documents, .. } => documents.len(),
            Plan::Numbers(documents) | Plan::Present { documents, .. } => documents.len(),
            Plan::Any { children, .. } => children.iter().map(Plan::most).fold(0, usize::saturating_add),
            Plan::All { children, .. } => children.iter().map(Plan::most).min().unwrap_or(0),
            Plan::Not { documents, .. } | Plan::Optional { documents, .. } => documents.documents.len(),
            Plan::Nothing => 0,
        }
    }

    /// How many documents it is taken to match when the children of an intersection are put in order.
    fn rank(&self) -> u64 {
        match self {
            Plan::All { children, .. } if children.len() > 1 => 0,
            _ => self.estimate(),
        }
    }

    fn estimate(&self) -> u64 {
        match self {
            Plan::Any { children, .. } => children.iter().map(Plan::estimate).fold(0, u64::saturating_add),
            Plan::All { children, .. } => children.iter().map(Plan::estimate).min().unwrap_or(0),
            // The server takes the highest number that it has given a document, which depends on how often each was
            // written; if once, it is how many there are.
            Plan::Not { child, .. } => {
                (self.most() as u64).saturating_sub(child.as_ref().map_or(0, |child| child.estimate()))
            }
            other => other.most() as u64,
        }
    }

    /// How the document matches, if it does.
    pub fn hit(&self, id: DocId) -> Option<Hit<'_>> {
        match self {
            Plan::Term { text, postings, fields, weight } => {
                let posting = postings.get(&id).filter(|posting| posting.fields & fields != 0)?;
                let matter = Matter::Term { text, positions: &posting.positions, documents: postings.len() };
                Some(Hit { matter, frequency: posting.frequency, weight: *weight })
            }
            Plan::Tag { text, documents, weight } => documents.contains(&id).then(|| {
                let matter = Matter::Term { text, positions: &[], documents: documents.len() };
                Hit { matter, frequency: 1, weight: *weight }
            }),
            Plan::Numbers(documents) => {
                let hit = || Hit { matter: Matter::Number, frequency: 1, weight: 1.0 };
                documents.contains(&id).then(hit)
            }
            Plan::Present { documents, frequency } => documents.contains(&id).then(|| Hit::presence(*frequency, 1.0)),
            Plan::Any { children, counted, weight } => {
                let mut hits = children.iter().filter_map(|child| child.hit(id));
                let hits: Vec<Hit<'_>> = match counted {
                    Counted::All => hits.collect(),
                    Counted::First => hits.next().into_iter().collect(),
                    Counted::Chosen(by_id) => by_id.get(&id).and_then(|at| children[*at].hit(id)).into_iter().collect(),
                };
                let frequency = hits.iter().map(|hit| hit.frequency).fold(0, u32::saturating_add);
                (!hits.is_empty()).then_some(Hit { matter: Matter::Any(hits), frequency, weight: *weight })
            }
            Plan::All { children, slop, in_order, weight } => {
                let hits = children.iter().map(|child| child.hit(id)).collect::<Option<Vec<Hit<'_>>>>()?;
                let is_near = slop.is_none_or(|slop| slop::is_near(&hits, slop, *in_order));
                let frequency = hits.iter().map(|hit| hit.frequency).fold(0, u32::saturating_add);
                is_near.then_some(Hit { matter: Matter::All(hits), frequency, weight: *weight })
            }
            Plan::Not { child, documents, weight } => {
                let is_there = documents.documents.contains_key(&id);
                let is_hit = child.as_ref().is_some_and(|child| child.hit(id).is_some());
                (is_there && !is_hit).then(|| Hit::presence(0, *weight))
            }
            Plan::Optional { child, documents, weight } => {
                let hit = child.as_ref().and_then(|child| child.hit(id));
                match hit {
                    Some(hit) => Some(Hit { weight: *weight, ..hit }),
                    None => documents.documents.contains_key(&id).then(|| Hit::presence(1, 0.0)),
                }
            }
            Plan::Nothing => None,
        }
    }
}

struct Planner<'f, 'a> {
    frame: &'f Frame<'a>,
}

impl<'a> Planner<'_, 'a> {
    /// The plan of a node, of whose own fields only these count.
    fn plan(&self, node: &Node, fields: FieldMask) -> Planned<'a> {
        let Frame { contents, .. } = *self.frame;
        let weight = node.options.weight;
        Ok(match &node.kind {
            NodeKind::Nothing => None,
            NodeKind::All => {
                Some(Plan::Present { documents: contents.documents.keys().copied().collect(), frequency: 1 })
            }
            NodeKind::Token { text, .. } => self.term(text, fields, weight),
            NodeKind::Phrase { exact } => return self.phrase(node, fields, *exact),
            NodeKind::Union => return self.union(node, fields),
            NodeKind::Not => {
                let mut child = self.only_child(node)?.map(Box::new);
                if planted!(self.frame.config, SearchNotOfUnion)
                    && let Some(Plan::Any { children, counted: Counted::All, .. }) = child.as_deref_mut()
                {
                    children.truncate(1);
                }
                Some(Plan::Not { child, documents: contents, weight })
            }
            NodeKind::Optional => {
                let child = self.only_child(node)?.map(Box::new);
                Some(Plan::Optional { child, documents: contents, weight })
            }
            NodeKind::Affix { text, prefix, suffix } => return self.affix(text, *prefix, *suffix, fields, weight),
            NodeKind::Wildcard { pattern } => {
                let terms = self.terms_with_suffixes(fields)?;
                self.expanded(terms.wildcard(pattern), fields, weight)
            }
            NodeKind::Fuzzy { text, distance } => {
                let mut found = Terms::all(contents).fuzzy(text, *distance);
                found.truncate(EXPANSIONS_MAX);
                if self.frame.dialect >= 2 && text.len() <= usize::from(*distance) {
                    found.extend(contents.terms.get_key_value(&b""[..]).map(|(term, all)| (term.as_slice(), all)));
                }
                self.expanded(found, fields, weight)
            }
            NodeKind::Numeric(range) => self.numbers(range),
            NodeKind::Geo(circle) => self.places(circle),
            NodeKind::Tag { field } => self.tags(node, field),
            NodeKind::Missing { field } => return self.missing(field),
            NodeKind::Ids { keys } => {
                let documents = keys.iter().filter_map(|key| contents.id_of(key)).collect();
                Some(Plan::Present { documents, frequency: 0 })
            }
        })
    }

    fn only_child(&self, node: &Node) -> Planned<'a> {
        match node.children.first() {
            Some(child) => self.plan(child, child.options.fields),
            None => Ok(None),
        }
    }

    fn term(&self, text: &[u8], fields: FieldMask, weight: f64) -> Option<Plan<'a>> {
        let (text, postings) = self.frame.contents.terms.get_key_value(text)?;
        self.posted(text, postings, fields, weight)
    }

    /// A term that is in none of the fields matches nothing, which unions don't count.
    fn posted(&self, text: &'a [u8], postings: &'a Postings, fields: FieldMask, weight: f64) -> Option<Plan<'a>> {
        let fields = fields & self.frame.fields;
        let is_there = postings.values().any(|posting| posting.fields & fields != 0);
        is_there.then_some(Plan::Term { text, postings, fields, weight })
    }

    fn expanded(&self, found: Found<'a>, fields: FieldMask, weight: f64) -> Option<Plan<'a>> {
        let terms = found.into_iter().filter_map(|(text, postings)| self.posted(text, postings, fields, 1.0));
        let children: Vec<Plan<'a>> = terms.take(EXPANSIONS_MAX + 1).collect();
        (!children.is_empty()).then(|| one_of(children, weight, self.frame.contents))
    }

    fn affix(&self, text: &[u8], prefix: bool, suffix: bool, fields: FieldMask, weight: f64) -> Planned<'a> {
        let shortest = if planted!(self.frame.config, SearchShortPrefix) { 1 } else { AFFIX_BYTES_MIN };
        if text.len() < shortest {
            return Ok(None);
        }
        let terms = if suffix { self.terms_with_suffixes(fields)? } else { Terms::all(self.frame.contents) };
        let mut found = terms.affix(text, prefix, suffix);
        found.truncate(EXPANSIONS_MAX);
        Ok(self.expanded(found, fields, weight))
    }

    /// The terms to look for endings in: once a field keeps its suffixes, only such fields can be asked.
    fn terms_with_suffixes(&self, fields: FieldMask) -> Result<Terms<'a>, Error> {
        let mask = Contents::suffix_fields(self.frame.definition);
        if mask == 0 || fields == ALL_FIELDS || mask & fields == fields {
            return Ok(Terms::by_suffix(self.frame.contents, self.frame.definition));
        }
        Err(Error::new("Contains query on fields without WITHSUFFIXTRIE support"))
    }

    fn phrase(&self, node: &Node, fields: FieldMask, exact: bool) -> Planned<'a> {
        if let [child] = &node.children[..] {
            return self.plan(child, child.options.fields & fields);
        }
        let mut children = Vec::with_capacity(node.children.len());
        let mut is_possible = true;
        for child in &node.children {
            let child = self.plan(child, child.options.fields & fields)?;
            is_possible &= child.is_some();
            children.extend(child);
        }
        if !is_possible {
            return Ok(Some(Plan::Nothing));
        }
        let (slop, in_order) = if exact { (Some(0), true) } else { self.nearness(node) };
        let off = i64::from(planted!(self.frame.config, SearchSlopOffByOne) && !exact);
        let slop = slop.map(|slop| slop.saturating_sub(off));
        if !in_order {
            children.sort_by_key(Plan::rank);
        }
        Ok(Some(Plan::All { children, slop, in_order, weight: node.options.weight }))
    }

    /// How near to one another the children of a phrase must be, and whether in order: what the query says comes before
    /// what the command says.
    fn nearness(&self, node: &Node) -> (Option<i64>, bool) {
        let said = |slop: Option<i64>| slop.filter(|&slop| slop != -1);
        let slop = said(node.options.slop).or_else(|| said(self.frame.slop));
        let in_order = self.frame.in_order || node.options.in_order;
        let anywhere = in_order.then_some(i64::from(i32::MAX));
        // What is below -1 was said, and means nothing.
        (slop.or(anywhere).filter(|&slop| slop >= 0), in_order)
    }

    fn union(&self, node: &Node, fields: FieldMask) -> Planned<'a> {
        if let [child] = &node.children[..] {
            return self.plan(child, child.options.fields);
        }
        let mut children = Vec::with_capacity(node.children.len());
        for child in &node.children {
            children.extend(self.plan(child, child.options.fields & fields)?);
        }
        Ok(if children.len() > 1 {
            Some(Plan::Any { children, counted: Counted::All, weight: node.options.weight })
        } else {
            children.pop()
        })
    }

    fn column(&self, field: &[u8], is_of_type: fn(&FieldKind) -> bool) -> Option<&'a Column> {
        let contents = self.frame.contents;
        contents.column(position_of(self.frame.definition, field, is_of_type)?)
    }

    fn numbers(&self, range: &Range) -> Option<Plan<'a>> {
        let column = self.column(&range.field, |kind| matches!(kind, FieldKind::Numeric))?;
        let config = self.frame.config;
        let keeps_ends = planted!(config, SearchExclusiveIgnored);
        let includes_min = range.includes_min || keeps_ends;
        let includes_max = (range.includes_max || keeps_ends) && !planted!(config, SearchInclusiveEnd);
        let matches = |number: f64| {
            (number > range.min || includes_min && number == range.min)
                && (number < range.max || includes_max && number == range.max)
        };
        if range.min.is_nan() || range.max.is_nan() || range.min > range.max {
            return None;
        }
        let from = (Number(range.min), 0);
        let to = (Number(range.max), DocId::MAX);
        let found = column.numbers.range(from..=to).filter(|(Number(number), _)| matches(*number));
        Some(Plan::Numbers(found.map(|&(_, id)| id).collect()))
    }

    fn places(&self, circle: &Circle) -> Option<Plan<'a>> {
        let column = self.column(&circle.field, |kind| matches!(kind, FieldKind::Geo))?;
        let centre = Point { longitude: circle.longitude, latitude: circle.latitude };
        let radius = circle.radius
            * match circle.unit {
                Unit::Meters | Unit::Unknown => 1.0,
                Unit::Kilometers => 1000.0,
                Unit::Feet => 0.3048,
                Unit::Miles => 1609.34,
            };
        let is_within = |&&(Number(score), _): &&(Number, DocId)| Point::from_score(score).distance(centre) <= radius;
        Some(Plan::Numbers(column.numbers.iter().filter(is_within).map(|&(_, id)| id).collect()))
    }

    fn missing(&self, field: &[u8]) -> Planned<'a> {
        let Some(at) = position_of(self.frame.definition, field, |_| true) else {
            return Ok(None);
        };
        if !self.frame.definition.fields[at].index_missing {
            let text = b"'ismissing' requires field to be defined with 'INDEXMISSING', field: '";
            return Err(Error::built([&text[..], field, b"'"].concat()));
        }
        let documents = self.frame.contents.column(at).map(|column| column.missing.clone()).unwrap_or_default();
        Ok((!documents.is_empty()).then_some(Plan::Present { documents, frequency: 1 }))
    }

    fn tags(&self, node: &Node, field: &[u8]) -> Option<Plan<'a>> {
        let definition = self.frame.definition;
        let at = position_of(definition, field, |kind| matches!(kind, FieldKind::Tag(_)))?;
        let column = self.frame.contents.column(at)?;
        let weight = node.options.weight;
        let mut children: Vec<Plan<'a>> =
            node.children.iter().filter_map(|child| self.tag(child, column, weight)).collect();
        if node.children.len() == 1 {
            return children.pop();
        }
        (!children.is_empty()).then_some(Plan::Any { children, counted: Counted::All, weight })
    }

    fn tag(&self, node: &Node, column: &'a Column, weight: f64) -> Option<Plan<'a>> {
        let one = |text: &[u8]| {
            let (text, documents) = column.tags.get_key_value(text)?;
            Some(Plan::Tag { text, documents, weight })
        };
        match &node.kind {
            NodeKind::Token { text, .. } => one(text),
            NodeKind::Phrase { .. } => {
                let words: Vec<&[u8]> = node.children.iter().map(token_text).collect();
                one(&words.join(&b' '))
            }
            NodeKind::Affix { text, prefix, suffix } => {
                if text.len() < AFFIX_BYTES_MIN && !planted!(self.frame.config, SearchShortPrefix) {
                    return None;
                }
                let is_match = |tag: &[u8]| match (*prefix, *suffix) {
                    (true, false) => tag.starts_with(text),
                    (false, _) => tag.ends_with(text),
                    (true, true) => text.is_empty() || tag.windows(text.len()).any(|part| part == text),
                };
                self.any_tag(column, is_match, weight)
            }
            NodeKind::Wildcard { pattern } => {
                self.any_tag(column, |tag| pattern::matches(tag, pattern, b'*', b'?'), weight)
            }
            _ => None,
        }
    }

    /// The tags that match; a single one counts by itself.
    fn any_tag(&self, column: &'a Column, is_match: impl Fn(&[u8]) -> bool, weight: f64) -> Option<Plan<'a>> {
        let found = column.tags.iter().filter(|(tag, _)| is_match(tag)).take(EXPANSIONS_MAX);
        let mut children: Vec<Plan<'a>> =
            found.map(|(text, documents)| Plan::Tag { text, documents, weight: 1.0 }).collect();
        if children.len() < 2 {
            return children.pop();
        }
        Some(one_of(children, weight, self.frame.contents))
    }
}

fn token_text(node: &Node) -> &[u8] {
    match &node.kind {
        NodeKind::Token { text, .. } => text,
        _ => b"",
    }
}

/// A union of which one child counts.
fn one_of<'a>(children: Vec<Plan<'a>>, weight: f64, contents: &Contents) -> Plan<'a> {
    let counted = match children.len() {
        0..=queue::ASKED_IN_ORDER_MAX => Counted::First,
        _ => Counted::Chosen(chosen(&children, contents)),
    };
    Plan::Any { children, counted, weight }
}

/// Which child each document is found by. Documents are numbered anew for that: numbers of those that are gone would
/// move the queue, and how long the server keeps them is up to its garbage collector.
fn chosen(children: &[Plan<'_>], contents: &Contents) -> BTreeMap<DocId, usize> {
    let living: Vec<DocId> = contents.documents.keys().copied().collect();
    let places = |child: &Plan<'_>| {
        let mut ids = child.candidates(contents);
        ids.retain(|id| child.hit(*id).is_some());
        ids.iter().map(|id| 1 + living.partition_point(|other| other < id) as DocId).collect()
    };
    let places: Vec<Vec<DocId>> = children.iter().map(places).collect();
    let found = queue::found_by(&places).into_iter();
    found.map(|(place, child)| (living[place as usize - 1], child)).collect()
}
