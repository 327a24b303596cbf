//! Any store of the crate `object_store`: in memory, a directory, S3 and what speaks like it.

use std::future::Future;
use std::io;
use std::sync::Arc;

use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{Error, ObjectStore, PutMode, PutPayload};
use tokio::runtime::{Builder, Runtime};

use super::store::{ObjectError, Objects};

/// A store of the crate `object_store`, or one folder of it.
///
/// The engine waits for each answer on a runtime of its own, so this cannot be used inside of another one's task.
pub struct RemoteObjects {
    store: Arc<dyn ObjectStore>,
    folder: Path,
    runtime: Runtime,
}

impl RemoteObjects {
    /// The objects in that folder, which may be empty for the whole store.
    pub fn new(store: Arc<dyn ObjectStore>, folder: &str) -> io::Result<RemoteObjects> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(RemoteObjects { store, folder: Path::from(folder), runtime })
    }

    fn path(&self, name: &str) -> Path {
        Path::from(format!("{}/{name}", self.folder))
    }

    fn wait<T>(&self, answer: impl Future<Output = Result<T, Error>>) -> Result<T, ObjectError> {
        self.runtime.block_on(answer).map_err(|error| match error {
            Error::NotFound { .. } => ObjectError::NotFound,
            Error::AlreadyExists { .. } | Error::Precondition { .. } => ObjectError::AlreadyExists,
            error => ObjectError::Failed(error.to_string()),
        })
    }
}

impl Objects for RemoteObjects {
    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), ObjectError> {
        let payload = PutPayload::from(bytes.to_vec());
        self.wait(self.store.put(&self.path(name), payload)).map(drop)
    }

    fn put_new(&mut self, name: &str, bytes: &[u8]) -> Result<(), ObjectError> {
        let payload = PutPayload::from(bytes.to_vec());
        self.wait(self.store.put_opts(&self.path(name), payload, PutMode::Create.into())).map(drop)
    }

    fn get(&mut self, name: &str) -> Result<Vec<u8>, ObjectError> {
        let path = self.path(name);
        self.wait(async { self.store.get(&path).await?.bytes().await }).map(Into::into)
    }

    fn list(&mut self, prefix: &str) -> Result<Vec<String>, ObjectError> {
        let folder = format!("{}/", self.folder);
        let under = |path: String| path.strip_prefix(folder.trim_start_matches('/')).map(str::to_owned);
        let listed = self.wait(self.store.list(Some(&self.folder)).try_collect::<Vec<_>>())?;
        let names = listed.into_iter().filter_map(|object| under(object.location.to_string()));
        let mut names: Vec<String> = names.filter(|name| name.starts_with(prefix)).collect();
        names.sort();
        Ok(names)
    }

    fn delete(&mut self, name: &str) -> Result<(), ObjectError> {
        self.wait(self.store.delete(&self.path(name)))
    }

    /// Not every store can refuse to replace an object here; but the names that the engine gives are new ones.
    fn rename(&mut self, from: &str, to: &str) -> Result<(), ObjectError> {
        self.wait(self.store.rename(&self.path(from), &self.path(to)))
    }
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;

    use super::*;
    use crate::{Clock, Config, Engine, ObjectOptions};

    #[test]
    fn a_store_of_the_crate_behaves_as_the_engine_needs_it() {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        for folder in ["", "some/where"] {
            let mut objects = RemoteObjects::new(store.clone(), folder).expect("a runtime");
            assert_eq!(objects.put_new("a/1", b"one"), Ok(()));
            assert_eq!(objects.put_new("a/1", b"two"), Err(ObjectError::AlreadyExists));
            assert_eq!(objects.put("b/1", b"two"), Ok(()));
            assert_eq!(objects.rename("a/1", "a/2"), Ok(()));
            assert_eq!(objects.get("a/2"), Ok(b"one".to_vec()));
            assert_eq!(objects.get("a/1"), Err(ObjectError::NotFound));
            assert_eq!(objects.list("a/"), Ok(vec!["a/2".to_owned()]));
            assert_eq!(objects.list(""), Ok(vec!["a/2".to_owned(), "b/1".to_owned()]));
            assert_eq!((objects.delete("a/2"), objects.delete("b/1")), (Ok(()), Ok(())));
        }
    }

    struct Stopped;

    impl Clock for Stopped {
        fn now_ms(&self) -> u64 {
            1_700_000_000_000
        }
    }

    #[test]
    fn an_engine_outlives_itself_there() {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let open = || {
            let objects = Box::new(RemoteObjects::new(store.clone(), "engine").expect("a runtime"));
            let options = ObjectOptions { flush_records: 2, compact_segments: 3, ..ObjectOptions::default() };
            Engine::open_objects(Config::default(), Box::new(Stopped), objects, options).expect("a sound log")
        };
        let mut engine = open();
        for n in 0..25 {
            engine.execute(1, &[b"RPUSH".to_vec(), b"l".to_vec(), format!("{n}").into_bytes()]);
            engine.poll(&mut Vec::new());
        }
        let image = engine.image();
        engine.close().expect("nothing fails");
        assert_eq!(open().image(), image);
    }
}
