//! How a document matches.

/// How a document matches a part of a query.
#[derive(Clone, Debug)]
pub(crate) struct Hit<'a> {
    pub matter: Matter<'a>,
    pub frequency: u32,
    pub weight: f64,
}

/// What has matched.
#[derive(Clone, Debug)]
pub(crate) enum Matter<'a> {
    /// A term, or a tag, which stands nowhere.
    Term {
        text: &'a [u8],
        positions: &'a [u32],
        documents: usize,
    },
    /// The document is there, that is all.
    Presence,
    Number,
    /// Some of the children of a union.
    Any(Vec<Hit<'a>>),
    /// All children of an intersection.
    All(Vec<Hit<'a>>),
}

impl<'a> Hit<'a> {
    /// Of a document that is there.
    pub fn presence(frequency: u32, weight: f64) -> Hit<'a> {
        Hit { matter: Matter::Presence, frequency, weight }
    }

    /// The hits below.
    pub fn children(&self) -> &[Hit<'a>] {
        match &self.matter {
            Matter::Any(children) | Matter::All(children) => children,
            _ => &[],
        }
    }

    /// Whether it takes part in the comparison of places. Tags do, below a union, though they stand nowhere.
    pub fn has_places(&self) -> bool {
        match &self.matter {
            Matter::Term { positions, .. } => !positions.is_empty(),
            Matter::Presence | Matter::Number => false,
            Matter::Any(children) | Matter::All(children) => {
                let all = |is: fn(&Matter<'_>) -> bool| children.iter().all(|child| is(&child.matter));
                !(all(|matter| matches!(matter, Matter::Presence)) || all(|matter| matches!(matter, Matter::Number)))
            }
        }
    }

    /// The positions of all terms, in ascending order; one that several terms share comes several times.
    pub fn positions(&self) -> Vec<u32> {
        let mut positions = Vec::new();
        self.collect(&mut positions);
        positions.sort_unstable();
        positions
    }

    fn collect(&self, into: &mut Vec<u32>) {
        if let Matter::Term { positions, .. } = &self.matter {
            into.extend_from_slice(positions);
        }
        for child in self.children() {
            child.collect(into);
        }
    }

    /// The terms that matched, in the order of the query.
    pub fn terms(&self) -> Vec<&'a [u8]> {
        let mut terms = Vec::new();
        self.collect_terms(&mut terms);
        terms
    }

    fn collect_terms(&self, into: &mut Vec<&'a [u8]>) {
        if let Matter::Term { text, .. } = &self.matter {
            into.push(text);
        }
        for child in self.children() {
            child.collect_terms(into);
        }
    }
}
