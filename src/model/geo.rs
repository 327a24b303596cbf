//! Places in sorted sets: member by member. Searches are in `geo_search`.

use super::geohash::{Place, distance_m, is_on_map, place_of, score_of, standard_geohash};
use super::number::trim_fraction;
use super::zset::ZSet;
use super::{Call, Error, Expect, Handler, Model, Profile, Reply, zsets};
use crate::resp::{Bytes, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "GEOADD" => geoadd,
        "GEODIST" => geodist,
        "GEOHASH" => geohash,
        "GEOPOS" => geopos,
        _ => return None,
    })
}

/// A longitude and a latitude that are on the map.
pub(super) fn parse_place(profile: Profile, longitude: &[u8], latitude: &[u8]) -> Result<Place, Error> {
    let degrees = |text| profile.parse_double(text).ok_or(Error::NotFloat);
    let place = Place { longitude: degrees(longitude)?, latitude: degrees(latitude)? };
    if is_on_map(place) {
        return Ok(place);
    }
    Err(Error::InvalidPlace(format!("{:.6},{:.6}", place.longitude, place.latitude)))
}

/// How many meters a unit has.
pub(super) fn parse_unit(word: &[u8]) -> Result<f64, Error> {
    match word.split(|&b| b == 0).next().unwrap_or_default().to_ascii_lowercase().as_slice() {
        b"m" => Ok(1.0),
        b"km" => Ok(1000.0),
        b"ft" => Ok(0.3048),
        b"mi" => Ok(1609.34),
        _ => Err(Error::Unit),
    }
}

/// A distance has four digits after the point.
pub(super) fn shown_distance(profile: Profile, distance: f64) -> Value {
    Value::bulk(match profile {
        // At opposite ends of the world, the haversine's argument may be rounded past one.
        Profile::Redis70 if distance.is_nan() => if distance.is_sign_negative() { "-nan" } else { "nan" }.to_owned(),
        Profile::Redis70 => format!("{distance:.4}"),
        // Newer servers round to a whole number of ten-thousandths, of which not-a-number is the smallest.
        _ if distance.is_nan() => "-922337203685477.5808".to_owned(),
        _ => {
            let parts = (distance * 10_000.0).round_ties_even() as u64;
            format!("{}.{:04}", parts / 10_000, parts % 10_000)
        }
    })
}

pub(super) fn shown_place(profile: Profile, place: Place) -> Value {
    let shown = |degrees: f64| match profile {
        Profile::Redis8 => Value::Double(profile.score_text(degrees)),
        _ => Value::Double(trim_fraction(&format!("{degrees:.17}")).into()),
    };
    Value::Array(vec![shown(place.longitude), shown(place.latitude)])
}

/// GEOADD is ZADD with scores made of places.
fn geoadd(model: &mut Model, call: &Call) -> Reply {
    let (head, rest) = call.argv.split_at(2);
    let is_option = |word: &Bytes, names: &[&[u8]]| names.iter().any(|name| word.eq_ignore_ascii_case(name));
    let known: &[&[u8]] = &[b"NX", b"XX", b"CH"];
    let (options, places) = rest.split_at(rest.iter().take_while(|word| is_option(word, known)).count());
    let has = |name: &[u8]| options.iter().any(|word| is_option(word, &[name]));
    if places.len() % 3 != 0 || (has(b"NX") && has(b"XX")) {
        return Err(Error::Syntax);
    }
    let mut argv = [head, options].concat();
    for place in places.chunks_exact(3) {
        let score = score_of(parse_place(call.profile, &place[0], &place[1])?);
        argv.extend([score.to_string().into_bytes(), place[2].clone()]);
    }
    zsets::zadd(model, &Call { argv: &argv, ..*call }, false)
}

/// The score of each of these members.
fn scores(model: &mut Model, call: &Call, members: &[Bytes]) -> Result<Vec<Option<f64>>, Error> {
    let zset = model.get::<ZSet>(call, &call.argv[1])?;
    Ok(members.iter().map(|member| zset.as_ref()?.score(member)).collect())
}

fn geodist(model: &mut Model, call: &Call) -> Reply {
    let unit_m = match &call.argv[4..] {
        [] => 1.0,
        [unit] => parse_unit(unit)?,
        _ => return Err(Error::Syntax),
    };
    match scores(model, call, &call.argv[2..4])?.as_slice() {
        [Some(a), Some(b)] => {
            Ok(Expect::Exact(shown_distance(call.profile, distance_m(place_of(*a), place_of(*b)) / unit_m)))
        }
        _ => Expect::nil(),
    }
}

fn geopos(model: &mut Model, call: &Call) -> Reply {
    let scores = scores(model, call, &call.argv[2..])?;
    let shown = |score: Option<f64>| score.map_or(Value::NullArray, |score| shown_place(call.profile, place_of(score)));
    Ok(Expect::Exact(Value::Array(scores.into_iter().map(shown).collect())))
}

fn geohash(model: &mut Model, call: &Call) -> Reply {
    let scores = scores(model, call, &call.argv[2..])?;
    let shown =
        |score: Option<f64>| score.map_or(Value::NullBulk, |score| Value::Bulk(standard_geohash(place_of(score))));
    Ok(Expect::Exact(Value::Array(scores.into_iter().map(shown).collect())))
}

#[cfg(test)]
mod tests {
    use super::super::testing::last;

    const SICILY: &str = "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania";

    #[test]
    fn the_examples_of_the_documentation() {
        assert_eq!(last(&[SICILY]), "(integer) 2");
        assert_eq!(last(&[SICILY, "GEODIST g Palermo Catania"]), "\"166274.1516\"");
        assert_eq!(last(&[SICILY, "GEODIST g Palermo Catania mi"]), "\"103.3182\"");
        assert_eq!(last(&[SICILY, "GEOHASH g Palermo x Catania"]), "1) \"sqc8b49rny0\" 2) (nil) 3) \"sqdtr74hyu0\"");
        assert_eq!(
            last(&[SICILY, "GEOPOS g Palermo x"]),
            "1) 1) \"13.36138933897018433\"    2) \"38.11555639549629859\" 2) (nil array)"
        );
    }

    #[test]
    fn places_must_be_on_the_map() {
        assert!(last(&["GEOADD g 181 1e2 a"]).contains("invalid longitude,latitude pair 181.000000,100.000000"));
        assert!(last(&["GEOADD g nan 0 a"]).contains("not a valid float"));
        assert!(last(&["GEOADD g NX CH XX 0 0 a"]).contains("syntax error"));
        assert!(last(&["GEOADD g NX NX CH"]).contains("syntax error"));
    }
}
