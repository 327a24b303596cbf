//! `respfuzz transcript`: recorded sessions against the model, the engine or a server.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;

use super::oracle::connect_to_empty;
use super::serve::ServedArgs;
use super::{CliError, Verdict};
use crate::transcript::{Difference, InProcess, Live, Peer, Record, read, replay};

#[derive(Args)]
pub(super) struct TranscriptArgs {
    /// Recorded sessions: one JSON object a line, perhaps compressed (.gz)
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    served: ServedArgs,
    /// A server that listens instead: HOST:PORT or unix:PATH. Its data is deleted
    #[arg(long, value_name = "ADDRESS", conflicts_with = "ServedArgs")]
    redis: Option<String>,
    /// Let the server that listens be emptied although it holds data
    #[arg(long, requires = "redis")]
    flush: bool,
    /// Print the counts only
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Default)]
struct Totals {
    records: u64,
    comparisons: u64,
    differences: u64,
    records_that_differ: u64,
    by_command: BTreeMap<String, u64>,
}

pub(super) fn run(args: &TranscriptArgs) -> Result<Verdict, CliError> {
    let mut totals = Totals::default();
    let files: Vec<Vec<Record>> = args.files.iter().map(read_file).collect::<Result<_, _>>()?;
    let mut peer = connect(args)?;
    for record in files.iter().flatten() {
        totals.replay(record, peer.as_mut(), args.quiet)?;
    }
    for (command, count) in &totals.by_command {
        println!("{count:6}  {command}");
    }
    println!(
        "{} recorded, {} comparisons, {} differences in {}",
        totals.records, totals.comparisons, totals.differences, totals.records_that_differ
    );
    if totals.comparisons == 0 {
        return Err(CliError::CannotRun("nothing was compared: this run says nothing".into()));
    }
    Ok(if totals.differences == 0 { Verdict::Held } else { Verdict::Diverged })
}

fn read_file(path: &PathBuf) -> Result<Vec<Record>, CliError> {
    let bad = |reason: String| CliError::Usage(format!("{}: {reason}", path.display()));
    let data = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
    read(&data).map_err(|error| bad(error.to_string()))
}

fn connect(args: &TranscriptArgs) -> Result<Box<dyn Peer>, CliError> {
    if let Some(address) = &args.redis {
        let (address, _) = connect_to_empty("--redis", address, args.flush)?;
        let live = Live::connect(address).map_err(|error| CliError::CannotRun(error.to_string()))?;
        return Ok(Box::new(live));
    }
    Ok(Box::new(InProcess::new(|clock| args.served.serve(move || clock.now_ms()))))
}

impl Totals {
    fn replay(&mut self, record: &Record, peer: &mut dyn Peer, quiet: bool) -> Result<(), CliError> {
        let before = self.differences;
        let compared = replay(record, peer, &mut |difference: Difference| {
            self.differences += 1;
            let name = match difference.op {
                Some(_) => difference.sent.split(' ').next().unwrap_or_default().to_uppercase(),
                None => "(bytes)".into(),
            };
            *self.by_command.entry(name).or_default() += 1;
            if !quiet {
                println!("{difference}");
            }
        });
        let id = match record {
            Record::Session(session) => &session.id,
            Record::Exchange(exchange) => &exchange.id,
        };
        self.comparisons += compared.map_err(|error| CliError::CannotRun(format!("{id}: {error}")))?;
        self.records += 1;
        self.records_that_differ += u64::from(self.differences > before);
        Ok(())
    }
}
