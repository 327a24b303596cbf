//! A tree whose parameters have no values yet.

use super::node::{FieldMask, GeoUnit, Node, NodeKind, Options};
use crate::resp::Bytes;

/// A node as the parser leaves it.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub kind: NodeKind,
    pub options: Options,
    pub children: Vec<Draft>,
    /// What parameters are to fill in, in this order.
    pub holes: Vec<Hole>,
    /// The unit of a circle is none; noticed when the query runs.
    pub bad_unit: bool,
}

/// A place for the value of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Hole {
    pub name: Bytes,
    pub place: Place,
    /// A minus stood before it.
    pub negative: bool,
}

/// Which part of the node a parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A word in lower case.
    Text,
    /// A word as given.
    CaseText,
    /// A wildcard pattern.
    Pattern,
    Min,
    Max,
    Longitude,
    Latitude,
    Radius,
    Unit,
}

impl Draft {
    pub fn new(kind: NodeKind, children: Vec<Draft>) -> Draft {
        Draft { kind, options: Options::default(), children, holes: Vec::new(), bad_unit: false }
    }

    pub fn leaf(kind: NodeKind) -> Draft {
        Draft::new(kind, Vec::new())
    }

    pub fn token(text: Bytes) -> Draft {
        Draft::leaf(NodeKind::Token { text, expanded: false })
    }

    pub fn phrase(children: Vec<Draft>) -> Draft {
        Draft::new(NodeKind::Phrase { exact: false }, children)
    }

    /// The node and all below are about these fields at most.
    pub fn restrict(&mut self, fields: FieldMask) {
        self.options.fields &= fields;
        self.children.iter_mut().for_each(|child| child.restrict(fields));
    }

    /// Fills a hole by its name, its place and whether a minus stands before it.
    pub fn hole(&mut self, name: Bytes, place: Place, negative: bool) {
        self.holes.push(Hole { name, place, negative });
    }

    /// What stands in a circle's place of a unit.
    pub fn set_unit(&mut self, name: &[u8]) {
        let found = [GeoUnit::M, GeoUnit::Km, GeoUnit::Mi, GeoUnit::Ft]
            .into_iter()
            .find(|unit| unit.name().as_bytes().eq_ignore_ascii_case(name));
        self.bad_unit = found.is_none();
        if let (NodeKind::Geo { unit, .. }, Some(found)) = (&mut self.kind, found) {
            *unit = found;
        }
    }

    /// The node and those below, each before its children.
    pub fn visit<E>(&self, f: &mut impl FnMut(&Draft) -> Result<(), E>) -> Result<(), E> {
        f(self)?;
        self.children.iter().try_for_each(|child| child.visit(f))
    }

    pub fn into_node(self) -> Node {
        let children = self.children.into_iter().map(Draft::into_node).collect();
        Node { kind: self.kind, options: self.options, children }
    }
}
