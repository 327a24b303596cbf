//! SLOWLOG and LATENCY. As time stands still while a command runs, no command is slow: there is nothing to tell.

use super::{Command, Context, Outcome, Run, help, subcommand_syntax};
use crate::number;
use crate::reply::{Error, Reply};

const NONE: (i64, i64, i64) = (0, 0, 0);
const SLOWLOG_FLAGS: &str = "admin loading stale";
const LATENCY_FLAGS: &str = "admin noscript loading stale";

pub(super) const COMMANDS: &[Command] = &[
    Command::new("slowlog", -2, "", NONE, Run::Container(SLOWLOG)),
    Command::new("latency", -2, "", NONE, Run::Container(LATENCY)),
];

const SLOWLOG: &[Command] = &[
    Command::new("slowlog|get", -2, SLOWLOG_FLAGS, NONE, Run::Now(slowlog_get)),
    Command::new("slowlog|help", 2, "loading stale", NONE, Run::Now(slowlog_help)),
    Command::new("slowlog|len", 2, SLOWLOG_FLAGS, NONE, Run::Now(none)),
    Command::new("slowlog|reset", 2, SLOWLOG_FLAGS, NONE, Run::Now(slowlog_reset)),
];

const LATENCY: &[Command] = &[
    Command::new("latency|doctor", 2, LATENCY_FLAGS, NONE, Run::Now(doctor)),
    Command::new("latency|graph", 3, LATENCY_FLAGS, NONE, Run::Now(graph)),
    Command::new("latency|help", 2, "loading stale", NONE, Run::Now(latency_help)),
    Command::new("latency|histogram", -2, LATENCY_FLAGS, NONE, Run::Now(histogram)),
    Command::new("latency|history", 3, LATENCY_FLAGS, NONE, Run::Now(nothing)),
    Command::new("latency|latest", 2, LATENCY_FLAGS, NONE, Run::Now(nothing)),
    Command::new("latency|reset", -2, LATENCY_FLAGS, NONE, Run::Now(none)),
];

fn none(_: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    Ok(Reply::Int(0))
}

fn nothing(_: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    Ok(Reply::Array(Vec::new()))
}

fn histogram(_: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    Ok(Reply::Map(Vec::new()))
}

fn slowlog_get(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    match &argv[2..] {
        [] => {}
        [count] => {
            let refused = Error::new("ERR count should be greater than or equal to -1");
            number::int_within(count, -1, i64::MAX, refused)?;
        }
        _ => return Err(subcommand_syntax(argv)),
    }
    nothing(cx, argv)
}

fn slowlog_reset(_: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    Ok(Reply::OK)
}

fn doctor(_: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    Ok(Reply::Verbatim(
        b"I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance. You may use \"CONFIG \
          SET latency-monitor-threshold <milliseconds>.\" in order to enable it. If we weren't in a deep space mission I'd \
          suggest to take a look at https://redis.io/topics/latency-monitor.\n"
            .into(),
    ))
}

fn graph(_: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    let event = super::args::c_str(&argv[2]);
    Err(Error::built([b"ERR No samples available for event '", event, b"'"].concat()))
}

fn slowlog_help(_: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    help(
        "SLOWLOG",
        "GET [<count>]
    Return top <count> entries from the slowlog (default: 10, -1 mean all).
    Entries are made of:
    id, timestamp, time in microseconds, arguments array, client IP and port,
    client name
LEN
    Return the length of the slowlog.
RESET
    Reset the slowlog.",
    )
}

fn latency_help(_: &mut Context<'_>, _: &[Vec<u8>]) -> Outcome {
    help(
        "LATENCY",
        "DOCTOR
    Return a human readable latency analysis report.
GRAPH <event>
    Return an ASCII latency graph for the <event> class.
HISTORY <event>
    Return time-latency samples for the <event> class.
LATEST
    Return the latest latency samples for all events.
RESET [<event> ...]
    Reset latency data of one or more <event> classes.
    (default: reset all data for all event classes)
HISTOGRAM [COMMAND ...]
    Return a cumulative distribution of latencies in the format of a histogram for the specified command names.
    If no commands are specified then all histograms are replied.",
    )
}
