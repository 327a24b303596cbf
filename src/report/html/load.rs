//! The figures of a load.

use super::Section;
use super::charts::{Chart, charts};
use super::element::{Element, count_of, el, grouped, span};
use crate::load::{Latency, Sample};
use crate::report::Load;
use crate::report::load::{bytes, time};

pub(super) fn section(load: &Load) -> Section {
    let latency = &load.latency;
    let checks = load.own_checks + load.shared_checks;
    Section {
        id: "load",
        title: "Load".into(),
        lead: format!(
            "{} over {} in {}: {} a second, half of them answered within {}, all but one in a thousand within {}; {} \
             evaluated.",
            count_of(load.commands, "command"),
            count_of(load.connections, "connection"),
            span(load.millis),
            grouped(load.per_second as u64),
            time(latency.p50_us),
            time(latency.p999_us),
            count_of(checks, "check"),
        ),
        body: [warnings(load), over_time(load), Some(latencies(load)), hot_keys(load)].into_iter().flatten().collect(),
    }
}

fn warnings(load: &Load) -> Option<Element> {
    let items = load.warnings.iter().map(|warning| el("li").text(warning));
    (!load.warnings.is_empty()).then(|| el("ul").class("warnings").children(items))
}

/// Throughput and memory, if they were sampled.
fn over_time(load: &Load) -> Option<Element> {
    let (first, last) = (load.samples.first()?, load.samples.last()?);
    let series = |value: fn(&Sample) -> Option<u64>| {
        load.samples.iter().filter_map(|sample| Some((sample.at_ms, value(sample)?))).collect::<Vec<_>>()
    };
    let throughput = Chart {
        title: "Throughput",
        unit: "commands per second",
        now: grouped(load.per_second as u64),
        note: "on average; the chart has each interval".into(),
        points: series(|sample| Some(sample.per_second as u64)),
        from_zero: true,
        told: grouped,
    };
    let memory = first.memory_bytes.zip(last.memory_bytes).map(|(first, last)| Chart {
        title: "Memory",
        unit: "in the end",
        now: bytes(last),
        note: format!("{} after the first interval: {}", bytes(first), load.memory.what),
        points: series(|sample| sample.memory_bytes),
        from_zero: true,
        told: bytes,
    });
    let all: Vec<Chart> = [Some(throughput), memory].into_iter().flatten().collect();
    Some(charts(&all, &[], last.at_ms))
}

fn latencies(load: &Load) -> Element {
    let titles = ["command", "replies", "p50", "p99", "p99.9", "longest"];
    let head = el("tr").children(titles.map(|title| el("th").attr("scope", "col").text(title)));
    let all = ("all", &load.latency);
    let rows = std::iter::once(all).chain(load.by_command.iter().map(|row| (row.name, &row.latency)));
    let body = el("tbody").children(rows.map(|(name, latency)| row(name, latency)));
    el("table").class("faults latencies").child(el("thead").child(head)).child(body)
}

fn row(name: &str, latency: &Latency) -> Element {
    let cell = |title: &str, text: String| el("td").attr("data-label", title).text(text);
    el("tr")
        .child(el("th").attr("scope", "row").child(el("code").text(name)))
        .child(cell("replies", grouped(latency.count)))
        .child(cell("p50", time(latency.p50_us)))
        .child(cell("p99", time(latency.p99_us)))
        .child(cell("p99.9", time(latency.p999_us)))
        .child(cell("longest", time(latency.max_us)))
}

fn hot_keys(load: &Load) -> Option<Element> {
    let keys: Vec<String> =
        load.hot_keys.iter().map(|hot| format!("{} ({})", hot.key, count_of(hot.commands, "command"))).collect();
    (!keys.is_empty()).then(|| el("p").class("note").text(format!("Hot keys: {}.", keys.join(", "))))
}
