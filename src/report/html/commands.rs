//! What clients sent, as a heat map: a row for each family, a cell for each command.

use super::Section;
use super::element::{Element, count_of, el, grouped, short};
use crate::report::CommandRow;

/// How many shades there are, besides that of what was never sent.
const SHADES: u32 = 6;

pub(super) fn section(rows: &[CommandRow]) -> Option<Section> {
    let most = rows.iter().map(|row| row.sent).max()?;
    let total: u64 = rows.iter().map(|row| row.sent).sum();
    let used = rows.iter().filter(|row| row.sent > 0).count() as u64;
    let families = rows.chunk_by(|a, b| a.family == b.family).map(|rows| family(rows, most));
    Some(Section {
        id: "commands",
        title: "Commands".into(),
        lead: format!(
            "{} of {} were sent, {} in all.",
            grouped(used),
            count_of(rows.len() as u64, "command"),
            count_of(total, "time")
        ),
        body: vec![legend(most), el("div").class("families").children(families)],
    })
}

fn family(rows: &[CommandRow], most: u64) -> Element {
    let name = rows.first().map_or("", |row| row.family);
    let sent: u64 = rows.iter().map(|row| row.sent).sum();
    let cells = rows.iter().map(|row| {
        let title = format!("{}: sent {}", row.name, count_of(row.sent, "time"));
        el("li")
            .class(format!("heat h{}", shade(row.sent, most)))
            .attr("title", title)
            .child(el("span").text(row.name))
            .child(el("b").text(if row.sent == 0 { "never".into() } else { short(row.sent) }))
    });
    el("section")
        .class("family")
        .child(el("h3").text(name).child(el("small").text(short(sent))))
        .child(el("ul").attr("aria-label", format!("Commands of the family {name}")).children(cells))
}

/// By orders of magnitude: what is sent rarely is what one looks for.
fn shade(sent: u64, most: u64) -> u32 {
    if sent == 0 {
        return 0;
    }
    let part = (1.0 + sent as f64).ln() / (1.0 + most as f64).ln();
    ((part * f64::from(SHADES)).ceil() as u32).clamp(1, SHADES)
}

fn legend(most: u64) -> Element {
    let swatches = (0..=SHADES).map(|shade| el("i").class(format!("heat h{shade}")));
    el("p")
        .class("legend")
        .attr("aria-hidden", "true")
        .child(el("span").text("never"))
        .children(swatches)
        .child(el("span").text(count_of(most, "time")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_go_by_orders_of_magnitude() {
        assert_eq!([0, 1, 10, 100, 1000, 5000, 10_000].map(|sent| shade(sent, 10_000)), [0, 1, 2, 4, 5, 6, 6]);
        assert_eq!(shade(1, 1), SHADES);
    }
}
