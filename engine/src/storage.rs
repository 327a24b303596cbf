//! What the engine needs of a disk: one flat directory of files.

use std::io;

/// A directory of files, which belongs to one engine at a time.
///
/// Nothing is durable before it is synced: the content and the length of a file by [`Storage::sync`], its being there
/// under its name by [`Storage::sync_dir`]. A crash may keep or lose anything that is not, in any combination. After a
/// failed sync nobody knows what the disk holds, and a second sync that succeeds says nothing about it.
pub trait Storage {
    /// Takes the directory; [`io::ErrorKind::WouldBlock`] while another engine has it. Whoever drops the storage gives
    /// it back.
    fn lock(&mut self) -> io::Result<()>;

    /// The names of all files, sorted.
    fn list(&mut self) -> io::Result<Vec<String>>;

    /// The length of a file in bytes.
    fn len(&mut self, name: &str) -> io::Result<u64>;

    /// Up to `len` bytes of a file from `offset` on; fewer at its end.
    fn read(&mut self, name: &str, offset: u64, len: usize) -> io::Result<Vec<u8>>;

    /// Makes an empty file, which must not exist.
    fn create(&mut self, name: &str) -> io::Result<()>;

    /// Writes at the end of a file; returns how many bytes were written, which may be fewer, as with `write(2)`.
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<usize>;

    /// Makes a file shorter.
    fn truncate(&mut self, name: &str, len: u64) -> io::Result<()>;

    /// Makes the content and the length of a file durable.
    fn sync(&mut self, name: &str) -> io::Result<()>;

    /// Gives a file another name, in place of what had that name.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    fn remove(&mut self, name: &str) -> io::Result<()>;

    /// Makes creations, renames and removals durable.
    fn sync_dir(&mut self) -> io::Result<()>;
}
