//! Something over time: small charts with the same horizontal axis.

use super::Section;
use super::element::{Element, count_of, el, grouped, span};
use crate::report::{Hunt, Sample};

/// Charts are drawn in these units, and stretched to the room that there is.
const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 100.0;

pub(super) fn section(hunt: &Hunt) -> Option<Section> {
    let (first, last) = (hunt.samples.first()?, hunt.samples.last()?);
    let series = |value: fn(&Sample) -> u64| hunt.samples.iter().map(|s| (s.millis, value(s))).collect::<Vec<_>>();
    let percent = 100.0 * last.edges as f64 / hunt.counters.max(1) as f64;
    let gained = |now: u64, before: u64| format!("{} more than at the beginning", grouped(now.saturating_sub(before)));
    let all = [
        Chart {
            title: "Coverage",
            unit: "edges",
            now: grouped(last.edges),
            note: format!("{percent:.1} % of {}, {}", grouped(hunt.counters), gained(last.edges, hunt.edges_before)),
            points: series(|sample| sample.edges),
            from_zero: false,
            told: grouped,
        },
        Chart {
            title: "Corpus",
            unit: "inputs",
            now: grouped(last.corpus),
            note: gained(last.corpus, first.corpus),
            points: series(|sample| sample.corpus),
            from_zero: false,
            told: grouped,
        },
        Chart {
            title: "Speed",
            unit: "executions per second",
            now: grouped(last.executions * 1000 / last.millis.max(1)),
            note: "on average; the chart has each moment".into(),
            points: speeds(&hunt.samples),
            from_zero: true,
            told: grouped,
        },
    ];
    let ticks = finds(&hunt.samples);
    Some(Section {
        id: "hunt",
        title: "Hunt".into(),
        lead: format!(
            "{} in {}, {}.",
            count_of(last.executions, "execution"),
            span(last.millis),
            count_of(last.divergences, "distinct divergence")
        ),
        body: vec![charts(&all, &ticks, last.millis)],
    })
}

/// Charts side by side, where there is room: with a mark at each of these times, up to that one.
pub(super) fn charts(all: &[Chart], marks: &[u64], end: u64) -> Element {
    el("div").class("charts").children(all.iter().map(|chart| chart.element(marks, end)))
}

pub(super) struct Chart {
    pub(super) title: &'static str,
    pub(super) unit: &'static str,
    /// Where it ended.
    pub(super) now: String,
    pub(super) note: String,
    /// Milliseconds, and a value.
    pub(super) points: Vec<(u64, u64)>,
    /// Whether its vertical axis begins at zero: what only grows shows little then.
    pub(super) from_zero: bool,
    /// How values are written at the axis.
    pub(super) told: fn(u64) -> String,
}

impl Chart {
    fn element(&self, finds: &[u64], end: u64) -> Element {
        let (bottom, top) = self.range();
        let label = format!("{} over time: {} {}; {}", self.title, self.now, self.unit, self.note);
        let svg = el("svg")
            .attr("viewBox", format!("0 0 {WIDTH} {HEIGHT}"))
            .attr("preserveAspectRatio", "none")
            .attr("role", "img")
            .attr("aria-label", &label)
            .child(el("title").text(&label))
            .children([0.25, 0.5, 0.75].map(|part| line("grid", (0.0, part * HEIGHT), (WIDTH, part * HEIGHT))))
            .child(el("path").class("area").attr("d", self.area(end)))
            .child(el("path").class("line").attr("d", self.path(end)))
            .children(finds.iter().map(|at| {
                let x = x(*at, end);
                line("find", (x, 0.0), (x, HEIGHT)).child(el("title").text(format!("a divergence after {}", span(*at))))
            }));
        el("figure")
            .class("chart")
            .child(
                el("figcaption")
                    .child(el("span").text(self.title))
                    .child(el("strong").text(&self.now))
                    .child(el("small").text(self.unit)),
            )
            .child(labels("range", &(self.told)(top), ""))
            .child(svg)
            .child(labels("axis", &(self.told)(bottom), &span(end)))
            .child(el("p").class("note").text(&self.note))
    }

    /// The values at the bottom and at the top.
    fn range(&self) -> (u64, u64) {
        let values = || self.points.iter().map(|point| point.1);
        let bottom = if self.from_zero { 0 } else { values().min().unwrap_or(0) };
        (bottom, values().max().unwrap_or(0).max(bottom + 1))
    }

    fn path(&self, end: u64) -> String {
        let (bottom, top) = self.range();
        let point = |(i, (at, value)): (usize, &(u64, u64))| {
            let y = HEIGHT * (1.0 - value.saturating_sub(bottom) as f64 / (top - bottom) as f64);
            format!("{}{:.1} {y:.1}", if i == 0 { 'M' } else { 'L' }, x(*at, end))
        };
        self.points.iter().enumerate().map(point).collect()
    }

    fn area(&self, end: u64) -> String {
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else { return String::new() };
        format!("{}L{:.1} {HEIGHT}L{:.1} {HEIGHT}Z", self.path(end), x(last.0, end), x(first.0, end))
    }
}

/// What stands at the left and at the right of an axis; the label of the drawing says it in words.
fn labels(class: &str, left: &str, right: &str) -> Element {
    let labels = [left, right].map(|text| el("span").text(text));
    el("p").class(class).attr("aria-hidden", "true").children(labels)
}

fn x(millis: u64, end: u64) -> f64 {
    WIDTH * millis as f64 / end.max(1) as f64
}

fn line(class: &str, from: (f64, f64), to: (f64, f64)) -> Element {
    let number = |n: f64| format!("{n:.1}");
    let line = el("line").class(class).attr("x1", number(from.0)).attr("y1", number(from.1));
    line.attr("x2", number(to.0)).attr("y2", number(to.1))
}

/// Executions per second, each over a few samples: progress is told in steps.
fn speeds(samples: &[Sample]) -> Vec<(u64, u64)> {
    let speed = |window: &[Sample]| {
        let [before, .., after] = window else { return None };
        let millis = after.millis.saturating_sub(before.millis).max(1);
        Some((after.millis, after.executions.saturating_sub(before.executions) * 1000 / millis))
    };
    samples.windows(2 + samples.len() / 24).filter_map(speed).collect()
}

/// When something new was found.
fn finds(samples: &[Sample]) -> Vec<u64> {
    let is_new = |two: &&[Sample]| two[1].divergences > two[0].divergences;
    samples.windows(2).filter(is_new).map(|two| two[1].millis).collect()
}
