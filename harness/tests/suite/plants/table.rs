use super::Known;
pub const TABLE: &[Known] = &[];
