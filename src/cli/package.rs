//! The fuzz package: where it is, and its instrumented binaries.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use super::{CliError, TargetArgs};

/// Which fuzz package, built how.
#[derive(Args, Clone, Debug)]
pub(super) struct PackageArgs {
    /// The fuzz package; the nearest fuzz/Cargo.toml otherwise
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
    /// Features of the fuzz package to build with, separated by commas
    #[arg(long, value_delimiter = ',')]
    features: Vec<String>,
}

impl PackageArgs {
    /// As arguments of another `respfuzz` command.
    pub(super) fn as_args(&self) -> Vec<String> {
        let manifest =
            self.manifest_path.iter().flat_map(|path| ["--manifest-path".into(), path.display().to_string()]);
        let features = (!self.features.is_empty()).then(|| ["--features".into(), self.features.join(",")]);
        manifest.chain(features.into_iter().flatten()).collect()
    }
}

/// The fuzz package.
pub(super) struct Package {
    manifest: PathBuf,
    /// Where it is.
    pub(super) dir: PathBuf,
}

impl Package {
    pub(super) fn find(args: &PackageArgs, target: &str) -> Result<Package, CliError> {
        let manifest = match &args.manifest_path {
            Some(path) => path.clone(),
            None => nearest_manifest().ok_or_else(|| {
                CliError::Usage(
                    "no fuzz/Cargo.toml here or above: run this in a checkout that has one (`cargo fuzz init` makes it), \
                     or name it with --manifest-path"
                        .into(),
                )
            })?,
        };
        let manifest =
            manifest.canonicalize().map_err(|error| CliError::Usage(format!("{}: {error}", manifest.display())))?;
        let dir = manifest.parent().unwrap_or(Path::new("/")).to_owned();
        let source = dir.join("fuzz_targets").join(format!("{target}.rs"));
        if !source.is_file() {
            let mut there: Vec<String> = std::fs::read_dir(dir.join("fuzz_targets"))
                .into_iter()
                .flatten()
                .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_string_lossy().into_owned()))
                .collect();
            there.sort();
            return Err(CliError::Usage(format!(
                "no fuzz target is called `{target}` in {}; there are: {}",
                dir.display(),
                there.join(", ")
            )));
        }
        Ok(Package { manifest, dir })
    }

    /// Builds the instrumented binary. A folder of its own keeps it apart from ordinary builds.
    pub(super) fn build(&self, args: &PackageArgs, target: &TargetArgs) -> Result<PathBuf, CliError> {
        let TargetArgs { target, on, subjects: _ } = target;
        let host = host_triple()?;
        let target_dir = self.target_dir()?.join("respfuzz");
        eprintln!("building {target} with coverage instrumentation");
        let mut command = Command::new("cargo");
        command
            .args(["build", "--release", "--config", DEBUG_INFO, "--bin", target, "--target", &host, "--manifest-path"])
            .arg(&self.manifest)
            .arg("--target-dir")
            .arg(&target_dir)
            .env("CARGO_ENCODED_RUSTFLAGS", instrumentation(&host).join("\u{1f}"))
            .env_remove("RUSTFLAGS");
        let planted = on.plant.is_some().then(|| "planted".to_owned());
        let features: Vec<_> = args.features.iter().cloned().chain(planted).collect();
        command.args(["--features", &features.join(",")]);
        let status = command.status().map_err(|error| CliError::CannotRun(format!("cargo: {error}")))?;
        if !status.success() {
            return Err(CliError::CannotRun(format!("the fuzz target does not build (see above): cargo {status}")));
        }
        Ok(target_dir.join(host).join("release").join(target))
    }

    /// Where cargo puts this package's builds.
    fn target_dir(&self) -> Result<PathBuf, CliError> {
        let output = Command::new("cargo")
            .args(["metadata", "--format-version", "1", "--no-deps", "--manifest-path"])
            .arg(&self.manifest)
            .output()
            .map_err(|error| CliError::CannotRun(format!("cargo: {error}")))?;
        let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        match metadata["target_directory"].as_str() {
            Some(dir) => Ok(PathBuf::from(dir)),
            None => Err(CliError::CannotRun(format!(
                "cargo metadata: {}",
                String::from_utf8_lossy(&output.stderr).lines().next().unwrap_or("no target directory")
            ))),
        }
    }
}

/// What `cargo fuzz run` passes, so that crashes name lines.
const DEBUG_INFO: &str = "profile.release.debug=\"line-tables-only\"";

/// Exactly the flags of `cargo fuzz run -s none`: none needs nightly, and what one of the two has built serves the other.
fn instrumentation(host: &str) -> Vec<&'static str> {
    let mut flags = vec![
        "-Cpasses=sancov-module",
        "-Cllvm-args=-sanitizer-coverage-level=4",
        "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
        "-Cllvm-args=-sanitizer-coverage-pc-table",
        "-Cllvm-args=-sanitizer-coverage-trace-compares",
        "--cfg",
        "fuzzing",
        "-Cllvm-args=-simplifycfg-branch-fold-threshold=0",
    ];
    if host.contains("-linux-") {
        flags.push("-Cllvm-args=-sanitizer-coverage-stack-depth");
    }
    // An overflow that wraps in a release build is a find, too.
    flags.extend(["-Cdebug-assertions", "-Ccodegen-units=1"]);
    flags
}

fn nearest_manifest() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors().map(|dir| dir.join("fuzz").join("Cargo.toml")).find(|path| path.is_file())
}

fn host_triple() -> Result<String, CliError> {
    let output = Command::new("rustc").arg("-vV").output();
    let output = output.map_err(|error| CliError::CannotRun(format!("rustc: {error}")))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned);
    host.ok_or_else(|| CliError::CannotRun("`rustc -vV` names no host".into()))
}
