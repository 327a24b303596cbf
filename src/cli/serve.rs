//! `respfuzz serve`: the model, or the embedded engine, as a server.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
#[cfg(feature = "embedded")]
use std::path::Path;
use std::path::PathBuf;

use clap::Args;

use super::{CliError, Verdict};
use crate::model::Profile;
use crate::serve::{Hub, Place, Served, ServedModel, Server, now_ms};
#[cfg(feature = "embedded")]
use crate::subject::embedded::{Fsync, OpenError, ServedEngine};

#[derive(Args)]
#[command(after_help = "Examples:
  respfuzz serve --port 6390 --profile valkey-8
  respfuzz serve --engine --dir keys --fsync everysec")]
pub(super) struct ServeArgs {
    #[command(flatten)]
    what: ServedArgs,
    /// The TCP port; 0 is any free one
    #[arg(long, short, value_name = "N", default_value_t = 6379)]
    port: u16,
    /// Listen on a unix domain socket instead
    #[arg(long, value_name = "PATH", conflicts_with_all = ["port", "bind"])]
    unix: Option<PathBuf>,
    /// The address, of this machine only: anybody who connects may read and delete everything
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), value_parser = parse_loopback)]
    bind: IpAddr,
    /// Keep the keys of the engine in this directory, and begin with what is there
    #[cfg(feature = "embedded")]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// When a write is durable: always (before it is answered), everysec or no
    #[cfg(feature = "embedded")]
    #[arg(long, value_name = "WHEN", default_value = "always", value_parser = parse_fsync, requires = "dir")]
    fsync: Fsync,
    /// Give that engine a planted bug
    #[cfg(feature = "planted")]
    #[arg(long, value_name = "NAME", hide = true, requires = "dir")]
    plant: Option<String>,
}

impl ServeArgs {
    fn serve(&self) -> Result<Box<dyn Served>, CliError> {
        #[cfg(feature = "embedded")]
        if let Some(dir) = &self.dir {
            if !self.what.engine {
                return Err(CliError::Usage("the model keeps nothing in a directory: --dir goes with --engine".into()));
            }
            let served = self.open(dir)?.map_err(|error| CliError::CannotRun(format!("{}: {error}", dir.display())))?;
            return Ok(Box::new(served));
        }
        Ok(self.what.serve(now_ms))
    }

    /// The engine on its directory.
    #[cfg(feature = "embedded")]
    fn open(&self, dir: &Path) -> Result<Result<ServedEngine, OpenError>, CliError> {
        #[cfg(feature = "planted")]
        if let Some(plant) = &self.plant {
            return Ok(ServedEngine::open_planted(plant, dir, self.fsync, now_ms)?);
        }
        Ok(ServedEngine::open(dir, self.fsync, now_ms))
    }
}

/// Who answers.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct ServedArgs {
    /// Serve the shadow model (the default)
    #[arg(long)]
    model: bool,
    /// Serve the embedded engine
    #[cfg(feature = "embedded")]
    #[arg(long, conflicts_with_all = ["model", "profile"])]
    engine: bool,
    /// The server that the model stands for: redis-7.0, redis-8 or valkey-8
    #[arg(long, value_name = "SERVER", default_value_t)]
    profile: Profile,
}

impl ServedArgs {
    /// An empty server of this kind on that clock.
    #[cfg_attr(not(feature = "embedded"), expect(unused_variables, reason = "only the engine has a clock of its own"))]
    pub(super) fn serve(&self, now_ms: impl Fn() -> u64 + 'static) -> Box<dyn Served> {
        #[cfg(feature = "embedded")]
        if self.engine {
            return Box::new(ServedEngine::new(now_ms));
        }
        Box::new(ServedModel::new(self.profile))
    }
}

#[cfg(feature = "embedded")]
fn parse_fsync(text: &str) -> Result<Fsync, String> {
    match text {
        "always" => Ok(Fsync::Always),
        "everysec" => Ok(Fsync::EverySec),
        "no" => Ok(Fsync::No),
        _ => Err("there are always, everysec and no".into()),
    }
}

fn parse_loopback(text: &str) -> Result<IpAddr, String> {
    let address = if text == "localhost" { Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)) } else { text.parse() };
    match address {
        Ok(address) if address.is_loopback() => Ok(address),
        Ok(_) => Err("only addresses of this machine (127.0.0.1, ::1) are served".into()),
        Err(_) => Err("not an IP address".into()),
    }
}

pub(super) fn run(args: &ServeArgs) -> Result<Verdict, CliError> {
    let place = match &args.unix {
        Some(path) => Place::Unix(path.clone()),
        None => Place::Tcp(SocketAddr::new(args.bind, args.port)),
    };
    let hub = Hub::new(args.serve()?, Box::new(now_ms));
    let mut server = Server::listen(&place, hub).map_err(|e| CliError::Usage(e.to_string()))?;
    let cannot = |what: &str, error: std::io::Error| CliError::CannotRun(format!("{what}: {error}"));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        let watched = signal_hook::flag::register(signal, server.ending());
        watched.map_err(|e| cannot("cannot watch for signals", e))?;
    }
    println!("listening on {}", server.place().map_err(|e| cannot("cannot tell the address", e))?);
    server.run().map_err(|e| cannot("the event loop failed", e))?;
    server.close().map_err(|e| CliError::CannotRun(format!("what was answered last may be lost: {e}")))?;
    Ok(Verdict::Held)
}
