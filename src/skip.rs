//! What the runner does not send, because it would reach beyond the scenario: connections that the toolkit itself has
//! on a server, parameters that everyone feels, replies that never come.

use crate::command;
use crate::model::Model;
use crate::resp::Bytes;

/// Why a command would disturb a server under test, or the toolkit's own connections to it. With `search`, it has FT.*.
pub(crate) fn reason(argv: &[Bytes], search: bool) -> Option<&'static str> {
    let is_asked = |command: &command::Command| command.is_drawn() || search && command.name.starts_with("FT.");
    if argv.first().and_then(|name| command::by_name(name)).is_some_and(|command| !is_asked(command)) {
        return Some("it is served, and not compared: engines need not have it");
    }
    let [name, word, args @ ..] = argv else { return None };
    if is(name, "CONFIG") && Model::is_disturbing_config(argv) {
        return Some("everyone would feel this parameter");
    }
    if is(name, "WAIT") && number(word).is_some_and(|replicas| replicas > 0) {
        return Some("nobody replicates");
    }
    if is(name, "CLIENT") && reaches_others(word, args) {
        return Some("it may meet connections that the scenario does not know");
    }
    None
}

fn is(word: &[u8], name: &str) -> bool {
    word.eq_ignore_ascii_case(name.as_bytes())
}

fn number(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// A connection's number in a scenario is there by chance, if at all; only the largest one is certainly not.
fn may_be_a_connection(id: &[u8]) -> bool {
    number(id).is_some_and(|id| (1..i64::MAX).contains(&id))
}

/// Whether a CLIENT command could close, wake up, hold up or silence connections.
fn reaches_others(word: &[u8], args: &[Bytes]) -> bool {
    let first = args.first().map_or(b"".as_slice(), Vec::as_slice);
    match word.to_ascii_uppercase().as_slice() {
        b"UNBLOCK" => may_be_a_connection(first),
        b"KILL" => may_kill(args),
        b"REPLY" => is(first, "OFF") || is(first, "SKIP"),
        b"PAUSE" | b"UNPAUSE" | b"TRACKING" | b"CACHING" => true,
        _ => false,
    }
}

/// All filters must fit for a connection to be closed: one that nobody fits is enough.
fn may_kill(filters: &[Bytes]) -> bool {
    if let [address] = filters {
        return address.contains(&b':');
    }
    let fits_nobody = |filter: &[Bytes]| match filter {
        [name, value] if is(name, "ID") => !may_be_a_connection(value),
        [name, value] if is(name, "TYPE") => ["MASTER", "REPLICA", "SLAVE"].iter().any(|kind| is(value, kind)),
        _ => false,
    };
    // Of several of a kind, the last counts.
    let counts = |name: &str| filters.chunks(2).filter(|filter| is(&filter[0], name)).count();
    counts("ID") > 1 || counts("TYPE") > 1 || !filters.chunks(2).any(fits_nobody)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skipped(line: &str) -> bool {
        reason(&line.split(' ').map(Bytes::from).collect::<Vec<_>>(), false).is_some()
    }

    #[test]
    fn what_could_close_or_silence_a_connection_is_not_sent() {
        for line in
            ["CLIENT KILL ID 3", "client kill type normal", "CLIENT KILL SKIPME yes", "CLIENT REPLY off", "WAIT 1 0"]
        {
            assert!(skipped(line), "{line}");
        }
        for line in
            ["CLIENT KILL ID 9223372036854775807", "CLIENT KILL a", "CLIENT REPLY ON", "WAIT 0 0", "CLIENT LIST"]
        {
            assert!(!skipped(line), "{line}");
        }
    }

    #[test]
    fn only_parameters_that_nobody_feels_are_set() {
        for line in
            ["CONFIG SET timeout 3", "CONFIG SET maxmemory 100", "CONFIG SET requirepass x", "CONFIG SET hz 100"]
        {
            assert!(skipped(line), "{line}");
        }
        for line in ["CONFIG SET timeout x", "CONFIG SET maxmemory 1gb", "CONFIG SET lfu-log-factor 3", "CONFIG GET *"]
        {
            assert!(!skipped(line), "{line}");
        }
    }
}
