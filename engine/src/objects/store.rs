//! What the engine needs of an object store.

use std::fmt;

/// A store of whole objects under names.
///
/// What has been stored is seen at once by everyone who asks for it by its name. Listings may lag behind. Only
/// [`ObjectError::NotFound`] and [`ObjectError::AlreadyExists`] tell how things are; after any other error nobody knows
/// whether the operation took place, or how much of it.
pub trait Objects {
    /// Stores an object, in place of what has that name.
    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), ObjectError>;

    /// Stores an object under a name that nothing has.
    fn put_new(&mut self, name: &str, bytes: &[u8]) -> Result<(), ObjectError>;

    /// The bytes of an object.
    fn get(&mut self, name: &str) -> Result<Vec<u8>, ObjectError>;

    /// The names that begin with the prefix, sorted.
    fn list(&mut self, prefix: &str) -> Result<Vec<String>, ObjectError>;

    /// Removes an object.
    fn delete(&mut self, name: &str) -> Result<(), ObjectError>;

    /// Gives an object another name, which nothing has.
    fn rename(&mut self, from: &str, to: &str) -> Result<(), ObjectError>;
}

/// Why an operation of an object store failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectError {
    /// Nothing has that name.
    NotFound,
    /// Something has that name.
    AlreadyExists,
    /// No answer came: it may have taken place.
    TimedOut,
    /// It failed, in the words of the store.
    Failed(String),
}

impl fmt::Display for ObjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ObjectError::NotFound => f.write_str("no such object"),
            ObjectError::AlreadyExists => f.write_str("the object exists already"),
            ObjectError::TimedOut => f.write_str("no answer in time"),
            ObjectError::Failed(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for ObjectError {}
