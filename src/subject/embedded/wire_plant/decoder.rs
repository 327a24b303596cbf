//! Requests, read wrongly.

use std::cell::RefCell;
use std::rc::Rc;

use super::{LIMITS, WirePlant};
use crate::resp::{Bytes, RequestStream};
use crate::subject::codec::{Decoder, Item};

/// A connection's decoder with a planted bug.
pub(super) struct PlantedDecoder {
    plant: WirePlant,
    requests: RequestStream,
    /// All that was fed since the requests were read anew.
    fed: Bytes,
    /// Whether the last read has given a request already.
    has_given: bool,
    /// What is said when the rest of the read is done.
    error: Option<Bytes>,
}

fn requests() -> RequestStream {
    RequestStream::new(LIMITS)
}

impl PlantedDecoder {
    pub(super) fn new(plant: WirePlant) -> Self {
        PlantedDecoder { plant, requests: requests(), fed: Bytes::new(), has_given: false, error: None }
    }

    /// What was fed and is no part of a request yet.
    fn rest(&self) -> &[u8] {
        &self.fed[self.requests.consumed()..]
    }

    fn begin_anew(&mut self, bytes: &[u8]) {
        (self.requests, self.fed) = (requests(), bytes.to_vec());
        self.requests.feed(bytes);
    }

    /// The requests that follow the error in what has come.
    fn run_rest(&mut self, error: Bytes) {
        let rest = self.rest().to_vec();
        let next = rest.windows(3).position(|bytes| bytes == b"\r\n*");
        self.error = Some(error);
        self.begin_anew(next.map_or(&[], |at| &rest[at + 2..]));
    }
}

impl Decoder for PlantedDecoder {
    fn feed(&mut self, bytes: &[u8]) {
        let mut bytes = bytes.to_vec();
        match self.plant {
            WirePlant::CutLosesBeginning if self.requests.clone().next() == Ok(None) => self.begin_anew(&[]),
            WirePlant::InlineEndsWithRead => {
                let begins = self.rest().is_empty() && !bytes.starts_with(b"*");
                bytes.extend_from_slice(if begins && !bytes.contains(&b'\n') { b"\r\n" } else { b"" });
            }
            _ => {}
        }
        self.has_given = false;
        self.fed.extend_from_slice(&bytes);
        self.requests.feed(&bytes);
    }

    fn next(&mut self) -> Result<Option<Item>, Bytes> {
        if self.plant == WirePlant::PipelineSwallowed && self.has_given {
            self.begin_anew(&[]);
        }
        match self.requests.next() {
            Ok(Some(request)) => {
                self.has_given = true;
                Ok(Some(Item::Request(request)))
            }
            Ok(None) => self.error.take().map_or(Ok(None), Err),
            Err(_) if self.plant == WirePlant::ErrorIsSkipped => {
                self.begin_anew(&[]);
                Ok(None)
            }
            Err(error) if self.plant == WirePlant::ErrorRunsRest && self.error.is_none() => {
                self.run_rest(error.line());
                self.next()
            }
            Err(error) => Err(self.error.take().unwrap_or_else(|| error.line())),
        }
    }
}

/// One buffer for all connections.
#[derive(Clone)]
pub(super) struct SharedDecoder(Rc<RefCell<RequestStream>>);

impl SharedDecoder {
    pub(super) fn new() -> Self {
        SharedDecoder(Rc::new(RefCell::new(requests())))
    }
}

impl Decoder for SharedDecoder {
    fn feed(&mut self, bytes: &[u8]) {
        self.0.borrow_mut().feed(bytes);
    }

    fn next(&mut self) -> Result<Option<Item>, Bytes> {
        let next = self.0.borrow_mut().next();
        next.map(|request| request.map(Item::Request)).map_err(|error| {
            *self.0.borrow_mut() = requests();
            error.line()
        })
    }
}
