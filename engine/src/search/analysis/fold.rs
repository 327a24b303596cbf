//! Case folding.

/// The text in lower case: each character by itself, whatever stands around it. Bytes that are no UTF-8 stay.
pub(crate) fn fold(text: &[u8]) -> Vec<u8> {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::new();
    let mut bytes = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        folded.clear();
        folded.extend(chunk.valid().chars().flat_map(char::to_lowercase));
        bytes.extend_from_slice(folded.as_bytes());
        bytes.extend_from_slice(chunk.invalid());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_fold_one_by_one() {
        assert_eq!(fold("ÜBER ΣΊΣΥΦΟΣ Straße".as_bytes()), "über σίσυφοσ straße".as_bytes());
        assert_eq!(fold(b"A\xffB\xc3"), b"a\xffb\xc3");
    }
}
