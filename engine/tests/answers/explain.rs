//! What FT.EXPLAIN accepts, refuses and shows.

use super::data;

#[test]
fn the_answers_can_be_read() {
    assert_eq!(data::searches().len(), 3000);
    assert_eq!(data::schemas().0.len(), 6);
}
