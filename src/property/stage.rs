//! Where laws are held against a subject: in a simulated world, at a server that listens, at a process of our own.

use crate::resp::{Bytes, Value};
#[cfg(all(unix, feature = "process"))]
use crate::subject::RestartableServer;
#[cfg(unix)]
use crate::subject::SocketSubject;
use crate::subject::{ClientId, Subject, SubjectError};

/// What a law needs of a subject.
pub trait Stage {
    /// Makes it empty.
    fn reset(&mut self) -> Result<(), SubjectError>;

    /// One command and its reply.
    fn call(&mut self, argv: &[Bytes]) -> Result<Value, SubjectError>;

    /// Lets time pass.
    fn wait(&mut self, ms: u64) -> Result<(), SubjectError>;

    /// Whether its time and its crashes are simulated, so that equal bytes give equal runs.
    fn is_simulated(&self) -> bool {
        false
    }

    /// Whether it can crash and come up again.
    fn can_crash(&self) -> bool {
        false
    }

    /// Ends it as a crash does; in a simulated world, leaving this image. The reason if it doesn't come up again.
    fn crash(&mut self, _image: u16) -> Result<(), String> {
        Err("this subject cannot be ended".into())
    }
}

const CLIENT: ClientId = ClientId(0);

/// The one reply to a command.
fn call(subject: &mut dyn Subject, argv: &[Bytes]) -> Result<Value, SubjectError> {
    let mut events = Vec::new();
    subject.send(CLIENT, argv)?;
    subject.poll(&mut events)?;
    match events.pop() {
        Some((_, reply)) if events.is_empty() => Ok(reply),
        last => {
            let replies = events.len() + usize::from(last.is_some());
            Err(SubjectError::Garbage(format!("{replies} replies to one command")))
        }
    }
}

/// A subject in a simulated world, made anew for each run.
pub struct Simulated {
    make: Box<dyn Fn() -> Box<dyn Subject>>,
    subject: Box<dyn Subject>,
    now_ms: u64,
}

impl Simulated {
    /// `make` gives an empty subject, at [`EPOCH_MS`](crate::sim::EPOCH_MS).
    pub fn new(make: Box<dyn Fn() -> Box<dyn Subject>>) -> Self {
        Simulated { subject: make(), make, now_ms: crate::sim::EPOCH_MS }
    }
}

impl Stage for Simulated {
    fn reset(&mut self) -> Result<(), SubjectError> {
        self.subject = (self.make)();
        self.now_ms = crate::sim::EPOCH_MS;
        Ok(())
    }

    fn call(&mut self, argv: &[Bytes]) -> Result<Value, SubjectError> {
        call(self.subject.as_mut(), argv)
    }

    fn wait(&mut self, ms: u64) -> Result<(), SubjectError> {
        self.now_ms += ms;
        match self.subject.time() {
            Some(time) => time.advance(self.now_ms),
            None => Err(SubjectError::Refused("its time cannot be moved".into())),
        }
    }

    fn is_simulated(&self) -> bool {
        true
    }

    fn can_crash(&self) -> bool {
        true
    }

    fn crash(&mut self, image: u16) -> Result<(), String> {
        let ending = crate::scenario::Ending::PowerLoss { image };
        let world = self.subject.world().ok_or("it has no disk")?;
        world.restart(ending, None).map_err(|failure| failure.to_string())
    }
}

/// A server that listens.
#[cfg(unix)]
pub struct Listening(pub SocketSubject);

#[cfg(unix)]
impl Stage for Listening {
    fn reset(&mut self) -> Result<(), SubjectError> {
        self.0.reset()
    }

    fn call(&mut self, argv: &[Bytes]) -> Result<Value, SubjectError> {
        call(&mut self.0, argv)
    }

    fn wait(&mut self, ms: u64) -> Result<(), SubjectError> {
        sleep(ms);
        Ok(())
    }
}

/// A server in a process of our own, which can be killed.
#[cfg(all(unix, feature = "process"))]
pub struct Killed(pub RestartableServer);

#[cfg(all(unix, feature = "process"))]
impl Stage for Killed {
    fn reset(&mut self) -> Result<(), SubjectError> {
        if !self.0.is_running() {
            self.0.restart().map_err(|error| SubjectError::Died(error.to_string()))?;
        }
        // A new connection: the last run may have ended inside MULTI.
        self.0.hang_up();
        match self.call(&[b"FLUSHALL".to_vec()])? {
            Value::Status(_) => Ok(()),
            other => Err(SubjectError::Refused(format!("FLUSHALL gave {other}"))),
        }
    }

    fn call(&mut self, argv: &[Bytes]) -> Result<Value, SubjectError> {
        self.0.send(CLIENT, &[argv.to_vec()])?;
        self.0.receive(CLIENT)
    }

    fn wait(&mut self, ms: u64) -> Result<(), SubjectError> {
        sleep(ms);
        Ok(())
    }

    fn can_crash(&self) -> bool {
        true
    }

    fn crash(&mut self, _image: u16) -> Result<(), String> {
        self.0.kill().map_err(|error| error.to_string())?;
        self.0.restart().map_err(|error| error.to_string())
    }
}

/// Real time, a little longer than asked: a server's clock is read in whole milliseconds.
#[cfg(unix)]
fn sleep(ms: u64) {
    std::thread::sleep(std::time::Duration::from_millis(ms + 2));
}
