use respfuzz::subject::embedded::{plants, registry};
use respfuzz::target::{Setup, run_checked};

#[test]
#[ignore]
fn measure() {
    let ops: usize = std::env::var("OPS").unwrap().parse().unwrap();
    let max: u64 = std::env::var("MAX").unwrap().parse().unwrap();
    let start: u64 = std::env::var("START").unwrap().parse().unwrap();
    let mut all = vec![];
    for (name, _) in plants() {
        let target = &registry(&Setup { plant: Some(name.into()) }).unwrap()[0];
        let found = (start..start + max).find_map(|seed| {
            let data = target.generate(seed, ops, None);
            run_checked(target.as_ref(), &data, true).violation.map(|v| (seed - start, v.fingerprint))
        });
        println!("{name}: {:?}", found.as_ref().map(|f| (f.0, f.1.as_str())));
        all.push((found.map(|f| f.0).unwrap_or(max), name));
    }
    all.sort();
    println!("{:?}", all.iter().rev().take(25).collect::<Vec<_>>());
    println!("{} of {}; sum {}", all.iter().filter(|a| a.0 < max).count(), all.len(), all.iter().map(|a| a.0).sum::<u64>());
}

#[test]
#[ignore]
fn green() {
    let max: u64 = std::env::var("MAX").unwrap().parse().unwrap();
    let ops: usize = std::env::var("OPS").unwrap().parse().unwrap();
    let target = &registry(&Setup::default()).unwrap()[0];
    for seed in 0..max {
        let data = target.generate(seed, ops, None);
        if let Some(v) = run_checked(target.as_ref(), &data, false).violation { println!("{seed}: {v}"); }
    }
}
