//! What some commands have to tell besides their results.

use serde::Serialize;

use super::Failure;
use crate::campaign;
use crate::command::{Family, Sent};
use crate::fault::Fault;

/// A hunt over time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Hunt {
    /// Coverage counters that there are.
    pub counters: u64,
    /// Edges that the corpus covered before anything was mutated.
    pub edges_before: u64,
    /// How it was, from its beginning to its end.
    pub samples: Vec<Sample>,
}

/// A hunt at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// Since it began.
    pub millis: u64,
    /// Inputs run.
    pub executions: u64,
    /// Edges covered.
    pub edges: u64,
    /// Inputs in the corpus.
    pub corpus: u64,
    /// Distinct divergences.
    pub divergences: u64,
}

impl Hunt {
    /// Takes the latest sample. Of a long hunt, some are forgotten: those that are left are about as far from one another.
    pub fn take(&mut self, sample: Sample) {
        /// More than a chart can show.
        const SAMPLES_MAX: usize = 240;
        // A process that is started again begins with less.
        let last = self.samples.last().copied().unwrap_or_default();
        let (executions, edges) = (sample.executions.max(last.executions), sample.edges.max(last.edges));
        self.samples.push(Sample { executions, edges, ..sample });
        if self.samples.len() > SAMPLES_MAX {
            let mut at = 0;
            self.samples.retain(|_| {
                at += 1;
                at % 2 == 1
            });
        }
    }

    /// Whether it is time for another sample.
    pub fn is_due(&self, millis: u64) -> bool {
        /// A hunt of a minute is drawn smoothly.
        const EVERY_MS: u64 = 250;
        let last = self.samples.last().map(|sample| sample.millis);
        let length = self.samples.len() as u64;
        last.is_none_or(|last| millis >= last + EVERY_MS.max(last / length.max(1)))
    }
}

/// One command, and how often clients sent it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CommandRow {
    /// Its family.
    pub family: &'static str,
    /// Its name.
    pub name: &'static str,
    /// How often it was sent.
    pub sent: u64,
}

/// A row for each command that may be drawn or was sent, by family.
pub(super) fn command_rows(sent: &Sent) -> Vec<CommandRow> {
    let row = |(command, sent): (&'static crate::command::Command, u64)| {
        let is_search = command.name.starts_with("FT.");
        CommandRow { family: if is_search { "search" } else { command.family.name() }, name: command.name, sent }
    };
    let mut rows: Vec<_> = sent.rows().map(row).collect();
    let place = |row: &CommandRow| Family::ALL.iter().position(|family| family.name() == row.family).unwrap_or(99);
    rows.sort_by_key(|row| (place(row), row.name));
    rows
}

/// What became of one fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FaultRow {
    /// Its name.
    pub fault: &'static str,
    /// What happens.
    pub summary: &'static str,
    /// How often it could have come.
    pub opportunities: u64,
    /// How often it was to come.
    pub scheduled: u64,
    /// How often something has really gone wrong.
    pub delivered: u64,
    /// Runs in which it was delivered.
    pub runs: u64,
    /// Those that were run once more without it.
    pub compared: u64,
    /// Those that came to something else without it.
    pub changed: u64,
}

impl FaultRow {
    /// Nothing yet.
    fn new(fault: Fault) -> Self {
        let (fault, summary) = (fault.name(), fault.summary());
        FaultRow { fault, summary, opportunities: 0, scheduled: 0, delivered: 0, runs: 0, compared: 0, changed: 0 }
    }

    /// What a campaign counted comes on top.
    fn add(&mut self, row: &campaign::Row) {
        self.opportunities += row.counts.opportunities;
        self.scheduled += row.counts.scheduled;
        self.delivered += row.counts.delivered;
        self.runs += row.runs;
        self.compared += row.compared;
        self.changed += row.changed;
    }
}

/// Takes the faults of a campaign in; rows are in the order of the catalogue.
pub(super) fn add_faults(rows: &mut Vec<FaultRow>, campaign: &campaign::Campaign) {
    for (fault, counted) in &campaign.faults {
        match rows.iter_mut().find(|row| row.fault == fault.name()) {
            Some(row) => row.add(counted),
            None => {
                let mut row = FaultRow::new(*fault);
                row.add(counted);
                rows.push(row);
            }
        }
    }
    rows.sort_by_key(|row| Fault::ALL.iter().position(|fault| fault.name() == row.fault));
}

/// All failures with one fingerprint.
pub(super) struct Group<'a> {
    /// The one with the shortest script, and what it belongs to.
    pub(super) shown: (&'a str, &'a Failure),
    /// The others.
    pub(super) others: Vec<(&'a str, &'a Failure)>,
}

impl Group<'_> {
    /// In how many runs it was seen.
    pub(super) fn count(&self) -> u64 {
        self.shown.1.count + self.others.iter().map(|(_, failure)| failure.count).sum::<u64>()
    }
}

impl super::Report {
    /// The failures, grouped by what they are, in the order in which they came.
    pub(super) fn groups(&self) -> Vec<Group<'_>> {
        let mut groups: Vec<Group> = Vec::new();
        let failures = self.results.iter().flat_map(|outcome| outcome.failures().map(|f| (outcome.name.as_str(), f)));
        for (name, failure) in failures {
            match groups.iter_mut().find(|group| group.shown.1.fingerprint == failure.fingerprint) {
                None => groups.push(Group { shown: (name, failure), others: Vec::new() }),
                Some(group) if failure.script.len() < group.shown.1.script.len() => {
                    let longer = std::mem::replace(&mut group.shown, (name, failure));
                    group.others.push(longer);
                }
                Some(group) => group.others.push((name, failure)),
            }
        }
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_hunt_keeps_few_samples_and_never_goes_back() {
        let mut hunt = Hunt::default();
        let mut millis = 0;
        for i in 0..100_000 {
            millis += 100;
            let is_restart = i % 1000 == 0;
            if hunt.is_due(millis) {
                let edges = if is_restart { 0 } else { i };
                hunt.take(Sample { millis, executions: 10 * i, edges, corpus: i, divergences: 0 });
            }
        }
        let samples = &hunt.samples;
        assert!((100..=240).contains(&samples.len()), "{}", samples.len());
        assert!(samples.windows(2).all(|two| two[0].millis < two[1].millis && two[0].edges <= two[1].edges));
        let gaps: Vec<u64> = samples.windows(2).map(|two| two[1].millis - two[0].millis).collect();
        assert!(gaps.iter().max() < gaps.iter().min().map(|least| 5 * least).as_ref(), "{gaps:?}");
    }

    #[test]
    fn commands_are_told_by_family_also_those_that_were_never_sent() {
        let mut sent = Sent::default();
        sent.count(&[b"get".to_vec()]);
        sent.count(&[b"FT.SEARCH".to_vec()]);
        let rows = command_rows(&sent);
        assert_eq!((rows[0].family, rows[0].sent), ("strings", 0));
        assert!(rows.contains(&CommandRow { family: "strings", name: "GET", sent: 1 }));
        assert_eq!(rows.last(), Some(&CommandRow { family: "search", name: "FT.SEARCH", sent: 1 }));
    }
}
