//! Functions of points in time, which are seconds after 1970.

use super::calendar::Date;
use super::{Answer, Function, text_argument};
use crate::search::aggregate::value::{Value, to_i64};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("timefmt", "time", (1, 2), |_, all| format_time(all)),
    Function::new("parsetime", "parsetime", (2, 2), |_, all| parse_time(all)),
    Function::new("hour", "hour", (1, 1), |_, all| start_of(all, |date| Date { minute: 0, second: 0, ..date })),
    Function::new("minute", "minute", (1, 1), |_, all| minute(all)),
    Function::new("day", "day", (1, 1), |_, all| start_of(all, midnight)),
    Function::new("month", "month", (1, 1), |_, all| {
        start_of(all, |date| Date { yearday: date.yearday - (date.day - 1), ..midnight(date) })
    }),
    Function::new("monthofyear", "monthofyear", (1, 1), |_, all| part(all, |date| date.month)),
    Function::new("year", "year", (1, 1), |_, all| part(all, |date| date.year)),
    Function::new("dayofmonth", "dayofmonth", (1, 1), |_, all| part(all, |date| date.day)),
    Function::new("dayofweek", "dayofweek", (1, 1), |_, all| part(all, |date| date.weekday)),
    Function::new("dayofyear", "dayofyear", (1, 1), |_, all| part(all, |date| date.yearday)),
];

fn midnight(date: Date) -> Date {
    Date { hour: 0, minute: 0, second: 0, ..date }
}

/// The seconds of the first argument, which must be a number that isn't negative.
fn seconds(arguments: &[Value]) -> Option<f64> {
    arguments[0].number().filter(|seconds| seconds.is_nan() || *seconds >= 0.0)
}

/// The date of the first argument. What is out of bounds counts as the beginning of 1900 without a date.
fn date(arguments: &[Value]) -> Option<Date> {
    let seconds = to_i64(seconds(arguments)?);
    Some(Date::of(seconds).unwrap_or(Date { year: 1900, ..Date::default() }))
}

fn number(value: Option<f64>) -> Answer {
    Ok(value.map_or(Value::Null, Value::Number))
}

fn part(arguments: &[Value], part: fn(Date) -> i64) -> Answer {
    number(date(arguments).map(|date| part(date) as f64))
}

/// Every fourth year is a leap year here, as in RediSearch.
fn start_of(arguments: &[Value], start: fn(Date) -> Date) -> Answer {
    let seconds = |date: Date| {
        let years = date.year - 1970;
        let days = date.yearday + years * 365 + (years + 1) / 4;
        days * 86_400 + date.hour * 3600 + date.minute * 60 + date.second
    };
    number(date(arguments).map(|date| seconds(start(date)) as f64))
}

fn minute(arguments: &[Value]) -> Answer {
    number(seconds(arguments).map(|seconds| (seconds - seconds % 60.0).floor()))
}

/// The longest text that a time can become; a longer one is null.
const TEXT_MAX: usize = 1024;

fn format_time(arguments: &[Value]) -> Answer {
    let pattern = match arguments.len() {
        2 => text_argument("time", arguments, 1)?,
        _ => b"%FT%TZ",
    };
    let date = arguments[0].number().and_then(|seconds| Date::of(to_i64(seconds)));
    let text = date.map(|date| print(date, pattern)).filter(|text| (1..TEXT_MAX).contains(&text.len()));
    Ok(text.map_or(Value::Null, |text| Value::text(&text)))
}

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// As C's `strftime`, in its own language.
fn print(date: Date, pattern: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = pattern.split(|byte| *byte == 0).next().unwrap_or_default().iter();
    while let Some(&byte) = bytes.next() {
        match (byte, bytes.clone().next()) {
            (b'%', Some(&kind)) => {
                bytes.next();
                out.extend_from_slice(&directive(date, kind));
            }
            _ => out.push(byte),
        }
        if out.len() > TEXT_MAX {
            break;
        }
    }
    out
}

fn directive(date: Date, kind: u8) -> Vec<u8> {
    let hour12 = (date.hour + 11) % 12 + 1;
    let text = match kind {
        b'a' => DAYS[date.weekday as usize % 7][..3].into(),
        b'A' => DAYS[date.weekday as usize % 7].into(),
        b'b' | b'h' => MONTHS[date.month as usize % 12][..3].into(),
        b'B' => MONTHS[date.month as usize % 12].into(),
        b'C' => format!("{:02}", date.year.div_euclid(100)),
        b'd' => format!("{:02}", date.day),
        b'e' => format!("{:2}", date.day),
        b'g' => format!("{:02}", week_of_year(date).0.rem_euclid(100)),
        b'G' => week_of_year(date).0.to_string(),
        b'H' => format!("{:02}", date.hour),
        b'I' => format!("{hour12:02}"),
        b'j' => format!("{:03}", date.yearday + 1),
        b'k' => format!("{:2}", date.hour),
        b'l' => format!("{hour12:2}"),
        b'm' => format!("{:02}", date.month + 1),
        b'M' => format!("{:02}", date.minute),
        b'n' => "\n".into(),
        b'p' => if date.hour < 12 { "AM" } else { "PM" }.into(),
        b'P' => if date.hour < 12 { "am" } else { "pm" }.into(),
        b's' => date.seconds().to_string(),
        b'S' => format!("{:02}", date.second),
        b't' => "\t".into(),
        b'u' => ((date.weekday + 6) % 7 + 1).to_string(),
        b'U' => format!("{:02}", (date.yearday + 7 - date.weekday) / 7),
        b'V' => format!("{:02}", week_of_year(date).1),
        b'w' => date.weekday.to_string(),
        b'W' => format!("{:02}", (date.yearday + 7 - (date.weekday + 6) % 7) / 7),
        b'y' => format!("{:02}", date.year.rem_euclid(100)),
        b'Y' => date.year.to_string(),
        b'z' => "+0000".into(),
        b'Z' => "GMT".into(),
        b'%' => "%".into(),
        other => return composed(date, other),
    };
    text.into_bytes()
}

/// What stands for several directives. Others are left as they are.
fn composed(date: Date, kind: u8) -> Vec<u8> {
    match kind {
        b'c' => print(date, b"%a %b %e %H:%M:%S %Y"),
        b'D' | b'x' => print(date, b"%m/%d/%y"),
        b'F' => print(date, b"%Y-%m-%d"),
        b'r' => print(date, b"%I:%M:%S %p"),
        b'R' => print(date, b"%H:%M"),
        b'T' | b'X' => print(date, b"%H:%M:%S"),
        other => vec![b'%', other],
    }
}

/// The year and the week by ISO 8601.
fn week_of_year(date: Date) -> (i64, i64) {
    let week = (date.yearday - (date.weekday + 6) % 7 + 10) / 7;
    let weeks_in = |year: i64| {
        let last = |year: i64| (year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400)).rem_euclid(7);
        52 + i64::from(last(year) == 4 || last(year - 1) == 3)
    };
    match week {
        0 => (date.year - 1, weeks_in(date.year - 1)),
        week if week > weeks_in(date.year) => (date.year + 1, 1),
        week => (date.year, week),
    }
}

fn parse_time(arguments: &[Value]) -> Answer {
    let text = text_argument("parsetime", arguments, 0)?;
    let pattern = text_argument("parsetime", arguments, 1)?;
    let mut reader = Reader { rest: text, date: Date { year: 1900, ..Date::default() }, afternoon: None };
    number(reader.read(pattern).map(|()| reader.date.seconds() as f64))
}

/// Reads a date as C's `strptime` does.
struct Reader<'a> {
    rest: &'a [u8],
    date: Date,
    afternoon: Option<bool>,
}

impl Reader<'_> {
    fn read(&mut self, pattern: &[u8]) -> Option<()> {
        self.follow(pattern)?;
        if let Some(afternoon) = self.afternoon {
            self.date.hour = self.date.hour % 12 + if afternoon { 12 } else { 0 };
        }
        Some(())
    }

    fn follow(&mut self, pattern: &[u8]) -> Option<()> {
        let mut bytes = pattern.iter();
        while let Some(&byte) = bytes.next() {
            match byte {
                b'%' => self.directive(*bytes.next()?)?,
                blank if blank.is_ascii_whitespace() => self.skip_blanks(),
                other => self.rest = self.rest.strip_prefix(&[other])?,
            }
        }
        Some(())
    }

    fn directive(&mut self, kind: u8) -> Option<()> {
        match kind {
            b'Y' => self.date.year = self.number(4, 0, 9999)?,
            b'y' => {
                let year = self.number(2, 0, 99)?;
                self.date.year = year + if year < 69 { 2000 } else { 1900 };
            }
            b'm' => self.date.month = self.number(2, 1, 12)? - 1,
            b'd' | b'e' => self.date.day = self.number(2, 1, 31)?,
            b'j' => self.date.yearday = self.number(3, 1, 366)? - 1,
            b'H' | b'k' => (self.date.hour, self.afternoon) = (self.number(2, 0, 23)?, None),
            b'I' | b'l' => {
                self.date.hour = self.number(2, 1, 12)? % 12;
                self.afternoon = self.afternoon.or(Some(false));
            }
            b'M' => self.date.minute = self.number(2, 0, 59)?,
            b'S' => self.date.second = self.number(2, 0, 61)?,
            b'p' | b'P' => self.afternoon = Some(self.name(&["AM", "PM"])? == 1),
            b'a' | b'A' => self.date.weekday = self.name(&DAYS)?,
            b'b' | b'B' | b'h' => self.date.month = self.name(&MONTHS)?,
            b'n' | b't' => self.skip_blanks(),
            b'D' | b'x' => self.follow(b"%m/%d/%y")?,
            b'F' => self.follow(b"%Y-%m-%d")?,
            b'R' => self.follow(b"%H:%M")?,
            b'T' | b'X' => self.follow(b"%H:%M:%S")?,
            b'r' => self.follow(b"%I:%M:%S %p")?,
            b'c' => self.follow(b"%a %b %e %H:%M:%S %Y")?,
            b's' => self.date = Date::of(self.number(19, 0, i64::MAX)?)?,
            b'%' => self.rest = self.rest.strip_prefix(b"%")?,
            _ => return None,
        }
        Some(())
    }

    fn skip_blanks(&mut self) {
        let blanks = self.rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.rest = &self.rest[blanks..];
    }

    /// A number of at most so many digits, within bounds.
    fn number(&mut self, digits: usize, least: i64, most: i64) -> Option<i64> {
        let blanks = self.rest.iter().take_while(|byte| **byte == b' ').count();
        self.rest = &self.rest[blanks..];
        let length = self.rest.iter().take(digits).take_while(|byte| byte.is_ascii_digit()).count();
        let (number, rest) = self.rest.split_at(length);
        let number = std::str::from_utf8(number).ok()?.parse().ok()?;
        self.rest = rest;
        (least..=most).contains(&number).then_some(number)
    }

    /// A name of these, in full or its first three letters, in any case.
    fn name(&mut self, names: &[&str]) -> Option<i64> {
        for (index, name) in names.iter().enumerate() {
            for length in [name.len(), name.len().min(3)] {
                let is_here =
                    self.rest.len() >= length && self.rest[..length].eq_ignore_ascii_case(&name.as_bytes()[..length]);
                if is_here {
                    self.rest = &self.rest[length..];
                    return Some(index as i64);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(number: f64) -> [Value; 1] {
        [Value::Number(number)]
    }

    #[test]
    fn times_are_cut_and_printed() {
        let all = time(1_700_000_000.0);
        assert_eq!(format_time(&all), Ok(Value::text(b"2023-11-14T22:13:20Z")));
        assert_eq!(start_of(&all, midnight), Ok(Value::Number(1_699_920_000.0)));
        assert_eq!(start_of(&all, |date| Date { minute: 0, second: 0, ..date }), Ok(Value::Number(1_699_999_200.0)));
        assert_eq!(minute(&time(-1.0)), Ok(Value::Null));
        assert_eq!(part(&all, |date| date.yearday), Ok(Value::Number(317.0)));
        let parsed = parse_time(&[Value::text(b"2023-11-14T22:13:20Z"), Value::text(b"%FT%TZ")]);
        assert_eq!(parsed, Ok(Value::Number(1_700_000_000.0)));
        assert_eq!(week_of_year(Date::of(1_609_459_200).unwrap_or_default()), (2020, 53));
    }
}
