//! What a terminal gets, and what a file gets.

use std::process::Command;

use super::{assert_exit, respfuzz};

const ARGS: [&str; 5] = ["properties", "--filter", "sorted_set", "--seeds", "2000"];

/// What the command writes to a terminal; `None` where there is no `script` (util-linux) to make one.
fn at_a_terminal(environment: &str) -> Option<String> {
    let line = format!("{environment} {} {}", env!("CARGO_BIN_EXE_respfuzz"), ARGS.join(" "));
    let output = Command::new("script").args(["-qec", &line, "/dev/null"]).env_remove("NO_COLOR").output().ok()?;
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_terminal_gets_bars_and_colours_a_file_gets_lines() {
    let file = assert_exit(&respfuzz(&ARGS), 0, &["PASS sorted_set_ordering ("]);
    assert!(!file.contains('\x1b') && !file.contains('\r'), "{file:?}");
    let Some(terminal) = at_a_terminal("TERM=xterm") else {
        println!("SKIPPED: no `script` to make a terminal");
        return;
    };
    assert!(terminal.contains("\x1b[32mPASS\x1b[0m sorted_set_ordering ("), "{terminal:?}");
    assert!(terminal.contains("/2000"), "no bar: {terminal:?}");
    let plain = at_a_terminal("TERM=xterm NO_COLOR=1").unwrap();
    assert!(plain.contains("PASS sorted_set_ordering (") && !plain.contains("\x1b[32m"), "{plain:?}");
}
