//! GEOSEARCH and GEORADIUS with their variants.

use std::cmp::Ordering;

use super::{distance_reply, place, point, point_reply, unit};
use crate::command::{Context, Outcome, args, zset};
use crate::double;
use crate::geohash::{Cell, Point, Region, Shape};
use crate::number;
use crate::partial_sort::{merge_sort, partial_sort};
use crate::reply::{Error, Reply};
use crate::structure::zset::ZSet;

/// What the command itself says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// GEORADIUS: the centre as coordinates.
    Radius {
        may_store: bool,
    },
    /// GEORADIUSBYMEMBER: the centre as a member.
    ByMember {
        may_store: bool,
    },
    Search,
    SearchStore,
}

impl Form {
    /// GEOSEARCH and GEOSEARCHSTORE take centre and shape as options.
    fn is_search(self) -> bool {
        matches!(self, Self::Search | Self::SearchStore)
    }

    fn may_store(self) -> bool {
        matches!(self, Self::Radius { may_store: true } | Self::ByMember { may_store: true })
    }
}

pub(super) fn geosearch(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    search(cx, argv, Form::Search)
}

pub(super) fn geosearchstore(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    search(cx, argv, Form::SearchStore)
}

pub(super) fn georadius(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    search(cx, argv, Form::Radius { may_store: true })
}

pub(super) fn georadius_ro(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    search(cx, argv, Form::Radius { may_store: false })
}

pub(super) fn georadiusbymember(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    search(cx, argv, Form::ByMember { may_store: true })
}

pub(super) fn georadiusbymember_ro(cx: &mut Context<'_>, argv: &[Vec<u8>]) -> Outcome {
    search(cx, argv, Form::ByMember { may_store: false })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Ascending,
    Descending,
}

/// Where the centre of a search is from.
#[derive(Clone, Copy)]
enum Centre {
    Member(Point),
    Place(Point),
}

/// Everything that was asked for.
struct Request<'a> {
    form: Form,
    centre: Option<Centre>,
    /// The shape, and how many metres its unit has.
    shape: Option<(Shape, f64)>,
    with_distance: bool,
    with_hash: bool,
    with_place: bool,
    order: Option<Order>,
    count: Option<usize>,
    any: bool,
    target: Option<&'a [u8]>,
    store_distance: bool,
}

impl<'a> Request<'a> {
    fn new(form: Form) -> Self {
        Self {
            form,
            centre: None,
            shape: None,
            with_distance: false,
            with_hash: false,
            with_place: false,
            order: None,
            count: None,
            any: false,
            target: None,
            store_distance: false,
        }
    }

    /// Reads the whole command. Without a source, members can't be looked up, and GEORADIUSBYMEMBER doesn't read its
    /// radius either.
    fn parse(argv: &'a [Vec<u8>], form: Form, source: Option<&ZSet>) -> Result<Self, Error> {
        let mut request = Self::new(form);
        let mut words = match form {
            Form::Search => &argv[2..],
            Form::SearchStore => {
                request.target = Some(&argv[1]);
                &argv[3..]
            }
            Form::Radius { .. } => {
                request.centre = Some(Centre::Place(point(&argv[2], &argv[3])?));
                request.shape = Some(circle(&argv[4], &argv[5])?);
                &argv[6..]
            }
            Form::ByMember { .. } => {
                if source.is_some() {
                    request.centre = Some(member(source, &argv[2])?);
                    request.shape = Some(circle(&argv[3], &argv[4])?);
                }
                &argv[5..]
            }
        };
        while let [word, rest @ ..] = words {
            words = if request.flag(word) {
                rest
            } else if form.is_search() {
                request.search_option(word, rest, source)?
            } else {
                request.option(word, rest)?
            };
        }
        request.check(&argv[0])?;
        Ok(request)
    }

    /// Takes an option without arguments; says whether it is one.
    fn flag(&mut self, word: &[u8]) -> bool {
        match word {
            word if args::is(word, "WITHDIST") => self.with_distance = true,
            word if args::is(word, "WITHHASH") => self.with_hash = true,
            word if args::is(word, "WITHCOORD") => self.with_place = true,
            word if args::is(word, "ANY") => self.any = true,
            word if args::is(word, "ASC") => self.order = Some(Order::Ascending),
            word if args::is(word, "DESC") => self.order = Some(Order::Descending),
            word if args::is(word, "STOREDIST") && self.form == Form::SearchStore => self.store_distance = true,
            _ => return false,
        }
        true
    }

    /// Takes COUNT or what GEORADIUS stores to; returns the rest.
    fn option(&mut self, word: &[u8], rest: &'a [Vec<u8>]) -> Result<&'a [Vec<u8>], Error> {
        let [value, rest @ ..] = rest else {
            return Err(Error::SYNTAX);
        };
        if args::is(word, "COUNT") {
            number::int(value)?;
            self.count = Some(number::count(value, 1, Error::new("ERR COUNT must be > 0"))?);
        } else if self.form.may_store() && (args::is(word, "STORE") || args::is(word, "STOREDIST")) {
            self.target = Some(value);
            self.store_distance = args::is(word, "STOREDIST");
        } else {
            return Err(Error::SYNTAX);
        }
        Ok(rest)
    }

    /// Takes an option of GEOSEARCH and GEOSEARCHSTORE; returns the rest. Centre and shape may be given again in the
    /// same way, the last one counts.
    fn search_option(
        &mut self,
        word: &[u8],
        rest: &'a [Vec<u8>],
        source: Option<&ZSet>,
    ) -> Result<&'a [Vec<u8>], Error> {
        let by_place = matches!(self.centre, Some(Centre::Place(_)));
        let by_member = matches!(self.centre, Some(Centre::Member(_)));
        let by_radius = matches!(self.shape, Some((Shape::Circle { .. }, _)));
        let by_box = matches!(self.shape, Some((Shape::Box { .. }, _)));
        match rest {
            [name, rest @ ..] if args::is(word, "FROMMEMBER") && !by_place => {
                self.centre = Some(member(source, name)?);
                Ok(rest)
            }
            [longitude, latitude, rest @ ..] if args::is(word, "FROMLONLAT") && !by_member => {
                self.centre = Some(Centre::Place(point(longitude, latitude)?));
                Ok(rest)
            }
            [radius, unit, rest @ ..] if args::is(word, "BYRADIUS") && !by_box => {
                self.shape = Some(circle(radius, unit)?);
                Ok(rest)
            }
            [width, height, unit, rest @ ..] if args::is(word, "BYBOX") && !by_radius => {
                self.shape = Some(rectangle(width, height, unit)?);
                Ok(rest)
            }
            _ => self.option(word, rest),
        }
    }

    /// Refuses what is missing and what doesn't go together. `command` is the name as it was sent.
    fn check(&self, command: &[u8]) -> Result<(), Error> {
        if self.target.is_some() && (self.with_distance || self.with_hash || self.with_place) {
            return Err(Error::new(if self.form == Form::SearchStore {
                "ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
            } else {
                "ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
            }));
        }
        let refused = |what: &str| Err(Error::built([b"ERR exactly one of ", what.as_bytes(), command].concat()));
        if self.form.is_search() && self.centre.is_none() {
            return refused("FROMMEMBER or FROMLONLAT can be specified for ");
        }
        if self.form.is_search() && self.shape.is_none() {
            return refused("BYRADIUS and BYBOX can be specified for ");
        }
        if self.any && self.count.is_none() {
            return Err(Error::new("ERR the ANY argument requires COUNT argument"));
        }
        Ok(())
    }

    /// The region to search; `None` if there is no source.
    fn region(&self) -> Option<Region> {
        let (Centre::Member(centre) | Centre::Place(centre)) = self.centre?;
        let (shape, unit) = self.shape?;
        Some(Region { centre, shape, unit })
    }
}

/// The place of a member of the source.
fn member(source: Option<&ZSet>, member: &[u8]) -> Result<Centre, Error> {
    let nowhere = Point { longitude: 0.0, latitude: 0.0 };
    let point = source.map_or(Some(nowhere), |zset| place(zset, member));
    point.map(Centre::Member).ok_or(Error::new("ERR could not decode requested zset member"))
}

fn circle(radius: &[u8], word: &[u8]) -> Result<(Shape, f64), Error> {
    let radius = double::parse(radius).ok_or(Error::new("ERR need numeric radius"))?;
    if radius < 0.0 {
        return Err(Error::new("ERR radius cannot be negative"));
    }
    Ok((Shape::Circle { radius }, unit(word)?))
}

fn rectangle(width: &[u8], height: &[u8], word: &[u8]) -> Result<(Shape, f64), Error> {
    let width = double::parse(width).ok_or(Error::new("ERR need numeric width"))?;
    let height = double::parse(height).ok_or(Error::new("ERR need numeric height"))?;
    if width < 0.0 || height < 0.0 {
        return Err(Error::new("ERR height or width cannot be negative"));
    }
    Ok((Shape::Box { width, height }, unit(word)?))
}

/// A member within the region.
#[derive(Clone)]
struct Found {
    member: Vec<u8>,
    score: f64,
    point: Point,
    /// From the centre, in metres.
    distance: f64,
}

/// The members within a region, cell by cell; the first `limit` of them.
fn find(zset: &ZSet, region: &Region, cells: &[Cell], limit: usize) -> Vec<Found> {
    let (mut found, mut last) = (Vec::new(), None);
    for (nth, cell) in cells.iter().enumerate() {
        if last == Some(cell) {
            continue;
        }
        if nth > 0 {
            last = Some(cell);
        }
        let (min, max) = cell.scores();
        let start = zset.partition_point(|(_, score)| score < min);
        for (member, score) in zset.range(start, zset.len()).take_while(|(_, score)| *score < max) {
            if found.len() >= limit {
                return found;
            }
            let point = Point::from_score(score);
            if let Some(distance) = region.distance(point) {
                found.push(Found { member: member.to_vec(), score, point, distance });
            }
        }
    }
    found
}

/// Puts the nearest or the farthest in front, and cuts to the count.
fn arrange(found: &mut Vec<Found>, order: Option<Order>, count: usize) {
    // Not a number counts as nearer than anything, and as farther.
    let ascending = |a: &Found, b: &Found| match a.distance.partial_cmp(&b.distance) {
        Some(ordering) => ordering,
        None => Ordering::Less,
    };
    let count = count.min(found.len());
    let compare = |a: &Found, b: &Found| match order {
        Some(Order::Descending) => ascending(a, b).reverse(),
        _ => ascending(a, b),
    };
    match order {
        None => (),
        Some(_) if count == found.len() => merge_sort(found, &compare),
        Some(_) => partial_sort(found, 0, count.saturating_sub(1), &compare),
    }
    found.truncate(count);
}

fn search(cx: &mut Context<'_>, argv: &[Vec<u8>], form: Form) -> Outcome {
    let key = &argv[if form == Form::SearchStore { 2 } else { 1 }];
    cx.get::<ZSet>(key)?;
    let source = cx.peek::<ZSet>(key);
    let request = Request::parse(argv, form, source)?;
    let (Some(zset), Some(region)) = (source, request.region()) else {
        return Ok(match request.target {
            Some(target) => store(cx, target, Vec::new(), &request, 1.0),
            None => Reply::Array(Vec::new()),
        });
    };
    let mut cells = region.cells();
    if planted!(cx.config(), GeosearchOwnCellOnly) {
        cells.truncate(1);
    }
    let count = request.count.unwrap_or(usize::MAX);
    let any = request.any && !planted!(cx.config(), GeosearchAnyIsNearest);
    // A count asks for the nearest, unless any will do.
    let nearest = request.count.is_some() && !any && !planted!(cx.config(), GeosearchCountUnsorted);
    let order = request.order.or(nearest.then_some(Order::Ascending));
    let mut found = find(zset, &region, &cells, if any { count } else { usize::MAX });
    if planted!(cx.config(), GeosearchLosesCentre) {
        found.retain(|found| found.distance > 0.0);
    }
    arrange(&mut found, order, count);
    Ok(match request.target {
        Some(target) => store(cx, target, found, &request, region.unit),
        None => Reply::Array(found.into_iter().map(|found| reply(found, &request, region.unit)).collect()),
    })
}

/// One member, in an array with whatever else was asked for.
fn reply(found: Found, request: &Request<'_>, unit: f64) -> Reply {
    let member = Reply::bulk(found.member);
    let mut parts = Vec::new();
    if request.with_distance {
        parts.push(distance_reply(found.distance / unit));
    }
    if request.with_hash {
        parts.push(Reply::Int(found.score as i64));
    }
    if request.with_place {
        parts.push(point_reply(found.point));
    }
    if parts.is_empty() {
        return member;
    }
    parts.insert(0, member);
    Reply::Array(parts)
}

/// Makes a sorted set of what was found, or removes the key if that is nothing.
fn store(cx: &mut Context<'_>, target: &[u8], found: Vec<Found>, request: &Request<'_>, unit: f64) -> Reply {
    if planted!(cx.config(), GeosearchstoreEmptyKeepsTarget) && found.is_empty() {
        return Reply::Int(0);
    }
    let unit = if planted!(cx.config(), GeosearchstoreDistanceInMetres) { 1.0 } else { unit };
    let limits = cx.config().zset_limits();
    let longest = found.iter().map(|found| found.member.len()).max().unwrap_or(0);
    let mut zset = ZSet::for_members(found.len(), longest, &limits);
    for Found { member, score, distance, .. } in found {
        let score = if request.store_distance { distance / unit } else { score };
        // What is no number can't be stored; the server ends at this point.
        if !score.is_nan() {
            zset.insert(&member, score, &limits);
        }
    }
    let deadline = cx.deadline(target);
    let count = zset::store(cx, target, zset);
    if planted!(cx.config(), GeosearchstoreKeepsTtl) && count > 0 {
        cx.set_deadline(target, deadline);
    }
    Reply::count(count)
}
