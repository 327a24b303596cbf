//! REDUCE: what is computed of the rows of a group.

use std::collections::BTreeSet;

use super::expr::Scope;
use super::lookup::{Row, Slot};
use super::quantile::Quantiles;
use super::request;
use super::value::Value;
use crate::command::args;
use crate::double;
use crate::reply::Error;
use crate::rng::Rng;

/// A reducer, ready to be used.
#[derive(Clone, Debug)]
pub(crate) enum Reducer {
    Count,
    CountDistinct(Slot),
    Sum(Slot),
    Average(Slot),
    Least(Slot),
    Greatest(Slot),
    Deviation(Slot),
    Quantile { of: Slot, part: f64, capacity: usize },
    List(Slot),
    First { of: Slot, by: Option<(Slot, bool)> },
    Sample { of: Slot, size: usize },
}

/// The most that a sample may hold, or QUANTILE buffer.
const SAMPLE_MAX: i64 = 1000;
const QUANTILE_CAPACITY: usize = 500;
/// What RANDOM_SAMPLE draws from: equal groups give equal samples.
const SAMPLE_SEED: u64 = 0x5eed;

/// The arguments of a reducer that haven't been read yet.
struct Arguments<'a, F> {
    function: &'a [u8],
    words: &'a [Vec<u8>],
    at: usize,
    find: F,
}

impl Reducer {
    /// Makes sense of REDUCE. `find` looks up a property.
    pub fn build(reducer: &request::Reducer, find: impl FnMut(&[u8]) -> Option<Slot>) -> Result<Reducer, Error> {
        let function = args::c_str(&reducer.function);
        let mut arguments = Arguments { function, words: &reducer.arguments, at: 0, find };
        let name = String::from_utf8_lossy(function).to_ascii_uppercase();
        match name.as_str() {
            "COUNT" if !reducer.arguments.is_empty() => Err(Error::new("Count accepts 0 values only")),
            "COUNT" => Ok(Reducer::Count),
            "COUNT_DISTINCT" | "COUNT_DISTINCTISH" => arguments.property().map(Reducer::CountDistinct),
            "SUM" => arguments.property().map(Reducer::Sum),
            "AVG" => arguments.property().map(Reducer::Average),
            "MIN" => arguments.property().map(Reducer::Least),
            "MAX" => arguments.property().map(Reducer::Greatest),
            "STDDEV" => arguments.property().map(Reducer::Deviation),
            "TOLIST" => arguments.property().map(Reducer::List),
            "QUANTILE" => arguments.quantile(),
            "FIRST_VALUE" => arguments.first_value(),
            "RANDOM_SAMPLE" => arguments.sample(),
            _ => Err(Error::built([b"No such reducer: ", function].concat())),
        }
    }
}

impl<F: FnMut(&[u8]) -> Option<Slot>> Arguments<'_, F> {
    fn property(&mut self) -> Result<Slot, Error> {
        let Some(word) = self.words.get(self.at) else {
            return Err(Error::built([b"Missing arguments for ", self.function].concat()));
        };
        self.at += 1;
        let name = args::c_str(word.strip_prefix(b"@").unwrap_or(word));
        let missing = || Error::built([b"Property is not present in document or pipeline: `", name, b"`"].concat());
        (self.find)(name).ok_or_else(missing)
    }

    fn takes(&mut self, keyword: &str) -> bool {
        let is_here = self.words.get(self.at).is_some_and(|word| args::is(word, keyword));
        self.at += usize::from(is_here);
        is_here
    }

    /// All arguments must have been read.
    fn end(&self) -> Result<(), Error> {
        let Some(word) = self.words.get(self.at) else {
            return Ok(());
        };
        let at = format!("` at position {} for ", self.at);
        Err(Error::built([b"Unknown argument `", args::c_str(word), at.as_bytes(), self.function].concat()))
    }

    fn refused(&self, what: &[u8]) -> Error {
        let reason: &[u8] = match self.at < self.words.len() {
            true => b"Could not convert argument to expected type",
            false => b"Expected an argument, but none provided",
        };
        Error::built([b"Bad arguments for ", what, b": ", reason].concat())
    }

    fn integer(&mut self, what: &[u8]) -> Result<i64, Error> {
        let number = self.words.get(self.at).and_then(|word| crate::number::parse_i64(word));
        let number = number.ok_or_else(|| self.refused(what))?;
        self.at += 1;
        match number {
            0.. => Ok(number),
            _ => Err(Error::built([b"Bad arguments for ", what, b": Value is outside acceptable bounds"].concat())),
        }
    }

    fn quantile(&mut self) -> Result<Reducer, Error> {
        let of = self.property()?;
        let part = self.words.get(self.at).and_then(|word| double::parse(word));
        let part = part.ok_or_else(|| self.refused(self.function))?;
        self.at += 1;
        if !(0.0..=1.0).contains(&part) {
            return Err(Error::new("Percentage must be between 0.0 and 1.0"));
        }
        let mut capacity = QUANTILE_CAPACITY;
        if self.at < self.words.len() {
            let resolution = self.integer(b"<resolution>")?;
            if !(1..=SAMPLE_MAX).contains(&resolution) {
                return Err(Error::new("Invalid resolution"));
            }
            capacity = resolution as usize;
        }
        self.end()?;
        Ok(Reducer::Quantile { of, part, capacity })
    }

    fn first_value(&mut self) -> Result<Reducer, Error> {
        let of = self.property()?;
        let mut by = None;
        if self.takes("BY") {
            let key = self.property()?;
            let is_descending = !self.takes("ASC") && self.takes("DESC");
            by = Some((key, !is_descending));
        }
        self.end()?;
        Ok(Reducer::First { of, by })
    }

    fn sample(&mut self) -> Result<Reducer, Error> {
        let of = self.property()?;
        match self.integer(b"<sample size>")? {
            size if size > SAMPLE_MAX => Err(Error::new("Sample size too large")),
            size => Ok(Reducer::Sample { of, size: size as usize }),
        }
    }
}

/// What a reducer knows of a group so far.
#[derive(Clone, Debug)]
pub(crate) enum State {
    Count(usize),
    Distinct(BTreeSet<u64>),
    Sum { total: f64, count: usize },
    Extreme(Option<f64>),
    Deviation { count: f64, mean: f64, spread: f64 },
    Quantiles(Quantiles),
    List { seen: BTreeSet<u64>, values: Vec<Value> },
    First { value: Option<Value>, key: Option<Value> },
    Sample { seen: usize, values: Vec<Value>, dice: Rng },
}

impl Reducer {
    /// The state for a new group.
    pub fn start(&self) -> State {
        match self {
            Reducer::Count => State::Count(0),
            Reducer::CountDistinct(_) => State::Distinct(BTreeSet::new()),
            Reducer::Sum(_) | Reducer::Average(_) => State::Sum { total: 0.0, count: 0 },
            Reducer::Least(_) | Reducer::Greatest(_) => State::Extreme(None),
            Reducer::Deviation(_) => State::Deviation { count: 0.0, mean: 0.0, spread: 0.0 },
            Reducer::Quantile { capacity, .. } => State::Quantiles(Quantiles::new(*capacity)),
            Reducer::List(_) => State::List { seen: BTreeSet::new(), values: Vec::new() },
            Reducer::First { .. } => State::First { value: None, key: None },
            Reducer::Sample { .. } => State::Sample { seen: 0, values: Vec::new(), dice: Rng::new(SAMPLE_SEED) },
        }
    }

    /// Counts a row in.
    pub fn add(&self, state: &mut State, row: &Row, scope: Scope<'_>) {
        let get = |slot: &Slot| row.get(*slot, scope.documents);
        match (self, state) {
            (Reducer::Count, State::Count(count)) => *count += 1,
            (Reducer::CountDistinct(of), State::Distinct(seen)) => {
                if let Some(value) = get(of).filter(|value| *value != Value::Null) {
                    seen.insert(value.hash(0));
                }
            }
            (Reducer::Sum(of) | Reducer::Average(of), State::Sum { total, count }) => {
                // What is no number counts for the average, too.
                let number = get(of).and_then(|value| value.number());
                *total += number.unwrap_or(0.0);
                *count += usize::from(number.is_some() || !planted!(scope.config, SearchAverageOfSome));
            }
            (Reducer::Least(of), State::Extreme(found)) => {
                if let Some(number) = get(of).and_then(|value| value.number()) {
                    *found = Some(found.map_or(number, |found| if number < found { number } else { found }));
                }
            }
            (Reducer::Greatest(of), State::Extreme(found)) => {
                if let Some(number) = get(of).and_then(|value| value.number()) {
                    *found = Some(found.map_or(number, |found| if number > found { number } else { found }));
                }
            }
            (Reducer::Deviation(of), State::Deviation { count, mean, spread }) => {
                for number in numbers(get(of)) {
                    *count += 1.0;
                    let next = *mean + (number - *mean) / *count;
                    *spread += if *count > 1.0 { (number - *mean) * (number - next) } else { 0.0 };
                    *mean = if *count > 1.0 { next } else { number };
                }
            }
            (Reducer::Quantile { of, .. }, State::Quantiles(quantiles)) => {
                numbers(get(of)).into_iter().for_each(|number| quantiles.insert(number));
            }
            (Reducer::List(of), State::List { seen, values }) => {
                let items = match get(of) {
                    Some(Value::Array(items)) => items.to_vec(),
                    other => other.into_iter().collect(),
                };
                values.extend(items.into_iter().filter(|item| seen.insert(item.hash(0))));
            }
            (Reducer::First { of, by }, State::First { value, key }) => {
                first(value, key, get(of), by.map(|(by, ascending)| (get(&by), ascending)));
            }
            (Reducer::Sample { of, size }, State::Sample { seen, values, dice }) => {
                if let Some(value) = get(of) {
                    let at = if *seen < *size { *seen } else { dice.below(*seen + 1) };
                    match values.get_mut(at) {
                        Some(place) => *place = value,
                        None if at < *size => values.push(value),
                        None => {}
                    }
                    *seen += 1;
                }
            }
            _ => {}
        }
    }

    /// The result for a group.
    pub fn finish(&self, state: State) -> Value {
        match (self, state) {
            (_, State::Count(count)) => Value::Number(count as f64),
            (_, State::Distinct(seen)) => Value::Number(seen.len() as f64),
            (Reducer::Average(_), State::Sum { total, count: count @ 1.. }) => Value::Number(total / count as f64),
            (_, State::Sum { total, .. }) => Value::Number(total),
            (_, State::Extreme(found)) => Value::Number(found.unwrap_or(0.0)),
            (_, State::Deviation { count, spread, .. }) => {
                Value::Number(if count > 1.0 { (spread / (count - 1.0)).sqrt() } else { 0.0 })
            }
            (Reducer::Quantile { part, .. }, State::Quantiles(quantiles)) => Value::Number(quantiles.query(*part)),
            (_, State::List { values, .. } | State::Sample { values, .. }) => Value::Array(values.into()),
            (_, State::First { value, .. }) => value.unwrap_or(Value::Null),
            (_, State::Quantiles(_)) => Value::Null,
        }
    }
}

/// The numbers that a value is, or has.
fn numbers(value: Option<Value>) -> Vec<f64> {
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(Value::number).collect(),
        other => other.and_then(|value| value.number()).into_iter().collect(),
    }
}

/// FIRST_VALUE. A row whose key is missing gives its value until the end, if it came first: the next key only replaces the
/// key, as in RediSearch.
fn first(value: &mut Option<Value>, key: &mut Option<Value>, of: Option<Value>, by: Option<(Option<Value>, bool)>) {
    let of = of.unwrap_or(Value::Null);
    let Some((by, ascending)) = by else {
        value.get_or_insert(of);
        return;
    };
    let by = by.unwrap_or(Value::Null);
    match key {
        None => (*value, *key) = (Some(of), Some(by)),
        Some(_) if by == Value::Null => {}
        Some(Value::Null) => *key = Some(by),
        Some(best) => {
            let order = compare_leniently(&by, best);
            if if ascending { order.is_lt() } else { order.is_gt() } {
                (*value, *key) = (Some(of), Some(by));
            }
        }
    }
}

/// Where comparing as numbers fails, values are compared as text; numbers have six decimals then.
fn compare_leniently(left: &Value, right: &Value) -> std::cmp::Ordering {
    let text = |value: &Value| match value {
        Value::Number(number) => Value::text(format!("{number:.6}").as_bytes()),
        other => other.clone(),
    };
    left.compare(right).unwrap_or_else(|_| text(left).compare(&text(right)).unwrap_or(std::cmp::Ordering::Equal))
}
