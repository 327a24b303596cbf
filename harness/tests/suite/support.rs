//! What the files of the suite share.

use std::io::Write;
use std::path::{Path, PathBuf};

use respfuzz::subject::embedded;
use respfuzz::target::{Setup, Target};

/// A path of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The embedded engine's `command_handler`, with a planted bug or none.
pub fn command_handler(plant: Option<&str>) -> Box<dyn Target> {
    target("command_handler", plant)
}

/// A target of the embedded engine, with a planted bug or none.
pub fn target(name: &str, plant: Option<&str>) -> Box<dyn Target> {
    let targets = embedded::registry(&Setup { plant: plant.map(str::to_owned) }).expect("the plant exists");
    targets.into_iter().find(|target| target.name() == name).expect("the registry has it")
}

/// The files of a directory by name, sorted; none if it isn't there.
pub fn files(directory: &str) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = std::fs::read_dir(repository(directory)) else { return Vec::new() };
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("a directory entry").path())
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
        })
        .collect();
    files.sort();
    files
}

/// The scenarios of `regressions/`, which expect no divergence.
pub fn scenarios() -> Vec<(String, String)> {
    let texts = files("regressions").into_iter().filter(|(name, _)| name.ends_with(".scenario"));
    let texts = texts.map(|(name, bytes)| (name, String::from_utf8(bytes).expect("a scenario is text")));
    texts.filter(|(_, source)| !source.contains("\nexpect = divergence ")).collect()
}

/// The committed inputs of a target: not what a fuzzer left on this machine under its SHA-1.
pub fn committed(target: &str) -> Vec<(String, Vec<u8>)> {
    let of_a_fuzzer = |name: &str| name.len() == 40 && name.bytes().all(|b| b.is_ascii_hexdigit());
    files(&format!("corpus/{target}")).into_iter().filter(|(name, _)| !of_a_fuzzer(name)).collect()
}

/// Prints a line that `cargo test` shows although the test passes.
pub fn tell(line: &str) {
    writeln!(std::io::stderr().lock(), "{line}").expect("stderr takes a line");
}
