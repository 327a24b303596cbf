//! Which of many words counts in a document that has several of them.
//!
//! A union that stands for a pattern takes one word of each document. Up to twenty words, that is the first one. Beyond
//! that, the server keeps its readers in a binary heap by the document that each has come to, and takes whichever is at
//! the top: so the heap is here, too. Documents are counted from 1, and 0 is before the first.

use std::cmp::Ordering;

/// With more words than these, there is a heap.
pub const IN_ORDER_MAX: usize = 20;

/// For each document, which word counts. `words`: for each word the documents it is in, in order.
pub fn first_of_many(words: &[Vec<usize>], documents: usize) -> Vec<Option<usize>> {
    let mut heap = Heap { words, at: vec![0; words.len()], order: Vec::new() };
    (0..words.len()).for_each(|word| heap.offer(word));
    let mut found = vec![None; documents];
    let mut next = 1;
    while let Some(word) = heap.read(next) {
        let document = heap.at[word];
        found[document - 1] = Some(word);
        next = document + 1;
    }
    found
}

struct Heap<'a> {
    words: &'a [Vec<usize>],
    /// Which document each word has come to.
    at: Vec<usize>,
    order: Vec<usize>,
}

impl Heap<'_> {
    fn compare(&self, a: usize, b: usize) -> Ordering {
        self.at[self.order[a]].cmp(&self.at[self.order[b]])
    }

    /// A new one goes up past its equals.
    fn offer(&mut self, word: usize) {
        self.order.push(word);
        let mut node = self.order.len() - 1;
        while node > 0 && self.compare(node, (node - 1) / 2).is_le() {
            self.order.swap(node, (node - 1) / 2);
            node = (node - 1) / 2;
        }
    }

    fn sink(&mut self) {
        let mut node = 0;
        loop {
            let (left, right) = (node * 2 + 1, node * 2 + 2);
            let child = match right < self.order.len() {
                true if self.compare(left, right).is_gt() => right,
                _ if left < self.order.len() => left,
                _ => return,
            };
            if self.compare(node, child).is_le() {
                return;
            }
            self.order.swap(node, child);
            node = child;
        }
    }

    /// The word that counts in the next document that has any, from this one on.
    fn read(&mut self, document: usize) -> Option<usize> {
        while let Some(&word) = self.order.first() {
            if self.at[word] >= document {
                return Some(word);
            }
            match self.words[word].iter().find(|at| **at >= document) {
                Some(at) => {
                    self.at[word] = *at;
                    self.sink();
                    // Nobody can be before the one that was asked for.
                    if *at == document {
                        return Some(word);
                    }
                }
                None => {
                    self.order.swap_remove(0);
                    self.sink();
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_has_a_word_of_its_own() {
        let words: Vec<Vec<usize>> = (1..30).map(|step| (1..=50).filter(|n| n % step == 0).collect()).collect();
        let found = first_of_many(&words, 50);
        for (document, word) in found.iter().enumerate() {
            assert!(words[word.expect("the first word is everywhere")].contains(&(document + 1)));
        }
        assert!(found.iter().any(|word| *word != Some(0)), "the heap chooses otherwise than the order of words");
    }
}
