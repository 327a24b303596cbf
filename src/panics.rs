//! Catching a subject's panics quietly, with the place where they happened.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

/// A panic of the subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panic {
    /// `file.rs:line`, without folders: part of a fingerprint.
    pub place: String,
    /// The message.
    pub message: String,
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panic at {}: {}", self.place, self.message)
    }
}

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    static LAST: RefCell<Option<Panic>> = const { RefCell::new(None) };
}

/// Runs a subject's code; a panic comes back as a value and prints nothing.
///
/// The subject is not used after a panic, so its broken state cannot be seen: that is why asserting unwind safety
/// is right here.
pub fn caught<T>(f: impl FnOnce() -> T) -> Result<T, Panic> {
    install_hook();
    CATCHING.set(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(f));
    CATCHING.set(false);
    outcome.map_err(|_| {
        let unknown = Panic { place: "unknown".into(), message: String::new() };
        LAST.with_borrow_mut(Option::take).unwrap_or(unknown)
    })
}

/// Wraps the hook that is there (libFuzzer's aborts the process): outside [`caught`] it is called as before.
fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !CATCHING.get() {
                return previous(info);
            }
            let place = info.location().map_or("unknown".into(), |at| {
                let file = at.file().rsplit(['/', '\\']).next().unwrap_or(at.file());
                format!("{file}:{}", at.line())
            });
            let payload = info.payload();
            let text = payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
            let message = text.unwrap_or("a panic without a text").to_owned();
            LAST.set(Some(Panic { place, message }));
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::caught;

    #[test]
    fn a_panic_is_a_value_with_a_place() {
        let panic = caught(|| panic!("boom {}", 1)).unwrap_err();
        assert!(panic.place.starts_with("panics.rs:"), "{}", panic.place);
        assert_eq!(panic.message, "boom 1");
        assert_eq!(caught(|| 7), Ok(7));
    }
}
