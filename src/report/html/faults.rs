//! What became of the faults.

use super::Section;
use super::element::{Element, count_of, el, grouped};
use crate::report::FaultRow;

pub(super) fn section(rows: &[FaultRow]) -> Option<Section> {
    let delivered: u64 = rows.iter().map(|row| row.delivered).sum();
    let kinds = rows.iter().filter(|row| row.delivered > 0).count() as u64;
    let (came, others): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.scheduled > 0);
    let titles = ["fault", "could have come", "scheduled", "delivered", "changed the outcome"];
    let head = el("tr").children(titles.map(|title| el("th").attr("scope", "col").text(title)));
    let table = el("table")
        .class("faults")
        .child(el("thead").child(head))
        .child(el("tbody").children(came.into_iter().map(row)));
    (!rows.is_empty()).then(|| Section {
        id: "faults",
        title: "Faults".into(),
        lead: format!(
            "{} delivered, of {}. A fault changed the outcome if the same input comes to something else without it.",
            count_of(delivered, "fault"),
            count_of(kinds, "kind")
        ),
        body: [Some(table), never(&others)].into_iter().flatten().collect(),
    })
}

/// Those of which there is nothing to tell.
fn never(rows: &[&FaultRow]) -> Option<Element> {
    let names: Vec<_> = rows.iter().map(|row| row.fault).collect();
    let text = format!("Could have come, and never did: {}.", names.join(", "));
    (!names.is_empty()).then(|| el("p").class("lead aside").text(text))
}

fn row(row: &FaultRow) -> Element {
    let name = el("th").attr("scope", "row").child(el("code").text(row.fault)).child(el("small").text(row.summary));
    let number = |title: &str, number: u64| el("td").attr("data-label", title).text(grouped(number));
    let delivered = el("td").attr("data-label", "delivered").text(grouped(row.delivered));
    let changed = match row.compared {
        0 => el("td").attr("data-label", "changed").text("not compared"),
        compared => el("td")
            .attr("data-label", "changed")
            .text(format!("{} of {}", grouped(row.changed), count_of(compared, "run")))
            .child(bar("changed", row.changed, compared)),
    };
    el("tr")
        .class(if row.delivered == 0 { "never" } else { "" })
        .child(name)
        .child(number("could have come", row.opportunities))
        .child(number("scheduled", row.scheduled))
        .child(delivered.child(bar("delivered", row.delivered, row.scheduled)))
        .child(changed)
}

/// A part of a whole.
fn bar(class: &str, part: u64, whole: u64) -> Element {
    let width = 100.0 * part.min(whole) as f64 / whole.max(1) as f64;
    let rect = |class: &str, width: f64| {
        el("rect").class(class).attr("width", format!("{width:.1}")).attr("height", 4).attr("rx", 2)
    };
    el("svg")
        .class("bar")
        .attr("viewBox", "0 0 100 4")
        .attr("preserveAspectRatio", "none")
        .attr("aria-hidden", "true")
        .child(rect("track", 100.0))
        .child(rect(class, width))
}
