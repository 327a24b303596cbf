//! The size of the server's radix tree, which XINFO STREAM tells.

use super::StreamId;

/// The nodes of a path-compressed tree over the ids, given in order: one for every branching, one for every run of
/// bytes without, one for every end.
pub(super) fn nodes(ids: &[StreamId]) -> usize {
    let keys: Vec<[u8; 16]> = ids.iter().map(|id| id.bytes()).collect();
    if keys.is_empty() { 1 } else { below(&keys, 0) }
}

/// The nodes for keys that agree in the bytes before `depth`.
fn below(keys: &[[u8; 16]], depth: usize) -> usize {
    let (Some(first), Some(last)) = (keys.first(), keys.last()) else {
        return 0;
    };
    // The keys are in order: what the first and the last have in common, all have.
    let common = (depth..first.len()).take_while(|&at| first[at] == last[at]).count();
    let run = usize::from(common > 0);
    let fork = depth + common;
    if fork == first.len() {
        return run + 1;
    }
    let branches = keys.chunk_by(|a, b| a[fork] == b[fork]);
    run + 1 + branches.map(|branch| below(branch, fork + 1)).sum::<usize>()
}
