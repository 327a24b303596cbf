//! Places: sorted sets whose scores are cells of a grid on the globe. Searches have a file of their own.

mod search;

use super::{Command, Context, Outcome, Run, args, zset};
use crate::double;
use crate::geohash::{Cell, FINEST, MAX_LATITUDE, Point};
use crate::reply::{Error, Reply};
use crate::structure::zset::ZSet;

const ONE: (i64, i64, i64) = (1, 1, 1);
const READ: &str = "readonly";
const WRITE: &str = "write denyoom";
const MAY_STORE: &str = "write denyoom movablekeys";

pub(super) const COMMANDS: &[Command] = &[
    Command::new("geoadd", -5, WRITE, ONE, Run::Now(geoadd)),
    Command::new("geodist", -4, READ, ONE, Run::Now(geodist)),
    Command::new("geohash", -2, READ, ONE, Run::Now(geohash)),
    Command::new("geopos", -2, READ, ONE, Run::Now(geopos)),
    Command::new("geosearch", -7, READ, ONE, Run::Now(search::geosearch)),
    Command::new("geosearchstore", -8, WRITE, (1, 2, 1), Run::Now(search::geosearchstore)),
    Command::new("georadius", -6, MAY_STORE, ONE, Run::Now(search::georadius)),
    Command::new("georadius_ro", -6, READ, ONE, Run::Now(search::georadius_ro)),
    Command::new("georadiusbymember", -5, MAY_STORE, ONE, Run::Now(search::georadiusbymember)),
    Command::new("georadiusbymember_ro", -5, READ, ONE, Run::Now(search::georadiusbymember_ro)),
];

/// Reads a longitude and a latitude.
fn point(longitude: &[u8], latitude: &[u8]) -> Result<Point, Error> {
    let point = Point { longitude: double::argument(longitude)?, latitude: double::argument(latitude)? };
    let Point { longitude, latitude } = point;
    let refused = || format!("ERR invalid longitude,latitude pair {longitude:.6},{latitude:.6}");
    if point.is_valid() { Ok(point) } else { Err(Error::built(refused())) }
}

/// How many metres a unit has.
fn unit(word: &[u8]) -> Result<f64, Error> {
    match word {
        word if args::is(word, "m") => Ok(1.0),
        word if args::is(word, "km") => Ok(1000.0),
        word if args::is(word, "ft") => Ok(0.3048),
        word if args::is(word, "mi") => Ok(1609.34),
        _ => Err(Error::new("ERR unsupported unit provided. please use M, KM, FT, MI")),
    }
}

/// The place of a member.
fn place(zset: &ZSet, member: &[u8]) -> Option<Point> {
    zset.score(member).map(Point::from_score)
}

/// A distance with four digits, rounded in floating point: not as C prints it. Between antipodes it may be no number
/// (rounding leaves the domain of the arc sine), which becomes the smallest integer.
fn distance_reply(distance: f64) -> Reply {
    let scaled = (distance * 1e4).round_ties_even();
    let digits = if scaled.is_nan() { i64::MIN } else { scaled as i64 };
    let (sign, digits) = (if digits < 0 { "-" } else { "" }, digits.unsigned_abs());
    Reply::bulk(format!("{sign}{}.{:04}", digits / 10_000, digits % 10_000))
}

/// A longitude and a latitude with 17 decimals each.
fn point_reply(point: Point) -> Reply {
    let coordinate = |degrees| Reply::Decimal(double::print_decimals(degrees).into_bytes());
    Reply::Array(vec![coordinate(point.longitude), coordinate(point.latitude)])
}

/// Becomes ZADD with scores for places.
fn geoadd(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let is_option = |word: &&Vec<u8>| ["NX", "XX", "CH"].iter().any(|option| args::is(word, option));
    let options: Vec<&Vec<u8>> = argv[2..].iter().take_while(is_option).collect();
    let has = |name: &str| options.iter().any(|option| args::is(option, name));
    let (places, []) = argv[2 + options.len()..].as_chunks::<3>() else {
        return Err(Error::SYNTAX);
    };
    if has("NX") && has("XX") {
        return Err(Error::SYNTAX);
    }
    let mut zadd = [&[b"zadd".to_vec()], &argv[1..2 + options.len()]].concat();
    for [longitude, latitude, member] in places {
        let point = match point(longitude, latitude) {
            Err(error) if planted!(cx.config(), GeoaddAppliesBeforeBadPair) => {
                zset::zadd(cx, &zadd)?;
                return Err(error);
            }
            point => point?,
        };
        let cell = Cell::of(point, MAX_LATITUDE, FINEST);
        zadd.extend([cell.bits.to_string().into_bytes(), member.clone()]);
    }
    zset::zadd(cx, &zadd)
}

fn geodist(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let metres = match &argv[4..] {
        [] => 1.0,
        [word] => unit(word)?,
        _ => return Err(Error::SYNTAX),
    };
    let cuts = planted!(cx.config(), GeodistCutsDigits);
    let zset = cx.get::<ZSet>(&argv[1])?;
    let of = |member: &[u8]| zset.and_then(|zset| place(zset, member));
    let (Some(from), Some(to)) = (of(&argv[2]), of(&argv[3])) else {
        return Ok(Reply::NullBulk);
    };
    let distance = from.distance(to) / metres;
    Ok(distance_reply(if cuts { (distance * 1e4).trunc() / 1e4 } else { distance }))
}

/// The digits of public geohashes.
const DIGITS: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
/// A public geohash has eleven digits of five bits. The grid has 52 bits: the last digit is always the first one.
const DIGIT_SHIFTS: [u32; 10] = [47, 42, 37, 32, 27, 22, 17, 12, 7, 2];

/// The public geohash of a place, whose grid goes up to the poles.
fn public_hash(point: Point, max_latitude: f64) -> Vec<u8> {
    let bits = Cell::of(point, max_latitude, FINEST).bits;
    let digits = DIGIT_SHIFTS.iter().map(|shift| DIGITS[(bits >> shift & 0x1f) as usize]);
    digits.chain([DIGITS[0]]).collect()
}

fn geohash(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let max_latitude = if planted!(cx.config(), GeohashOwnLatitudes) { MAX_LATITUDE } else { 90.0 };
    let zset = cx.get::<ZSet>(&argv[1])?;
    let points = argv[2..].iter().map(|member| zset.and_then(|zset| place(zset, member)));
    let hashes = points.map(|point| Reply::bulk_or_null(point.map(|point| public_hash(point, max_latitude))));
    Ok(Reply::Array(hashes.collect()))
}

fn geopos(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let missing = if planted!(cx.config(), GeoposMissingIsNullBulk) { Reply::NullBulk } else { Reply::NullArray };
    let zset = cx.get::<ZSet>(&argv[1])?;
    let points: Vec<Option<Point>> = argv[2..].iter().map(|member| zset.and_then(|zset| place(zset, member))).collect();
    let replies = points.into_iter().map(|point| point.map_or(missing.clone(), point_reply));
    Ok(Reply::Array(replies.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rig;

    fn sicily() -> Rig {
        let mut rig = Rig::new();
        rig.run("GEOADD k 13.361389 38.115556 Palermo 15.087269 37.502669 Catania");
        rig
    }

    #[test]
    fn places_come_back_almost() {
        let mut rig = sicily();
        let palermo = Reply::bulks(["13.36138933897018433", "38.11555639549629859"]);
        assert_eq!(rig.run("GEOPOS k Palermo none"), Reply::Array(vec![palermo, Reply::NullArray]));
        let hashes = Reply::Array(vec![Reply::bulk("sqc8b49rny0"), Reply::NullBulk]);
        assert_eq!(rig.run("GEOHASH k Palermo none"), hashes);
        assert_eq!(rig.run("GEODIST k Palermo Catania"), Reply::bulk("166274.1516"));
        assert_eq!(rig.run("GEODIST k Palermo Catania mi"), Reply::bulk("103.3182"));
        assert_eq!(rig.run("GEODIST k Palermo none"), Reply::NullBulk);
    }

    #[test]
    fn distances_are_rounded_in_floating_point() {
        for (distance, text) in
            [(13025812.52815, "13025812.5282"), (0.0, "0.0000"), (0.00005, "0.0000"), (0.775, "0.7750")]
        {
            assert_eq!(distance_reply(distance), Reply::bulk(text));
        }
    }

    #[test]
    fn a_bad_pair_adds_nothing() {
        let mut rig = Rig::new();
        let refused = Error::new("ERR invalid longitude,latitude pair 181.000000,0.000000");
        assert_eq!(rig.run("GEOADD k 0 0 a 181 0 b"), refused.into());
        assert_eq!(rig.run("EXISTS k"), Reply::Int(0));
        assert_eq!(rig.run("GEOADD k CH XX NX"), Error::SYNTAX.into());
    }

    #[test]
    fn searches_find_what_is_near() {
        let mut rig = sicily();
        let nearest = rig.run("GEOSEARCH k FROMLONLAT 15 37 BYRADIUS 200 km COUNT 1 WITHDIST");
        assert_eq!(nearest, Reply::Array(vec![Reply::bulks(["Catania", "56.4413"])]));
        assert_eq!(rig.run("GEORADIUS k 15 37 200 km DESC"), Reply::bulks(["Palermo", "Catania"]));
        assert_eq!(rig.run("GEOSEARCHSTORE j k FROMMEMBER Palermo BYBOX 400 10 km STOREDIST"), Reply::Int(1));
        assert_eq!(rig.run("ZSCORE j Palermo"), Reply::bulk("0"));
    }
}
