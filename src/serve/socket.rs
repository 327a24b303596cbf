//! TCP and unix domain sockets alike.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use mio::event::Source;
use mio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use super::Peer;
#[cfg(feature = "cli")]
use crate::subject::Address;

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An address; port 0 is any free one.
    Tcp(SocketAddr),
    /// A path.
    Unix(PathBuf),
}

pub(super) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener, PathBuf),
}

pub(crate) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Listener {
    pub(super) fn bind(place: &Place) -> io::Result<Listener> {
        match place {
            Place::Tcp(address) => TcpListener::bind(*address).map(Listener::Tcp),
            Place::Unix(path) => {
                remove_dead_socket(path)?;
                Ok(Listener::Unix(UnixListener::bind(path)?, path.clone()))
            }
        }
    }

    pub(super) fn accept(&self) -> io::Result<Stream> {
        match self {
            Listener::Tcp(listener) => {
                let (stream, _) = listener.accept()?;
                stream.set_nodelay(true)?;
                Ok(Stream::Tcp(stream))
            }
            Listener::Unix(listener, _) => listener.accept().map(|(stream, _)| Stream::Unix(stream)),
        }
    }

    /// Where it listens, as a client must say it.
    pub(super) fn place(&self) -> io::Result<Place> {
        match self {
            Listener::Tcp(listener) => listener.local_addr().map(Place::Tcp),
            Listener::Unix(_, path) => Ok(Place::Unix(path.clone())),
        }
    }

    pub(super) fn source(&mut self) -> &mut dyn Source {
        match self {
            Listener::Tcp(listener) => listener,
            Listener::Unix(listener, _) => listener,
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Listener::Unix(_, path) = self {
            drop(std::fs::remove_file(path)); // Somebody else may have removed it.
        }
    }
}

/// A socket that nobody listens on any more may be replaced; anything else stays.
fn remove_dead_socket(path: &Path) -> io::Result<()> {
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket());
    let is_dead = || {
        let error = std::os::unix::net::UnixStream::connect(path).err();
        error.is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
    };
    if is_socket && is_dead() { std::fs::remove_file(path) } else { Ok(()) }
}

impl Stream {
    /// Connects as a client, and waits until that is done; later nothing waits.
    #[cfg(feature = "cli")]
    pub(crate) fn connect(address: &Address) -> io::Result<Stream> {
        match address {
            Address::Tcp(host, port) => {
                let stream = std::net::TcpStream::connect((host.as_str(), *port))?;
                stream.set_nodelay(true)?;
                stream.set_nonblocking(true)?;
                Ok(Stream::Tcp(TcpStream::from_std(stream)))
            }
            Address::Unix(path) => {
                let stream = std::os::unix::net::UnixStream::connect(path)?;
                stream.set_nonblocking(true)?;
                Ok(Stream::Unix(UnixStream::from_std(stream)))
            }
        }
    }

    pub(crate) fn source(&mut self) -> &mut dyn Source {
        match self {
            Stream::Tcp(stream) => stream,
            Stream::Unix(stream) => stream,
        }
    }

    /// Both ends, as the server shows them; a path stands for either end of a unix domain socket.
    pub(super) fn peer(&self) -> Peer {
        match self {
            Stream::Tcp(stream) => {
                let text = |address: io::Result<SocketAddr>| address.map(|a| a.to_string()).unwrap_or_default();
                Peer { address: text(stream.peer_addr()), local_address: text(stream.local_addr()) }
            }
            Stream::Unix(stream) => {
                let path = stream.local_addr().ok().and_then(|address| address.as_pathname().map(Path::to_path_buf));
                let text = format!("{}:0", path.unwrap_or_default().display());
                Peer { address: text.clone(), local_address: text }
            }
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => stream.read(buffer),
            Stream::Unix(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => stream.write(bytes),
            Stream::Unix(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(()) // Sockets hold nothing back.
    }
}
