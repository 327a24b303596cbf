//! What broke: one card for each fingerprint.

use super::Section;
use super::element::{Element, count_of, el};
use crate::report::sections::Group;
use crate::report::{Failure, Report};

pub(super) fn section(report: &Report) -> Option<Section> {
    let groups = report.groups();
    let count = groups.len() as u64;
    (count > 0).then(|| Section {
        id: "divergences",
        title: "Divergences".into(),
        lead: match count {
            1 => "Everything below has the same fingerprint: it is one bug.".into(),
            _ => format!("{} by fingerprint, each shrunk to the fewest steps that show it.", count_of(count, "bug")),
        },
        body: groups.iter().map(card).collect(),
    })
}

fn card(group: &Group) -> Element {
    let (name, failure) = group.shown;
    el("article")
        .class("divergence")
        .child(heading(failure))
        .child(el("p").class("fingerprint").child(el("code").text(&failure.fingerprint)))
        .child(el("p").class("meta").text(facts(name, failure, group.count())))
        .child(el("ol").class("script").attr("aria-label", "Script for redis-cli").children(script(failure)))
        .child(sides(failure))
        .child(replay(&failure.replay))
        .children((!group.others.is_empty()).then(|| others(&group.others)))
}

/// What broke, and in which command.
fn heading(failure: &Failure) -> Element {
    let signature = failure.fingerprint.split('/').nth(1).unwrap_or_default();
    let mut violated = failure.violated.to_owned();
    if let Some(first) = violated.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    el("h3").child(el("code").text(signature)).text(violated)
}

fn facts(name: &str, failure: &Failure, count: u64) -> String {
    let seed = failure.seed.map(|seed| format!("seed {seed}"));
    let shrunk = match failure.tried {
        0 => "not shrunk, as it did not show again".to_owned(),
        tried => {
            let unit = if failure.is_of_bytes() { "byte" } else { "step" };
            format!("shrunk to {} in {}", count_of(failure.size as u64, unit), count_of(tried, "attempt"))
        }
    };
    let seen = format!("seen in {}", count_of(count, "run"));
    [Some(name.to_owned()), seed, Some(seen), Some(shrunk)].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// The lines; at the last one it showed.
fn script(failure: &Failure) -> impl Iterator<Item = Element> {
    let last = failure.script.len().saturating_sub(1);
    failure.script.iter().enumerate().map(move |(i, line)| {
        let comment = if line.starts_with('#') { "comment " } else { "" };
        let culprit = if i == last { "culprit" } else { "" };
        el("li").class(format!("{comment}{culprit}")).child(el("code").text(line))
    })
}

/// What should have come and what came, next to each other where there is room.
fn sides(failure: &Failure) -> Element {
    let column = |class: &str, title: &str, text: &str, other: &str| {
        let theirs: Vec<&str> = other.lines().collect();
        let lines = text.lines().enumerate().map(|(i, line)| {
            let class = if theirs.get(i) == Some(&line) { "same" } else { "differs" };
            el("span").class(class).text(format!("{line}\n"))
        });
        el("div").class(class).child(el("h4").text(title)).child(el("pre").children(lines))
    };
    let Failure { expected, observed, .. } = failure;
    el("div")
        .class("sides")
        .child(column("expected", "Expected", expected, observed))
        .child(column("observed", "Observed", observed, expected))
}

fn replay(command: &str) -> Element {
    el("div")
        .class("replay")
        .child(el("h4").text("Show it again"))
        .child(el("code").attr("title", "A click selects the whole command").text(command))
}

/// Where the same was seen, too.
fn others(others: &[(&str, &Failure)]) -> Element {
    let items = others.iter().map(|(name, failure)| {
        el("li").child(el("p").text(name)).child(el("code").class("again").text(&failure.replay))
    });
    let summary = format!("The same in {}", count_of(others.len() as u64, "other result"));
    el("details").child(el("summary").text(summary)).child(el("ul").class("others").children(items))
}
