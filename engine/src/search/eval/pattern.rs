//! Patterns of `?` and `*`, and edit distances.

/// Whether the whole text matches the pattern.
pub(super) fn matches<T: Copy + PartialEq>(text: &[T], pattern: &[T], any: T, one: T) -> bool {
    let (mut at, mut of) = (0, 0);
    // Where to go on if what follows the last star doesn't match.
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(of) {
            Some(&p) if p == any => {
                retry = Some((at, of + 1));
                of += 1;
            }
            Some(&p) if p == one || p == text[at] => {
                at += 1;
                of += 1;
            }
            _ => {
                let Some((start, after)) = retry else {
                    return false;
                };
                retry = Some((start + 1, after));
                (at, of) = (start + 1, after);
            }
        }
    }
    pattern[of..].iter().all(|&p| p == any)
}

/// Whether a word is taken for another one that was misspelt: its characters come one after the other, and what is left
/// of the edits after the last but one counts as well, as long as there is a way on.
pub(super) fn is_near<T: PartialEq>(word: &[T], target: &[T], edits: usize) -> bool {
    let mut row: Vec<usize> = (0..=target.len()).collect();
    let mut was_match = false;
    for (at, char) in word.iter().enumerate() {
        was_match = row[target.len()] <= edits;
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (to, other) in target.iter().enumerate() {
            let replaced = diagonal + usize::from(char != other);
            diagonal = row[to + 1];
            row[to + 1] = replaced.min(row[to] + 1).min(diagonal + 1);
        }
        if row.iter().all(|&distance| distance > edits) {
            return false;
        }
    }
    was_match || row[target.len()] <= edits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        for (text, pattern, expected) in [
            ("hello", "h?l*", true),
            ("hello", "*ll*o", true),
            ("hello", "h?llo?", false),
            ("", "*", true),
            ("a", "", false),
        ] {
            assert_eq!(matches(text.as_bytes(), pattern.as_bytes(), b'*', b'?'), expected, "{text} {pattern}");
        }
    }

    #[test]
    fn edits_are_counted() {
        let is_near = |word: &str, target: &str, edits| {
            is_near(&word.chars().collect::<Vec<_>>(), &target.chars().collect::<Vec<_>>(), edits)
        };
        assert!(is_near("hello", "hallo", 1) && is_near("über", "uber", 1) && is_near("kitten", "sitting", 3));
        assert!(!is_near("kitten", "sitting", 1) && !is_near("ab", "cd", 1));
        // Four edits; three lead to `blu`.
        assert!(is_near("blue", "über", 3));
    }
}
