//! Dictionaries for libFuzzer and AFL++, generated from the command table.

use std::collections::BTreeSet;

use super::{Domain, Tier, all};

/// The longest token that libFuzzer's and AFL++'s dictionaries should hold, in bytes.
const TOKEN_BYTES_MAX: usize = 32;

/// Every command name, keyword and short value: also what the custom mutator writes into literal arguments.
pub fn tokens() -> Vec<Vec<u8>> {
    let mut tokens = BTreeSet::new();
    // A module's commands have a dictionary of their own target.
    for command in all().filter(|command| !command.has_flag("module")) {
        tokens.insert(command.name.as_bytes().to_vec());
        tokens.extend(command.tokens().into_iter().map(|t| t.as_bytes().to_vec()));
    }
    for domain in Domain::ALL {
        for tier in [Tier::Common, Tier::Edge, Tier::Odd] {
            tokens.extend(domain.values(tier).iter().map(|v| v.to_vec()));
        }
    }
    tokens.into_iter().filter(|t| !t.is_empty() && t.len() <= TOKEN_BYTES_MAX).collect()
}

/// The text of `dictionaries/command_handler.dict`.
pub fn dictionary() -> String {
    let mut out = String::from("# Generated from the command table; `cargo test` compares it with this file.\n");
    for token in tokens() {
        out.push('"');
        for byte in token {
            match byte {
                b'"' | b'\\' => out.extend(['\\', byte as char]),
                b' '..=b'~' => out.push(byte as char),
                _ => out.push_str(&format!("\\x{byte:02X}")),
            }
        }
        out.push_str("\"\n");
    }
    out
}
