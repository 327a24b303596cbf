//! Manifests: what of the store is the log.

use super::envelope::{self, Broken};
use crate::config::Config;
use crate::serialize::{Reader, Writer};

const MAGIC: &[u8; 8] = b"respobjm";
const ANCHOR_MAGIC: &[u8; 8] = b"respobja";

/// Where the manifests are.
pub(super) const PREFIX: &str = "manifest/";

/// The two places of the anchor.
pub(super) const ANCHORS: [&str; 2] = ["anchor/a", "anchor/b"];

/// An object that holds records, or what they came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub name: String,
    pub first: u64,
    pub last: u64,
}

/// What the log consists of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Manifest {
    pub number: u64,
    /// The number of the first manifest of the engine that wrote it.
    pub epoch: u64,
    pub snapshot: Option<Part>,
    pub segments: Vec<Part>,
}

impl Manifest {
    /// The last record that is durable if this is.
    pub fn last(&self) -> u64 {
        self.segments.last().or(self.snapshot.as_ref()).map_or(0, |part| part.last)
    }

    /// Whether it says the same of the log, whoever wrote it.
    pub fn says_the_same_as(&self, other: &Manifest) -> bool {
        (&self.snapshot, &self.segments) == (&other.snapshot, &other.segments)
    }

    /// The names of the objects that it needs.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.snapshot.iter().chain(&self.segments)
    }

    pub fn write(&self) -> Vec<u8> {
        let mut body = Writer::default();
        body.int(self.number as i64);
        body.int(self.epoch as i64);
        body.count(self.snapshot.iter().count());
        body.count(self.segments.len());
        for part in self.parts() {
            body.bytes(part.name.as_bytes());
            body.int(part.first as i64);
            body.int(part.last as i64);
        }
        envelope::seal(MAGIC, &body.bytes)
    }

    pub fn read(bytes: &[u8], config: &Config) -> Result<Manifest, Broken> {
        let mut input = Reader { rest: envelope::open(MAGIC, bytes, config)? };
        read(&mut input).filter(|_| input.rest.is_empty()).ok_or(Broken::Damaged)
    }
}

fn read(input: &mut Reader<'_>) -> Option<Manifest> {
    let (number, epoch) = (input.int()? as u64, input.int()? as u64);
    let (snapshots, segments) = (input.count()?, input.count()?);
    let snapshot = if snapshots == 1 { Some(part(input)?) } else { None };
    let segments = (0..segments).map(|_| part(input)).collect::<Option<Vec<_>>>()?;
    Some(Manifest { number, epoch, snapshot, segments })
}

fn part(input: &mut Reader<'_>) -> Option<Part> {
    let name = String::from_utf8(input.bytes()?.to_vec()).ok()?;
    Some(Part { name, first: input.int()? as u64, last: input.int()? as u64 })
}

/// The name of the manifest with that number.
pub(super) fn name(number: u64) -> String {
    format!("{PREFIX}{number:020}")
}

/// The number of the manifest with that name.
pub(super) fn number_of(name: &str) -> Option<u64> {
    let digits = name.strip_prefix(PREFIX)?;
    let is_padded = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_padded)
}

/// An anchor: manifests before this number are not needed.
pub(super) fn write_anchor(number: u64) -> Vec<u8> {
    envelope::seal(ANCHOR_MAGIC, &number.to_le_bytes())
}

pub(super) fn read_anchor(bytes: &[u8], config: &Config) -> Result<u64, Broken> {
    let body = envelope::open(ANCHOR_MAGIC, bytes, config)?;
    body.try_into().map(u64::from_le_bytes).map_err(|_| Broken::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_come_back() {
        let part = |name: &str, first, last| Part { name: name.into(), first, last };
        let manifest = Manifest {
            number: 9,
            epoch: 7,
            snapshot: Some(part("snapshots/4", 0, 4)),
            segments: vec![part("segments/5-6", 5, 6), part("segments/7-7", 7, 7)],
        };
        let config = Config::default();
        assert_eq!(Manifest::read(&manifest.write(), &config), Ok(manifest.clone()));
        assert_eq!((manifest.last(), Manifest::default().last()), (7, 0));
        assert_eq!(Manifest::read(&Manifest::default().write(), &config), Ok(Manifest::default()));
        assert_eq!(number_of(&name(12)), Some(12));
        assert_eq!(number_of("manifest/12"), None);
        assert_eq!(read_anchor(&write_anchor(5), &config), Ok(5));
    }
}
