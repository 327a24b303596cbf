//! Whether a document is a result, and why.

use super::super::node::{FieldMask, NodeKind, Options as NodeOptions};
use super::super::text::plain_tag;
use super::super::{FieldKind, Node};
use super::collection::Collection;
use super::document::Document;
use super::evidence::Evidence;
use super::expand::{self, Pattern};
use super::first::{IN_ORDER_MAX, first_of_many};
use crate::model::geohash::{self, Place};
use crate::query::node::GeoUnit;
use crate::resp::Bytes;

/// What holds for a query as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Scope {
    /// SLOP; -1 is none.
    pub slop: i64,
    /// INORDER.
    pub in_order: bool,
    /// INFIELDS.
    pub fields: FieldMask,
    /// INKEYS.
    pub keys: Option<Vec<Bytes>>,
}

impl Default for Scope {
    fn default() -> Scope {
        Scope { slop: -1, in_order: false, fields: NodeOptions::ALL_FIELDS, keys: None }
    }
}

/// A query that knows the documents: patterns are words by now, and each word knows how rare it is.
#[derive(Debug)]
pub struct Plan {
    step: Step,
    weight: f64,
    /// How many results the server would expect: it asks the smallest operand first.
    estimate: usize,
}

/// Which of the children of a union count.
#[derive(Debug)]
enum Counts {
    /// All that match.
    Each,
    /// The first that matches.
    First,
    /// This one, by the place of the document.
    Known(Vec<Option<usize>>),
}

#[derive(Debug)]
enum Step {
    Nothing,
    Everything,
    Word {
        word: Bytes,
        fields: FieldMask,
        idf: f64,
    },
    Tag {
        field: Bytes,
        tag: Bytes,
        idf: f64,
    },
    /// Any of the children.
    Any {
        children: Vec<Plan>,
        counts: Counts,
    },
    All {
        children: Vec<Plan>,
        slop: i64,
        in_order: bool,
    },
    Not(Box<Plan>),
    Maybe(Box<Plan>),
    Number {
        field: Bytes,
        min: f64,
        max: f64,
        min_inclusive: bool,
        max_inclusive: bool,
    },
    Near {
        field: Bytes,
        center: Place,
        radius_m: f64,
    },
    Missing {
        field: Bytes,
    },
    Keys(Vec<Bytes>),
}

impl Plan {
    /// What to look for in each document; `None` if nothing can be found.
    pub fn new(collection: &Collection<'_>, root: &Node, scope: &Scope) -> Plan {
        let planner = Planner { collection, scope };
        let plan = match &scope.keys {
            Some(keys) => Some(planner.among(keys, root)),
            None => planner.plan(root, NodeOptions::ALL_FIELDS),
        };
        plan.unwrap_or_else(|| planner.leaf(Step::Nothing, 1.0))
    }

    /// Why the document is a result, if it is one.
    pub fn evidence(&self, document: &Document) -> Option<Evidence> {
        let weight = self.weight;
        let number = |is_match: bool| is_match.then_some(Evidence::Number { weight: 1.0 });
        match &self.step {
            Step::Nothing => None,
            Step::Everything => Some(Evidence::Virtual { frequency: 1, weight: 1.0 }),
            Step::Word { word, fields, idf } => {
                let found = document.words.get(word).filter(|found| found.fields & fields != 0)?;
                let positions = found.positions.clone();
                Some(Evidence::Word { idf: *idf, frequency: found.frequency, weight, positions })
            }
            Step::Tag { field, tag, idf } => {
                let found = document.tags.get(field).is_some_and(|tags| tags.contains(tag));
                found.then_some(Evidence::Word { idf: *idf, frequency: 1, weight, positions: Vec::new() })
            }
            Step::Any { children, counts } => {
                let mut all = children.iter().filter_map(|child| child.evidence(document));
                let children: Vec<_> = match counts {
                    Counts::Each => all.collect(),
                    Counts::First => all.next().into_iter().collect(),
                    Counts::Known(which) => {
                        let known = which.get(document.place).copied().flatten();
                        known.and_then(|child| children[child].evidence(document)).into_iter().collect()
                    }
                };
                (!children.is_empty()).then_some(Evidence::Many { weight, children })
            }
            Step::All { children, slop, in_order } => {
                let children: Option<Vec<_>> = children.iter().map(|child| child.evidence(document)).collect();
                let found = Evidence::Many { weight, children: children? };
                (*slop < 0 || found.is_within(*slop, *in_order)).then_some(found)
            }
            Step::Not(child) => match child.evidence(document) {
                Some(_) => None,
                None => Some(Evidence::Virtual { frequency: 0, weight }),
            },
            Step::Maybe(child) => Some(match child.evidence(document) {
                Some(found) => found.weighing(weight),
                None => Evidence::Virtual { frequency: 1, weight: 0.0 },
            }),
            Step::Number { field, min, max, min_inclusive, max_inclusive } => {
                let n = *document.numbers.get(field)?;
                let above = if *min_inclusive { n >= *min } else { n > *min };
                let below = if *max_inclusive { n <= *max } else { n < *max };
                number(above && below)
            }
            Step::Near { field, center, radius_m } => {
                let place = *document.places.get(field)?;
                number(geohash::distance_m(*center, place) <= *radius_m)
            }
            Step::Missing { field } => {
                document.missing.contains(field).then_some(Evidence::Virtual { frequency: 1, weight: 1.0 })
            }
            // That a document was asked for by name counts for nothing.
            Step::Keys(keys) => keys.contains(&document.key).then_some(Evidence::Virtual { frequency: 0, weight: 1.0 }),
        }
    }
}

struct Planner<'a> {
    collection: &'a Collection<'a>,
    scope: &'a Scope,
}

impl Planner<'_> {
    /// INKEYS: the keys are the first part of the phrase that the query is, or of one that is made of both.
    fn among(&self, keys: &[Bytes], root: &Node) -> Plan {
        let keys = self.leaf(Step::Keys(keys.to_vec()), 1.0);
        match &root.kind {
            NodeKind::Phrase { exact } => {
                let children = root.children.iter().map(|child| self.plan(child, root.options.fields));
                self.near([Some(keys)].into_iter().chain(children), *exact, &root.options)
            }
            _ => {
                let root = self.plan(root, NodeOptions::ALL_FIELDS);
                self.near([Some(keys), root], false, &NodeOptions::default())
            }
        }
    }

    /// `fields`: what the nodes above are restricted to. `None`: nothing in the index can match.
    fn plan(&self, node: &Node, fields: FieldMask) -> Option<Plan> {
        let fields = fields & node.options.fields;
        let weight = node.options.weight;
        match &node.kind {
            NodeKind::Empty => Some(self.leaf(Step::Nothing, weight)),
            NodeKind::All => Some(self.leaf(Step::Everything, weight)),
            NodeKind::Token { text, .. } => self.word(text, fields, weight),
            NodeKind::Affix { text, prefix, suffix } => {
                let pattern = Pattern::Affix { text: text.clone(), prefix: *prefix, suffix: *suffix };
                self.pattern(&pattern, fields, weight)
            }
            NodeKind::Fuzzy { text, distance } => {
                self.pattern(&Pattern::Fuzzy { text: text.clone(), distance: *distance }, fields, weight)
            }
            NodeKind::Wildcard { pattern } => self.pattern(&Pattern::wildcard(pattern), fields, weight),
            NodeKind::Union => self.union(node, fields),
            NodeKind::Phrase { exact } => self.phrase(node, *exact, fields),
            NodeKind::Not => {
                let child = node.children.first().and_then(|child| self.plan(child, NodeOptions::ALL_FIELDS));
                let child = child.unwrap_or_else(|| self.leaf(Step::Nothing, 1.0));
                let estimate = self.collection.documents.len().saturating_sub(child.estimate);
                Some(Plan { step: Step::Not(Box::new(child)), weight, estimate })
            }
            NodeKind::Optional => {
                let child = node.children.first().and_then(|child| self.plan(child, NodeOptions::ALL_FIELDS));
                let child = child.unwrap_or_else(|| self.leaf(Step::Nothing, 1.0));
                Some(self.leaf(Step::Maybe(Box::new(child)), weight))
            }
            NodeKind::Tag { field } => self.tag(node, field),
            NodeKind::Numeric { field, min, max, min_inclusive, max_inclusive } => {
                let (field, min, max) = (field.clone(), *min, *max);
                let (min_inclusive, max_inclusive) = (*min_inclusive, *max_inclusive);
                Some(self.leaf(Step::Number { field, min, max, min_inclusive, max_inclusive }, 1.0))
            }
            NodeKind::Geo { field, longitude, latitude, radius, unit } => {
                let center = Place { longitude: *longitude, latitude: *latitude };
                Some(self.leaf(Step::Near { field: field.clone(), center, radius_m: radius * meters(*unit) }, 1.0))
            }
            NodeKind::Missing { field } => Some(self.leaf(Step::Missing { field: field.clone() }, 1.0)),
        }
    }

    fn leaf(&self, step: Step, weight: f64) -> Plan {
        let mut plan = Plan { step, weight, estimate: 0 };
        plan.estimate = match plan.step {
            Step::Maybe(_) => self.collection.documents.len(),
            _ => self.collection.documents.iter().filter(|document| plan.evidence(document).is_some()).count(),
        };
        plan
    }

    fn word(&self, word: &[u8], fields: FieldMask, weight: f64) -> Option<Plan> {
        let fields = fields & self.scope.fields;
        let found = self.collection.documents.iter().filter_map(|document| document.words.get(word));
        let (count, all) = found.fold((0, 0), |(count, all), found| (count + 1, all | found.fields));
        let idf = self.collection.idf(count);
        (all & fields != 0).then(|| Plan {
            step: Step::Word { word: word.to_vec(), fields, idf },
            weight,
            estimate: count,
        })
    }

    fn any(&self, children: Vec<Plan>, first: bool, weight: f64) -> Option<Plan> {
        let estimate = children.iter().map(|child| child.estimate).sum();
        let counts = match first {
            false => Counts::Each,
            true if children.len() > IN_ORDER_MAX => Counts::Known(self.first_of_many(&children)),
            true => Counts::First,
        };
        (!children.is_empty()).then_some(Plan { step: Step::Any { children, counts }, weight, estimate })
    }

    fn first_of_many(&self, children: &[Plan]) -> Vec<Option<usize>> {
        let documents = &self.collection.documents;
        let found = |child: &Plan| {
            let all = documents.iter().filter(|document| child.evidence(document).is_some());
            all.map(|document| document.place + 1).collect()
        };
        first_of_many(&children.iter().map(found).collect::<Vec<_>>(), documents.len())
    }

    fn all(&self, mut children: Vec<Plan>, slop: i64, in_order: bool, weight: f64) -> Plan {
        let estimate = children.iter().map(|child| child.estimate).min().unwrap_or(0);
        if !in_order {
            // An intersection counts as nothing at all.
            children.sort_by_key(|child| if matches!(child.step, Step::All { .. }) { 0 } else { child.estimate });
        }
        Plan { step: Step::All { children, slop, in_order }, weight, estimate }
    }

    fn pattern(&self, pattern: &Pattern, fields: FieldMask, weight: f64) -> Option<Plan> {
        let words = expand::words(self.collection, pattern);
        self.any(words.into_iter().filter_map(|word| self.word(word, fields, 1.0)).collect(), true, weight)
    }

    /// What one child alone can find is not wrapped: the weight of the union is lost, and what it was restricted to.
    fn union(&self, node: &Node, fields: FieldMask) -> Option<Plan> {
        if let [child] = node.children.as_slice() {
            return self.plan(child, NodeOptions::ALL_FIELDS);
        }
        let mut children: Vec<_> = node.children.iter().filter_map(|child| self.plan(child, fields)).collect();
        if children.len() == 1 { children.pop() } else { self.any(children, false, node.options.weight) }
    }

    fn phrase(&self, node: &Node, exact: bool, fields: FieldMask) -> Option<Plan> {
        match node.children.as_slice() {
            [child] => self.plan(child, fields),
            children => Some(self.near(children.iter().map(|child| self.plan(child, fields)), exact, &node.options)),
        }
    }

    /// An intersection of which one part can match nothing is an intersection still.
    fn near(&self, children: impl IntoIterator<Item = Option<Plan>>, exact: bool, options: &NodeOptions) -> Plan {
        let children: Option<Vec<_>> = children.into_iter().collect();
        let Some(children) = children else { return self.leaf(Step::Nothing, 1.0) };
        let in_order = exact || options.in_order || self.scope.in_order;
        let slop = match (exact, options.slop, self.scope.slop) {
            (true, ..) => 0,
            (_, -1, -1) if in_order => i64::from(i32::MAX),
            (_, -1, slop) | (_, slop, _) => slop,
        };
        self.all(children, slop, in_order, options.weight)
    }

    fn tag(&self, node: &Node, field: &[u8]) -> Option<Plan> {
        let weight = node.options.weight;
        if let [child] = node.children.as_slice() {
            return self.tag_value(child, field, weight);
        }
        let children = node.children.iter().filter_map(|child| self.tag_value(child, field, weight)).collect();
        self.any(children, false, weight)
    }

    fn tag_value(&self, node: &Node, field: &[u8], weight: f64) -> Option<Plan> {
        let FieldKind::Tag { case_sensitive, .. } = self.collection.schema.field(field)?.kind else { return None };
        let plain = |text: &[u8]| plain_tag(text, case_sensitive);
        match &node.kind {
            NodeKind::Token { text, .. } => self.one_tag(field, &plain(text), weight),
            NodeKind::Phrase { .. } => {
                let words = node.children.iter().map(|child| match &child.kind {
                    NodeKind::Token { text, .. } => plain(text),
                    _ => Bytes::new(),
                });
                self.one_tag(field, &words.collect::<Vec<_>>().join(&b' '), weight)
            }
            NodeKind::Affix { text, prefix, suffix } => {
                self.tag_pattern(field, &Pattern::Affix { text: plain(text), prefix: *prefix, suffix: *suffix }, weight)
            }
            NodeKind::Wildcard { pattern } => self.tag_pattern(field, &Pattern::wildcard(&plain(pattern)), weight),
            _ => None,
        }
    }

    fn one_tag(&self, field: &[u8], tag: &[u8], weight: f64) -> Option<Plan> {
        let count = self.collection.count_tag(field, tag);
        let idf = self.collection.idf(count);
        let step = Step::Tag { field: field.to_vec(), tag: tag.to_vec(), idf };
        (count > 0).then_some(Plan { step, weight, estimate: count })
    }

    fn tag_pattern(&self, field: &[u8], pattern: &Pattern, weight: f64) -> Option<Plan> {
        if !pattern.is_long_enough() {
            return None;
        }
        let tags = self.collection.tags(field).into_iter().filter(|tag| pattern.matches(tag));
        let tags = tags.take(expand::MAX_EXPANSIONS);
        let mut children: Vec<_> = tags.filter_map(|tag| self.one_tag(field, tag, 1.0)).collect();
        if children.len() == 1 { children.pop() } else { self.any(children, true, weight) }
    }
}

fn meters(unit: GeoUnit) -> f64 {
    match unit {
        GeoUnit::M => 1.0,
        GeoUnit::Km => 1000.0,
        GeoUnit::Mi => 1609.34,
        GeoUnit::Ft => 0.3048,
    }
}
