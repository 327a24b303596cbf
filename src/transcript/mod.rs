//! Recorded sessions of real servers, replayed.
//!
//! A transcript is a text file with one JSON object a line, perhaps compressed with gzip. Strings are bytes written as
//! Latin-1. Either a **session** on a new connection, one command at a time:
//!
//! ```json
//! {"id":"s1","ops":[{"c":["SADD","s","a","b"],"r":{"i":2}},{"c":["SMEMBERS","s"],"r":{"a":[{"b":"a"},{"b":"b"}]},"ann":{"unordered":[[]]}}]}
//! ```
//!
//! or an **exchange**, bytes in and exact bytes out, `closed` if the server ends the connection by itself:
//!
//! ```json
//! {"id":"x1","in":"*1\r\n$-1\r\n","out":"-ERR Protocol error: invalid bulk length\r\n","closed":true}
//! ```

mod compare;
mod peer;
mod record;

use std::fmt;

pub use compare::{Annotations, same};
pub use peer::{InProcess, Live, Peer, PeerError};
pub use record::{BadRecord, Exchange, Op, Record, Session, read};

use crate::resp::Bytes;
use crate::subject::display_argv;

/// Where a peer answered something else than what was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The session or exchange.
    pub id: String,
    /// Which command of the session, counted from 0; `None` in an exchange.
    pub op: Option<usize>,
    /// What was sent, as people write it.
    pub sent: String,
    /// The recorded answer.
    pub recorded: String,
    /// The peer's.
    pub observed: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference { id, op, sent, recorded, observed } = self;
        let place = op.map_or(String::new(), |op| format!(" op {op}"));
        let indented = |text: &str| text.replace('\n', "\n            ");
        write!(f, "{id}{place}: {sent}\n  recorded: {}\n  observed: {}", indented(recorded), indented(observed))
    }
}

/// Replays a record; gives the number of comparisons.
pub fn replay(record: &Record, peer: &mut dyn Peer, found: &mut dyn FnMut(Difference)) -> Result<u64, PeerError> {
    match record {
        Record::Session(session) => replay_session(session, peer, found),
        Record::Exchange(exchange) => replay_exchange(exchange, peer, found),
    }
}

fn replay_session(session: &Session, peer: &mut dyn Peer, found: &mut dyn FnMut(Difference)) -> Result<u64, PeerError> {
    peer.connect()?;
    for (i, op) in session.ops.iter().enumerate() {
        let observed = peer.call(&op.argv)?;
        if !same(&op.reply, &observed, &op.argv, &op.annotations) {
            found(Difference {
                id: session.id.clone(),
                op: Some(i),
                sent: display_argv(&op.argv),
                recorded: op.reply.to_string(),
                observed: observed.to_string(),
            });
        }
    }
    Ok(session.ops.len() as u64)
}

fn replay_exchange(
    exchange: &Exchange,
    peer: &mut dyn Peer,
    found: &mut dyn FnMut(Difference),
) -> Result<u64, PeerError> {
    peer.connect()?;
    peer.call(&[b"FLUSHALL".to_vec()])?;
    peer.connect()?;
    let (output, closed) = peer.exchange(&exchange.input)?;
    if (&output, closed) != (&exchange.output, exchange.closed) {
        found(Difference {
            id: exchange.id.clone(),
            op: None,
            sent: exchange.input.escape_ascii().to_string(),
            recorded: shown(&exchange.output, exchange.closed),
            observed: shown(&output, closed),
        });
    }
    Ok(1)
}

fn shown(output: &Bytes, closed: bool) -> String {
    format!("{}{}", output.escape_ascii(), if closed { " and closes" } else { "" })
}
