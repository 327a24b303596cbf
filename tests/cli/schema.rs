//! The words of JSON Schema that `docs/report.schema.json` uses. One that it doesn't know is an error, never ignored.

use serde_json::Value;

/// Where a value is not what a schema says, each with its place.
pub fn violations(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, value, "", &mut found);
    found
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let mut require = |holds: bool, what: String| {
        if !holds {
            found.push(format!("{at}: {what}"));
        }
    };
    for (word, rule) in schema.as_object().expect("a schema is an object") {
        match word.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => {}
            "const" => require(value == rule, format!("{value} is not {rule}")),
            "enum" => require(rule.as_array().unwrap().contains(value), format!("{value} is none of {rule}")),
            "type" => {
                let names = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
                require(names.iter().any(|name| is_a(value, name.as_str().unwrap())), format!("{value} is no {rule}"));
            }
            "minimum" => {
                require(value.as_f64().is_none_or(|n| n >= rule.as_f64().unwrap()), format!("{value} < {rule}"))
            }
            "minLength" => {
                let length = value.as_str().map_or(usize::MAX, |text| text.chars().count());
                require(length as u64 >= rule.as_u64().unwrap(), "too short".into());
            }
            "pattern" => {
                let prefix = rule.as_str().unwrap().strip_prefix('^').expect("patterns are prefixes here");
                require(value.as_str().is_none_or(|text| text.starts_with(prefix)), format!("{value} lacks {rule}"));
            }
            "required" => {
                for name in rule.as_array().unwrap().iter().map(|name| name.as_str().unwrap()) {
                    require(!value.is_object() || value.get(name).is_some(), format!("`{name}` is missing"));
                }
            }
            "properties" | "items" | "oneOf" | "$ref" => {}
            other => panic!("{at}: the schema says `{other}`, which this test does not know"),
        }
    }
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(value) = value.get(name) {
            check(root, schema, value, &format!("{at}/{name}"), found);
        }
    }
    if let (Some(schema), Some(items)) = (schema.get("items"), value.as_array()) {
        items.iter().enumerate().for_each(|(i, item)| check(root, schema, item, &format!("{at}/{i}"), found));
    }
    if let Some(target) = schema["$ref"].as_str() {
        let target = root.pointer(target.strip_prefix('#').unwrap()).expect("what is referred to is there");
        check(root, target, value, at, found);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = |choice: &&Value| {
            let mut inner = Vec::new();
            check(root, choice, value, at, &mut inner);
            inner.is_empty()
        };
        if choices.iter().filter(fits).count() != 1 {
            found.push(format!("{at}: not exactly one of the choices fits {value}"));
        }
    }
}

fn is_a(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        other => panic!("the schema says the type `{other}`, which this test does not know"),
    }
}
