//! An object store in memory.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::store::{ObjectError, Objects};

/// Objects in memory. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryObjects(Rc<RefCell<BTreeMap<String, Vec<u8>>>>);

impl Objects for MemoryObjects {
    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), ObjectError> {
        self.0.borrow_mut().insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn put_new(&mut self, name: &str, bytes: &[u8]) -> Result<(), ObjectError> {
        if self.0.borrow().contains_key(name) {
            return Err(ObjectError::AlreadyExists);
        }
        self.put(name, bytes)
    }

    fn get(&mut self, name: &str) -> Result<Vec<u8>, ObjectError> {
        self.0.borrow().get(name).cloned().ok_or(ObjectError::NotFound)
    }

    fn list(&mut self, prefix: &str) -> Result<Vec<String>, ObjectError> {
        Ok(self.0.borrow().keys().filter(|name| name.starts_with(prefix)).cloned().collect())
    }

    fn delete(&mut self, name: &str) -> Result<(), ObjectError> {
        self.0.borrow_mut().remove(name).map(drop).ok_or(ObjectError::NotFound)
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), ObjectError> {
        let mut objects = self.0.borrow_mut();
        if objects.contains_key(to) {
            return Err(ObjectError::AlreadyExists);
        }
        let bytes = objects.remove(from).ok_or(ObjectError::NotFound)?;
        objects.insert(to.to_owned(), bytes);
        Ok(())
    }
}
