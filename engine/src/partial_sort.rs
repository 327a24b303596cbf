//! Sorting in which equal items end up where they do on the server.

use std::cmp::Ordering;

/// Sorts like the C library: a merge sort. The order may be inconsistent.
pub(crate) fn merge_sort<T: Clone>(items: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) {
    if items.len() < 2 {
        return;
    }
    let (left, right) = items.split_at_mut(items.len() / 2);
    merge_sort(left, compare);
    merge_sort(right, compare);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (&*left, &*right);
    while let ([first, left_rest @ ..], [second, right_rest @ ..]) = (left, right) {
        if compare(first, second).is_le() {
            merged.push(first.clone());
            left = left_rest;
        } else {
            merged.push(second.clone());
            right = right_rest;
        }
    }
    merged.extend_from_slice(left);
    merged.extend_from_slice(right);
    items.clone_from_slice(&merged);
}

/// Sorts `items` so far that the places from `first` to `last` hold what they would in sorted order.
///
/// This is Bentley and McIlroy's quicksort, as BSD has it, which leaves out parts that hold no such place. It isn't
/// stable: equal items come out in an order that users of Redis see, so the choice of pivots and each exchange matter.
pub(crate) fn partial_sort<T>(items: &mut [T], first: usize, last: usize, compare: &impl Fn(&T, &T) -> Ordering) {
    sort_part(items, 0, first, last, compare);
}

/// `offset` is the place of the first of these items among all.
fn sort_part<T>(
    mut items: &mut [T],
    mut offset: usize,
    first: usize,
    last: usize,
    compare: &impl Fn(&T, &T) -> Ordering,
) {
    loop {
        let len = items.len();
        if len < 7 {
            insertion_sort(items, compare);
            return;
        }
        items.swap(0, pivot(items, compare));
        let (less, greater) = partition(items, compare);
        let wanted = |start: usize, len: usize| len > 1 && !(last < offset + start || first > offset + start + len - 1);
        if wanted(0, less) {
            sort_part(&mut items[..less], offset, first, last, compare);
        }
        if !wanted(len - greater, greater) {
            return;
        }
        items = &mut items[len - greater..];
        offset += len - greater;
    }
}

fn insertion_sort<T>(items: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) {
    for end in 1..items.len() {
        let mut at = end;
        while at > 0 && compare(&items[at - 1], &items[at]) == Ordering::Greater {
            items.swap(at, at - 1);
            at -= 1;
        }
    }
}

/// The place of the median of three items, or of nine where there are many.
fn pivot<T>(items: &[T], compare: &impl Fn(&T, &T) -> Ordering) -> usize {
    let len = items.len();
    let middle = len / 2;
    if len == 7 {
        return middle;
    }
    let median = |a, b, c| median(items, a, b, c, compare);
    if len <= 40 {
        return median(0, middle, len - 1);
    }
    let step = len / 8;
    let low = median(0, step, 2 * step);
    let middle = median(middle - step, middle, middle + step);
    median(low, middle, median(len - 1 - 2 * step, len - 1 - step, len - 1))
}

fn median<T>(items: &[T], a: usize, b: usize, c: usize, compare: &impl Fn(&T, &T) -> Ordering) -> usize {
    let less = |a: usize, b: usize| compare(&items[a], &items[b]) == Ordering::Less;
    let greater = |a: usize, b: usize| compare(&items[a], &items[b]) == Ordering::Greater;
    if less(a, b) {
        if less(b, c) {
            b
        } else if less(a, c) {
            c
        } else {
            a
        }
    } else if greater(b, c) {
        b
    } else if less(a, c) {
        a
    } else {
        c
    }
}

/// Moves what is less than the first item to the front and what is greater to the back; returns how many these are.
fn partition<T>(items: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) -> (usize, usize) {
    let len = items.len();
    // Equal items gather at both ends: before `a` and after `d`.
    let (mut a, mut b) = (1, 1);
    // One more than the place, as `c` may pass the first item.
    let (mut c, mut d) = (len, len);
    loop {
        while b < c {
            match compare(&items[b], &items[0]) {
                Ordering::Greater => break,
                Ordering::Equal => {
                    items.swap(a, b);
                    a += 1;
                }
                Ordering::Less => {}
            }
            b += 1;
        }
        while b < c {
            match compare(&items[c - 1], &items[0]) {
                Ordering::Less => break,
                Ordering::Equal => {
                    items.swap(c - 1, d - 1);
                    d -= 1;
                }
                Ordering::Greater => {}
            }
            c -= 1;
        }
        if b >= c {
            break;
        }
        items.swap(b, c - 1);
        b += 1;
        c -= 1;
    }
    let (less, greater) = (b - a, d - c);
    swap_blocks(items, 0, b - a.min(less), a.min(less));
    let equal = (len - d).min(greater);
    swap_blocks(items, b, len - equal, equal);
    (less, greater)
}

/// Exchanges `count` items at two places.
fn swap_blocks<T>(items: &mut [T], one: usize, other: usize, count: usize) {
    for at in 0..count {
        items.swap(one + at, other + at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wanted_places_hold_what_they_would_in_order() {
        for len in [0, 1, 6, 7, 8, 40, 41, 300] {
            let items: Vec<u64> = (0..len).map(|n: u64| n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58).collect();
            let mut expected = items.clone();
            expected.sort_unstable();
            for (first, last) in [(0, 3), (5, 9), (len as usize / 2, len as usize)] {
                let mut sorted = items.clone();
                partial_sort(&mut sorted, first, last, &Ord::cmp);
                let range = first.min(items.len())..(last + 1).min(items.len());
                assert_eq!(sorted[range.clone()], expected[range], "{len} {first} {last}");
            }
        }
    }

    #[test]
    fn any_comparison_ends() {
        let mut items: Vec<u32> = (0..100).collect();
        for answer in [Ordering::Less, Ordering::Greater, Ordering::Equal] {
            merge_sort(&mut items, &|_, _| answer);
            partial_sort(&mut items, 0, 10, &|_, _| answer);
        }
        merge_sort(&mut items, &u32::cmp);
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
