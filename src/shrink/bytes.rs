//! Shrinking raw bytes: fewer, then plainer.

use super::{Search, remove_chunks};

/// Removes runs of bytes, then replaces each by a plainer one.
pub fn shrink_bytes(data: &[u8], search: &mut Search) -> Vec<u8> {
    let mut data = data.to_vec();
    loop {
        let before = data.clone();
        remove_chunks(&mut data, |candidate| search.accepts(candidate));
        for i in 0..data.len() {
            for plainer in [0, b'0', b'1', 2, 3, 4, b'a', b'\r', b'\n'] {
                if data[i] == plainer {
                    break;
                }
                let old = std::mem::replace(&mut data[i], plainer);
                if search.accepts(&data) {
                    break;
                }
                data[i] = old;
            }
        }
        if data == before {
            return data;
        }
    }
}
