//! Places on the globe as numbers: the cells of a grid, distances, and the cells that a search has to visit.
//!
//! The formulas and the order of their operations are the server's, so that every bit of a result is.

/// The highest latitude of the grid: that of the Mercator projection.
pub(crate) const MAX_LATITUDE: f64 = 85.05112878;
pub(crate) const MAX_LONGITUDE: f64 = 180.0;
/// How often the grid of stored places is halved in either direction.
pub(crate) const FINEST: u32 = 26;

const EARTH_RADIUS: f64 = 6372797.560856;
const HALF_EQUATOR: f64 = 20037726.37;
const RADIANS: f64 = std::f64::consts::PI / 180.0;

/// A place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub longitude: f64,
    pub latitude: f64,
}

impl Point {
    pub fn is_valid(self) -> bool {
        self.longitude.abs() <= MAX_LONGITUDE && self.latitude.abs() <= MAX_LATITUDE
    }

    /// The place that a score stands for: the middle of its cell.
    pub fn from_score(score: f64) -> Point {
        let area = Cell { bits: bits_of(score), step: FINEST }.area();
        let middle = |(min, max): (f64, f64), limit: f64| ((min + max) / 2.0).min(limit).max(-limit);
        Point { longitude: middle(area.longitude, MAX_LONGITUDE), latitude: middle(area.latitude, MAX_LATITUDE) }
    }

    /// The great-circle distance in metres.
    pub fn distance(self, other: Point) -> f64 {
        let (latitude, other_latitude) = (self.latitude * RADIANS, other.latitude * RADIANS);
        let (longitude, other_longitude) = (self.longitude * RADIANS, other.longitude * RADIANS);
        let v = ((other_longitude - longitude) / 2.0).sin();
        if v == 0.0 {
            return (other_latitude - latitude).abs() * EARTH_RADIUS;
        }
        let u = ((other_latitude - latitude) / 2.0).sin();
        2.0 * EARTH_RADIUS * (u * u + latitude.cos() * other_latitude.cos() * v * v).sqrt().asin()
    }
}

/// A score as unsigned integer, as x86 converts any number.
fn bits_of(score: f64) -> u64 {
    const HALF: f64 = (1_u64 << 63) as f64;
    if score < HALF {
        return score as i64 as u64;
    }
    let rest = score - HALF;
    if rest < HALF { rest as u64 ^ 1 << 63 } else { 0 }
}

/// A cell of a grid that halves the globe `step` times in either direction. Bits of latitude and longitude alternate, that of
/// the latitude is the lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub bits: u64,
    pub step: u32,
}

const LATITUDE_BITS: u64 = 0x5555_5555_5555_5555;
const LONGITUDE_BITS: u64 = !LATITUDE_BITS;

/// The ends of a cell.
#[derive(Clone, Copy, Debug)]
struct Area {
    longitude: (f64, f64),
    latitude: (f64, f64),
}

impl Cell {
    /// The cell of a place in a grid whose latitudes end at `max_latitude`.
    pub fn of(point: Point, max_latitude: f64, step: u32) -> Cell {
        let part = |at: f64, limit: f64| (at + limit) / (limit + limit) * (1_u64 << step) as f64;
        let latitude = spread(part(point.latitude, max_latitude) as u32);
        let longitude = spread(part(point.longitude, MAX_LONGITUDE) as u32);
        Cell { bits: latitude | longitude << 1, step }
    }

    fn area(self) -> Area {
        let ends = |bits: u64, limit: f64| {
            let index = gather(bits);
            let part = |index: u32| f64::from(index) / (1_u64 << self.step) as f64;
            (-limit + part(index) * (limit + limit), -limit + part(index.wrapping_add(1)) * (limit + limit))
        };
        Area { longitude: ends(self.bits >> 1, MAX_LONGITUDE), latitude: ends(self.bits, MAX_LATITUDE) }
    }

    /// The scores of the places in the cell: from the first one up to, but without, the second one.
    pub fn scores(self) -> (f64, f64) {
        let spare = 2 * (FINEST - self.step);
        ((self.bits << spare) as f64, ((self.bits + 1) << spare) as f64)
    }

    /// The cell so many cells east and north, around the globe.
    fn neighbour(self, east: i32, north: i32) -> Cell {
        self.moved(east, LONGITUDE_BITS).moved(north, LATITUDE_BITS)
    }

    fn moved(self, by: i32, axis: u64) -> Cell {
        let unused = 64 - 2 * self.step;
        let (along, across) = (self.bits & axis, self.bits & !axis);
        // All bits of the other axis set, a carry runs through them.
        let bridge = !axis >> unused;
        let along = match by {
            0 => return self,
            1.. => along.wrapping_add(bridge + 1),
            _ => (along | bridge).wrapping_sub(bridge + 1),
        };
        Cell { bits: along & axis >> unused | across, ..self }
    }
}

/// Puts the bits of a number at the even places.
fn spread(number: u32) -> u64 {
    let mut bits = u64::from(number);
    for (shift, mask) in [
        (16, 0x0000_ffff_0000_ffff),
        (8, 0x00ff_00ff_00ff_00ff),
        (4, 0x0f0f_0f0f_0f0f_0f0f),
        (2, 0x3333_3333_3333_3333),
        (1, LATITUDE_BITS),
    ] {
        bits = (bits | bits << shift) & mask;
    }
    bits
}

/// The number whose bits are at the even places.
fn gather(bits: u64) -> u32 {
    let mut bits = bits & LATITUDE_BITS;
    for (shift, mask) in [
        (1, 0x3333_3333_3333_3333),
        (2, 0x0f0f_0f0f_0f0f_0f0f),
        (4, 0x00ff_00ff_00ff_00ff),
        (8, 0x0000_ffff_0000_ffff),
        (16, 0x0000_0000_ffff_ffff),
    ] {
        bits = (bits | bits >> shift) & mask;
    }
    bits as u32
}

/// What is searched around a place, in units of the search.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    Circle { radius: f64 },
    Box { width: f64, height: f64 },
}

/// A region to search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Region {
    pub centre: Point,
    pub shape: Shape,
    /// How many metres the unit has.
    pub unit: f64,
}

impl Region {
    /// The distance of a place from the centre in metres, if the place is within the region.
    pub fn distance(&self, point: Point) -> Option<f64> {
        let distance = || self.centre.distance(point);
        match self.shape {
            Shape::Circle { radius } => {
                let distance = distance();
                // What is no number isn't outside.
                let outside = distance > radius * self.unit;
                (!outside).then_some(distance)
            }
            Shape::Box { width, height } => {
                let across = point.distance(Point { longitude: self.centre.longitude, ..point });
                let along = point.distance(Point { latitude: self.centre.latitude, ..point });
                let outside = across > width * self.unit / 2.0 || along > height * self.unit / 2.0;
                (!outside).then(distance)
            }
        }
    }

    /// The box around the region.
    fn bounds(&self) -> Area {
        let (width, height) = match self.shape {
            Shape::Circle { radius } => (radius, radius),
            Shape::Box { width, height } => (width / 2.0, height / 2.0),
        };
        let (width, height) = (self.unit * width, self.unit * height);
        let Point { longitude, latitude } = self.centre;
        let north = height / EARTH_RADIUS / RADIANS;
        // Meridians are closest at the end that is farther from the equator.
        let farther = if latitude < 0.0 { latitude - north } else { latitude + north };
        let east = width / EARTH_RADIUS / (farther * RADIANS).cos() / RADIANS;
        Area { longitude: (longitude - east, longitude + east), latitude: (latitude - north, latitude + north) }
    }

    /// How fine a grid may be so that the cell of the centre and its neighbours cover the region, at a guess.
    fn step(&self) -> u32 {
        let radius = match self.shape {
            Shape::Circle { radius } => radius,
            Shape::Box { width, height } => (width / 2.0 * (width / 2.0) + height / 2.0 * (height / 2.0)).sqrt(),
        };
        let mut metres = radius * self.unit;
        if metres == 0.0 {
            return FINEST;
        }
        let mut step: i32 = -1;
        while metres < HALF_EQUATOR {
            metres *= 2.0;
            step += 1;
        }
        let latitude = self.centre.latitude.abs();
        step -= i32::from(latitude > 66.0) + i32::from(latitude > 80.0);
        step.clamp(1, FINEST as i32) as u32
    }

    /// The cells to search in the order of the server: the centre's own, then its neighbours, less those that the
    /// region doesn't reach. One may come twice in a row where the grid is coarse.
    pub fn cells(&self) -> Vec<Cell> {
        let bounds = self.bounds();
        let mut step = self.step();
        let mut cell = Cell::of(self.centre, MAX_LATITUDE, step);
        if step > 1 && !neighbours_cover(cell, &bounds) {
            step -= 1;
            cell = Cell::of(self.centre, MAX_LATITUDE, step);
        }
        let area = cell.area();
        let reaches = |east: i32, north: i32| {
            step < 2
                || !((north < 0 && area.latitude.0 < bounds.latitude.0)
                    || (north > 0 && area.latitude.1 > bounds.latitude.1)
                    || (east < 0 && area.longitude.0 < bounds.longitude.0)
                    || (east > 0 && area.longitude.1 > bounds.longitude.1))
        };
        const WAYS: [(i32, i32); 9] = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)];
        let reached = WAYS.into_iter().filter(|&(east, north)| reaches(east, north));
        reached.map(|(east, north)| cell.neighbour(east, north)).collect()
    }
}

/// Whether the neighbours of a cell reach to the bounds.
fn neighbours_cover(cell: Cell, bounds: &Area) -> bool {
    let at = |east, north| cell.neighbour(east, north).area();
    let short = at(0, 1).latitude.1 < bounds.latitude.1
        || at(0, -1).latitude.0 > bounds.latitude.0
        || at(1, 0).longitude.1 < bounds.longitude.1
        || at(-1, 0).longitude.0 > bounds.longitude.0;
    !short
}

#[cfg(test)]
mod tests {
    use super::*;

    const PALERMO: Point = Point { longitude: 13.361389, latitude: 38.115556 };

    #[test]
    fn a_place_is_the_middle_of_its_cell() {
        let cell = Cell::of(PALERMO, MAX_LATITUDE, FINEST);
        assert_eq!(cell.bits, 3479099956230698);
        assert_eq!(
            Point::from_score(cell.bits as f64),
            Point { longitude: 13.361389338970184, latitude: 38.1155563954963 }
        );
    }

    #[test]
    fn distances_along_a_meridian_need_no_sine() {
        let (equator, north) =
            (Point { longitude: 180.0, latitude: 0.0 }, Point { longitude: 180.0, latitude: 85.05112751263943 });
        assert_eq!(equator.distance(north), 9_459_922.224_059_163);
    }

    #[test]
    fn bits_alternate_and_come_back() {
        for number in [0, 1, 0x8000_0001, 0x1234_5678, u32::MAX] {
            assert_eq!(gather(spread(number)), number);
            assert_eq!(gather(spread(number) << 1), 0);
        }
    }

    #[test]
    fn neighbours_go_around_the_globe() {
        let cell = Cell { bits: 0, step: 2 };
        assert_eq!(cell.neighbour(-1, -1).bits, 0b1111);
        assert_eq!(cell.neighbour(-1, -1).neighbour(1, 1), cell);
        assert_eq!(cell.neighbour(1, 0).bits, 0b10);
    }

    #[test]
    fn any_score_is_some_place() {
        for score in [f64::NEG_INFINITY, -1.5, 0.0, 1e18, 1e19, 1e20, f64::INFINITY] {
            assert!(Point::from_score(score).is_valid(), "{score}");
        }
    }
}
