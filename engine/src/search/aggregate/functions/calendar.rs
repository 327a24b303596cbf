//! The calendar: points in time as UTC dates.

/// A point in time, taken apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Date {
    pub year: i64,
    /// From 0.
    pub month: i64,
    /// The day of the month, from 1.
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
    /// From 0, a Sunday.
    pub weekday: i64,
    /// From 0.
    pub yearday: i64,
}

/// The last second whose year C's `int` can hold.
const LAST: i64 = 67_768_036_191_676_799;
const FIRST: i64 = -67_768_040_609_740_800;

impl Date {
    /// The date of so many seconds after 1970; `None` if the year is out of bounds.
    pub fn of(seconds: i64) -> Option<Date> {
        if !(FIRST..=LAST).contains(&seconds) {
            return None;
        }
        let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        // Years begin in March here, so that the leap day is the last one.
        let shifted = days + 719_468;
        let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * march_month + 2) / 5 + 1;
        let month = (march_month + 2) % 12;
        let year = year_of_era + era * 400 + i64::from(month < 2);
        Some(Date {
            year,
            month,
            day,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
            weekday: (days + 4).rem_euclid(7),
            yearday: days - days_before(year, 0, 1),
        })
    }

    /// The seconds after 1970.
    pub fn seconds(&self) -> i64 {
        days_before(self.year, self.month, self.day) * 86_400 + self.hour * 3600 + self.minute * 60 + self.second
    }
}

/// The days from 1970 to that day; the month may be any number.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = (year + month.div_euclid(12), month.rem_euclid(12));
    let (year, march_month) = if month < 2 { (year - 1, month + 10) } else { (year, month - 2) };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * march_month + 2) / 5 + day - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    era * 146_097 + of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_there_and_back() {
        for seconds in [0, -1, 951_782_400, 1_700_000_000, 4_107_542_399, -62_167_219_200, LAST, FIRST] {
            assert_eq!(Date::of(seconds).map(|date| date.seconds()), Some(seconds));
        }
        let leap = Date::of(951_782_400).map(|date| (date.year, date.month, date.day, date.weekday, date.yearday));
        assert_eq!(leap, Some((2000, 1, 29, 2, 59)));
    }
}
