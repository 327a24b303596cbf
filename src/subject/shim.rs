//! The preload clock library (`shim/`), found or built.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The workspace that this library was compiled from; the shim's sources are there unless it came from a registry.
const WORKSPACE: &str = env!("CARGO_MANIFEST_DIR");

/// As cargo names it.
const FILE_NAME: &str = "librespfuzz_shim.so";

/// The preload library that gives an unmodified server a virtual clock. Linux, dynamically linked servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shim {
    path: PathBuf,
}

/// Why there is no preload clock.
#[derive(Debug, thiserror::Error)]
pub enum ShimError {
    /// The library is not at any of the usual places.
    #[error(
        "the preload clock {FILE_NAME} is not in {}: run `cargo build --release -p respfuzz-shim` in respfuzz's \
         sources, or give its path",
        .looked.iter().map(|dir| dir.display().to_string()).collect::<Vec<_>>().join(", ")
    )]
    Missing {
        /// The directories that were looked into.
        looked: Vec<PathBuf>,
    },
    /// The path given is not a file.
    #[error("there is no preload clock at {}: run `cargo build --release -p respfuzz-shim`", .0.display())]
    NotAFile(PathBuf),
    /// This copy of respfuzz has no shim to build.
    #[error(
        "the sources of the preload clock are not in {WORKSPACE}: clone respfuzz, run `cargo build --release -p \
         respfuzz-shim` there and give the path of {FILE_NAME}"
    )]
    NoSources,
    /// Cargo did not build it.
    #[error("`cargo build --release -p respfuzz-shim` failed in {WORKSPACE}: {0}")]
    Build(String),
}

impl Shim {
    /// The library at a known path.
    pub fn at(path: impl Into<PathBuf>) -> Result<Shim, ShimError> {
        let path = path.into();
        if path.is_file() { Ok(Shim { path }) } else { Err(ShimError::NotAFile(path)) }
    }

    /// Looks where cargo leaves it: next to the current executable (or above its `deps`), and where
    /// [`Shim::build`] puts it.
    pub fn locate() -> Result<Shim, ShimError> {
        let Some(dir) = output_dir() else { return Err(ShimError::Missing { looked: Vec::new() }) };
        let looked = vec![dir.clone(), build_dir(&dir).join("release"), Path::new(WORKSPACE).join("target/release")];
        let found = looked.iter().map(|dir| dir.join(FILE_NAME)).find(|path| path.is_file());
        found.map(|path| Shim { path }).ok_or(ShimError::Missing { looked })
    }

    /// Builds it with cargo, where its sources are at hand; a moment if it is up to date. A target directory of its
    /// own keeps it clear of the lock of a cargo that may be running us, and of the caller's instrumentation.
    pub fn build() -> Result<Shim, ShimError> {
        if !Path::new(WORKSPACE).join("shim/Cargo.toml").is_file() {
            return Err(ShimError::NoSources);
        }
        let dir = build_dir(&output_dir().unwrap_or_else(|| Path::new(WORKSPACE).join("target")));
        let output = Command::new("cargo")
            .args(["build", "--release", "--package", "respfuzz-shim", "--target-dir"])
            .arg(&dir)
            .current_dir(WORKSPACE)
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("CARGO_BUILD_TARGET")
            .output()
            .map_err(|error| ShimError::Build(error.to_string()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let cause = said.lines().find(|line| line.starts_with("error")).unwrap_or("cargo said nothing");
            return Err(ShimError::Build(cause.to_owned()));
        }
        Shim::at(dir.join("release").join(FILE_NAME))
    }

    /// The library's path.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The directory of the current executable, as cargo sees it: `target/debug` for `target/debug/deps/test-1234`.
fn output_dir() -> Option<PathBuf> {
    let executable = std::env::current_exe().ok()?;
    let dir = executable.parent()?;
    let dir = if dir.ends_with("deps") { dir.parent()? } else { dir };
    Some(dir.to_owned())
}

fn build_dir(output_dir: &Path) -> PathBuf {
    output_dir.join("respfuzz-shim")
}
