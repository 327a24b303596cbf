//! The clients' side: commands as bytes, and what comes back.

use crate::digest;
use crate::resp::{Bytes, Limits, Protocol, ValueStream, encode_request};
use crate::scenario::text::quote_argv;
use crate::subject::ClientId;

/// A client that has written so often without an answer gives the connection up.
const PATIENCE: u32 = 12;

/// What a client may keep before it writes it.
const UNSENT_BYTES_MAX: usize = 8 << 10;

/// What servers send: pushes may stand inside the array of an EXEC.
pub(super) const REPLIES: Limits = Limits { nested_pushes: true, ..Limits::REDIS };

/// The replies on a connection. RESP3 has all types that RESP2 has; which of them are in place, the model says.
pub(super) fn replies() -> ValueStream {
    ValueStream::new(Protocol::Resp3, REPLIES)
}

/// A client of the scenario.
pub(super) struct Client {
    /// The connection that it has.
    pub(super) connection: Option<ClientId>,
    /// Commands that it will write together with the next one.
    unsent: Bytes,
    received: ValueStream,
    /// What it has written since it last received something.
    unanswered: u32,
    /// A chain over all values that it has received, on whatever connection.
    pub(super) outcome: u64,
}

impl Client {
    pub(super) fn new() -> Client {
        Client { connection: None, unsent: Bytes::new(), received: replies(), unanswered: 0, outcome: 0 }
    }

    /// It has a new connection.
    pub(super) fn connect(&mut self, connection: ClientId) {
        (self.connection, self.received, self.unanswered) = (Some(connection), replies(), 0);
    }

    /// Takes in a command; says whether the client writes now. How it looks and when it is written depends on the
    /// command alone, so that others may be left out.
    pub(super) fn say(&mut self, argv: &[Bytes], seed: u64) -> bool {
        let start = self.unsent.len();
        encode_request(argv, &mut self.unsent);
        let [form, pace, ..] = twox_hash::XxHash3_64::oneshot_with_seed(seed, &self.unsent[start..]).to_le_bytes();
        if let (0, Some(line)) = (form % 4, inline(argv)) {
            self.unsent.truncate(start);
            self.unsent.extend(line);
        }
        pace % 4 != 0 || self.unsent.len() > UNSENT_BYTES_MAX
    }

    /// What it writes now.
    pub(super) fn write(&mut self) -> Bytes {
        self.unanswered += u32::from(!self.unsent.is_empty());
        std::mem::take(&mut self.unsent)
    }

    pub(super) fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// Whether it has waited for an answer too long.
    pub(super) fn is_fed_up(&self) -> bool {
        self.unanswered > PATIENCE
    }

    /// Bytes have come; whether they can be replies.
    pub(super) fn receive(&mut self, bytes: &[u8]) -> bool {
        self.received.feed(bytes);
        loop {
            match self.received.next() {
                Ok(Some(value)) => {
                    self.unanswered = 0;
                    let mut bytes = Bytes::new();
                    digest::value(&value, &mut bytes);
                    self.outcome = twox_hash::XxHash3_64::oneshot_with_seed(self.outcome, &bytes);
                }
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
    }
}

/// The command as one line of text, if it is read as the same command.
fn inline(argv: &[Bytes]) -> Option<Bytes> {
    let line = quote_argv(argv);
    let is_short = line.len() < UNSENT_BYTES_MAX;
    (is_short && !line.starts_with('*')).then(|| line.into_bytes().into_iter().chain(*b"\r\n").collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resp::RequestReader;

    #[test]
    fn a_line_is_read_as_the_command_that_it_stands_for() {
        for argv in [vec![b"SET".to_vec(), b"".to_vec(), (0..=255).collect()], vec![b"\0".to_vec(), b"*'\"\\".to_vec()]]
        {
            let mut reader = RequestReader::new(Limits::REDIS);
            reader.feed(&inline(&argv).unwrap());
            assert_eq!(reader.next(), Ok(Some(argv)));
        }
        assert_eq!(inline(&[b"*1".to_vec()]), None);
    }
}
