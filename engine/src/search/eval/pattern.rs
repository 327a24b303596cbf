//! Patterns of `?` and `*`, and edit distances.

/// The pattern without its backslashes: they protect nothing.
pub(super) fn unescape(pattern: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(pattern.len());
    let mut bytes = pattern.iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            b'\\' => plain.extend(bytes.next()),
            _ => plain.push(byte),
        }
    }
    plain
}

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

/// Whether the one becomes the other by at most so many insertions, deletions and replacements.
pub(super) fn is_within(a: &[char], b: &[char], limit: usize) -> bool {
    if a.len().abs_diff(b.len()) > limit {
        return false;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
        if row.iter().all(|&distance| distance > limit) {
            return false;
        }
    }
    row[b.len()] <= limit
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
        let is_within =
            |a: &str, b: &str, limit| is_within(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>(), limit);
        assert!(is_within("hello", "hallo", 1) && is_within("über", "uber", 1) && is_within("kitten", "sitting", 3));
        assert!(!is_within("kitten", "sitting", 2) && !is_within("ab", "ba", 1));
    }
}
