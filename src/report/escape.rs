//! Text for documents of others: what it says may come from hostile bytes, and must stay text.

/// Text as it may stand in XML and HTML, also in quotes. What cannot be seen, and what would turn the text around it, is
/// written out.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' => out.push(c),
            c if is_unseen(c) => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

/// Control characters, noncharacters, and those that change the direction of writing.
fn is_unseen(c: char) -> bool {
    let is_direction = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}');
    let is_noncharacter = u32::from(c) & 0xfffe == 0xfffe || matches!(c, '\u{fdd0}'..='\u{fdef}' | '\u{feff}');
    c.is_control() || is_direction || is_noncharacter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hostile_stays_text() {
        assert_eq!(escaped("</pre><script>'\"&"), "&lt;/pre&gt;&lt;script&gt;&#39;&quot;&amp;");
        assert_eq!(escaped("a\0\x1b[31m\u{202e}b\u{ffff}\r\n"), "a\\u{0}\\u{1b}[31m\\u{202e}b\\u{ffff}\\r\n");
    }
}
