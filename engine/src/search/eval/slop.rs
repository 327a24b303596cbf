//! How near to one another terms stand.

use super::hit::Hit;

/// Behind the last position.
const END: u32 = u32::MAX;

/// Positions, one after the other.
struct Walk {
    positions: Vec<u32>,
    next: usize,
}

impl Walk {
    fn of(hit: &Hit<'_>) -> Walk {
        Walk { positions: hit.positions(), next: 0 }
    }

    fn step(&mut self) -> u32 {
        let position = self.positions.get(self.next).copied().unwrap_or(END);
        self.next += 1;
        position
    }
}

/// Whether the children stand somewhere with at most so many words between them.
pub(super) fn is_near(children: &[Hit<'_>], slop: i64, in_order: bool) -> bool {
    if children.len() <= 1 {
        return true;
    }
    let walks: Vec<Walk> = children.iter().filter(|child| child.has_places()).map(Walk::of).collect();
    let slop = slop.clamp(0, i64::from(i32::MAX)) as i32;
    if walks.is_empty() {
        true
    } else if in_order {
        is_near_in_order(walks, slop)
    } else {
        is_near_anyhow(walks, slop)
    }
}

/// Two that stand at the same place are in order.
fn is_near_in_order(mut walks: Vec<Walk>, slop: i32) -> bool {
    let mut places = vec![0u32; walks.len()];
    loop {
        let mut span = 0i32;
        for at in 0..walks.len() {
            let (mut place, last) = if at == 0 { (walks[0].step(), 0) } else { (places[at], places[at - 1]) };
            while place != END && place < last {
                place = walks[at].step();
            }
            if place == END {
                return false;
            }
            places[at] = place;
            if at > 0 {
                span = span.wrapping_add((place as i32).wrapping_sub(last as i32).wrapping_sub(1));
                if span > slop {
                    break;
                }
            }
        }
        if span <= slop {
            return true;
        }
    }
}

/// What stands nowhere is at the very end here, which is near to everything.
fn is_near_anyhow(mut walks: Vec<Walk>, slop: i32) -> bool {
    let mut places: Vec<u32> = walks.iter_mut().map(Walk::step).collect();
    let mut highest = places.iter().copied().max().unwrap_or(END);
    loop {
        let lowest = places.iter().copied().min().unwrap_or(END);
        let at = places.iter().position(|&place| place == lowest).unwrap_or(0);
        if lowest != highest {
            let others = walks.len() as i32 - 1;
            let span = (highest as i32).wrapping_sub(lowest as i32).wrapping_sub(others);
            if span <= slop {
                return true;
            }
        }
        places[at] = walks[at].step();
        match places[at] {
            END => return false,
            place => highest = highest.max(place),
        }
    }
}

/// By what a score is divided: the distances of neighbours, taken together.
pub(super) fn distance(hit: &Hit<'_>) -> f64 {
    let children = hit.children();
    if children.len() <= 1 {
        return 1.0;
    }
    let walks: Vec<&Hit<'_>> = children.iter().filter(|child| child.has_places()).collect();
    let squares: i64 = walks.windows(2).map(|pair| nearest(Walk::of(pair[0]), Walk::of(pair[1]))).map(|d| d * d).sum();
    if squares == 0 { (children.len() - 1) as f64 } else { (squares as f64).sqrt().trunc() }
}

fn nearest(mut first: Walk, mut second: Walk) -> i64 {
    let (mut a, mut b) = (first.step(), second.step());
    let mut nearest = i64::from(a.abs_diff(b) as i32);
    while nearest > 1 && a != END && b != END {
        nearest = nearest.min(i64::from(a.abs_diff(b) as i32));
        if b > a {
            a = first.step();
        } else {
            b = second.step();
        }
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::super::hit::Matter;
    use super::*;

    fn term(positions: &[u32]) -> Hit<'_> {
        Hit { matter: Matter::Term { text: b"", positions, documents: 1 }, frequency: 1, weight: 1.0 }
    }

    #[test]
    fn slop_counts_the_words_in_between() {
        for (slop, expected) in [(0, false), (1, false), (2, true)] {
            assert_eq!(is_near(&[term(&[1, 9]), term(&[4])], slop, true), expected);
            assert_eq!(is_near(&[term(&[4]), term(&[1, 9])], slop, false), expected);
        }
        assert!(!is_near(&[term(&[4]), term(&[1])], 9, true));
    }

    #[test]
    fn a_word_follows_itself() {
        assert!(is_near(&[term(&[3]), term(&[3])], 0, true));
        assert!(!is_near(&[term(&[3]), term(&[3])], 0, false));
    }
}
