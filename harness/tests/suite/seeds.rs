//! `corpus/command_handler`: small inputs that between them show everything, and a manifest that says which shows what.
//!
//! The corpus is the answer of a procedure: `cargo test -p respfuzz-harness --test suite -- --ignored regenerate_corpus`.
//! It goes through seeded scenarios, takes each that shows something new, and drops the records that it does not need.

use std::collections::{BTreeMap, BTreeSet};

use respfuzz::scenario::{Meaning, RECORD_BYTES, decode, encode, meaning, records, text};

use super::plants::{Reaching, plants, reaching, red};
use super::shows::{plant_name, shown, wanted};
use super::support::{command_handler, committed, repository, scenarios, tell};

const MANIFEST: &str = "corpus/command_handler.manifest";

/// Seeds of the scenarios that the corpus is chosen from.
const SEEDS: std::ops::Range<u64> = 5_000_000..5_100_000;

/// Few, so that what shows something is near the beginning.
const RECORDS: usize = 16;

/// Seeds of the scenarios that a planted bug is looked for in, if no other seed turns it red.
const SEEDS_FOR_PLANTS: std::ops::Range<u64> = 6_000_000..6_020_000;

/// As many as a driver would draw: an interaction needs room.
const RECORDS_FOR_PLANTS: usize = 50;

/// A seed as the manifest tells it: a hash of the decoded scenario, and what the seed was made for.
type Entry = (String, BTreeSet<String>);

fn manifest() -> BTreeMap<String, Entry> {
    let text = std::fs::read_to_string(repository(MANIFEST)).unwrap_or_else(|error| panic!("{MANIFEST}: {error}"));
    let entries = text.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let (head, made_for) = line.split_once(": ").unwrap_or_else(|| panic!("{MANIFEST}: {line}"));
        let (name, hash) = head.split_once(' ').unwrap_or_else(|| panic!("{MANIFEST}: {line}"));
        (name.to_owned(), (hash.to_owned(), made_for.split(", ").map(str::to_owned).collect()))
    });
    entries.collect()
}

/// What a change of the codec would change.
fn scenario_hash(data: &[u8]) -> String {
    format!("{:016x}", twox_hash::XxHash3_64::oneshot(text::print(&decode(data)).as_bytes()))
}

/// The surprises of the server, as inputs to start from: hand-written steps travel in literal records.
fn surprises() -> BTreeMap<String, Vec<u8>> {
    let seeds = scenarios().into_iter().map(|(file, source)| {
        let scenario = text::parse(&source).unwrap_or_else(|error| panic!("{file}: {error}"));
        (format!("surprise-{}", file.trim_end_matches(".scenario")), encode(&scenario))
    });
    seeds.collect()
}

#[test]
fn each_seed_still_shows_what_it_was_made_for() {
    let (manifest, corpus) = (manifest(), committed("command_handler"));
    let names: BTreeSet<_> = corpus.iter().map(|(name, _)| name).collect();
    assert_eq!(names, manifest.keys().collect(), "files and manifest");
    let (mut made_for, surprises) = (BTreeSet::new(), surprises());
    for (name, data) in &corpus {
        let (hash, claims) = &manifest[name];
        assert_eq!(*hash, scenario_hash(data), "{name} no longer decodes to the scenario that it was made of");
        match surprises.get(name) {
            Some(surprise) => assert!(surprise == data, "{name} is not what its regression says"),
            None => {
                let shown = shown(data);
                let lost: Vec<_> = claims.iter().filter(|c| !c.starts_with("plant-") && !shown.contains(*c)).collect();
                assert!(lost.is_empty(), "{name} no longer shows {lost:?}");
            }
        }
        made_for.extend(claims.iter().cloned());
    }
    let all = wanted().into_iter().chain(plants().map(plant_name));
    let missing: Vec<_> = all.filter(|what| !made_for.contains(what)).collect();
    assert!(missing.is_empty(), "no seed was made for {missing:?}: regenerate the corpus");
}

#[test]
fn seeds_are_small_and_mean_something_in_this_version() {
    let corpus = committed("command_handler");
    let bytes: usize = corpus.iter().map(|(_, data)| data.len()).sum();
    assert!(corpus.len() < 900 && bytes < 900 << 10, "{} files, {bytes} bytes", corpus.len());
    for (name, data) in &corpus {
        assert!(records(data).all(|record| record.len() == RECORD_BYTES), "{name}: a record is cut");
        let unassigned = records(data).position(|record| meaning(record) == Meaning::Unassigned);
        assert_eq!(unassigned, None, "{name}: this record may mean something one day");
    }
}

/// Drops records while the rest still shows what it must.
pub fn fewer_records(data: &[u8], shows: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut data = data.to_vec();
    let mut end = records(&data).count();
    let head = data.len() - end * RECORD_BYTES;
    while end > 0 {
        end -= 1;
        let mut fewer = data.clone();
        fewer.drain(head + end * RECORD_BYTES..head + (end + 1) * RECORD_BYTES);
        if shows(&fewer) {
            data = fewer;
        }
    }
    data
}

#[test]
#[ignore = "writes corpus/command_handler"]
fn regenerate_corpus() {
    let mut seeds = surprises();
    let mut made_for = seeds.keys().map(|name| (name.clone(), [name.clone()].into())).collect();
    choose(&mut seeds, &mut made_for);
    choose_for_plants(&mut seeds, &mut made_for);
    write(&seeds, &made_for);
}

/// A seed for everything that can be shown.
fn choose(seeds: &mut BTreeMap<String, Vec<u8>>, made_for: &mut BTreeMap<String, BTreeSet<String>>) {
    let sound = command_handler(None);
    let mut open: BTreeSet<String> = wanted().into_iter().collect();
    for seed in SEEDS {
        let data = sound.generate(seed, RECORDS, None);
        while let Some(goal) = shown(&data).intersection(&open).next().cloned() {
            let data = fewer_records(&data, |data| shown(data).contains(&goal));
            let news: BTreeSet<String> = shown(&data).intersection(&open).cloned().collect();
            open.retain(|what| !news.contains(what));
            made_for.insert(goal.clone(), news);
            seeds.insert(goal, data);
        }
        if open.is_empty() {
            return;
        }
    }
    panic!("nothing shows {open:?}");
}

/// A seed for each planted bug that no other seed turns red.
fn choose_for_plants(seeds: &mut BTreeMap<String, Vec<u8>>, made_for: &mut BTreeMap<String, BTreeSet<String>>) {
    let run = |data: &[u8]| reaching(data.to_vec(), command_handler(None).as_ref());
    let green = |name: &str, data: &[u8]| run(data).unwrap_or_else(|found| panic!("{name}: {found}"));
    let mut chosen: Vec<_> = seeds.iter().map(|(name, data)| (name.clone(), green(name, data))).collect();
    let (mut drawn, mut missing) = (Vec::new(), Vec::new());
    for plant in plants() {
        let what = plant_name(plant);
        let shows = |input: &Reaching| input.reached.contains(plant) && red(plant, &input.data).is_some();
        if let Some((name, _)) = chosen.iter().find(|(_, input)| shows(input)) {
            made_for.entry(name.clone()).or_default().insert(what);
        } else if let Some(found) = draw(&mut drawn, shows) {
            let fewer = fewer_records(&found, |data| run(data).is_ok_and(|input| shows(&input)));
            chosen.push((what.clone(), green(&what, &fewer)));
            seeds.insert(what.clone(), fewer);
            made_for.insert(what.clone(), [what].into());
        } else {
            missing.push(plant);
        }
    }
    assert!(missing.is_empty(), "nothing turns {missing:?} red");
}

/// The first generated input that shows something; `drawn` keeps what was run for others before.
fn draw(drawn: &mut Vec<Reaching>, shows: impl Fn(&Reaching) -> bool) -> Option<Vec<u8>> {
    let sound = command_handler(None);
    for (at, seed) in SEEDS_FOR_PLANTS.enumerate() {
        if at == drawn.len() {
            let data = sound.generate(seed, RECORDS_FOR_PLANTS, None);
            drawn.push(reaching(data, sound.as_ref()).unwrap_or_else(|found| {
                tell(&format!("seed {seed} is red without a planted bug: {found}"));
                Reaching::default()
            }));
        }
        if shows(&drawn[at]) {
            return Some(drawn[at].data.clone());
        }
    }
    None
}

fn write(seeds: &BTreeMap<String, Vec<u8>>, made_for: &BTreeMap<String, BTreeSet<String>>) {
    let directory = repository("corpus/command_handler");
    for (name, _) in committed("command_handler") {
        std::fs::remove_file(directory.join(name)).expect("an old seed can be removed");
    }
    let mut manifest =
        String::from("# Each seed, a hash of the scenario that it decodes to, and what it was made for.\n");
    for (name, data) in seeds {
        std::fs::write(directory.join(name), data).expect("a seed can be written");
        let made_for: Vec<_> = made_for[name].iter().map(String::as_str).collect();
        manifest.push_str(&format!("{name} {}: {}\n", scenario_hash(data), made_for.join(", ")));
    }
    std::fs::write(repository(MANIFEST), manifest).expect("the manifest can be written");
}
