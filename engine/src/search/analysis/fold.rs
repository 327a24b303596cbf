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
        folded.chars().for_each(|char| put(char, &mut bytes));
        bytes.extend_from_slice(chunk.invalid());
    }
    bytes
}

/// Writes a character. Beyond the basic plane the server's library puts one bit in the wrong byte, so that these become
/// other bytes, and no UTF-8; as it does so everywhere, they are found all the same.
fn put(char: char, bytes: &mut Vec<u8>) {
    let code = u32::from(char);
    if code <= 0xffff {
        return bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
    }
    let (high, low) = (0x80 | (code & 0x3_e000) >> 12, 0x80 | (code & 0x1fc0) >> 6);
    bytes.extend([0xf0 | code >> 18, high, low, 0x80 | code & 0x3f].map(|byte| byte as u8));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_fold_one_by_one() {
        assert_eq!(fold("ÜBER ΣΊΣΥΦΟΣ Straße".as_bytes()), "über σίσυφοσ straße".as_bytes());
        assert_eq!(fold(b"A\xffB\xc3"), b"a\xffb\xc3");
        assert_eq!(fold("🚀".as_bytes()), b"\xf0\x9e\xda\x80");
    }
}
