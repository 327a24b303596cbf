//! Planted bugs of the layer between sockets and commands: what the target `connection` must see.

mod decoder;
mod served;
mod wire;

use std::str::FromStr;

use respfuzz_engine as engine;

use super::ServedEngine;
use crate::model::STRING_BYTES_MAX;
use crate::resp::Limits;
use crate::serve::{Served, Wired};
use crate::subject::Wire;
use served::PlantedServer;
use wire::PlantedWire;

/// As the engine's own decoder of requests has them.
const LIMITS: Limits = Limits { max_bulk: STRING_BYTES_MAX, ..Limits::REDIS };

macro_rules! plants {
    ($($variant:ident = $name:literal: $summary:literal,)*) => {
        /// One mistake of a server's connections.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum WirePlant {
            $(#[doc = $summary] $variant,)*
        }

        impl WirePlant {
            /// All of them.
            pub const ALL: &'static [WirePlant] = &[$(WirePlant::$variant,)*];

            /// Its name.
            pub fn name(self) -> &'static str {
                match self { $(WirePlant::$variant => $name,)* }
            }

            /// What is wrong.
            pub fn summary(self) -> &'static str {
                match self { $(WirePlant::$variant => $summary,)* }
            }
        }
    };
}

plants! {
    CutLosesBeginning = "wire-cut-loses-beginning": "the beginning of a request is forgotten when its end comes with another read",
    PipelineSwallowed = "wire-pipeline-swallowed": "of the requests that come with one read the first alone is executed",
    InlineEndsWithRead = "wire-inline-ends-with-read": "an inline request is taken for whole when a read ends inside it",
    ErrorIsSkipped = "wire-error-is-skipped": "bytes that are no request are thrown away, and the connection goes on",
    ErrorRunsRest = "wire-error-runs-rest": "requests that follow a protocol error in the same read are executed before the connection is closed",
    SharedBuffer = "wire-shared-buffer": "all connections read into one buffer: a request that is cut goes on with what another one sends",
    ReplyToWaker = "wire-reply-to-waker": "the reply of a client that has waited goes to who has served it",
    SessionInherited = "wire-session-inherited": "a new connection has the state (MULTI, SELECT, subscriptions) of one that has ended",
    GhostWaits = "wire-ghost-waits": "a connection that ends while its client waits goes on waiting, and takes what comes",
    ShortWrite = "wire-short-write": "what does not fit into one write is lost",
    CloseLosesReply = "wire-close-loses-reply": "a connection is closed before its last reply is written",
    CloseTakesNeighbour = "wire-close-takes-neighbour": "the connection opened after one that ends is closed with it",
    FlushWaits = "wire-flush-waits": "replies are written only when no request is left half read",
}

impl FromStr for WirePlant {
    type Err = ();

    fn from_str(name: &str) -> Result<WirePlant, ()> {
        WirePlant::ALL.iter().copied().find(|plant| plant.name() == name).ok_or(())
    }
}

/// The embedded engine with that bug, if it lies in what connections read.
pub(super) fn served(plant: WirePlant, engine: ServedEngine) -> Box<dyn Served> {
    Box::new(PlantedServer::new(plant, engine))
}

/// The embedded engine behind connections with that bug.
pub(super) fn wired(plant: WirePlant, config: engine::Config) -> Box<dyn Wire> {
    let server = Wired::new(|clock| served(plant, ServedEngine::with_config(config, move || clock.now_ms())));
    Box::new(PlantedWire::new(plant, server))
}
