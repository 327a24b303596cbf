//! Searches around a place: GEOSEARCH, GEOSEARCHSTORE and the older GEORADIUS family.
//!
//! Without ASC or DESC the server answers in the order in which it meets the members: cell by cell of a grid around the
//! center, in each by score. The model takes the same way, or COUNT ANY could not be predicted.

use std::cmp::Ordering;

use super::geo::{parse_place, parse_unit, shown_distance, shown_place};
use super::geohash::{Area, Cell, Place, STEPS_MAX, bounds, distance_m, place_of, to_integer};
use super::number::int;
use super::partial_sort::sort_first;
use super::zset::{Scored, ZSet};
use super::{Call, Error, Expect, Handler, Model, Profile, Reply};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "GEOSEARCH" => |model, call| search(model, call, Form::Search),
        "GEOSEARCHSTORE" => |model, call| search(model, call, Form::SearchStore),
        "GEORADIUS" => |model, call| search(model, call, Form::Radius { read_only: false }),
        "GEORADIUS_RO" => |model, call| search(model, call, Form::Radius { read_only: true }),
        "GEORADIUSBYMEMBER" => |model, call| search(model, call, Form::ByMember { read_only: false }),
        "GEORADIUSBYMEMBER_RO" => |model, call| search(model, call, Form::ByMember { read_only: true }),
        _ => return None,
    })
}

/// Which of the commands this is.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Search,
    SearchStore,
    Radius { read_only: bool },
    ByMember { read_only: bool },
}

impl Form {
    fn is_search(self) -> bool {
        matches!(self, Form::Search | Form::SearchStore)
    }

    fn can_store(self) -> bool {
        matches!(self, Form::Radius { read_only: false } | Form::ByMember { read_only: false })
    }
}

/// What is searched, in the unit that was named.
#[derive(Clone, Copy)]
enum Shape {
    Circle { radius: f64 },
    Box { width: f64, height: f64 },
}

#[derive(Default)]
struct Query {
    profile: Profile,
    center: Option<Place>,
    /// FROMMEMBER was said, though the key may not be there.
    from_member: bool,
    shape: Option<Shape>,
    /// Meters in the shape's unit.
    unit_m: f64,
    with_distance: bool,
    with_hash: bool,
    with_place: bool,
    any: bool,
    /// 0: all.
    count: i64,
    order: Option<Order>,
    store: Option<Bytes>,
    store_distances: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Order {
    Ascending,
    Descending,
}

/// A member that was found.
#[derive(Clone, Copy)]
struct Found<'a> {
    member: &'a Bytes,
    score: f64,
    place: Place,
    distance_m: f64,
}

impl Query {
    fn set_circle(&mut self, radius: &[u8], unit: &[u8]) -> Result<(), Error> {
        let radius = self.profile.parse_double(radius).ok_or(Error::RadiusNotFloat)?;
        if radius < 0.0 {
            return Err(Error::RadiusNegative);
        }
        self.unit_m = parse_unit(unit)?;
        self.shape = Some(Shape::Circle { radius });
        Ok(())
    }

    fn set_box(&mut self, width: &[u8], height: &[u8], unit: &[u8]) -> Result<(), Error> {
        let width = self.profile.parse_double(width).ok_or(Error::WidthNotFloat)?;
        let height = self.profile.parse_double(height).ok_or(Error::HeightNotFloat)?;
        if width < 0.0 || height < 0.0 {
            return Err(Error::BoxNegative);
        }
        self.unit_m = parse_unit(unit)?;
        self.shape = Some(Shape::Box { width, height });
        Ok(())
    }

    /// What stands before the options; answers the options.
    fn set_positional<'a>(&mut self, form: Form, argv: &'a [Bytes], zset: Option<&ZSet>) -> Result<&'a [Bytes], Error> {
        match (form, argv) {
            (Form::Search, [_, _, rest @ ..]) => Ok(rest),
            (Form::SearchStore, [_, to, _, rest @ ..]) => {
                self.store = Some(to.clone());
                Ok(rest)
            }
            (Form::Radius { .. }, [_, _, longitude, latitude, radius, unit, rest @ ..]) => {
                self.center = Some(parse_place(self.profile, longitude, latitude)?);
                self.set_circle(radius, unit)?;
                Ok(rest)
            }
            (Form::ByMember { .. }, [_, _, member, radius, unit, rest @ ..]) => {
                // Without a key nothing of this is looked at.
                if let Some(zset) = zset {
                    self.center = Some(place_of_member(zset, member)?);
                    self.set_circle(radius, unit)?;
                }
                Ok(rest)
            }
            _ => Err(Error::Syntax),
        }
    }

    fn set_options(&mut self, form: Form, mut args: &[Bytes], zset: Option<&ZSet>) -> Result<(), Error> {
        while let [word, rest @ ..] = args {
            args = match (word.to_ascii_uppercase().as_slice(), rest) {
                (b"WITHDIST", _) => (self.with_distance = true, rest).1,
                (b"WITHHASH", _) => (self.with_hash = true, rest).1,
                (b"WITHCOORD", _) => (self.with_place = true, rest).1,
                (b"ANY", _) => (self.any = true, rest).1,
                (b"ASC", _) => (self.order = Some(Order::Ascending), rest).1,
                (b"DESC", _) => (self.order = Some(Order::Descending), rest).1,
                (b"COUNT", [count, rest @ ..]) => {
                    self.count = int(count)?;
                    if self.count <= 0 {
                        return Err(Error::CountAboveZero);
                    }
                    rest
                }
                (name @ (b"STORE" | b"STOREDIST"), [to, rest @ ..]) if form.can_store() => {
                    self.store = Some(to.clone());
                    self.store_distances = name == b"STOREDIST";
                    rest
                }
                (b"STOREDIST", _) if form == Form::SearchStore => (self.store_distances = true, rest).1,
                _ if form.is_search() => self.set_search_option(word, rest, zset)?,
                _ => return Err(Error::Syntax),
            }
        }
        Ok(())
    }

    /// GEOSEARCH's center and shape: one of each kind, which may come again and then counts.
    fn set_search_option<'a>(
        &mut self,
        word: &[u8],
        rest: &'a [Bytes],
        zset: Option<&ZSet>,
    ) -> Result<&'a [Bytes], Error> {
        let from_place = self.center.is_some() && !self.from_member;
        let is_circle = matches!(self.shape, Some(Shape::Circle { .. }));
        let is_box = matches!(self.shape, Some(Shape::Box { .. }));
        match (word.to_ascii_uppercase().as_slice(), rest) {
            (b"FROMMEMBER", [member, rest @ ..]) if !from_place => {
                self.from_member = true;
                if let Some(zset) = zset {
                    self.center = Some(place_of_member(zset, member)?);
                }
                Ok(rest)
            }
            (b"FROMLONLAT", [longitude, latitude, rest @ ..]) if !self.from_member => {
                self.center = Some(parse_place(self.profile, longitude, latitude)?);
                Ok(rest)
            }
            (b"BYRADIUS", [radius, unit, rest @ ..]) if !is_box => {
                self.set_circle(radius, unit)?;
                Ok(rest)
            }
            (b"BYBOX", [width, height, unit, rest @ ..]) if !is_circle => {
                self.set_box(width, height, unit)?;
                Ok(rest)
            }
            _ => Err(Error::Syntax),
        }
    }

    fn check(&mut self, form: Form, name: &Bytes) -> Result<(), Error> {
        if self.store.is_some() && (self.with_distance || self.with_hash || self.with_place) {
            return Err(if form == Form::SearchStore { Error::GeosearchstoreWith } else { Error::GeoradiusStoreWith });
        }
        if form.is_search() && self.center.is_none() && !self.from_member {
            return Err(Error::GeoCenter(name.clone()));
        }
        if form.is_search() && self.shape.is_none() {
            return Err(Error::GeoShape(name.clone()));
        }
        if self.any && self.count == 0 {
            return Err(Error::GeoAny);
        }
        // The closest ones are wanted, unless any will do.
        if self.count != 0 && self.order.is_none() && !self.any {
            self.order = Some(Order::Ascending);
        }
        Ok(())
    }
}

fn place_of_member(zset: &ZSet, member: &[u8]) -> Result<Place, Error> {
    zset.score(member).map(place_of).ok_or(Error::NoSuchPlace)
}

fn search(model: &mut Model, call: &Call, form: Form) -> Reply {
    let source = &call.argv[if form == Form::SearchStore { 2 } else { 1 }];
    let zset = model.get::<ZSet>(call, source)?.cloned();
    let mut query = Query { profile: call.profile, ..Query::default() };
    let options = query.set_positional(form, call.argv, zset.as_ref())?;
    query.set_options(form, options, zset.as_ref())?;
    query.check(form, &call.argv[0])?;

    let members = zset.map(|zset| zset.ranked()).unwrap_or_default();
    let found = match (query.center, query.shape) {
        (Some(center), Some(shape)) => find(&query, center, shape, &members),
        _ => Vec::new(),
    };
    match &query.store {
        Some(to) => store(model, call, to, &query, &found),
        None => Ok(Expect::Exact(Value::Array(found.iter().map(|found| shown(&query, found)).collect()))),
    }
}

/// The members inside the shape, ordered and counted.
fn find<'a>(query: &Query, center: Place, shape: Shape, members: &'a [Scored]) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    for cell in cells_around(query, center, shape) {
        let (from, to) = cell.scores();
        for (member, score) in members.iter().filter(|(_, score)| from <= *score && *score < to) {
            let place = place_of(*score);
            if let Some(distance_m) = distance_inside(query, center, shape, place) {
                found.push(Found { member, score: *score, place, distance_m });
            }
        }
    }
    let count = if query.count == 0 { found.len() } else { found.len().min(query.count as usize) };
    if query.any {
        found.truncate(count);
    }
    if let Some(order) = query.order {
        sort(&mut found, count, order);
    }
    found.truncate(count);
    found
}

fn sort(found: &mut [Found], count: usize, order: Order) {
    // Not a total order where a distance is not a number: exactly as the server compares.
    let ascending = |a: &Found, b: &Found| match (a.distance_m > b.distance_m, a.distance_m == b.distance_m) {
        (true, _) => Ordering::Greater,
        (_, true) => Ordering::Equal,
        _ => Ordering::Less,
    };
    let compare = |a: &Found, b: &Found| match order {
        Order::Ascending => ascending(a, b),
        Order::Descending => ascending(a, b).reverse(),
    };
    if count == found.len() {
        merge_sort(found, &compare);
    } else {
        sort_first(found, count, &compare);
    }
}

/// The C library's stable sort: unlike Rust's own it takes an inconsistent order, too.
fn merge_sort<T: Copy>(items: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) {
    if items.len() < 2 {
        return;
    }
    let (left, right) = items.split_at_mut(items.len() / 2);
    merge_sort(left, compare);
    merge_sort(right, compare);
    let (mut a, mut b, mut merged) = (&left[..], &right[..], Vec::new());
    while let ([first, rest_a @ ..], [second, rest_b @ ..]) = (a, b) {
        if compare(first, second).is_le() {
            merged.push(*first);
            a = rest_a;
        } else {
            merged.push(*second);
            b = rest_b;
        }
    }
    merged.extend(a.iter().chain(b).copied());
    items.copy_from_slice(&merged);
}

/// How far a place is from the center, if it is inside the shape.
fn distance_inside(query: &Query, center: Place, shape: Shape, place: Place) -> Option<f64> {
    let distance = distance_m(center, place);
    let outside = match shape {
        Shape::Circle { radius } => distance > radius * query.unit_m,
        Shape::Box { width, height } => {
            let across = distance_m(place, Place { latitude: place.latitude, ..center });
            let along = distance_m(place, Place { longitude: place.longitude, ..center });
            across > width * query.unit_m / 2.0 || along > height * query.unit_m / 2.0
        }
    };
    (!outside).then_some(distance)
}

/// The cells in which the server looks, in its order: the center's own and its neighbours, as far as they are needed.
fn cells_around(query: &Query, center: Place, shape: Shape) -> Vec<Cell> {
    let (half_width, half_height, reach) = match shape {
        Shape::Circle { radius } => (radius, radius, radius),
        Shape::Box { width, height } => {
            let (x, y) = (width / 2.0, height / 2.0);
            (x, y, (x * x + y * y).sqrt())
        }
    };
    let reach_m = reach * query.unit_m;
    let wanted = bounds(center, query.unit_m * half_width, query.unit_m * half_height);
    let mut steps = estimate_steps(reach_m, center.latitude);
    if steps > 1 && !neighbours_cover(Cell::of(center, steps), &wanted) {
        steps -= 1;
    }
    let own = Cell::of(center, steps);
    let area = own.area();
    let needed = |east: i32, north: i32| {
        steps < 2
            || !((north < 0 && area.south < wanted.south)
                || (north > 0 && area.north > wanted.north)
                || (east < 0 && area.west < wanted.west)
                || (east > 0 && area.east > wanted.east))
    };
    const ORDER: [(i32, i32); 9] = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)];
    let mut cells: Vec<Cell> =
        ORDER.iter().filter(|(x, y)| needed(*x, *y)).map(|(east, north)| own.moved(*east, *north)).collect();
    // On a coarse grid the way around is short, and neighbours are the same.
    cells.dedup();
    cells
}

/// Bits of each coordinate so that a cell and its neighbours mostly cover the circle.
fn estimate_steps(mut reach_m: f64, latitude: f64) -> u32 {
    const MERCATOR_MAX: f64 = 20_037_726.37;
    if reach_m == 0.0 {
        return STEPS_MAX;
    }
    let mut steps = -1;
    while reach_m < MERCATOR_MAX {
        reach_m *= 2.0;
        steps += 1;
    }
    // Degrees are narrower towards the poles.
    let latitude = latitude.abs();
    steps -= i32::from(latitude > 66.0) + i32::from(latitude > 80.0);
    steps.clamp(1, STEPS_MAX as i32) as u32
}

/// Whether the neighbours reach as far as the search.
fn neighbours_cover(own: Cell, wanted: &Area) -> bool {
    let area = |east, north| own.moved(east, north).area();
    !(area(0, 1).north < wanted.north
        || area(0, -1).south > wanted.south
        || area(1, 0).east < wanted.east
        || area(-1, 0).west > wanted.west)
}

fn shown(query: &Query, found: &Found) -> Value {
    let mut items = vec![Value::bulk(found.member.clone())];
    if query.with_distance {
        items.push(shown_distance(query.profile, found.distance_m / query.unit_m));
    }
    if query.with_hash {
        items.push(Value::Int(to_integer(found.score)));
    }
    if query.with_place {
        items.push(shown_place(query.profile, found.place));
    }
    if items.len() == 1 { items.remove(0) } else { Value::Array(items) }
}

/// Stores places or distances; nothing found deletes.
fn store(model: &mut Model, call: &Call, to: &Bytes, query: &Query, found: &[Found]) -> Reply {
    let scored = |found: &Found| {
        let score = if query.store_distances { found.distance_m / query.unit_m } else { found.score };
        (found.member.clone(), score)
    };
    let result = ZSet::from_result(found.iter().map(scored).collect(), model.encodings.zset);
    model.store(call, to, result);
    Expect::int(found.len())
}

#[cfg(test)]
mod tests {
    use super::super::testing::last;

    const SICILY: &str = "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania";

    #[test]
    fn the_examples_of_the_documentation() {
        assert_eq!(last(&[SICILY, "GEORADIUS g 15 37 200 km ASC"]), "1) \"Catania\" 2) \"Palermo\"");
        assert_eq!(last(&[SICILY, "GEORADIUS g 15 37 100 km WITHDIST"]), "1) 1) \"Catania\"    2) \"56.4413\"");
        assert_eq!(last(&[SICILY, "GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 400 km DESC COUNT 1"]), "1) \"Palermo\"");
    }

    #[test]
    fn storing_replaces_or_deletes() {
        let store = "GEOSEARCHSTORE d g FROMMEMBER Palermo BYRADIUS 1 km STOREDIST";
        assert_eq!(last(&[SICILY, store, "ZRANGE d 0 -1 WITHSCORES"]), "1) \"Palermo\" 2) \"0\"");
        assert_eq!(last(&["SET d v", "GEORADIUS nokey 0 0 1 m STORE d", "EXISTS d"]), "(integer) 0");
    }

    #[test]
    fn errors_come_in_the_order_of_the_words() {
        assert!(last(&["GeoSearch nokey ANY ANY ANY ANY ANY"]).contains("specified for GeoSearch"));
        assert!(last(&[SICILY, "GEORADIUSBYMEMBER g x foo bar"]).contains("could not decode"));
        assert_eq!(last(&["GEORADIUSBYMEMBER nokey x foo bar"]), "(empty array)");
        assert!(last(&["GEOSEARCH nokey FROMMEMBER a FROMLONLAT 0 0 BYRADIUS 1 m"]).contains("syntax error"));
    }
}
