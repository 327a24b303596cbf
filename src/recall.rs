//! Arguments that stand for something seen earlier in a run: a scenario cannot know cursors and payloads.
//!
//! In SCAN, SSCAN, HSCAN and ZSCAN `@cursor` is the cursor that the client's last scan of that key (or of a database)
//! answered; `0` before there was one. In RESTORE `@dump` is the payload of the last DUMP of the run, `@dump-flipped` has
//! one bit of it wrong, and `@dump-cut` lacks its last byte; they are sent as they are before there was one.

use std::collections::BTreeMap;

use crate::resp::{Bytes, Value};
use crate::subject::ClientId;

/// What a run has seen so far.
#[derive(Debug, Default)]
pub struct Recall {
    /// By client, command and key.
    cursors: BTreeMap<(ClientId, Bytes, Bytes), Bytes>,
    dump: Option<Bytes>,
}

impl Recall {
    /// The command with what its arguments stand for, if any stands for something.
    pub fn resolve(&self, client: ClientId, argv: &[Bytes]) -> Option<Vec<Bytes>> {
        let mut resolved = argv.to_vec();
        for arg in &mut resolved[1..] {
            if arg.first() == Some(&b'@')
                && let Some(value) = self.value(client, argv, arg)
            {
                *arg = value;
            }
        }
        (resolved != argv).then_some(resolved)
    }

    fn value(&self, client: ClientId, argv: &[Bytes], arg: &[u8]) -> Option<Bytes> {
        let is_restore = argv[0].eq_ignore_ascii_case(b"RESTORE");
        match arg {
            b"@cursor" => {
                let (command, key) = scan(argv)?;
                Some(self.cursors.get(&(client, command, key)).cloned().unwrap_or_else(|| b"0".to_vec()))
            }
            b"@dump" if is_restore => self.dump.clone(),
            b"@dump-flipped" if is_restore => {
                let mut payload = self.dump.clone()?;
                let middle = payload.len() / 2;
                payload.get_mut(middle).map(|byte| *byte ^= 1)?;
                Some(payload)
            }
            b"@dump-cut" if is_restore => {
                let mut payload = self.dump.clone()?;
                payload.pop()?;
                Some(payload)
            }
            _ => None,
        }
    }

    /// Takes in the reply to a command.
    pub fn learn(&mut self, client: ClientId, argv: &[Bytes], reply: &Value) {
        match reply {
            Value::Array(parts) => {
                if let (Some((command, key)), Some(Value::Bulk(cursor))) = (scan(argv), parts.first()) {
                    self.cursors.insert((client, command, key), cursor.clone());
                }
            }
            Value::Bulk(payload) if argv[0].eq_ignore_ascii_case(b"DUMP") => self.dump = Some(payload.clone()),
            _ => {}
        }
    }
}

/// The name and the key of a scan; SCAN has no key.
fn scan(argv: &[Bytes]) -> Option<(Bytes, Bytes)> {
    let name = argv[0].to_ascii_uppercase();
    match name.as_slice() {
        b"SCAN" => Some((name, Bytes::new())),
        b"SSCAN" | b"HSCAN" | b"ZSCAN" => Some((name, argv.get(1)?.clone())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argv(line: &str) -> Vec<Bytes> {
        line.split(' ').map(Bytes::from).collect()
    }

    #[test]
    fn a_cursor_is_that_of_the_clients_last_scan_of_the_key() {
        let mut recall = Recall::default();
        let (c0, c1) = (ClientId(0), ClientId(1));
        let reply = Value::Array(vec![Value::bulk("17"), Value::Array(vec![])]);
        recall.learn(c0, &argv("SSCAN t 0"), &reply);
        assert_eq!(recall.resolve(c0, &argv("sscan t @cursor")), Some(argv("sscan t 17")));
        assert_eq!(recall.resolve(c0, &argv("SSCAN u @cursor")), Some(argv("SSCAN u 0")));
        assert_eq!(recall.resolve(c1, &argv("SSCAN t @cursor")), Some(argv("SSCAN t 0")));
        assert_eq!(recall.resolve(c0, &argv("SET t @cursor")), None);
    }

    #[test]
    fn a_payload_is_recalled_whole_or_broken() {
        let mut recall = Recall::default();
        assert_eq!(recall.resolve(ClientId(0), &argv("RESTORE k 0 @dump")), None);
        recall.learn(ClientId(1), &argv("DUMP s"), &Value::bulk("abc"));
        let payload =
            |form: &str| recall.resolve(ClientId(0), &argv(&format!("RESTORE k 0 {form}"))).unwrap()[3].clone();
        assert_eq!(
            [payload("@dump"), payload("@dump-flipped"), payload("@dump-cut")],
            ["abc", "acc", "ab"].map(Bytes::from)
        );
    }
}
