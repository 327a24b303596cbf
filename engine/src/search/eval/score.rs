//! How well a document matches.

use super::hit::{Hit, Matter};
use super::slop;
use crate::search::index::{Contents, Document};

/// A way to count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Scorer {
    #[default]
    TfIdf,
    TfIdfDocNorm,
    Bm25,
    Bm25Std,
    DisMax,
    DocScore,
}

impl Scorer {
    /// The scorer of that name.
    pub fn named(name: &[u8]) -> Option<Scorer> {
        Some(match name {
            b"TFIDF" => Scorer::TfIdf,
            b"TFIDF.DOCNORM" => Scorer::TfIdfDocNorm,
            b"BM25" => Scorer::Bm25,
            b"BM25STD" => Scorer::Bm25Std,
            b"DISMAX" => Scorer::DisMax,
            b"DOCSCORE" => Scorer::DocScore,
            _ => return None,
        })
    }

    /// The score of a document of which the hit is.
    pub fn score(self, hit: &Hit<'_>, document: &Document, contents: &Contents) -> f64 {
        let tally = Tally { documents: contents.documents.len(), mean_words: contents.mean_words(), document };
        match self {
            Scorer::TfIdf => tally.normed_tfidf(hit, document.highest_frequency),
            Scorer::TfIdfDocNorm => tally.normed_tfidf(hit, document.words),
            Scorer::Bm25 => tally.bm25(hit) / slop::distance(hit),
            Scorer::Bm25Std => tally.bm25_std(hit),
            Scorer::DisMax => dismax(hit),
            Scorer::DocScore => 1.0,
        }
    }
}

struct Tally<'a> {
    documents: usize,
    mean_words: f64,
    document: &'a Document,
}

/// The constants of BM25, which are single-precision numbers.
const K1: f64 = 1.2f32 as f64;
const B: f64 = 0.5;
const B_STD: f64 = 0.75;

impl Tally<'_> {
    /// The exponent of how much rarer than the documents the term is.
    fn rarity(&self, documents: usize) -> f64 {
        // The table of documents counts one more than it has.
        let ratio = 1.0 + (self.documents + 1) as f64 / documents.max(1) as f64;
        f64::from(((ratio.to_bits() >> 52) & 0x7ff) as i32 - 1023)
    }

    fn rarity_std(&self, documents: usize) -> f64 {
        let total = self.documents.max(documents) as f64;
        let documents = documents as f64;
        (1.0 + (total - documents + 0.5) / (documents + 0.5)).ln()
    }

    /// A document without words has no norm, and counts nothing.
    fn normed_tfidf(&self, hit: &Hit<'_>, norm: u32) -> f64 {
        if norm == 0 { 0.0 } else { self.tfidf(hit) / f64::from(norm) / slop::distance(hit) }
    }

    fn tfidf(&self, hit: &Hit<'_>) -> f64 {
        let frequency = f64::from(hit.frequency);
        match &hit.matter {
            Matter::Term { documents, .. } => hit.weight * frequency * self.rarity(*documents),
            Matter::Any(children) | Matter::All(children) => {
                hit.weight * children.iter().map(|child| self.tfidf(child)).sum::<f64>()
            }
            Matter::Presence | Matter::Number => hit.weight * frequency,
        }
    }

    fn bm25(&self, hit: &Hit<'_>) -> f64 {
        let frequency = f64::from(hit.frequency);
        let norm = frequency + K1 * (1.0 - B + B * self.mean_words);
        let saturated = || frequency / norm;
        match &hit.matter {
            // In this order: otherwise the last digit is another one.
            Matter::Term { documents, .. } => self.rarity(*documents) * frequency / norm,
            Matter::Any(children) | Matter::All(children) => {
                hit.weight * children.iter().map(|child| self.bm25(child)).sum::<f64>()
            }
            _ if hit.frequency == 0 => 0.0,
            Matter::Presence | Matter::Number => hit.weight * saturated(),
        }
    }

    fn bm25_std(&self, hit: &Hit<'_>) -> f64 {
        let frequency = f64::from(hit.frequency);
        let length = f64::from(self.document.words) / self.mean_words;
        let saturated = || frequency * (K1 + 1.0) / (frequency + K1 * (1.0 - B_STD + B_STD * length));
        match &hit.matter {
            Matter::Term { documents, .. } => hit.weight * self.rarity_std(*documents) * saturated(),
            Matter::Any(children) | Matter::All(children) => {
                hit.weight * children.iter().map(|child| self.bm25_std(child)).sum::<f64>()
            }
            _ if hit.frequency == 0 => 0.0,
            Matter::Presence | Matter::Number => hit.weight * saturated(),
        }
    }
}

fn dismax(hit: &Hit<'_>) -> f64 {
    let below = hit.children().iter().map(dismax);
    hit.weight
        * match &hit.matter {
            Matter::All(_) => below.sum(),
            Matter::Any(_) => below.fold(0.0, f64::max),
            _ => f64::from(hit.frequency),
        }
}
