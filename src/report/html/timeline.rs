//! One failing run: a column for each step, a lane for each part of the world.

use super::Section;
use super::element::{Element, count_of, el};
use crate::report::{Moment, MomentKind, Timeline};

/// How high a lane is; the style sheet says the same of its label.
const LANE: usize = 34;

/// So many moments are told as text at once.
const FEW: usize = 24;

/// Room for the numbers of steps, above the lanes.
const HEAD: usize = 22;

pub(super) fn section(timeline: &Timeline) -> Section {
    let seed = timeline.seed.map_or(String::new(), |seed| format!(" with seed {seed}"));
    let cut = match timeline.from {
        0 => String::new(),
        from => format!(" The first {} are left out.", count_of(from as u64, "step")),
    };
    let lead = format!(
        "The run of {}{seed} that showed {}, as it was before it was shrunk: {}.{cut}",
        timeline.target,
        timeline.fingerprint,
        count_of(timeline.steps as u64, "step"),
    );
    let lanes = timeline.lanes();
    let labels = lanes.iter().map(|lane| el("li").text(label(lane)));
    let scroller = el("div")
        .class("scroller")
        .attr("tabindex", 0)
        .attr("role", "region")
        .attr("aria-label", "Timeline of the failing run; it scrolls sideways")
        .child(drawing(timeline, &lanes));
    let figure = el("div")
        .class("timeline")
        .child(el("ol").class("lanes").attr("aria-hidden", "true").children(labels))
        .child(scroller);
    Section {
        id: "timeline",
        title: "One failing run".into(),
        lead,
        body: vec![figure, legend(timeline), text(timeline)],
    }
}

/// What people call a lane.
fn label(lane: &str) -> String {
    match lane.strip_prefix('c') {
        Some(number) if number.parse::<u64>().is_ok() => format!("client {number}"),
        _ => lane.to_owned(),
    }
}

fn drawing(timeline: &Timeline, lanes: &[&str]) -> Element {
    let steps = timeline.steps.saturating_sub(timeline.from).max(1);
    // Few steps fill the page; many scroll.
    let step = (960 / steps).clamp(14, 44);
    let (width, height) = (step * steps, HEAD + LANE * lanes.len());
    let column = |at: usize| step * at.saturating_sub(timeline.from);
    let stripes = (0..lanes.len()).map(|i| {
        let class = if i % 2 == 0 { "stripe even" } else { "stripe" };
        rect(class, (0, HEAD + i * LANE), (width, LANE))
    });
    let numbers = (timeline.from..timeline.steps)
        .filter(|at| at.is_multiple_of(5))
        .map(|at| el("text").attr("x", column(at) + step / 2).attr("y", 14).attr("text-anchor", "middle").text(at));
    let culprit = column(timeline.steps.saturating_sub(1));
    let marks = timeline.moments.iter().filter_map(|moment| {
        let lane = lanes.iter().position(|lane| *lane == moment.lane)?;
        Some(mark(moment, (column(moment.step) + step / 2, HEAD + lane * LANE + LANE / 2), step))
    });
    el("svg")
        .attr("width", width)
        .attr("height", height)
        .attr("viewBox", format!("0 0 {width} {height}"))
        .attr("role", "img")
        .attr("aria-label", "What happened at each step; the same as text is below")
        .children(stripes)
        .child(rect("culprit", (culprit, 0), (step, height)).child(el("title").text("here it showed")))
        .children(numbers)
        .children(marks)
}

fn rect(class: &str, at: (usize, usize), size: (usize, usize)) -> Element {
    let rect = el("rect").class(class).attr("x", at.0).attr("y", at.1);
    rect.attr("width", size.0).attr("height", size.1)
}

/// The class of a moment in the style sheet, and its words in the legend.
fn kind(kind: MomentKind) -> (&'static str, &'static str) {
    match kind {
        MomentKind::Command => ("command", "command"),
        MomentKind::Error => ("error", "answered with an error"),
        MomentKind::Skipped => ("left-out", "not sent"),
        MomentKind::Closed => ("closed", "connection closed"),
        MomentKind::Clock => ("clock", "clock moved"),
        MomentKind::Scheduled => ("scheduled", "fault scheduled"),
        MomentKind::Delivered => ("delivered", "fault delivered"),
        MomentKind::Disk => ("disk", "disk written"),
        MomentKind::Ended => ("ended", "engine ended"),
        MomentKind::Recovered => ("recovered", "opened again"),
    }
}

fn mark(moment: &Moment, centre: (usize, usize), step: usize) -> Element {
    let title = el("title").text(format!("step {}: {}", moment.step, moment.text));
    shape(moment.kind, centre, (step / 2).saturating_sub(2).clamp(4, 8)).child(title)
}

/// Different things have different shapes, not only colours.
fn shape(moment: MomentKind, (x, y): (usize, usize), r: usize) -> Element {
    let class = format!("mark {}", kind(moment).0);
    let path = |d: String| el("path").class(&class).attr("d", d);
    match moment {
        MomentKind::Command | MomentKind::Error | MomentKind::Skipped => {
            rect(&class, (x - r, y - 9), (2 * r, 18)).attr("rx", 3)
        }
        MomentKind::Disk => rect(&class, (x - r, y - 2), (2 * r, 9)).attr("rx", 1),
        MomentKind::Recovered => el("circle").class(&class).attr("cx", x).attr("cy", y).attr("r", r),
        MomentKind::Clock => path(format!("M{} {}l{} {r}l-{} {r}Z", x - r, y - r, 2 * r, 2 * r)),
        MomentKind::Scheduled | MomentKind::Delivered => path(format!("M{x} {}l{r} {r}l-{r} {r}l-{r} -{r}Z", y - r)),
        MomentKind::Closed | MomentKind::Ended => {
            let d = 2 * r;
            path(format!("M{} {}l{d} {d}m0 -{d}l-{d} {d}", x - r, y - r))
        }
    }
}

/// The shapes that occur.
fn legend(timeline: &Timeline) -> Element {
    let kinds: std::collections::BTreeSet<_> = timeline.moments.iter().map(|moment| moment.kind).collect();
    let items = kinds.into_iter().map(|moment| {
        let svg = el("svg").attr("width", 20).attr("height", 20).attr("aria-hidden", "true");
        el("li").child(svg.child(shape(moment, (10, 10), 6))).text(kind(moment).1)
    });
    el("ul").class("legend shapes").attr("aria-label", "Shapes").children(items)
}

/// The same for those who don't see it, or want to search it.
fn text(timeline: &Timeline) -> Element {
    let rows = timeline.moments.iter().map(|moment| {
        el("tr")
            .class(if moment.step + 1 == timeline.steps { "culprit" } else { "" })
            .child(el("td").text(moment.step))
            .child(el("td").text(label(&moment.lane)))
            .child(el("td").child(el("code").text(&moment.text)))
    });
    let head = el("tr").children(["step", "lane", "what"].map(|title| el("th").attr("scope", "col").text(title)));
    let table = el("table").class("moments").child(el("thead").child(head)).child(el("tbody").children(rows));
    let details = el("details").child(el("summary").text("The same as text")).child(table);
    if timeline.moments.len() <= FEW { details.attr("open", "") } else { details }
}
