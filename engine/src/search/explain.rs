//! FT.EXPLAIN: a tree as text.

use super::query::node::{Node, NodeKind, NodeOptions};
use super::schema::{ALL_FIELDS, Definition};

/// The text of a tree.
pub(crate) fn explain(root: &Node, index: &Definition) -> Vec<u8> {
    let mut text = Vec::new();
    write(root, index, 0, &mut text);
    text
}

fn write(node: &Node, index: &Definition, depth: usize, text: &mut Vec<u8>) {
    indent(depth, text);
    write_fields(node, index, text);
    match &node.kind {
        NodeKind::Token { .. } => return write_token(node, text),
        NodeKind::Phrase { exact } => block(if *exact { b"EXACT {" } else { b"INTERSECT {" }, node, index, depth, text),
        NodeKind::Union => block(b"UNION {", node, index, depth, text),
        NodeKind::Not => block(b"NOT{", node, index, depth, text),
        NodeKind::Optional => block(b"OPTIONAL{", node, index, depth, text),
        NodeKind::Tag { field } => block(&[b"TAG:@", field.as_slice(), b" {"].concat(), node, index, depth, text),
        leaf => write_leaf(leaf, text),
    }
    write_options(&node.options, text);
    text.push(b'\n');
}

fn indent(depth: usize, text: &mut Vec<u8>) {
    text.extend(std::iter::repeat_n(b' ', 2 * depth));
}

fn block(head: &[u8], node: &Node, index: &Definition, depth: usize, text: &mut Vec<u8>) {
    text.extend_from_slice(head);
    text.push(b'\n');
    for child in &node.children {
        write(child, index, depth + 1, text);
    }
    indent(depth, text);
    text.push(b'}');
}

fn write_fields(node: &Node, index: &Definition, text: &mut Vec<u8>) {
    let fields = node.options.fields;
    if fields == 0 {
        return text.extend_from_slice(b"@NULL:");
    }
    let is_said = matches!(node.kind, NodeKind::Numeric(_) | NodeKind::Geo(_) | NodeKind::Ids { .. });
    if fields == ALL_FIELDS || is_said {
        return;
    }
    let named = index.text_fields().filter(|(_, text)| text.mask() & fields != 0);
    let names: Vec<&[u8]> = named.map(|(field, _)| field.name.as_slice()).collect();
    text.push(b'@');
    text.extend_from_slice(&names.join(&b'|'));
    text.push(b':');
}

fn write_token(node: &Node, text: &mut Vec<u8>) {
    if let NodeKind::Token { text: word, expanded } = &node.kind {
        text.extend_from_slice(if word.is_empty() { b"\"\"" } else { word });
        text.extend_from_slice(if *expanded { b"(expanded)" } else { b"" });
    }
    if node.options.weight != 1.0 {
        text.extend_from_slice(b" => {$weight: ");
        text.extend_from_slice(&general(node.options.weight));
        text.extend_from_slice(b";}");
    }
    text.push(b'\n');
}

/// A number as C's `%g` prints it: six digits that count, without zeros at the end.
fn general(number: f64) -> Vec<u8> {
    let scientific = format!("{number:.5e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return fixed(number) };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |digits: &str| {
        if digits.contains('.') {
            digits.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            digits.to_owned()
        }
    };
    if (-4..6).contains(&exponent) {
        let decimals = usize::try_from(5 - exponent).unwrap_or(0);
        return trim(&format!("{number:.decimals$}")).into_bytes();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trim(digits), exponent.abs()).into_bytes()
}

fn write_leaf(kind: &NodeKind, text: &mut Vec<u8>) {
    let mut put = |parts: &[&[u8]]| parts.iter().for_each(|part| text.extend_from_slice(part));
    match kind {
        NodeKind::Affix { text: word, prefix, suffix } => {
            let name: &[u8] = match (prefix, suffix) {
                (true, true) => b"INFIX{*",
                (true, false) => b"PREFIX{",
                _ => b"SUFFIX{*",
            };
            put(&[name, word, if *prefix { b"*}" } else { b"}" }]);
        }
        NodeKind::Wildcard { pattern } => put(&[b"WILDCARD{", pattern, b"}"]),
        NodeKind::Fuzzy { text: word, .. } => put(&[b"FUZZY{", word, b"}"]),
        NodeKind::Missing { field } => put(&[b"ISMISSING{", field, b"}"]),
        NodeKind::All => put(&[b"<WILDCARD>"]),
        NodeKind::Nothing => put(&[b"<empty>"]),
        NodeKind::Ids { keys } => put(&[b"IDS {", &keys.join(&b','), b"}"]),
        NodeKind::Numeric(range) => {
            let sign = |is_included: bool| if is_included { b"<=".as_slice() } else { b"<" };
            let (min, max) = (fixed(range.min), fixed(range.max));
            put(&[b"NUMERIC {", &min, b" ", sign(range.includes_min), b" @", &range.field]);
            put(&[b" ", sign(range.includes_max), b" ", &max, b"}"]);
        }
        NodeKind::Geo(circle) => {
            let numbers = [circle.longitude, circle.latitude, circle.radius].map(fixed);
            put(&[b"GEO ", &circle.field, b":{", &numbers[0], b",", &numbers[1], b" --> ", &numbers[2]]);
            put(&[b" ", circle.unit.name().as_bytes(), b"}"]);
        }
        _ => {}
    }
}

/// A number with six decimals, as C prints it.
fn fixed(number: f64) -> Vec<u8> {
    match number {
        number if number.is_nan() => {
            if number.is_sign_negative() {
                b"-nan".to_vec()
            } else {
                b"nan".to_vec()
            }
        }
        number => format!("{number:.6}").into_bytes(),
    }
}

fn write_options(options: &NodeOptions, text: &mut Vec<u8>) {
    if options.weight == 1.0 && options.slop.is_none() && !options.in_order {
        return;
    }
    let mut put = |part: &[u8]| text.extend_from_slice(part);
    put(b" => {");
    if options.weight != 1.0 {
        put(b" $weight: ");
        put(&general(options.weight));
        put(b";");
    }
    if let Some(slop) = options.slop {
        put(format!(" $slop: {slop};").as_bytes());
    }
    put(if options.in_order { b" $inorder: true;".as_slice() } else { b"" });
    put(if !options.in_order && options.slop.is_some() { b" $inorder: false;".as_slice() } else { b"" });
    put(b" }");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_printed_as_c_does() {
        let printed = [0.5, 10.0, 1e6, 1e-5, 123_456.7, f64::INFINITY].map(|number| String::from_utf8(general(number)));
        let expected = ["0.5", "10", "1e+06", "1e-05", "123457", "inf"];
        assert_eq!(printed, expected.map(|text| Ok(text.to_owned())));
        assert_eq!(fixed(-0.0), b"-0.000000");
    }
}
