//! FT.INFO: what is known of an index.

use super::index::Contents;
use super::schema::{Definition, Field, FieldKind};
use crate::reply::Reply;

fn text(text: &str) -> Reply {
    Reply::bulk(text)
}

/// The definition of an index, in the form of FT.INFO.
pub(crate) fn info(definition: &Definition, contents: &Contents) -> Reply {
    let pair = |name: &str, value: Reply| (text(name), value);
    let mut pairs = vec![
        pair("index_name", Reply::bulk(definition.name.clone())),
        pair("index_options", Reply::Array(flags(definition))),
        pair("index_definition", rule(definition)),
        pair("attributes", Reply::Array(definition.fields.iter().map(attribute).collect())),
    ];
    let postings: usize = contents.terms.values().map(|postings| postings.len()).sum();
    pairs.extend([
        pair("num_docs", Reply::count(contents.documents.len())),
        pair("max_doc_id", Reply::Int(contents.last().try_into().unwrap_or(i64::MAX))),
        pair("num_terms", Reply::count(contents.terms.len())),
        pair("num_records", Reply::count(postings)),
        pair("hash_indexing_failures", Reply::Int(contents.failures.try_into().unwrap_or(i64::MAX))),
        pair("indexing", Reply::Int(0)),
        pair("percent_indexed", text("1")),
    ]);
    if let Some(words) = &definition.stop_words {
        let words = words.iter().map(|word| Reply::bulk(word.to_vec())).collect();
        pairs.push(pair("stopwords_list", Reply::Array(words)));
    }
    Reply::Map(pairs)
}

fn flags(definition: &Definition) -> Vec<Reply> {
    let all = [
        ("NOFREQS", definition.no_frequencies),
        ("NOFIELDS", definition.no_fields),
        ("NOOFFSETS", definition.no_offsets),
        ("MAXTEXTFIELDS", definition.max_text_fields),
    ];
    all.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| text(name)).collect()
}

fn rule(definition: &Definition) -> Reply {
    let prefixes = definition.prefixes.iter().map(|prefix| Reply::bulk(prefix.clone())).collect();
    let mut pairs = vec![(text("key_type"), text("HASH")), (text("prefixes"), Reply::Array(prefixes))];
    let optional = [
        ("filter", &definition.filter),
        ("default_language", &definition.language),
        ("language_field", &definition.language_field),
    ];
    pairs.extend(optional.into_iter().filter_map(|(name, value)| Some((text(name), Reply::bulk(value.clone()?)))));
    pairs.push((text("default_score"), Reply::Double(definition.score)));
    let optional = [("score_field", &definition.score_field), ("payload_field", &definition.payload_field)];
    pairs.extend(optional.into_iter().filter_map(|(name, value)| Some((text(name), Reply::bulk(value.clone()?)))));
    Reply::Map(pairs)
}

fn attribute(field: &Field) -> Reply {
    let mut words = vec![
        text("identifier"),
        Reply::bulk(field.path.clone()),
        text("attribute"),
        Reply::bulk(field.name.clone()),
        text("type"),
        text(field.type_name()),
    ];
    match &field.kind {
        FieldKind::Text(of) => {
            words.extend([text("WEIGHT"), Reply::Double(of.weight)]);
            words.extend(of.no_stem.then(|| text("NOSTEM")));
            words.extend(of.phonetic.is_some().then(|| text("PHONETIC")));
        }
        FieldKind::Tag(of) => {
            words.extend([text("SEPARATOR"), Reply::bulk(vec![of.separator])]);
            words.extend(of.case_sensitive.then(|| text("CASESENSITIVE")));
        }
        FieldKind::Numeric | FieldKind::Geo => {}
    }
    let has_suffixes = match &field.kind {
        FieldKind::Text(of) => of.with_suffix_trie,
        FieldKind::Tag(of) => of.with_suffix_trie,
        FieldKind::Numeric | FieldKind::Geo => false,
    };
    let flags = [
        ("SORTABLE", field.sortable),
        ("UNF", field.sortable && field.unnormalized),
        ("NOINDEX", field.no_index),
        ("WITHSUFFIXTRIE", has_suffixes),
        ("INDEXEMPTY", field.index_empty),
        ("INDEXMISSING", field.index_missing),
    ];
    words.extend(flags.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| text(name)));
    Reply::Array(words)
}
