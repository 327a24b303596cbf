//! How good a result is.

use super::document::Document;
use super::evidence::Evidence;

/// The ways to score.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Scorer {
    /// Frequency times rarity, relative to the most frequent word of the document.
    #[default]
    Tfidf,
    /// The same, relative to the length of the document.
    TfidfDocnorm,
    /// Okapi BM25 (with the average length of documents in place of the length of this one).
    Bm25,
    /// The score of the document itself, which is 1.
    Docscore,
    /// Frequencies alone, the best of a union.
    Dismax,
}

const B: f64 = 0.5;
/// Kept as a `float`.
const K1: f64 = 1.2_f32 as f64;

impl Scorer {
    /// By its name.
    pub fn named(name: &[u8]) -> Option<Scorer> {
        Some(match name {
            b"TFIDF" => Scorer::Tfidf,
            b"TFIDF.DOCNORM" => Scorer::TfidfDocnorm,
            b"BM25" => Scorer::Bm25,
            b"DOCSCORE" => Scorer::Docscore,
            b"DISMAX" => Scorer::Dismax,
            _ => return None,
        })
    }

    /// The score of a document that is a result for this reason.
    pub fn score(self, found: &Evidence, document: &Document, average_length: f64) -> f64 {
        // Without a single word in the document, nothing is good.
        let relative =
            |norm: u32| if norm == 0 { 0.0 } else { tfidf(found) / f64::from(norm) / f64::from(found.distance()) };
        match self {
            Scorer::Tfidf => relative(document.max_frequency),
            Scorer::TfidfDocnorm => relative(document.length),
            Scorer::Bm25 => bm25(found, average_length) / f64::from(found.distance()),
            Scorer::Docscore => 1.0,
            Scorer::Dismax => dismax(found),
        }
    }
}

fn tfidf(found: &Evidence) -> f64 {
    match found {
        Evidence::Word { idf, frequency, weight, .. } => weight * f64::from(*frequency) * idf,
        Evidence::Number { weight } => *weight,
        Evidence::Virtual { frequency, weight } => weight * f64::from(*frequency),
        Evidence::Many { weight, children } => weight * children.iter().map(tfidf).fold(0.0, |sum, score| sum + score),
    }
}

fn bm25(found: &Evidence, average_length: f64) -> f64 {
    let share = |f: f64| f / (f + K1 * (1.0 - B + B * average_length));
    match found {
        Evidence::Word { idf, frequency, .. } => {
            let f = f64::from(*frequency);
            idf * f / (f + K1 * (1.0 - B + B * average_length))
        }
        Evidence::Number { weight } => weight * share(1.0),
        Evidence::Virtual { frequency: 0, .. } => 0.0,
        Evidence::Virtual { frequency, weight } => weight * share(f64::from(*frequency)),
        Evidence::Many { weight, children } => {
            weight * children.iter().map(|child| bm25(child, average_length)).fold(0.0, |sum, score| sum + score)
        }
    }
}

fn dismax(found: &Evidence) -> f64 {
    match found {
        Evidence::Word { frequency, weight, .. } | Evidence::Virtual { frequency, weight } => {
            weight * f64::from(*frequency)
        }
        Evidence::Number { weight } => *weight,
        Evidence::Many { weight, children } => weight * children.iter().map(dismax).fold(0.0, |sum, score| sum + score),
    }
}
