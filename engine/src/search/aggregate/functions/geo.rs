//! `geodistance`.

use super::Function;
use crate::geohash::Point;
use crate::search::aggregate::value::{NAN, Value};

pub(super) const FUNCTIONS: &[Function] =
    &[Function::new("geodistance", "geodistance", (2, 4), |_, all| Ok(Value::Number(distance(all).unwrap_or(NAN))))];

/// The metres between two places, each of which is one argument or two.
fn distance(arguments: &[Value]) -> Option<f64> {
    let (from, to) = match arguments {
        [from, to] => (place(from)?, place(to)?),
        [longitude, latitude, to] if longitude.number().is_some() => (point(longitude, latitude)?, place(to)?),
        [from, longitude, latitude] => (place(from)?, point(longitude, latitude)?),
        [a, b, c, d] => (point(a, b)?, point(c, d)?),
        _ => return None,
    };
    Some((from.distance(to) * 100.0).round() / 100.0)
}

fn point(longitude: &Value, latitude: &Value) -> Option<Point> {
    Some(Point { longitude: longitude.number()?, latitude: latitude.number()? })
}

/// A place as `longitude,latitude`, or as the number by which an index keeps it.
fn place(value: &Value) -> Option<Point> {
    match value {
        Value::Number(number) => Some(Point::from_score(*number)),
        Value::Text(text) => {
            let at = text.iter().position(|byte| matches!(byte, b',' | b' '))?;
            let read = |part: &[u8]| std::str::from_utf8(part).ok()?.trim().parse::<f64>().ok();
            Some(Point { longitude: read(&text[..at])?, latitude: read(&text[at + 1..])? })
        }
        Value::Null | Value::Array(_) => None,
    }
}
