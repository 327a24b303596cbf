use respfuzz::scenario::text;
use respfuzz::shrink::{InProcess, shrink};
use respfuzz::subject::embedded::{plants, registry};
use respfuzz::target::{Setup, run_checked};

fn env(n: &str) -> u64 {
    std::env::var(n).unwrap().parse().unwrap()
}

#[test]
#[ignore]
fn measure() {
    let ops = env("OPS") as usize;
    let (max, start) = (env("MAX"), env("START"));
    let sound = &registry(&Setup::default()).unwrap()[0];
    let mut steps = vec![];
    let mut all = vec![];
    for (name, _) in plants() {
        let target = &registry(&Setup { plant: Some(name.into()) }).unwrap()[0];
        let found = (start..start + max).find_map(|seed| {
            let data = target.generate(seed, ops, None);
            run_checked(target.as_ref(), &data, false)
                .violation
                .filter(|v| sound.run(&data).violation.map(|w| w.fingerprint) != Some(v.fingerprint.clone()))
                .map(|v| (seed - start, v.fingerprint, data))
        });
        match &found {
            None => println!("{name}: NONE"),
            Some((n, f, data)) => {
                println!("{n} {name}: {f}");
                if std::env::var("SHRINK").is_ok() {
                    let s = shrink(data, target.input(), &mut InProcess(target.as_ref()));
                    if let Some(s) = s {
                        let sc = s.scenario.unwrap();
                        println!("    steps {} tried {}\n{}", sc.steps.len(), s.tried, text::print(&sc));
                        steps.push(sc.steps.len());
                    }
                }
            }
        }
        all.push((found.map(|f| f.0).unwrap_or(max), name));
    }
    all.sort();
    steps.sort();
    println!("steps {steps:?}");
    println!("{:?}", all.iter().rev().take(25).collect::<Vec<_>>());
    println!(
        "{} of {}; sum {}",
        all.iter().filter(|a| a.0 < max).count(),
        all.len(),
        all.iter().map(|a| a.0).sum::<u64>()
    );
}

#[test]
#[ignore]
fn green() {
    let max = env("MAX");
    let ops = env("OPS") as usize;
    let target = &registry(&Setup::default()).unwrap()[0];
    for seed in 0..max {
        let data = target.generate(seed, ops, None);
        if let Some(v) = run_checked(target.as_ref(), &data, false).violation {
            println!("{seed}: {v}");
        }
    }
}
