//! The processes of a fuzz engine, and the lines that they write.

use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// What there is to know next; the number is that of the process.
pub(super) enum News {
    /// A line of standard output: the driver's messages.
    Out(usize, String),
    /// A line of standard error: libFuzzer's own.
    Err(usize, String),
    /// One has ended, and all that it wrote was told.
    Ended(usize, ExitStatus),
    /// Nothing for half a second.
    Silence,
    /// All have ended.
    Over,
}

/// Several at once. Those that still run when this goes are killed.
pub(super) struct Processes {
    children: Vec<Child>,
    /// How many pipes of each are open.
    open: Vec<u8>,
    lines: Receiver<(usize, Said)>,
}

enum Said {
    Out(String),
    Err(String),
    /// A pipe's end.
    End,
}

impl Processes {
    pub(super) fn start(commands: impl IntoIterator<Item = Command>) -> io::Result<Processes> {
        let (sender, lines) = channel();
        let mut processes = Processes { children: Vec::new(), open: Vec::new(), lines };
        for (job, mut command) in commands.into_iter().enumerate() {
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn()?;
            let (out, err) = (child.stdout.take(), child.stderr.take());
            processes.open.push(u8::from(out.is_some()) + u8::from(err.is_some()));
            processes.children.push(child);
            out.into_iter().for_each(|pipe| pump(pipe, job, sender.clone(), Said::Out));
            err.into_iter().for_each(|pipe| pump(pipe, job, sender.clone(), Said::Err));
        }
        Ok(processes)
    }

    pub(super) fn next(&mut self) -> io::Result<News> {
        loop {
            match self.lines.recv_timeout(Duration::from_millis(500)) {
                Ok((job, Said::Out(line))) => return Ok(News::Out(job, line)),
                Ok((job, Said::Err(line))) => return Ok(News::Err(job, line)),
                Ok((job, Said::End)) => {
                    self.open[job] -= 1;
                    if self.open[job] == 0 {
                        return self.children[job].wait().map(|status| News::Ended(job, status));
                    }
                }
                Err(RecvTimeoutError::Timeout) => return Ok(News::Silence),
                Err(RecvTimeoutError::Disconnected) => return Ok(News::Over),
            }
        }
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        for child in &mut self.children {
            // It may have ended by itself.
            child.kill().ok();
            child.wait().ok();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "reads the fuzzer's pipes; no run sees it")]
fn pump(pipe: impl Read + Send + 'static, job: usize, sender: Sender<(usize, Said)>, wrap: fn(String) -> Said) {
    std::thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut line = Vec::new();
        // Lines may hold any bytes.
        while reader.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            line.clear();
            if sender.send((job, wrap(text))).is_err() {
                return;
            }
        }
        // Nobody waits for it any more, perhaps.
        sender.send((job, Said::End)).ok();
    });
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(line: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", line]);
        command
    }

    #[test]
    fn each_line_and_each_end_is_told_once() {
        let mut processes = Processes::start([shell("echo a; echo b >&2; exit 3"), shell("echo c")]).unwrap();
        let (mut lines, mut ends) = (Vec::new(), Vec::new());
        loop {
            match processes.next().unwrap() {
                News::Out(job, line) | News::Err(job, line) => lines.push((job, line)),
                News::Ended(job, status) => ends.push((job, status.code())),
                News::Silence => {}
                News::Over => break,
            }
        }
        lines.sort();
        ends.sort();
        assert_eq!(lines, [(0, "a".to_owned()), (0, "b".to_owned()), (1, "c".to_owned())]);
        assert_eq!(ends, [(0, Some(3)), (1, Some(0))]);
    }

    #[test]
    fn those_that_run_are_ended_with_it() {
        let mut processes = Processes::start([shell("echo $$; exec sleep 1000")]).unwrap();
        let News::Out(_, pid) = processes.next().unwrap() else { panic!("it tells its number") };
        drop(processes);
        assert!(!shell(&format!("kill -0 {pid} 2>/dev/null")).status().unwrap().success(), "{pid} still runs");
    }
}
