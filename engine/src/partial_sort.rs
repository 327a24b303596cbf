//! Sorting in which equal elements end up where they do on the server.

use std::cmp::Ordering;

/// Sorts like the C library: a merge sort. The order may be inconsistent.
pub(crate) fn sort<T: Clone>(items: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) {
    if items.len() < 2 {
        return;
    }
    let (left, right) = items.split_at_mut(items.len() / 2);
    sort(left, compare);
    sort(right, compare);
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

/// Sorts until the elements from position `first` to `last` are in place: the quicksort of Bentley and McIlroy,
/// less the parts that nobody asks for.
pub(crate) fn partial_sort<T>(
    mut items: &mut [T],
    mut first: isize,
    mut last: isize,
    compare: &impl Fn(&T, &T) -> Ordering,
) {
    loop {
        let len = items.len();
        if len < 7 {
            return insertion_sort(items, compare);
        }
        let middle = pivot(items, compare);
        items.swap(0, middle);
        let (low, high) = partition(items, compare);
        let wanted = |from: usize, to: usize| {
            let (from, to) = (from as isize, to as isize);
            !((first < from && last < from) || (first >= to && last >= to))
        };
        if low > 1 && wanted(0, low) {
            partial_sort(&mut items[..low], first, last, compare);
        }
        if high < 2 || !wanted(len - high, len) {
            return;
        }
        items = &mut items[len - high..];
        first -= (len - high) as isize;
        last -= (len - high) as isize;
    }
}

fn insertion_sort<T>(items: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) {
    for start in 1..items.len() {
        let mut at = start;
        while at > 0 && compare(&items[at - 1], &items[at]).is_gt() {
            items.swap(at - 1, at);
            at -= 1;
        }
    }
}

/// The position of an element that is likely to be in the middle of the order.
fn pivot<T>(items: &[T], compare: &impl Fn(&T, &T) -> Ordering) -> usize {
    let median = |a: usize, b: usize, c: usize| {
        let less = |x: usize, y: usize| compare(&items[x], &items[y]).is_lt();
        let greater = |x: usize, y: usize| compare(&items[x], &items[y]).is_gt();
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
    };
    let len = items.len();
    let (mut low, mut middle, mut high) = (0, len / 2, len - 1);
    if len == 7 {
        return middle;
    }
    if len > 40 {
        let d = len / 8;
        low = median(low, low + d, low + 2 * d);
        middle = median(middle - d, middle, middle + d);
        high = median(high - 2 * d, high - d, high);
    }
    median(low, middle, high)
}

/// Splits by the first element; returns how many elements are less (now at the front) and greater (at the end).
fn partition<T>(items: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) -> (usize, usize) {
    let len = items.len();
    // Equal elements gather at both ends: before `a` and from `d` on. `b` and `c` (one more than the position) meet.
    let (mut a, mut b, mut c, mut d) = (1, 1, len, len);
    loop {
        while b < c {
            match compare(&items[b], &items[0]) {
                Ordering::Greater => break,
                Ordering::Equal => {
                    items.swap(a, b);
                    a += 1;
                }
                Ordering::Less => (),
            }
            b += 1;
        }
        while b < c {
            match compare(&items[c - 1], &items[0]) {
                Ordering::Less => break,
                Ordering::Equal => {
                    d -= 1;
                    items.swap(c - 1, d);
                }
                Ordering::Greater => (),
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
    swap_ranges(items, 0, b, a.min(b - a));
    swap_ranges(items, b, len, (d - c).min(len - d));
    (b - a, d - c)
}

/// Exchanges the elements from `start` on with as many before `end`.
fn swap_ranges<T>(items: &mut [T], start: usize, end: usize, count: usize) {
    for at in 0..count {
        items.swap(start + at, end - count + at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_in_place() {
        let numbers: Vec<u32> = (0..300_u32).map(|n| n.wrapping_mul(2_654_435_761) >> 24).collect();
        let mut sorted = numbers.clone();
        sort(&mut sorted, &u32::cmp);
        assert!(sorted.is_sorted());
        for (first, last) in [(0, 0), (0, 20), (100, 150), (0, 299), (299, 299)] {
            let mut items = numbers.clone();
            partial_sort(&mut items, first as isize, last as isize, &u32::cmp);
            assert_eq!(items[first..=last], sorted[first..=last]);
        }
    }

    #[test]
    fn any_comparison_ends() {
        let mut items: Vec<u32> = (0..100).collect();
        for answer in [Ordering::Less, Ordering::Greater, Ordering::Equal] {
            sort(&mut items, &|_, _| answer);
            partial_sort(&mut items, 0, 10, &|_, _| answer);
        }
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
