//! As one page that needs nothing else: no script, no network; readable on a phone and in the dark.

mod charts;
mod commands;
mod divergences;
mod element;
mod faults;
#[cfg(unix)]
mod load;
mod results;
mod timeline;

use element::{Element, count_of, el, grouped, span};

use super::{Report, Verdict};

const STYLE: &str = include_str!("style.css");

/// One part of the page: what it is called in links, its heading, what it shows.
struct Section {
    id: &'static str,
    title: String,
    /// A sentence under the heading.
    lead: String,
    body: Vec<Element>,
}

impl Report {
    /// A self-contained page.
    pub fn html(&self) -> String {
        let sections: Vec<Section> = [
            divergences::section(self),
            self.timeline.as_ref().map(timeline::section),
            self.hunt.as_ref().and_then(charts::section),
            #[cfg(unix)]
            self.load.as_ref().map(load::section),
            commands::section(&self.commands),
            faults::section(&self.faults),
            results::section(self),
        ]
        .into_iter()
        .flatten()
        .collect();
        let links = sections.iter().map(|section| {
            let link = el("a").attr("href", format!("#{}", section.id)).text(&section.title);
            el("li").child(link)
        });
        let nav = el("nav").attr("aria-label", "Sections").child(el("ul").children(links));
        let body = el("body")
            .class(self.verdict_class())
            .child(self.header().child(nav))
            .child(el("main").children(sections.into_iter().map(Section::element)))
            .child(self.footer());
        let head = format!(
            "<meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\">{}<style>\n{STYLE}</style>",
            el("title").text(format!("{} · respfuzz", self.headline()))
        );
        format!("<!DOCTYPE html>\n<html lang=\"en\"><head>{head}</head>\n{body}</html>\n")
    }

    fn verdict_class(&self) -> &'static str {
        match self.verdict {
            Verdict::Passed => "passed",
            Verdict::Failed => "failed",
            Verdict::Nothing => "nothing",
        }
    }

    /// What it comes to, in a few words.
    fn headline(&self) -> String {
        match (self.verdict, self.groups().len() as u64) {
            (Verdict::Passed, _) => "Everything held".into(),
            (Verdict::Nothing, _) => "Nothing was checked".into(),
            (Verdict::Failed, 0) => format!("{} failed", count_of(self.totals.failed, "check")),
            (Verdict::Failed, groups) => count_of(groups, "divergence"),
        }
    }

    fn header(&self) -> Element {
        let totals = &self.totals;
        let numbers = [
            ("runs", grouped(totals.runs)),
            ("commands", grouped(totals.steps)),
            ("comparisons", grouped(totals.checks)),
            ("took", span(self.millis)),
        ];
        let numbers = numbers.map(|(label, number)| el("div").child(el("dt").text(label)).child(el("dd").text(number)));
        let eyebrow = format!("respfuzz {}", self.version);
        el("header")
            .child(el("p").class("eyebrow").text(eyebrow))
            .child(el("h1").text(self.headline()))
            .child(el("p").class("lead").text(self.tally()))
            .child(el("p").class("command").child(el("code").text(&self.command)))
            .child(el("dl").class("numbers").children(numbers))
    }

    /// Of how many results how many were what.
    fn tally(&self) -> String {
        let totals = &self.totals;
        let parts = [(totals.failed, "failed"), (totals.passed, "held"), (totals.skipped, "skipped")];
        let parts =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{} {word}", grouped(*count)));
        let parts: Vec<String> = parts.collect();
        let results = count_of(self.results.len() as u64, "result");
        if parts.is_empty() { results } else { format!("{results}: {}.", parts.join(", ")) }
    }

    fn footer(&self) -> Element {
        let text = format!("The same data as JSON: --format json, schema {}.", self.schema);
        el("footer").child(el("p").text(text))
    }
}

impl Section {
    fn element(self) -> Element {
        let heading = format!("{}-heading", self.id);
        el("section")
            .attr("id", self.id)
            .attr("aria-labelledby", &heading)
            .child(el("h2").attr("id", heading).text(self.title))
            .child(el("p").class("lead").text(self.lead))
            .children(self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::failing;
    use crate::report::{CommandRow, FaultRow, Hunt, Moment, MomentKind, Sample, Timeline};

    /// A report that has everything, with text that must stay text.
    fn whole() -> Report {
        let mut report = failing();
        let hostile = "</style><script>'\"&".to_owned();
        report.command = hostile.clone();
        let sample = |i| Sample { millis: 1000 * i, executions: 500 * i, edges: 90 + i, corpus: i, divergences: i / 3 };
        report.hunt = Some(Hunt { counters: 1000, edges_before: 90, samples: (0..6).map(sample).collect() });
        report.commands = vec![
            CommandRow { family: "keys", name: "DEL", sent: 0 },
            CommandRow { family: "keys", name: "TTL", sent: 12_345 },
        ];
        let counts = (40, 20, 10);
        report.faults = vec![FaultRow {
            fault: "disk.slow",
            summary: "an operation takes its time",
            opportunities: counts.0,
            scheduled: counts.1,
            delivered: counts.2,
            runs: 9,
            compared: 8,
            changed: 2,
        }];
        let moment = |step, lane: &str, kind| Moment { step, lane: lane.into(), kind, text: hostile.clone() };
        report.timeline = Some(Timeline {
            target: hostile.clone(),
            seed: Some(7),
            fingerprint: "reply/GET/bulk/nil".into(),
            steps: 3,
            from: 0,
            moments: vec![moment(0, "c1", MomentKind::Command), moment(2, "crash", MomentKind::Ended)],
        });
        #[cfg(unix)]
        {
            report.load = Some(loaded());
        }
        report
    }

    #[cfg(unix)]
    fn loaded() -> crate::report::Load {
        use crate::load::Latency;
        use crate::report::{CommandLatency, HotKey, Load};
        let latency = Latency { count: 9, p50_us: 1_250, ..Latency::default() };
        let sample = |at_ms| crate::load::Sample { at_ms, per_second: 800.0, memory_bytes: Some(3 << 20), checks: 7 };
        Load {
            by_command: vec![CommandLatency { name: "GET", latency }],
            hot_keys: vec![HotKey { key: "</p><b>".into(), commands: 8 }],
            samples: vec![sample(1000), sample(2000)],
            warnings: vec!["it leaks".into()],
            ..Load::default()
        }
    }

    #[test]
    fn each_section_is_there_and_text_stays_text() {
        let page = whole().html();
        for id in ["divergences", "timeline", "hunt", "commands", "faults", "results"] {
            assert!(page.contains(&format!("<section id=\"{id}\"")), "{id} is missing");
        }
        #[cfg(unix)]
        for part in ["<section id=\"load\"", "it leaks", "1.25 ms", "3.0 MiB", "&lt;/p&gt;&lt;b&gt; (8 commands)"] {
            assert!(page.contains(part), "`{part}` is missing");
        }
        for part in ["1 divergence", "12k", ">client 1<", "2 of 8 runs", "9.5 % of 1", "step 2: "] {
            assert!(page.contains(part), "`{part}` is missing");
        }
        assert_eq!(page.matches("</style>").count(), 1);
        assert!(!page.contains("<script"));
    }

    #[test]
    fn sections_without_data_are_left_out() {
        let page = Report::new("respfuzz".into()).html();
        assert!(page.contains("Nothing was checked") && !page.contains("<section id="), "{page}");
    }

    #[test]
    fn elements_are_balanced() {
        let page = whole().html();
        let body = &page[page.find("<body").unwrap()..];
        let mut open = Vec::new();
        for tag in body.split('<').skip(1).map(|rest| rest.split(['>', ' ']).next().unwrap()) {
            match tag.strip_prefix('/') {
                Some("html") => {}
                Some(name) => assert_eq!(open.pop(), Some(name)),
                None => open.push(tag),
            }
        }
        assert_eq!(open, [""; 0]);
    }
}
