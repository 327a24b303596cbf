//! Case folding.

/// The text in lower case: each character by itself, whatever stands around it. A text that would grow stays as it is.
pub(crate) fn fold(text: &[u8]) -> Vec<u8> {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((code, bytes)) = first(rest) {
        match char::from_u32(code) {
            Some(char) => char.to_lowercase().for_each(|char| put(u32::from(char), &mut folded)),
            None => put(code, &mut folded),
        }
        rest = rest.get(bytes..).unwrap_or_default();
    }
    if folded.is_empty() || folded.len() > text.len() { text.to_vec() } else { folded }
}

/// The first character and how many bytes it has. Its first byte alone says so: the server's library takes whatever
/// follows for the rest, and the end of the text for zeros. Zero ends the text.
fn first(text: &[u8]) -> Option<(u32, usize)> {
    let lead = u32::from(*text.first()?);
    let (bits, bytes) = match lead {
        0..0x80 => (lead, 1),
        0x80..0xe0 => (lead & 0x1f, 2),
        0xe0..0xf0 => (lead & 0x0f, 3),
        _ => (lead & 0x07, 4),
    };
    let follows = (1..bytes).map(|at| u32::from(text.get(at).copied().unwrap_or(0)) & 0x3f);
    let code = follows.fold(bits, |code, bits| code << 6 | bits);
    (code != 0).then_some((code, bytes))
}

/// Writes a character. Beyond the basic plane the server's library puts one bit in the wrong byte, so that these become
/// other bytes, and no UTF-8; as it does so everywhere, they are found all the same.
fn put(code: u32, bytes: &mut Vec<u8>) {
    let last = 0x80 | code & 0x3f;
    let (high, low) = (0x80 | (code & 0x3_e000) >> 12, 0x80 | (code & 0x1fc0) >> 6);
    let (written, skipped) = match code {
        0..0x80 => ([0, 0, 0, code], 3),
        0x80..0x800 => ([0, 0, 0xc0 | code >> 6, last], 2),
        0x800..0x1_0000 => ([0, 0xe0 | code >> 12, 0x80 | code >> 6 & 0x3f, last], 1),
        _ => ([0xf0 | code >> 18 & 7, high, low, last], 0),
    };
    bytes.extend(written[skipped..].iter().map(|&byte| byte as u8));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_fold_one_by_one() {
        assert_eq!(fold("ÜBER ΣΊΣΥΦΟΣ Straße".as_bytes()), "über σίσυφοσ straße".as_bytes());
        assert_eq!(fold(b"A\xffB\xc3"), b"A\xffB\xc3");
        assert_eq!(fold(b"A\xc3B\xc3C"), b"a\xc3\xa2\xc3\xa3");
        assert_eq!(fold("İA".as_bytes()), "İA".as_bytes());
        assert_eq!(fold("🚀".as_bytes()), b"\xf0\x9e\xda\x80");
    }
}
