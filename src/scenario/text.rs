//! The text form of a scenario: what people read, write and commit.
//!
//! ```text
//! respfuzz scenario 1
//! c0> SET s0 "a\x00b" PX 100
//! advance 100ms
//! c1> GET s0
//! disconnect c1
//! checkpoint
//! fault disk.fsync_fail after=2 arg=7
//! crash image=17
//! ```
//!
//! Arguments are quoted as in redis-cli. `#` starts a comment line; `config ...` sets what records are drawn from. Times
//! have a unit: `100ms`, `20s`, `5m`, `1h`. Lines such as `expect = pass` are notes for the [bank](crate::bank).

use super::config::SEGMENTS_MAX;
use super::{ADVANCE_MS_MAX, Again, Chance, Config, Ending, Families, Fsync, Restart, Scenario, Step};
use crate::command::Family;
use crate::duration::parse_ms;
use crate::fault::Scheduled;
use crate::resp::Bytes;
use crate::subject::ClientId;

/// The first line of every text scenario.
pub const HEADER: &str = "respfuzz scenario 1";

/// Why a text is not a scenario.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct TextError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub reason: String,
}

/// Arguments as the command line of redis-cli: quoted where needed.
pub fn quote_argv(argv: &[Bytes]) -> String {
    argv.iter().map(|arg| quote(arg)).collect::<Vec<_>>().join(" ")
}

/// One argument, bare where every reader takes it for itself, else double-quoted with redis-cli's escapes.
pub fn quote(arg: &[u8]) -> String {
    let bare = |b: u8| b.is_ascii_alphanumeric() || b"_-+.:*?[](){}<>=@%,^$!/|".contains(&b);
    if !arg.is_empty() && arg.iter().all(|&b| bare(b)) {
        return String::from_utf8_lossy(arg).into_owned();
    }
    let mut out = String::from("\"");
    for &b in arg {
        match b {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b' '..=b'~' => out.push(b as char),
            _ => out.push_str(&format!("\\x{b:02x}")),
        }
    }
    out.push('"');
    out
}

/// One step on one line, without the line end.
pub fn print_step(step: &Step) -> String {
    match step {
        Step::Command { client, argv } => format!("{client}> {}", quote_argv(argv)),
        Step::Advance { ms } => format!("advance {ms}ms"),
        Step::Disconnect { client } => format!("disconnect {client}"),
        Step::Checkpoint => "checkpoint".into(),
        Step::Restart(restart) => print_restart(restart),
        Step::Fault(Scheduled { fault, after, arg }) => format!("fault {fault} after={after} arg={arg}"),
    }
}

/// `restart`, `kill` or `crash image=1`, and `again-after=2 again-image=3` for a crash inside recovery.
fn print_restart(restart: &Restart) -> String {
    let mut out = match restart.ending {
        Ending::Closed => "restart".to_owned(),
        Ending::Killed => "kill".to_owned(),
        Ending::PowerLoss { image } => format!("crash image={image}"),
    };
    if let Some(Again { after, image }) = restart.again {
        out.push_str(&format!(" again-after={after} again-image={image}"));
    }
    out
}

/// The whole scenario; [`parse`] gives it back.
pub fn print(scenario: &Scenario) -> String {
    let mut out = format!("{HEADER}\n");
    if scenario.config != Config::default() {
        out.push_str(&print_config(&scenario.config));
    }
    for step in &scenario.steps {
        out.push_str(&print_step(step));
        out.push('\n');
    }
    out
}

/// The line that sets what records are drawn from, and the world around; with its line end.
pub fn print_config(config: &Config) -> String {
    let Config { clients, keys, skew_percent, families, checkpoint_every, fsync, segments, chance, dice } = config;
    let mut out =
        format!("config clients={clients} keys={keys} skew={skew_percent} checkpoint-every={checkpoint_every}");
    if *families != Families::ALL {
        out.push_str(&format!(" families={:#x}", families.bits()));
    }
    if *fsync != Fsync::Always {
        out.push_str(&format!(" fsync={}", fsync.name()));
    }
    if *segments != 0 {
        out.push_str(&format!(" segments={segments}"));
    }
    if *chance != Chance::Disabled {
        out.push_str(&format!(" faults={}", chance.name()));
    }
    if *dice != 0 {
        out.push_str(&format!(" dice={dice}"));
    }
    out.push('\n');
    out
}

/// Reads a text scenario.
pub fn parse(text: &str) -> Result<Scenario, TextError> {
    let mut lines = text.lines().enumerate().map(|(i, line)| (i + 1, line.trim()));
    let fail = |line, reason: String| Err(TextError { line, reason });
    match lines.by_ref().find(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        Some((_, HEADER)) => {}
        Some((line, other)) => return fail(line, format!("expected `{HEADER}`, found `{}`", other.escape_default())),
        None => return fail(1, format!("expected `{HEADER}`, found nothing")),
    }
    let mut scenario = Scenario::default();
    for (line, content) in lines {
        if content.is_empty() || content.starts_with('#') || note(content).is_some() {
            continue;
        }
        let parsed = match content.strip_prefix("config ") {
            Some(settings) => parse_config(settings, &mut scenario.config),
            None => parse_step(content).map(|step| scenario.steps.push(step)),
        };
        if let Err(reason) = parsed {
            return fail(line, reason);
        }
    }
    Ok(scenario)
}

/// The names of notes: what the bank of regressions wants to know of a scenario.
pub const NOTES: [&str; 6] = ["expect", "target", "description", "date", "seed", "ops"];

/// A line `name = value`, with one of those names.
pub fn note(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(" = ")?;
    NOTES.contains(&name).then(|| (name, value.trim()))
}

fn parse_step(line: &str) -> Result<Step, String> {
    if let Some((client, command)) = line.split_once("> ") {
        let argv = split_argv(command)?;
        if argv.is_empty() {
            return Err("no command after the client".into());
        }
        return Ok(Step::Command { client: parse_client(client)?, argv });
    }
    let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
    match first {
        "restart" | "kill" | "crash" => return parse_restart(first, rest).map(Step::Restart),
        "fault" => return parse_fault(rest).map(Step::Fault),
        _ => {}
    }
    let mut words = line.split_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some("advance"), Some(time), None) => {
            let ms = parse_ms(time).filter(|ms| *ms <= ADVANCE_MS_MAX);
            ms.map(|ms| Step::Advance { ms }).ok_or_else(|| {
                let time = time.escape_default();
                format!("`{time}` is not a time: write `advance 1500ms` or `advance 20s`, at most {ADVANCE_MS_MAX}ms")
            })
        }
        (Some("disconnect"), Some(client), None) => Ok(Step::Disconnect { client: parse_client(client)? }),
        (Some("checkpoint"), None, None) => Ok(Step::Checkpoint),
        _ => Err(format!(
            "`{}` is not a step: write `c0> COMMAND ...`, `advance Nms`, `disconnect c0`, `checkpoint`, `restart`, `kill`, `crash image=N` or `fault NAME`",
            line.escape_default()
        )),
    }
}

/// `name=number` settings, each at most once, of the given names; a missing one is `None`.
fn parse_numbers<const N: usize>(text: &str, names: [&str; N]) -> Result<[Option<u16>; N], String> {
    let mut numbers = [None; N];
    for setting in text.split_whitespace() {
        let found = setting
            .split_once('=')
            .and_then(|(name, value)| Some((names.iter().position(|known| *known == name)?, value.parse().ok()?)));
        match found {
            Some((at, number)) if numbers[at].is_none() => numbers[at] = Some(number),
            _ => {
                return Err(format!(
                    "`{}`: expected a number for each of {}",
                    setting.escape_default(),
                    names.join(", ")
                ));
            }
        }
    }
    Ok(numbers)
}

fn parse_restart(how: &str, settings: &str) -> Result<Restart, String> {
    let [image, after, again_image] = parse_numbers(settings, ["image", "again-after", "again-image"])?;
    let ending = match (how, image) {
        ("restart", None) => Ending::Closed,
        ("kill", None) => Ending::Killed,
        ("crash", image) => Ending::PowerLoss { image: image.unwrap_or(0) },
        _ => return Err(format!("`{how}` has no image: write `crash image=N`")),
    };
    let again = match (after, again_image) {
        (None, None) => None,
        (after, image) => {
            let after = u8::try_from(after.unwrap_or(0)).map_err(|_| "again-after is at most 255".to_owned())?;
            Some(Again { after, image: image.unwrap_or(0) })
        }
    };
    Ok(Restart { ending, again })
}

fn parse_fault(text: &str) -> Result<Scheduled, String> {
    let (name, settings) = text.split_once(' ').unwrap_or((text, ""));
    let fault = name.parse().map_err(|unknown: crate::fault::UnknownFault| unknown.to_string())?;
    let [after, arg] = parse_numbers(settings, ["after", "arg"])?;
    let after = u8::try_from(after.unwrap_or(0)).map_err(|_| "after is at most 255".to_owned())?;
    Ok(Scheduled { fault, after, arg: arg.unwrap_or(0) })
}

fn parse_client(text: &str) -> Result<ClientId, String> {
    match text.as_bytes() {
        [b'c', digit @ b'0'..=b'3'] => Ok(ClientId::from(digit - b'0')),
        _ => Err(format!("`{}` is not a client: c0, c1, c2 or c3", text.escape_default())),
    }
}

fn parse_config(settings: &str, config: &mut Config) -> Result<(), String> {
    for setting in settings.split_whitespace() {
        let bad = |range: &str| format!("`{setting}`: expected {range}");
        let (name, value) = setting.split_once('=').ok_or_else(|| bad("name=value"))?;
        let number = |low: u8, high: u8| {
            value
                .parse()
                .ok()
                .filter(|n| (low..=high).contains(n))
                .ok_or_else(|| bad(&format!("a number from {low} to {high}")))
        };
        match name {
            "clients" => config.clients = number(1, 4)?,
            "keys" => config.keys = number(1, 100)?,
            "skew" => config.skew_percent = number(0, 200)?,
            "checkpoint-every" => config.checkpoint_every = number(0, 127)?,
            "families" => {
                config.families = parse_families(value).ok_or_else(|| bad("family names or a hexadecimal mask"))?
            }
            "fsync" => {
                let found = Fsync::ALL.into_iter().find(|fsync| fsync.name() == value);
                config.fsync = found.ok_or_else(|| bad("always, everysec or no"))?;
            }
            "dice" => config.dice = value.parse().map_err(|_| bad("a number up to 65535"))?,
            "segments" => config.segments = number(0, SEGMENTS_MAX)?,
            "faults" => {
                let found = Chance::ALL.into_iter().find(|chance| chance.name() == value);
                config.chance = found.ok_or_else(|| bad("disabled, calm, moderate or chaos"))?;
            }
            _ => {
                return Err(bad("clients, keys, skew, checkpoint-every, families, fsync, segments, faults or dice"));
            }
        }
    }
    Ok(())
}

/// `strings,lists` or `0x9`.
pub fn parse_families(text: &str) -> Option<Families> {
    if let Some(hex) = text.strip_prefix("0x") {
        return u32::from_str_radix(hex, 16).ok().map(Families::from_bits);
    }
    let families: Option<Vec<Family>> = text.split(',').map(Family::parse).collect();
    families.map(|families| Families::only(&families))
}

/// Splits a line as redis-cli does: blanks separate, double quotes with escapes, single quotes with `\'` only.
pub fn split_argv(line: &str) -> Result<Vec<Bytes>, String> {
    let mut rest = line.as_bytes();
    let mut argv = Vec::new();
    loop {
        rest = rest.trim_ascii_start();
        match rest.first() {
            None => return Ok(argv),
            Some(b'"') => argv.push(take_double_quoted(&mut rest)?),
            Some(b'\'') => argv.push(take_single_quoted(&mut rest)?),
            Some(_) => {
                let end = rest.iter().position(|b| b.is_ascii_whitespace()).unwrap_or(rest.len());
                argv.push(rest[..end].to_vec());
                rest = &rest[end..];
            }
        }
        if rest.first().is_some_and(|b| !b.is_ascii_whitespace()) {
            return Err("a closing quote must be followed by a blank".into());
        }
    }
}

fn take_double_quoted(rest: &mut &[u8]) -> Result<Bytes, String> {
    let mut out = Bytes::new();
    let mut bytes = &rest[1..];
    loop {
        bytes = match bytes {
            [] => return Err("unbalanced double quotes".into()),
            [b'"', after @ ..] => {
                *rest = after;
                return Ok(out);
            }
            [b'\\', b'x', hi, lo, after @ ..] if hi.is_ascii_hexdigit() && lo.is_ascii_hexdigit() => {
                let digit = |b: u8| (b as char).to_digit(16).unwrap_or(0) as u8;
                out.push(digit(*hi) * 16 + digit(*lo));
                after
            }
            [b'\\', escaped, after @ ..] => {
                out.push(match escaped {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'b' => 8,
                    b'a' => 7,
                    other => *other,
                });
                after
            }
            [b, after @ ..] => {
                out.push(*b);
                after
            }
        };
    }
}

fn take_single_quoted(rest: &mut &[u8]) -> Result<Bytes, String> {
    let mut out = Bytes::new();
    let mut bytes = &rest[1..];
    loop {
        bytes = match bytes {
            [] => return Err("unbalanced single quotes".into()),
            [b'\'', after @ ..] => {
                *rest = after;
                return Ok(out);
            }
            [b'\\', b'\'', after @ ..] => {
                out.push(b'\'');
                after
            }
            [b, after @ ..] => {
                out.push(*b);
                after
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Offer, decode, generate_of};
    use super::*;

    #[test]
    fn generated_scenarios_round_trip() {
        for seed in 0..50 {
            let scenario = decode(&generate_of(seed, 40, None, &Offer::ALL));
            assert_eq!(parse(&print(&scenario)), Ok(scenario), "seed {seed}");
        }
    }

    #[test]
    fn every_byte_round_trips() {
        let argv: Vec<Bytes> = (0..=255).map(|b| vec![b, b'x', b]).chain([vec![]]).collect();
        assert_eq!(split_argv(&quote_argv(&argv)), Ok(argv));
    }

    #[test]
    fn errors_name_the_line_and_what_to_write() {
        let fail = |text: &str| parse(&format!("{HEADER}\n{text}")).unwrap_err().to_string();
        assert!(fail("c7> GET k").starts_with("line 2: `c7` is not a client"));
        assert!(fail("\nadvance 5").starts_with("line 3: `5` is not a time"));
        assert!(
            parse(&format!("{HEADER}\nexpect = pass\nadvance 20s"))
                .is_ok_and(|s| s.steps == [Step::Advance { ms: 20_000 }])
        );
        assert!(fail("c0> GET \"k").contains("unbalanced double quotes"));
        assert!(fail("config clients=9").contains("a number from 1 to 4"));
        assert!(parse("").is_err() && parse("hello").is_err());
    }
}
