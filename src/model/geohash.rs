//! Places as numbers: longitude and latitude, cut into so many bits each, which take turns.
//!
//! Every formula is the server's to the last operation: where doubles round shows in replies.

/// Degrees east and north.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) longitude: f64,
    pub(crate) latitude: f64,
}

/// As far east and west as there is.
pub(crate) const LONGITUDE_MAX: f64 = 180.0;
/// As far north and south as the projection goes (EPSG:3857).
pub(crate) const LATITUDE_MAX: f64 = 85.051_128_78;
/// As far as a standard geohash goes.
const LATITUDE_MAX_STANDARD: f64 = 90.0;

/// Bits of each coordinate in a score.
pub(crate) const STEPS_MAX: u32 = 26;

const EARTH_RADIUS_M: f64 = 6_372_797.560_856;

/// A cell of the grid that has `steps` bits for each coordinate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cell {
    pub(crate) bits: u64,
    pub(crate) steps: u32,
}

/// What lies between two meridians and two parallels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Area {
    pub(crate) west: f64,
    pub(crate) east: f64,
    pub(crate) south: f64,
    pub(crate) north: f64,
}

/// The bits of `even` and `odd` in turn; `even` has the lowest one.
fn interleave(even: u32, odd: u32) -> u64 {
    let spread = |n: u32| (0..32).fold(0, |bits, i| bits | u64::from(n >> i & 1) << (2 * i));
    spread(even) | spread(odd) << 1
}

/// Every second bit, beginning with the lowest.
fn every_second(bits: u64) -> u32 {
    (0..32).fold(0, |n, i| n | ((bits >> (2 * i) & 1) as u32) << i)
}

impl Cell {
    /// The cell of a place on the map, which must reach as far.
    pub(crate) fn of(place: Place, steps: u32) -> Cell {
        Cell::on_map(place, LATITUDE_MAX, steps)
    }

    fn on_map(place: Place, latitude_max: f64, steps: u32) -> Cell {
        let scale = (1u64 << steps) as f64;
        let share = |at: f64, max: f64| ((at + max) / (max + max) * scale) as u32;
        Cell { bits: interleave(share(place.latitude, latitude_max), share(place.longitude, LONGITUDE_MAX)), steps }
    }

    pub(crate) fn area(self) -> Area {
        let (row, column) = (every_second(self.bits), every_second(self.bits >> 1));
        let scale = (1u64 << self.steps) as f64;
        let degrees = |n: u32, max: f64| -max + f64::from(n) / scale * (max + max);
        Area {
            west: degrees(column, LONGITUDE_MAX),
            east: degrees(column.wrapping_add(1), LONGITUDE_MAX),
            south: degrees(row, LATITUDE_MAX),
            north: degrees(row.wrapping_add(1), LATITUDE_MAX),
        }
    }

    /// The cell so many columns to the east and rows to the north; the map's edges meet. Places on the very edge are in
    /// a row or column of their own beyond the last, which a move along it keeps.
    pub(crate) fn moved(self, east: i32, north: i32) -> Cell {
        let mask = u32::MAX >> (32 - self.steps);
        let shift = |n: u32, by: i32| if by == 0 { n } else { n.wrapping_add_signed(by) & mask };
        let (row, column) = (every_second(self.bits), every_second(self.bits >> 1));
        Cell { bits: interleave(shift(row, north), shift(column, east)), steps: self.steps }
    }

    /// The scores of the places in this cell: from the first up to but without the second.
    pub(crate) fn scores(self) -> (f64, f64) {
        let align = |bits: u64| (bits << (2 * (STEPS_MAX - self.steps))) as f64;
        (align(self.bits), align(self.bits + 1))
    }
}

/// A place's score in a sorted set.
pub(crate) fn score_of(place: Place) -> u64 {
    Cell::of(place, STEPS_MAX).bits
}

/// The middle of the cell that a score stands for, or the nearest place on the map.
pub(crate) fn place_of(score: f64) -> Place {
    let area = Cell { bits: score_bits(score), steps: STEPS_MAX }.area();
    Place {
        longitude: ((area.west + area.east) / 2.0).clamp(-LONGITUDE_MAX, LONGITUDE_MAX),
        latitude: ((area.south + area.north) / 2.0).clamp(-LATITUDE_MAX, LATITUDE_MAX),
    }
}

/// Any sorted set can be read as places, whatever its scores: this is how x86-64 converts a double to 64 bits.
fn score_bits(score: f64) -> u64 {
    const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
    if score >= TWO_TO_63 { to_integer(score - TWO_TO_63) as u64 ^ 1 << 63 } else { to_integer(score) as u64 }
}

/// A double as a signed integer; what doesn't fit is the smallest one.
pub(crate) fn to_integer(x: f64) -> i64 {
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&x) { x as i64 } else { i64::MIN }
}

/// The standard geohash in eleven letters, of which the last has no bits left.
pub(crate) fn standard_geohash(place: Place) -> Vec<u8> {
    const LETTERS: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
    let bits = Cell::on_map(place, LATITUDE_MAX_STANDARD, STEPS_MAX).bits;
    let mut text: Vec<u8> = (1..=10).map(|i| LETTERS[(bits >> (2 * STEPS_MAX - 5 * i)) as usize & 31]).collect();
    text.push(LETTERS[0]);
    text
}

/// Whether a place can be added.
pub(crate) fn is_on_map(place: Place) -> bool {
    (-LONGITUDE_MAX..=LONGITUDE_MAX).contains(&place.longitude)
        && (-LATITUDE_MAX..=LATITUDE_MAX).contains(&place.latitude)
}

const RADIANS_IN_DEGREE: f64 = std::f64::consts::PI / 180.0;

fn radians(degrees: f64) -> f64 {
    degrees * RADIANS_IN_DEGREE
}

fn degrees(radians: f64) -> f64 {
    radians / RADIANS_IN_DEGREE
}

/// Along the great circle (haversine), in meters.
pub(crate) fn distance_m(a: Place, b: Place) -> f64 {
    let (a_lat, b_lat) = (radians(a.latitude), radians(b.latitude));
    let v = ((radians(b.longitude) - radians(a.longitude)) / 2.0).sin();
    if v == 0.0 {
        return EARTH_RADIUS_M * (b_lat - a_lat).abs(); // On one meridian.
    }
    let u = ((b_lat - a_lat) / 2.0).sin();
    2.0 * EARTH_RADIUS_M * (u * u + a_lat.cos() * b_lat.cos() * v * v).sqrt().asin()
}

/// The area that reaches so far from a place, wider on the side of the nearer pole.
pub(crate) fn bounds(center: Place, width_m: f64, height_m: f64) -> Area {
    let north = degrees(height_m / EARTH_RADIUS_M);
    let towards = |latitude: f64| degrees(width_m / EARTH_RADIUS_M / radians(latitude).cos());
    let east = towards(if center.latitude < 0.0 { center.latitude - north } else { center.latitude + north });
    Area {
        west: center.longitude - east,
        east: center.longitude + east,
        south: center.latitude - north,
        north: center.latitude + north,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_goes_to_its_score_and_back() {
        let palermo = Place { longitude: 13.361389, latitude: 38.115556 };
        let corner = Place { longitude: LONGITUDE_MAX, latitude: LATITUDE_MAX };
        assert_eq!(place_of(score_of(corner) as f64), corner);
        assert_eq!(score_of(palermo), 3_479_099_956_230_698);
        let back = place_of(3_479_099_956_230_698.0);
        assert_eq!(back, Place { longitude: 13.361389338970184, latitude: 38.1155563954963 });
        assert_eq!(standard_geohash(back), b"sqc8b49rny0");
        let catania = place_of(score_of(Place { longitude: 15.087269, latitude: 37.502669 }) as f64);
        assert_eq!(format!("{:.4}", distance_m(back, catania)), "166274.1516");
    }

    #[test]
    fn the_edges_of_the_map_meet() {
        let corner = Cell { bits: 0, steps: 2 };
        assert_eq!(corner.moved(-1, -1).bits, 0b1111);
        assert_eq!(corner.moved(-1, 1).moved(1, -1), corner);
    }
}
