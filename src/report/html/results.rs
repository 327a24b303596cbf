//! Everything that was checked.

use super::Section;
use super::element::{Element, count_of, el, grouped, span};
use crate::report::{Outcome, Report, Status};

pub(super) fn section(report: &Report) -> Option<Section> {
    let results = &report.results;
    let titles = ["result", "what", "runs", "comparisons", "took"];
    let head = el("tr").children(titles.map(|title| el("th").attr("scope", "col").text(title)));
    let table = el("table")
        .class("results")
        .child(el("thead").child(head))
        .child(el("tbody").children(results.iter().enumerate().map(|(i, outcome)| row(i, outcome))));
    (!results.is_empty()).then(|| Section {
        id: "results",
        title: "Results".into(),
        lead: format!("{}, in the order in which they were checked.", count_of(results.len() as u64, "result")),
        body: vec![strip(results), table],
    })
}

fn class(status: Status) -> &'static str {
    match status {
        Status::Passed => "passed",
        Status::Failed => "failed",
        Status::Skipped => "skipped",
    }
}

/// All of them at a glance.
fn strip(results: &[Outcome]) -> Element {
    let cell = |(i, outcome): (usize, &Outcome)| {
        let title = format!("{} {}", outcome.status.word(), outcome.name);
        let link = el("a").class(class(outcome.status)).attr("href", format!("#result-{i}"));
        el("li").child(link.attr("title", &title).attr("aria-label", title))
    };
    el("ul").class("strip").attr("aria-label", "All results").children(results.iter().enumerate().map(cell))
}

fn row(i: usize, outcome: &Outcome) -> Element {
    let Outcome { kind, name, description, severity, note, .. } = outcome;
    let word = match outcome.status {
        Status::Passed => "held",
        Status::Failed => "failed",
        Status::Skipped => "skipped",
    };
    let kinds = if severity.is_empty() { (*kind).to_owned() } else { format!("{kind}, {severity}") };
    let more = [description, note].into_iter().filter(|text| !text.is_empty());
    let what = el("th")
        .attr("scope", "row")
        .child(el("span").class("name").text(name))
        .child(el("small").class("kind").text(kinds))
        .children(more.map(|text| el("small").text(text)));
    let number = |title: &str, text: String| el("td").attr("data-label", title).text(text);
    el("tr")
        .attr("id", format!("result-{i}"))
        .child(el("td").child(el("span").class(format!("pill {}", class(outcome.status))).text(word)))
        .child(what)
        .child(number("runs", grouped(outcome.runs)))
        .child(number("comparisons", grouped(outcome.checks)))
        .child(number("took", span(outcome.millis)))
}
