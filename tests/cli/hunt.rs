//! `respfuzz fuzz`: what it makes of a hunt. Shell scripts stand in for cargo and for the instrumented binary, which
//! `.ci/drivers` builds and runs.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::{PLANT, assert_exit, respfuzz_in, schema};

/// As much of cargo as `respfuzz fuzz` asks for: where it builds, and that it has built.
const CARGO: &str = "#!/bin/sh
[ \"$1\" != metadata ] || echo '{\"target_directory\": \"DIR/build\"}'
";

/// libFuzzer's lines and the driver's messages. With a planted bug it finds one, in the input that is prepared.
const FUZZER: &str = r##"#!/bin/sh
for arg; do
    case "$arg" in
    --worker) worker=yes ;;
    --hunt=*) hunt="${arg#--hunt=}" ;;
    --plant=*) plant="$arg" ;;
    esac
done
[ -z "$worker" ] || exec RESPFUZZ worker --target command_handler $plant
echo '{"target": {"input": "scenario"}}'
echo 'INFO: Loaded 1 modules   (48213 inline 8-bit counters): 48213 [0x1, 0x2),' >&2
echo '#3 INITED cov: 9021 ft: 9100 corp: 812/12Kb exec/s: 0 rss: 50Mb' >&2
for i in 1 2 3 4; do
    sleep 0.4
    sent="{\"SET\": ${i}00, \"LTRIM\": $i}"
    echo "{\"progress\": {\"executions\": ${i}000, \"steps\": ${i}0000, \"checks\": ${i}1, \"divergences\": {}, \"sent\": $sent}}"
    echo "#${i}000 NEW cov: 9${i}21 ft: 9200 corp: 8${i}2/12Kb lim: 4096 exec/s: 1000 rss: 50Mb" >&2
done
[ -z "$plant" ] || {
    cp DIR/find.bin "$hunt/find.bin"
    echo "{\"find\": {\"path\": \"$hunt/find.bin\", \"fingerprint\": \"check/check/holds/an-empty-list\"}}"
}
"##;

fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

/// A folder with a fuzz package, as far as it is looked at.
fn stage() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let release = format!("build/respfuzz/{}/release", host());
    for folder in ["fuzz/fuzz_targets", "bin", &release] {
        fs::create_dir_all(dir.path().join(folder)).unwrap();
    }
    let place = dir.path().to_str().unwrap();
    for (path, text) in [("bin/cargo", CARGO), (&format!("{release}/command_handler"), FUZZER)] {
        let text = text.replace("DIR", place).replace("RESPFUZZ", env!("CARGO_BIN_EXE_respfuzz"));
        fs::write(dir.path().join(path), text).unwrap();
        fs::set_permissions(dir.path().join(path), fs::Permissions::from_mode(0o755)).unwrap();
    }
    fs::write(dir.path().join("fuzz/Cargo.toml"), "").unwrap();
    fs::write(dir.path().join("fuzz/fuzz_targets/command_handler.rs"), "").unwrap();
    let scenario = "respfuzz scenario 1\nc0> SET s0 a\nc1> RPUSH l0 a\nadvance 1s\nc1> LTRIM l0 1 0\n";
    fs::write(dir.path().join("find.scenario"), scenario).unwrap();
    assert_exit(&respfuzz_in(dir.path(), &["asm", "find.scenario", "-o", "find.bin"]), 0, &[]);
    dir
}

fn hunt(dir: &Path, args: &[&str]) -> Output {
    #[allow(clippy::disallowed_methods, reason = "the stand-in for cargo comes before the real one; no run sees it")]
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", dir.join("bin").display());
    let mut command = Command::new(env!("CARGO_BIN_EXE_respfuzz"));
    command.arg("fuzz").args(args).current_dir(dir).env("PATH", path).output().expect("the command starts")
}

fn reported(dir: &Path, args: &[&str], code: i32) -> Value {
    let output = hunt(dir, &[args, &["--format", "json", "--output", "r.json"]].concat());
    assert_exit(&output, code, &["4000 executions, 40000 steps, 41 checks, 9421 edges of 48213 (9021 from the corpus"]);
    let schema: Value = serde_json::from_str(include_str!("../../docs/report.schema.json")).unwrap();
    let report = serde_json::from_str(&fs::read_to_string(dir.join("r.json")).unwrap()).unwrap();
    assert_eq!(schema::violations(&schema, &report), [""; 0]);
    report
}

#[test]
fn a_hunt_is_told_over_time() {
    let dir = stage();
    let report = reported(dir.path(), &[], 0);
    assert_eq!((&report["verdict"], &report["results"][0]["runs"]), (&"passed".into(), &4000.into()));
    let samples = report["hunt"]["samples"].as_array().unwrap();
    assert!(samples.len() >= 3, "{samples:?}");
    for name in ["millis", "executions", "edges", "corpus"] {
        assert!(samples.windows(2).all(|two| two[0][name].as_u64() <= two[1][name].as_u64()), "{name}: {samples:?}");
    }
    let last = samples.last().unwrap();
    assert_eq!((&last["edges"], &last["corpus"]), (&9421.into(), &842.into()));
    assert!(report["commands"].as_array().unwrap().iter().any(|row| row["name"] == "SET" && row["sent"] == 400));
    assert_exit(&hunt(dir.path(), &["--format", "html", "--output", "r.html"]), 0, &[]);
    let page = fs::read_to_string(dir.path().join("r.html")).unwrap();
    assert!(page.contains("<section id=\"hunt\"") && page.matches("<figure class=\"chart\">").count() == 3);
}

#[test]
fn a_find_of_a_hunt_is_shrunk_and_gets_a_timeline() {
    let dir = stage();
    let report = reported(dir.path(), &["--plant", PLANT], 1);
    let failure = &report["results"][0]["failure"];
    assert_eq!(failure["script"], serde_json::json!(["RPUSH l0 0", "LTRIM l0 1 0"]));
    assert!(failure["replay"].as_str().unwrap().starts_with("respfuzz replay "), "{failure}");
    assert_eq!((&report["timeline"]["steps"], &report["timeline"]["seed"]), (&4.into(), &Value::Null));
    assert_eq!(report["hunt"]["samples"].as_array().unwrap().last().unwrap()["divergences"], 1);
}

#[test]
fn jobs_hunt_together_and_find_each_thing_once() {
    let dir = stage();
    let together = "12000 executions, 120000 steps, 123 checks, 9421 edges of 48213";
    assert_exit(&hunt(dir.path(), &["--jobs", "3"]), 0, &[together]);
    let text = assert_exit(&hunt(dir.path(), &["--jobs", "2", "--plant", PLANT]), 1, &["(1 distinct)"]);
    assert_eq!(text.matches("FAIL fuzz command_handler").count(), 1, "{text}");
    assert_exit(&hunt(dir.path(), &["--jobs", "0"]), 2, &["--jobs"]);
}

#[test]
fn a_process_that_dies_ends_the_others_and_is_looked_at() {
    let dir = stage();
    let binary = dir.path().join(format!("build/respfuzz/{}/release/command_handler", host()));
    let text =
        fs::read_to_string(&binary).unwrap().replace("[ -z \"$plant\" ] || {", "echo out of luck >&2; exit 7\n{");
    fs::write(&binary, text).unwrap();
    assert_exit(&hunt(dir.path(), &["--jobs", "2"]), 3, &["the fuzzer ended", "without an input", "out of luck"]);
}

#[test]
fn what_is_known_is_no_find_of_a_hunt() {
    let dir = stage();
    let entry = |fingerprint: &str| {
        format!("[[known]]\nfingerprint = \"{fingerprint}\"\nkind = \"bug\"\nreason = \"r\"\nexpires = \"9.0.0\"\n")
    };
    fs::write(dir.path().join("known.toml"), entry("check/check/holds/an-empty-list")).unwrap();
    assert_exit(&hunt(dir.path(), &["--plant", PLANT]), 0, &["0 divergences (0 distinct)", "known: 1 (1 distinct)"]);
    fs::write(dir.path().join("known.toml"), entry("reply/GET/bulk/nil")).unwrap();
    assert_exit(&hunt(dir.path(), &["--plant", PLANT]), 1, &["FAIL fuzz command_handler", "never matched"]);
}

#[test]
fn a_hunt_without_counters_says_nothing() {
    let dir = stage();
    let binary = dir.path().join(format!("build/respfuzz/{}/release/command_handler", host()));
    let text = fs::read_to_string(&binary).unwrap().replace("inline 8-bit counters", "nothing");
    fs::write(&binary, text).unwrap();
    let output = hunt(dir.path(), &["--format", "markdown"]);
    assert_exit(&output, 3, &["SKIP", "## Hunt", "the target has no coverage counters"]);
    assert_exit(&hunt(dir.path(), &["--format", "pdf"]), 2, &["invalid value 'pdf'"]);
}
