//! The embedded engine as a subject. Architecture invariant: the only folder of the toolkit that names the engine.

mod codec;
mod durable;
mod log;
mod medium;
mod serve;
#[cfg(feature = "planted")]
mod serve_plant;
mod storage;
mod streamed;
#[cfg(feature = "planted")]
mod wire_plant;

pub use codec::Engine as EngineCodec;
pub use durable::{DurableEngine, LogDisk};
pub use log::EngineLog;
pub use medium::{EngineOn, Medium};
use respfuzz_engine as engine;
pub use respfuzz_engine::{Fsync, OpenError};
pub use serve::ServedEngine;
#[cfg(feature = "planted")]
pub use serve_plant::ServePlant;
pub use storage::SimStorage;
pub use streamed::{LogStore, StreamedEngine};
#[cfg(feature = "planted")]
pub use wire_plant::WirePlant;

use std::cell::RefCell;
use std::rc::Rc;

use super::{ClientId, SimulatedTime, Subject, SubjectError, WhiteBox, Wire};
use crate::fault::Faults;
use crate::model::{EncodingLimits, STRING_BYTES_MAX};
use crate::property::{SharedStage, Simulated};
use crate::resp::{Bytes, Value};
use crate::run::Options;
use crate::serve::{Served, Wired};
use crate::sim::Clock;
use crate::target::resp_parser::RespParser;
use crate::target::search::layouts::MakeIndexed;
use crate::target::wal_bytes::WalBytes;
use crate::target::{
    CommandHandler, Connection, QueryParser, Search, Setup, SetupError, Target, streaming, wal_replay,
};

impl engine::Clock for Clock {
    fn now_ms(&self) -> u64 {
        Clock::now_ms(self)
    }
}

/// The embedded engine on a simulated clock.
pub struct Embedded {
    engine: engine::Engine,
    clock: Clock,
    replies: Vec<(engine::SessionId, engine::Reply)>,
}

impl Embedded {
    /// An empty engine whose collections change their encoding early, so that few steps cross the thresholds.
    pub fn new() -> Self {
        Self::with_config(small_config())
    }

    fn with_config(config: engine::Config) -> Self {
        let clock = Clock::new();
        Embedded { engine: engine::Engine::new(config, Box::new(clock.clone())), clock, replies: Vec::new() }
    }

    /// An engine with the planted bug of that name.
    #[cfg(feature = "planted")]
    pub fn planted(name: &str) -> Result<Self, SetupError> {
        let plant = plant(name)?;
        Ok(Self::with_config(engine::Config { plant: Some(plant), ..small_config() }))
    }
}

impl Default for Embedded {
    fn default() -> Self {
        Self::new()
    }
}

/// Where the embedded engine changes its encodings, as the model must know it.
const LIMITS: EncodingLimits = EncodingLimits::SMALL;

/// The options for runs on [`Embedded`].
pub fn options() -> Options {
    Options { encodings: LIMITS, ..Options::default() }
}

fn small_config() -> engine::Config {
    engine::Config {
        proto_max_bulk_len: STRING_BYTES_MAX,
        list_max_listpack_entries: 4,
        hash_max_listpack_entries: LIMITS.hash.entries,
        hash_max_listpack_value: LIMITS.hash.value_bytes,
        set_max_intset_entries: LIMITS.intset_entries,
        zset_max_listpack_entries: LIMITS.zset.entries,
        zset_max_listpack_value: LIMITS.zset.value_bytes,
        ..engine::Config::default()
    }
}

#[cfg(feature = "planted")]
fn plant(name: &str) -> Result<engine::Plant, SetupError> {
    name.parse().map_err(|_| SetupError::UnknownPlant {
        name: name.to_owned(),
        known: plants().chain(wire_plants()).chain(serve_plants()).map(|(name, _)| name).collect(),
    })
}

/// The names of the engine's planted bugs, and what is wrong.
#[cfg(feature = "planted")]
pub fn plants() -> impl Iterator<Item = (&'static str, &'static str)> {
    engine::Plant::ALL.iter().map(|plant| (plant.name(), plant.summary()))
}

/// The names of the planted bugs of its connections, and what is wrong.
#[cfg(feature = "planted")]
pub fn wire_plants() -> impl Iterator<Item = (&'static str, &'static str)> {
    WirePlant::ALL.iter().map(|plant| (plant.name(), plant.summary()))
}

/// The names of the planted bugs that show under load only, and what is wrong.
#[cfg(feature = "planted")]
pub fn serve_plants() -> impl Iterator<Item = (&'static str, &'static str)> {
    ServePlant::ALL.into_iter().map(|plant| (plant.name(), plant.summary()))
}

/// The planted bugs to whose places runs of this thread have come since it last asked: with any other, and with none,
/// the same would have happened.
#[cfg(feature = "planted")]
pub fn take_reached() -> Vec<&'static str> {
    engine::Plant::take_reached().into_iter().map(engine::Plant::name).collect()
}

impl Subject for Embedded {
    fn send(&mut self, client: ClientId, argv: &[Bytes]) -> Result<(), SubjectError> {
        self.engine.execute(client.0, argv);
        Ok(())
    }

    fn poll(&mut self, events: &mut Vec<(ClientId, Value)>) -> Result<(), SubjectError> {
        self.engine.poll(&mut self.replies);
        for (session, reply) in self.replies.drain(..) {
            events.push((ClientId(session), value(reply)));
        }
        Ok(())
    }

    fn disconnect(&mut self, client: ClientId) -> Result<(), SubjectError> {
        self.engine.disconnect(client.0);
        Ok(())
    }

    fn time(&mut self) -> Option<&mut dyn SimulatedTime> {
        Some(self)
    }

    fn white_box(&mut self) -> Option<&mut dyn WhiteBox> {
        Some(self)
    }
}

impl SimulatedTime for Embedded {
    fn advance(&mut self, to_ms: u64) -> Result<(), SubjectError> {
        self.clock.advance(to_ms);
        self.engine.tick();
        Ok(())
    }
}

impl WhiteBox for Embedded {
    fn check(&mut self) -> Vec<String> {
        self.engine.check()
    }
}

/// An engine's reply, which is in the types of the session's protocol already.
fn value(reply: engine::Reply) -> Value {
    let all = |items: Vec<engine::Reply>| items.into_iter().map(value).collect();
    match reply {
        engine::Reply::Status(text) => Value::Status(text.into_owned()),
        engine::Reply::Error(text) => Value::Error(text.into_owned()),
        engine::Reply::Int(n) => Value::Int(n),
        engine::Reply::Bulk(bytes) => Value::Bulk(bytes),
        engine::Reply::NullBulk => Value::NullBulk,
        engine::Reply::NullArray => Value::NullArray,
        engine::Reply::Null => Value::Null,
        engine::Reply::Array(items) => Value::Array(all(items)),
        engine::Reply::Set(items) => Value::Set(all(items)),
        engine::Reply::Push(items) => Value::Push(all(items)),
        engine::Reply::Map(pairs) => Value::Map(pairs.into_iter().map(|(k, v)| (value(k), value(v))).collect()),
        engine::Reply::Double(number) => Value::Double(engine::resp::print_double(number).into_bytes()),
        engine::Reply::Decimal(text) => Value::Double(text),
        engine::Reply::Verbatim(text) => Value::Verbatim(*b"txt", text),
    }
}

/// Whether the engine has a command of that name; a container stands for its subcommands.
pub fn has_command(name: &str) -> bool {
    engine::command_table().any(|row| row.name.eq_ignore_ascii_case(name))
}

/// The embedded engine behind connections, on a simulated clock.
fn wired(config: engine::Config) -> Box<dyn Wire> {
    Box::new(Wired::new(|clock| Box::new(ServedEngine::with_config(config, move || clock.now_ms()))))
}

/// The embedded engine as a server on that clock. Of the planted bugs of connections it has those that lie in what it
/// reads.
pub fn served(setup: &Setup, now_ms: fn() -> u64) -> Result<Box<dyn Served>, SetupError> {
    Ok(Chosen::new(setup)?.served(now_ms))
}

/// The targets of the embedded engine.
pub fn registry(setup: &Setup) -> Result<Vec<Box<dyn Target>>, SetupError> {
    let subject = Chosen::new(setup)?;
    let server = subject.clone();
    let durable = durable::make(subject.config.clone());
    let indexed = durable::make(subject.config.clone());
    let streamed = streamed::make(subject.config.clone());
    let log = EngineLog::with_config(subject.config);
    Ok(vec![
        Box::new(CommandHandler::new("command_handler", make(setup)?, options())),
        Box::new(Connection::new("connection", Box::new(move || server.wired()), options())),
        Box::new(wal_replay::target("wal_replay", durable, options())),
        Box::new(Search::new("search", indexed, options())),
        Box::new(QueryParser::new("query_parser", make(setup)?).counting(engine::take_query_work)),
        Box::new(streaming::target("streaming", streamed, options())),
        Box::new(RespParser::new("resp_parser", EngineCodec)),
        Box::new(WalBytes::new("wal_bytes", log)),
    ])
}

/// Makes engines, each empty.
pub fn make(setup: &Setup) -> Result<Box<dyn Fn() -> Box<dyn Subject>>, SetupError> {
    let config = Chosen::new(setup)?.config;
    Ok(Box::new(move || Box::new(Embedded::with_config(config.clone()))))
}

/// Makes engines whose indexes are looked at in different layouts of the same documents.
pub fn make_indexed(setup: &Setup) -> Result<Box<MakeIndexed>, SetupError> {
    let make = durable::make(Chosen::new(setup)?.config);
    Ok(Box::new(move |config| make(config, Faults::default())))
}

/// The embedded engine on a simulated disk and clock, which syncs before it answers: where properties are held against it.
pub fn stage(setup: &Setup) -> Result<SharedStage, SetupError> {
    let make = durable::make(Chosen::new(setup)?.config);
    let make = move || make(&crate::scenario::Config::default(), crate::fault::Faults::default());
    Ok(Rc::new(RefCell::new(Box::new(Simulated::new(Box::new(make))))))
}

/// What a setup asks for: a sound engine, or one with a planted bug in it or in its connections.
#[derive(Clone)]
struct Chosen {
    config: engine::Config,
    #[cfg(feature = "planted")]
    wire_plant: Option<WirePlant>,
    #[cfg(feature = "planted")]
    serve_plant: Option<ServePlant>,
}

impl Chosen {
    #[cfg(feature = "planted")]
    fn new(setup: &Setup) -> Result<Self, SetupError> {
        let sound = Chosen { config: small_config(), wire_plant: None, serve_plant: None };
        let Some(name) = &setup.plant else { return Ok(sound) };
        Ok(match (name.parse().ok(), name.parse().ok()) {
            (None, None) => Chosen { config: engine::Config { plant: Some(plant(name)?), ..small_config() }, ..sound },
            (wire_plant, serve_plant) => Chosen { wire_plant, serve_plant, ..sound },
        })
    }

    #[cfg(not(feature = "planted"))]
    fn new(setup: &Setup) -> Result<Self, SetupError> {
        if setup.plant.is_some() { Err(SetupError::NotPlanted) } else { Ok(Chosen { config: small_config() }) }
    }

    /// The engine as a server.
    fn served(&self, now_ms: fn() -> u64) -> Box<dyn Served> {
        let served = ServedEngine::with_config(self.config.clone(), now_ms);
        #[cfg(feature = "planted")]
        match (self.wire_plant, self.serve_plant) {
            (Some(plant), _) => return wire_plant::served(plant, served),
            (None, Some(plant)) => return Box::new(serve_plant::PlantedServe::new(plant, Box::new(served))),
            (None, None) => {}
        }
        Box::new(served)
    }

    /// The engine behind connections.
    fn wired(&self) -> Box<dyn Wire> {
        #[cfg(feature = "planted")]
        if let Some(plant) = self.wire_plant {
            return wire_plant::wired(plant, self.config.clone());
        }
        wired(self.config.clone())
    }
}
