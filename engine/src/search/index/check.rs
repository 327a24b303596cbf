//! The invariants of an index's content.

use std::collections::BTreeSet;

use super::{Column, Contents, DocId, read};
use crate::config::Config;
use crate::search::schema::Definition;
use crate::structure::hash::Hash;

impl Contents {
    /// What is wrong, if these are the hashes there are, by key.
    pub fn check<'a>(
        &self,
        definition: &Definition,
        hashes: impl Iterator<Item = (&'a [u8], &'a Hash)>,
        config: &Config,
    ) -> Vec<String> {
        let mut faults = self.check_terms();
        for column in &self.columns {
            faults.extend(self.check_column(column));
        }
        if self.by_key.len() != self.documents.len() {
            faults.push(format!("{} keys, {} documents", self.by_key.len(), self.documents.len()));
        }
        let words: u64 = self.documents.values().map(|document| u64::from(document.words)).sum();
        if words != self.words {
            faults.push(format!("{} words are counted, the documents have {words}", self.words));
        }
        faults.extend(self.compare(&self.read_anew(definition, hashes, config)));
        faults
    }

    /// As it would be if all hashes were read now.
    fn read_anew<'a>(
        &self,
        definition: &Definition,
        hashes: impl Iterator<Item = (&'a [u8], &'a Hash)>,
        config: &Config,
    ) -> Contents {
        #[cfg(feature = "planted")]
        let sound = Config { plant: None, ..config.clone() };
        #[cfg(not(feature = "planted"))]
        let sound = config.clone();
        let mut anew = Contents { stop_words: self.stop_words.clone(), ..Contents::default() };
        for (key, hash) in hashes.filter(|(key, _)| definition.covers(key)) {
            if let Some((document, terms)) = read::document(definition, &anew.stop_words, key, hash, &sound) {
                anew.add(definition, document, terms);
            }
        }
        anew
    }

    /// Every posting is one of a living document, and every living document is posted under its terms.
    fn check_terms(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut postings = 0;
        for (term, documents) in &self.terms {
            postings += documents.len();
            let dead = documents.keys().filter(|id| !self.documents.contains_key(id)).count();
            if dead > 0 {
                faults.push(format!("term {}: {dead} postings of no document", term.escape_ascii()));
            }
        }
        let mut posted = 0;
        for (id, document) in &self.documents {
            posted += document.terms.len();
            let lacks = |term: &&Vec<u8>| self.terms.get(*term).is_none_or(|postings| !postings.contains_key(id));
            if let Some(term) = document.terms.iter().find(lacks) {
                faults.push(format!("{}: not posted under {}", document.key.escape_ascii(), term.escape_ascii()));
            }
            if self.by_key.get(&document.key) != Some(id) {
                faults.push(format!("{}: document {id} is not the key's", document.key.escape_ascii()));
            }
        }
        if posted != postings {
            faults.push(format!("{postings} postings, {posted} terms of documents"));
        }
        faults
    }

    fn check_column(&self, column: &Column) -> Option<String> {
        let tagged = column.tags.values().flatten();
        let numbered = column.numbers.iter().map(|(_, id)| id);
        let ids: BTreeSet<&DocId> = tagged.chain(numbered).chain(&column.missing).collect();
        let dead = ids.into_iter().find(|id| !self.documents.contains_key(id))?;
        Some(format!("a tag, number or absence of document {dead}, which isn't there"))
    }

    /// What another content has otherwise, numbers of documents aside.
    fn compare(&self, other: &Contents) -> Vec<String> {
        let mut faults = Vec::new();
        let is_lost = |key: &&Vec<u8>| !self.is_partial && !self.by_key.contains_key(*key);
        for key in other.by_key.keys().filter(is_lost) {
            faults.push(format!("{}: not indexed", key.escape_ascii()));
        }
        for (key, &id) in &self.by_key {
            let theirs = other.by_key.get(key);
            let is_same = theirs.is_some_and(|&their| self.is_same(id, other, their));
            if !is_same {
                let what = if theirs.is_some() { "not indexed as it is" } else { "indexed, but not a document" };
                faults.push(format!("{}: {what}", key.escape_ascii()));
            }
        }
        faults
    }

    fn is_same(&self, id: DocId, other: &Contents, their: DocId) -> bool {
        let (Some(document), Some(theirs)) = (self.documents.get(&id), other.documents.get(&their)) else {
            return false;
        };
        let of =
            |contents: &Contents, term: &Vec<u8>, id| contents.terms.get(term).and_then(|all| all.get(&id).cloned());
        let has_all = |column: &Column, field: usize| {
            document
                .tags
                .iter()
                .filter(|(at, _)| *at == field)
                .all(|(_, tag)| column.tags.get(tag).is_some_and(|ids| ids.contains(&id)))
                && document
                    .numbers
                    .iter()
                    .filter(|(at, _)| *at == field)
                    .all(|&(_, number)| column.numbers.contains(&(number, id)))
                && document.missing.contains(&field) == column.missing.contains(&id)
        };
        document == theirs
            && document.terms.iter().all(|term| of(self, term, id) == of(other, term, their))
            && self.columns.iter().enumerate().all(|(field, column)| has_all(column, field))
    }
}
