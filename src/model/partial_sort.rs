//! Sorting where only the first few elements are wanted.
//!
//! Equal elements end in an order that depends on the algorithm, and clients can see it. So this is the server's: the
//! quicksort of Bentley and McIlroy, which leaves alone those parts that do not reach into the wanted ones.

use std::cmp::Ordering;

/// Sorts the elements so that the first `wanted` are in place.
pub(super) fn sort_first<T: Copy>(items: &mut [T], wanted: usize, compare: &impl Fn(&T, &T) -> Ordering) {
    if wanted == 0 {
        return;
    }
    let n = items.len();
    if n < 7 {
        return insertion_sort(items, compare);
    }
    items.swap(0, pivot(items, compare));
    let (mut equal_left, mut left, mut right, mut equal_right) = (1, 1, n - 1, n - 1);
    // The pivot stands first, its equals gather at both ends; `left` may pass `right`, never go below 1.
    loop {
        while left <= right {
            match compare(&items[left], &items[0]) {
                Ordering::Greater => break,
                Ordering::Equal => {
                    items.swap(equal_left, left);
                    equal_left += 1;
                }
                Ordering::Less => {}
            }
            left += 1;
        }
        while left <= right {
            match compare(&items[right], &items[0]) {
                Ordering::Less => break,
                Ordering::Equal => {
                    items.swap(right, equal_right);
                    equal_right -= 1;
                }
                Ordering::Greater => {}
            }
            right -= 1;
        }
        if left > right {
            break;
        }
        items.swap(left, right);
        left += 1;
        right -= 1;
    }
    let (smaller, larger) = (left - equal_left, equal_right - right);
    // The equals move from the ends into the middle.
    let at_left = equal_left.min(smaller);
    swap_ranges(items, 0, left - at_left, at_left);
    let at_right = larger.min(n - 1 - equal_right);
    swap_ranges(items, left, n - at_right, at_right);
    sort_first(&mut items[..smaller], wanted, compare);
    sort_first(&mut items[n - larger..], wanted.saturating_sub(n - larger), compare);
}

fn insertion_sort<T>(items: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) {
    for i in 1..items.len() {
        let mut at = i;
        while at > 0 && compare(&items[at - 1], &items[at]).is_gt() {
            items.swap(at - 1, at);
            at -= 1;
        }
    }
}

fn swap_ranges<T>(items: &mut [T], a: usize, b: usize, len: usize) {
    for i in 0..len {
        items.swap(a + i, b + i);
    }
}

/// The middle one; of larger arrays a median of three or nine.
fn pivot<T>(items: &[T], compare: &impl Fn(&T, &T) -> Ordering) -> usize {
    let (n, middle) = (items.len(), items.len() / 2);
    if n == 7 {
        return middle;
    }
    let median = |a, b, c| median(items, [a, b, c], compare);
    if n <= 40 {
        return median(0, middle, n - 1);
    }
    let d = n / 8;
    median(median(0, d, 2 * d), median(middle - d, middle, middle + d), median(n - 1 - 2 * d, n - 1 - d, n - 1))
}

fn median<T>(items: &[T], [a, b, c]: [usize; 3], compare: &impl Fn(&T, &T) -> Ordering) -> usize {
    let order = |x: usize, y: usize| compare(&items[x], &items[y]);
    if order(a, b).is_lt() {
        if order(b, c).is_lt() {
            b
        } else if order(a, c).is_lt() {
            c
        } else {
            a
        }
    } else if order(b, c).is_gt() {
        b
    } else if order(a, c).is_lt() {
        a
    } else {
        c
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wanted_ones_are_the_smallest() {
        for n in [0, 1, 6, 7, 8, 40, 41, 200] {
            let mut items: Vec<u32> = (0..n).map(|i| i * 7919 % 101).collect();
            let mut sorted = items.clone();
            sorted.sort_unstable();
            for wanted in [0, 1, 3, n as usize] {
                let wanted = wanted.min(items.len());
                sort_first(&mut items, wanted, &u32::cmp);
                assert_eq!(items[..wanted], sorted[..wanted]);
            }
        }
    }
}
