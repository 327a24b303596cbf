//! A directory of real files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::storage::Storage;

/// A directory on a real disk.
pub struct FileStorage {
    path: PathBuf,
    /// The directory itself: who has it locked owns the files.
    dir: File,
    /// The file that was written last. It stays open, as only who had it open before a sync fails learns of that.
    last: Option<(String, File)>,
}

impl FileStorage {
    /// The files of that directory, which is made if there is none.
    pub fn open(dir: &Path) -> io::Result<FileStorage> {
        make_durably(dir)?;
        Ok(FileStorage { path: dir.to_owned(), dir: File::open(dir)?, last: None })
    }

    fn at(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The file, to be written.
    fn file(&mut self, name: &str) -> io::Result<&mut File> {
        if self.last.as_ref().is_none_or(|(last, _)| last != name) {
            let file = OpenOptions::new().append(true).open(self.at(name))?;
            self.last = Some((name.to_owned(), file));
        }
        self.last.as_mut().map(|(_, file)| file).ok_or_else(|| ErrorKind::NotFound.into())
    }

    /// A name is about to stand for something else.
    fn forget(&mut self, name: &str) {
        self.last.take_if(|(last, _)| last == name);
    }
}

/// Makes a directory, and those around it, where they are missing.
fn make_durably(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_durably(parent)?;
    match fs::create_dir(dir) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => File::open(parent)?.sync_all(),
    }
}

impl Storage for FileStorage {
    fn lock(&mut self) -> io::Result<()> {
        Ok(flock(&self.dir, FlockOperation::NonBlockingLockExclusive)?)
    }

    fn list(&mut self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if let (true, Ok(name)) = (entry.file_type()?.is_file(), entry.file_name().into_string()) {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn len(&mut self, name: &str) -> io::Result<u64> {
        fs::metadata(self.at(name)).map(|metadata| metadata.len())
    }

    fn read(&mut self, name: &str, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let file = File::open(self.at(name))?;
        let rest = usize::try_from(file.metadata()?.len().saturating_sub(offset)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; len.min(rest)];
        let mut filled = 0;
        while filled < bytes.len() {
            match file.read_at(&mut bytes[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        let file = OpenOptions::new().append(true).create_new(true).open(self.at(name))?;
        self.last = Some((name.to_owned(), file));
        Ok(())
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<usize> {
        let file = self.file(name)?;
        loop {
            match file.write(bytes) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }

    fn truncate(&mut self, name: &str, len: u64) -> io::Result<()> {
        self.file(name)?.set_len(len)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.file(name)?.sync_data()
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.forget(to);
        fs::rename(self.at(from), self.at(to))?;
        if let Some((last, _)) = self.last.as_mut().filter(|(last, _)| last == from) {
            *last = to.to_owned();
        }
        Ok(())
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.forget(name);
        fs::remove_file(self.at(name))
    }

    fn sync_dir(&mut self) -> io::Result<()> {
        self.dir.sync_all()
    }
}
