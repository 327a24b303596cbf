//! The worker process: runs inputs that may hang, abort, overflow the stack or run out of memory.
//!
//! The parent writes frames (a little-endian `u32` length, then the input) to its standard input; it answers with
//! lines: `@ SIGNATURE` before each command, then one JSON [`RunReport`].

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use crate::oracle::{Fingerprint, Oracle, Violation};
use crate::shrink::Judge;
use crate::target::{RunReport, Target, run_checked};

/// Serves inputs from standard input until it closes.
pub fn serve(target: &dyn Target) -> io::Result<()> {
    let mut input = io::stdin().lock();
    let mut output = io::stdout().lock();
    loop {
        let mut length = [0; 4];
        match input.read_exact(&mut length) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            other => other?,
        }
        let mut data = vec![0; u32::from_le_bytes(length) as usize];
        input.read_exact(&mut data)?;
        let mut failed = None;
        let noted = target.run_noting(&data, &mut |signature| {
            failed = writeln!(output, "@ {signature}").and_then(|()| output.flush()).err().or(failed.take());
        });
        if let Some(error) = failed {
            return Err(error);
        }
        let report = if noted.violation.is_some() { noted } else { repeated(target, &data) };
        serde_json::to_writer(&mut output, &report)?;
        output.write_all(b"\n")?;
        output.flush()?;
    }
}

/// Several runs of an input without a violation: nondeterminism does not show each time.
fn repeated(target: &dyn Target, data: &[u8]) -> RunReport {
    const TIMES: usize = 3;
    let mut report = RunReport::default();
    for _ in 0..TIMES {
        report = run_checked(target, data, true);
        if report.violation.is_some() {
            break;
        }
    }
    report
}

/// A worker process as a [`Judge`]. It is started again after each death.
pub struct Worker {
    start: Box<dyn Fn() -> Command>,
    running: Option<Running>,
    /// How long one input may take before it counts as a hang.
    limit: Duration,
}

struct Running {
    child: Child,
    /// Closed to let it end.
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
}

/// How often a worker is asked whether it has ended, before it is killed.
const END_ROUNDS: u32 = 200;

impl Drop for Running {
    fn drop(&mut self) {
        // One that waits for its next input ends by itself, and ends what it has started: a server under test.
        self.stdin = None;
        for _ in 0..END_ROUNDS {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        // It may have died by itself; what matters is that it is gone and reaped.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// How long one input may take, wall clock: far beyond what the budget of a run allows.
pub const HANG_LIMIT: Duration = Duration::from_secs(20);

impl Worker {
    /// `start` makes the command whose process then calls [`serve`].
    pub fn new(start: Box<dyn Fn() -> Command>) -> Self {
        Worker { start, running: None, limit: HANG_LIMIT }
    }

    /// A shorter limit, for tests.
    pub fn with_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    fn running(&mut self) -> io::Result<&mut Running> {
        if self.running.is_none() {
            let mut child =
                (self.start)().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
            let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
                return Err(io::Error::other("the worker has no pipes"));
            };
            let (sender, lines) = channel();
            #[expect(
                clippy::disallowed_methods,
                reason = "reads the worker's pipe so that a hang can be told; no run sees it"
            )]
            std::thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    if sender.send(line).is_err() {
                        return;
                    }
                }
            });
            self.running = Some(Running { child, stdin: Some(stdin), lines });
        }
        self.running.as_mut().ok_or_else(|| io::Error::other("the worker did not start"))
    }

    /// Runs one input.
    pub fn run(&mut self, data: &[u8]) -> io::Result<RunReport> {
        let limit = self.limit;
        let running = self.running()?;
        let mut frame = (data.len() as u32).to_le_bytes().to_vec();
        frame.extend(data);
        // A worker that died before reading shows below, when no line comes.
        let closed = || io::Error::from(io::ErrorKind::BrokenPipe);
        let stdin = running.stdin.as_mut().ok_or_else(closed)?;
        let written = stdin.write_all(&frame).and_then(|()| stdin.flush());
        let mut last = String::from("start");
        loop {
            match running.lines.recv_timeout(limit) {
                Ok(line) => match line.strip_prefix("@ ") {
                    Some(signature) => last = signature.to_owned(),
                    None => {
                        return serde_json::from_str(&line)
                            .map_err(|error| io::Error::other(format!("the worker wrote `{line}`: {error}")));
                    }
                },
                Err(RecvTimeoutError::Timeout) => {
                    self.running = None;
                    return Ok(died(Oracle::Hang, &last, "hang", format!("no end within {} s", limit.as_secs())));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let status = running.child.wait()?;
                    self.running = None;
                    if last == "start" && written.is_err() {
                        return Err(io::Error::other(format!("the worker does not start: {status}")));
                    }
                    let class = status.to_string().replace([' ', '/'], "-");
                    return Ok(died(Oracle::Abort, &last, &class, format!("the process ended: {status}")));
                }
            }
        }
    }
}

fn died(oracle: Oracle, signature: &str, class: &str, observed: String) -> RunReport {
    let violation = Violation {
        oracle,
        step: usize::MAX / 2,
        command: String::new(),
        observed,
        expected: "the process goes on".into(),
        fingerprint: Fingerprint::new(oracle, signature, "alive", class),
        as_sent: Default::default(),
        dispute: None,
    };
    RunReport { violation: Some(violation), ..RunReport::default() }
}

impl Judge for Worker {
    fn judge(&mut self, data: &[u8]) -> Option<Violation> {
        match self.run(data) {
            Ok(report) => report.violation,
            Err(_) => None, // The candidate is not accepted; `respfuzz` reports a worker that never starts.
        }
    }
}
