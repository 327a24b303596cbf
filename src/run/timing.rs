//! What of a command depends on time, and what leaves its client waiting.

use crate::command::{self, Family};
use crate::model::Model;
use crate::resp::Bytes;
use crate::subject::ClientId;

/// Without simulated time, absolute moments cannot be compared, and nothing may expire during the run.
pub(super) fn is_time_sensitive(client: ClientId, argv: &[Bytes], model: &Model) -> bool {
    /// No run takes longer.
    const HORIZON_MS: u64 = 600_000;
    let absolute: [&[u8]; 8] =
        [b"EXAT", b"PXAT", b"EXPIREAT", b"PEXPIREAT", b"EXPIRETIME", b"PEXPIRETIME", b"ABSTTL", b"IDLETIME"];
    if argv.iter().any(|arg| absolute.iter().any(|word| arg.eq_ignore_ascii_case(word))) {
        return true;
    }
    if asks_for_idle_time(argv) || depends_on_clock(client, argv, model) {
        return true;
    }
    let mut dry_run = model.clone();
    dry_run.send(client, argv, None, &mut Vec::new());
    dry_run.next_deadline_ms().is_some_and(|at| at < dry_run.now_ms() + HORIZON_MS)
}

/// Whether the command does something else later on: of the times to live that come near the longest one, some are
/// too long only from some day on, and nobody knows what day a server has that keeps its own time.
fn depends_on_clock(client: ClientId, argv: &[Bytes], model: &Model) -> bool {
    const CENTURY_MS: u64 = 100 * 365 * 86_400_000;
    /// Of the longest time to live in seconds.
    const DIGITS: usize = 16;
    if !argv.iter().any(|arg| arg.len() >= DIGITS && arg.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-')) {
        return false;
    }
    let answers = |later_ms: u64| {
        let (mut model, mut answers) = (model.clone(), Vec::new());
        model.set_clock(model.now_ms() + later_ms);
        model.send(client, argv, None, &mut answers);
        answers
    };
    answers(0) != answers(CENTURY_MS)
}

/// Whether the command has exactly one reply, at once, that says nothing about the connection itself.
pub(super) fn answers_once(argv: &[Bytes]) -> bool {
    let Some(command) = command::by_name(&argv[0]) else { return true };
    let is_plain = !matches!(command.family, Family::PubSub | Family::Connection) && command.name != "EXEC";
    // What stands for something seen before must be known when the command goes out.
    is_plain && !may_wait(argv) && !argv.iter().any(|arg| arg.starts_with(b"@"))
}

/// Whether the command may leave its client waiting; XREAD does so only if told.
pub(crate) fn may_wait(argv: &[Bytes]) -> bool {
    let Some(command) = command::by_name(&argv[0]).filter(|c| c.has_flag("blocking")) else { return false };
    !command.tokens().contains(&"BLOCK") || argv[1..].iter().any(|arg| arg.eq_ignore_ascii_case(b"BLOCK"))
}

/// Whether what XPENDING, XCLAIM or XAUTOCLAIM does depends on how many milliseconds have passed.
pub(crate) fn asks_for_idle_time(argv: &[Bytes]) -> bool {
    let is_zero = |at: usize| argv.get(at).is_none_or(|ms| ms == b"0");
    match command::by_name(&argv[0]).map(|c| c.name) {
        Some("XPENDING") => argv.get(3).is_some_and(|word| word.eq_ignore_ascii_case(b"IDLE")) && !is_zero(4),
        Some("XCLAIM") => !is_zero(4) || argv.iter().any(|word| word.eq_ignore_ascii_case(b"TIME")),
        Some("XAUTOCLAIM") => !is_zero(4),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EncodingLimits;

    #[test]
    fn what_the_clock_decides_is_not_sent() {
        let model = Model::new(EncodingLimits::default()).with_foreign_clock();
        let is_sensitive = |line: &str| {
            let argv: Vec<Bytes> = line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
            is_time_sensitive(ClientId(0), &argv, &model)
        };
        for line in ["EXPIRE k 9223370436854775", "SET k v PX 1", "EXPIREAT k 5", "SET k v PX 9223370436854775000"] {
            assert!(is_sensitive(line), "{line}");
        }
        for line in ["INCRBY k 9223370436854775", "SET k v EX 1000000", "EXPIRE k 9223372036854775807"] {
            assert!(!is_sensitive(line), "{line}");
        }
    }
}
