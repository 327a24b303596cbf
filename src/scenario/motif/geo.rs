//! Places that are near each other, at any scale and anywhere: also where the map ends.

use super::stage::Stage;
use crate::command::Kind;
use crate::resp::Bytes;

/// Millionths of a degree: whole numbers, so that drawing them is exact.
type Micro = i64;

const LONGITUDE_MAX: Micro = 180_000_000;
const LATITUDE_MAX: Micro = 85_051_128;

fn text(degrees: Micro) -> Bytes {
    let sign = if degrees < 0 { "-" } else { "" };
    let size = degrees.unsigned_abs();
    format!("{sign}{}.{:06}", size / 1_000_000, size % 1_000_000).into_bytes()
}

/// A number up to this far from zero.
fn within(stage: &mut Stage, reach: Micro) -> Micro {
    let drawn = i64::from(stage.draw.next()) << 16 | i64::from(stage.draw.next());
    drawn % (2 * reach + 1) - reach
}

fn place(longitude: Micro, latitude: Micro) -> [Bytes; 2] {
    let longitude = longitude.clamp(-LONGITUDE_MAX, LONGITUDE_MAX);
    [text(longitude), text(latitude.clamp(-LATITUDE_MAX, LATITUDE_MAX))]
}

/// Many members around one center, some of them in the same place, and searches that reach about as far.
pub(super) fn cluster(stage: &mut Stage) {
    let [key, to] = stage.pin_two(Kind::Geo);
    let scale_m = stage.draw.pick(&[1, 50, 3_000, 30_000, 500_000, 5_000_000]);
    let scale: Micro = scale_m * 9; // A degree of latitude is about 111 km.
    let longitude = if stage.draw.below(4) == 0 { LONGITUDE_MAX } else { within(stage, LONGITUDE_MAX) };
    let latitude =
        if stage.draw.below(4) == 0 { within(stage, 5_000_000) + 80_000_000 } else { within(stage, LATITUDE_MAX) };

    let mut argv = vec![b"GEOADD".to_vec(), key.clone()];
    let mut last = place(longitude, latitude);
    for i in 0..stage.draw.pick(&[3, 8, 20, 60]) {
        if stage.draw.below(3) > 0 {
            last = place(longitude + within(stage, scale), latitude + within(stage, scale));
        }
        argv.extend(last.clone());
        argv.push(format!("m{i}").into_bytes());
    }
    stage.send(stage.me, argv);
    for _ in 0..1 + stage.draw.below(3) {
        let center = place(longitude + within(stage, scale), latitude + within(stage, scale));
        search(stage, &key, &to, scale_m, center);
    }
}

fn search(stage: &mut Stage, key: &Bytes, to: &Bytes, scale_m: i64, center: [Bytes; 2]) {
    let mut reach = || (scale_m * (1 + stage.draw.below(40) as i64) / 10).to_string().into_bytes();
    let (width, height) = (reach(), reach());
    let word = |word: &str| word.as_bytes().to_vec();
    let member = format!("m{}", stage.draw.below(3)).into_bytes();
    let stores = stage.draw.below(4) == 0;
    let mut argv = if stores { vec![word("GEOSEARCHSTORE"), to.clone()] } else { vec![word("GEOSEARCH")] };
    argv.push(key.clone());
    match stage.draw.below(3) {
        0 => argv.extend([word("FROMMEMBER"), member]),
        _ => argv.extend([word("FROMLONLAT")].into_iter().chain(center)),
    }
    match stage.draw.below(2) {
        0 => argv.extend([word("BYRADIUS"), width, word("m")]),
        _ => argv.extend([word("BYBOX"), width, height, word("m")]),
    }
    argv.extend(stage.draw.pick(&[None, None, Some("ASC"), Some("DESC")]).map(word));
    if stage.draw.below(2) == 0 {
        argv.extend([word("COUNT"), (1 + stage.draw.below(20)).to_string().into_bytes()]);
        argv.extend(stage.draw.pick(&[None, Some("ANY")]).map(word));
    }
    let shown = if stores { [None, Some("STOREDIST")] } else { [Some("WITHDIST"), Some("WITHCOORD")] };
    argv.extend(stage.draw.pick(&shown).map(word));
    stage.send(stage.me, argv);
}
