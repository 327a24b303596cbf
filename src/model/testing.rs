//! What unit tests of the handlers share.

use super::Model;
use crate::subject::ClientId;

/// The predictions for these commands of one client, one a line as `redis-cli` prints them, lines joined by blanks.
///
/// Words are separated by blanks; `""` is the empty word.
pub(super) fn predict(model: &mut Model, lines: &[&str]) -> Vec<String> {
    let mut out = Vec::new();
    for line in lines {
        let argv: Vec<_> = line.split(' ').map(|word| if word == "\"\"" { Vec::new() } else { word.into() }).collect();
        model.send(ClientId(0), &argv, None, &mut out);
    }
    out.into_iter().map(|(_, expect)| expect.to_string().replace('\n', " ").replace("\\'", "'")).collect()
}

/// The prediction for the last of these commands on an empty server.
pub(super) fn last(lines: &[&str]) -> String {
    predict(&mut Model::default(), lines).pop().unwrap_or_default()
}
