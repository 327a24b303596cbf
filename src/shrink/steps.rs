//! Shrinking scenarios: fewer steps, fewer clients, fewer and shorter arguments, smaller numbers.

use super::{Search, remove_chunks};
use crate::command;
use crate::fault::Scheduled;
use crate::resp::Bytes;
use crate::scenario::{ADVANCE_MS_MAX, Again, Config, Ending, Restart, Scenario, Step};
use crate::subject::ClientId;

/// The smallest scenario that keeps the fingerprint. Removing any single step of it loses the divergence, unless the
/// search ran out of candidates.
pub fn shrink_scenario(scenario: &Scenario, search: &mut Search) -> Scenario {
    let mut best = scenario.clone();
    plain_config(&mut best, search);
    truncate(&mut best, search);
    loop {
        let before = best.clone();
        remove_steps(&mut best, search);
        remove_pairs(&mut best, search);
        merge_advances(&mut best, search);
        merge_clients(&mut best, search);
        simplify_steps(&mut best, search);
        if best == before {
            return best;
        }
    }
}

fn try_change(best: &mut Scenario, search: &mut Search, change: impl FnOnce(&mut Scenario)) -> bool {
    let mut candidate = best.clone();
    change(&mut candidate);
    let accepted = candidate != *best && search.accepts_scenario(&candidate);
    if accepted {
        *best = candidate;
    }
    accepted
}

/// Written-out steps don't depend on the config, but for its checkpoints and the world around.
fn plain_config(best: &mut Scenario, search: &mut Search) {
    if try_change(best, search, |s| s.config = Config::default()) {
        return;
    }
    let plain = Config::default();
    let Config { checkpoint_every, fsync, segments, chance, dice, .. } = best.config;
    try_change(best, search, |s| {
        s.config = Config { checkpoint_every, fsync, segments, chance, dice, ..Config::default() };
    });
    try_change(best, search, |s| s.config.checkpoint_every = plain.checkpoint_every);
    try_change(best, search, |s| (s.config.chance, s.config.dice) = (plain.chance, plain.dice));
    try_change(best, search, |s| s.config.fsync = plain.fsync);
    try_change(best, search, |s| s.config.segments = plain.segments);
}

/// What follows the divergence is never needed.
fn truncate(best: &mut Scenario, search: &mut Search) {
    let needed = search.violation.step + 1;
    try_change(best, search, |s| s.steps.truncate(needed));
}

fn remove_steps(best: &mut Scenario, search: &mut Search) {
    let config = best.config.clone();
    remove_chunks(&mut best.steps, |steps| {
        search.accepts_scenario(&Scenario { config: config.clone(), steps: steps.to_vec() })
    });
}

/// Two steps that undo each other (a SWAPDB and another) go only together.
fn remove_pairs(best: &mut Scenario, search: &mut Search) {
    /// Beyond so many steps the pairs are too many to try.
    const STEPS_MAX: usize = 20;
    let len = best.steps.len();
    if len > STEPS_MAX {
        return;
    }
    for last in (1..len).rev() {
        for first in (0..last).rev() {
            let removed = last < best.steps.len()
                && try_change(best, search, |s| {
                    s.steps.remove(last);
                    s.steps.remove(first);
                });
            if removed {
                break;
            }
        }
    }
}

/// Clock moves in a row become one.
fn merge_advances(best: &mut Scenario, search: &mut Search) {
    let mut i = 0;
    while i + 1 < best.steps.len() {
        let merged = match (&best.steps[i], &best.steps[i + 1]) {
            (Step::Advance { ms: a }, Step::Advance { ms: b }) if a + b <= ADVANCE_MS_MAX => a + b,
            _ => {
                i += 1;
                continue;
            }
        };
        let accepted = try_change(best, search, |s| {
            s.steps.splice(i..i + 2, [Step::Advance { ms: merged }]);
        });
        if !accepted {
            i += 1;
        }
    }
}

/// Everything on fewer connections.
fn merge_clients(best: &mut Scenario, search: &mut Search) {
    for from in (1..4).rev().map(ClientId) {
        for to in (0..from.0).map(ClientId) {
            let all = try_change(best, search, |s| {
                s.steps.iter_mut().filter_map(client_of).filter(|c| **c == from).for_each(|c| *c = to);
            });
            if all {
                break;
            }
        }
    }
    for i in 0..best.steps.len() {
        for to in 0..3 {
            let current = client_of(&mut best.steps[i]).copied();
            if current.is_some_and(|c| c.0 > to)
                && try_change(best, search, |s| {
                    if let Some(client) = client_of(&mut s.steps[i]) {
                        *client = ClientId(to);
                    }
                })
            {
                break;
            }
        }
    }
}

fn client_of(step: &mut Step) -> Option<&mut ClientId> {
    match step {
        Step::Command { client, .. } | Step::Disconnect { client } => Some(client),
        Step::Advance { .. } | Step::Checkpoint | Step::Restart(_) | Step::Fault(_) => None,
    }
}

/// Arguments fewer, shorter and plainer; clock moves smaller.
pub fn simplify_steps(best: &mut Scenario, search: &mut Search) {
    for i in 0..best.steps.len() {
        match &best.steps[i] {
            Step::Advance { ms } => {
                let ms = *ms;
                for smaller in [0, 1, 10, 11, 100, 101, 1000, 1001, ms / 2] {
                    if smaller < ms && try_change(best, search, |s| s.steps[i] = Step::Advance { ms: smaller }) {
                        break;
                    }
                }
            }
            Step::Command { .. } => simplify_command(best, i, search),
            Step::Restart(restart) => simplify_restart(*restart, best, i, search),
            Step::Fault(scheduled) => simplify_fault(*scheduled, best, i, search),
            Step::Disconnect { .. } | Step::Checkpoint => {}
        }
    }
    rename_keys(best, search);
}

/// A plain end rather than a crash, one crash rather than two, and the first crash images.
fn simplify_restart(restart: Restart, best: &mut Scenario, i: usize, search: &mut Search) {
    let weight = |restart: &Restart| {
        let (ending, image) = match restart.ending {
            Ending::Closed => (0, 0),
            Ending::Killed => (1, 0),
            Ending::PowerLoss { image } => (2, image),
        };
        (restart.again.map(|again| (again.after, again.image)), ending, image)
    };
    let mut plainer = vec![Restart { again: None, ..restart }];
    plainer.extend([Ending::Closed, Ending::Killed].map(|ending| Restart { ending, ..restart }));
    if let Ending::PowerLoss { image } = restart.ending {
        let smaller = [0, 1, 2, 3, image / 10, image / 2, image.saturating_sub(1)];
        plainer.extend(smaller.map(|image| Restart { ending: Ending::PowerLoss { image }, ..restart }));
    }
    if let Some(Again { after, image }) = restart.again {
        let again = |after, image| Restart { again: Some(Again { after, image }), ..restart };
        plainer.extend([again(after / 2, image), again(after.saturating_sub(1), image)]);
        plainer.extend([again(after, 0), again(after, image / 2), again(after, image.saturating_sub(1))]);
    }
    plainer.retain(|candidate| weight(candidate) < weight(&restart));
    plainer.into_iter().any(|candidate| try_change(best, search, |s| s.steps[i] = Step::Restart(candidate)));
}

/// A fault that comes at once, with a small argument.
fn simplify_fault(scheduled: Scheduled, best: &mut Scenario, i: usize, search: &mut Search) {
    let Scheduled { after, arg, .. } = scheduled;
    let mut plainer = Vec::from([0, after / 2, after.saturating_sub(1)].map(|after| Scheduled { after, ..scheduled }));
    plainer.extend([0, 1, arg / 10, arg / 2, arg.saturating_sub(1)].map(|arg| Scheduled { arg, ..scheduled }));
    plainer.retain(|candidate| (candidate.after, candidate.arg) < (after, arg));
    plainer.into_iter().any(|candidate| try_change(best, search, |s| s.steps[i] = Step::Fault(candidate)));
}

fn argv_of(scenario: &mut Scenario, i: usize) -> Option<&mut Vec<Bytes>> {
    match &mut scenario.steps[i] {
        Step::Command { argv, .. } => Some(argv),
        _ => None,
    }
}

fn simplify_command(best: &mut Scenario, i: usize, search: &mut Search) {
    // Pairs first: a score without its member is an arity error.
    for width in [2, 1] {
        let mut at = argv_of(best, i).map_or(0, |argv| argv.len());
        while at > 1 {
            at -= 1;
            try_change(best, search, |s| {
                if let Some(argv) = argv_of(s, i) {
                    argv.drain(at..(at + width).min(argv.len()));
                }
            });
            at = at.min(argv_of(best, i).map_or(0, |argv| argv.len()));
        }
    }
    let argc = argv_of(best, i).map_or(0, |argv| argv.len());
    for at in 0..argc {
        let Some(arg) = argv_of(best, i).map(|argv| argv[at].clone()) else { return };
        for plainer in plainer(&arg, at == 0) {
            let accepted = try_change(best, search, |s| {
                if let Some(argv) = argv_of(s, i) {
                    argv[at] = plainer;
                }
            });
            if accepted {
                break;
            }
        }
    }
}

/// What could stand instead of an argument, plainest first.
fn plainer(arg: &[u8], is_name: bool) -> Vec<Bytes> {
    let mut out: Vec<Bytes> = Vec::new();
    if is_name || command::by_name(arg).is_some() || is_keyword(arg) {
        out.push(arg.to_ascii_uppercase());
    } else if let Some(number) = std::str::from_utf8(arg).ok().and_then(|text| text.parse::<i64>().ok()) {
        // Halving ends after 63 rounds; counting down would not end for a boundary number.
        let candidates = [0, 1, -1, 2, 3, 5, 10, 100, 1000, number / 10, number / 2];
        let smaller = |n: &i64| n.unsigned_abs() < number.unsigned_abs() || (number < 0 && *n == -number);
        out.extend(candidates.iter().filter(|n| smaller(n)).map(|n| n.to_string().into_bytes()));
    } else if !is_slot(arg) {
        let weight =
            |text: &[u8]| (text.len(), text.iter().filter(|b| !b.is_ascii_alphanumeric()).count(), text.to_vec());
        let half = arg[..arg.len() / 2].to_vec();
        let mut candidates: Vec<Bytes> =
            [b"a".as_slice(), b"b", b"1", b"0", b"x", b"", &half, &arg[..arg.len().saturating_sub(1)]]
                .iter()
                .map(|c| c.to_vec())
                .collect();
        candidates.retain(|c| weight(c) < weight(arg));
        out.extend(candidates);
    }
    out.retain(|candidate| candidate != arg);
    out
}

/// A word of some command's grammar. `COUNT 1` has a number among its words: that one simplifies as a number.
fn is_keyword(arg: &[u8]) -> bool {
    let is_word = arg.first().is_some_and(u8::is_ascii_alphabetic);
    is_word && command::all().any(|c| c.tokens().iter().any(|t| arg.eq_ignore_ascii_case(t.as_bytes())))
}

/// `s0`, `l12`: the generator's key names, which [`rename_keys`] deals with.
fn is_slot(arg: &[u8]) -> bool {
    matches!(arg, [prefix, digits @ ..] if command::Kind::PREFIXES.contains(prefix)
        && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
}

/// Two keys become one where one is enough, and numbers in key names become small.
fn rename_keys(best: &mut Scenario, search: &mut Search) {
    let keys = |scenario: &Scenario| {
        let mut keys: Vec<Bytes> = Vec::new();
        for step in &scenario.steps {
            if let Step::Command { argv, .. } = step {
                keys.extend(argv.iter().filter(|arg| is_slot(arg)).cloned());
            }
        }
        keys.sort();
        keys.dedup();
        keys
    };
    let found = keys(best);
    for key in found.iter().rev() {
        let zero = vec![key[0], b'0'];
        for target in found.iter().take_while(|other| *other < key).chain([&zero]) {
            let accepted = target < key
                && try_change(best, search, |s| {
                    for step in &mut s.steps {
                        if let Step::Command { argv, .. } = step {
                            argv.iter_mut().filter(|arg| *arg == key).for_each(|arg| *arg = target.clone());
                        }
                    }
                });
            if accepted {
                break;
            }
        }
    }
}
