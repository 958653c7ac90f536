//! Kinds of subjects that have the same: every point of all axes is tried, and points that differ in nothing are put
//! together again, one axis after the other. So each subject is of exactly one kind. Pure.

use std::collections::{BTreeMap, BTreeSet};

use trigger::rules::Subject;

use super::axis::Axis;
use crate::tokens::machine::is_machine;

/// More points than this are not tried.
const LIMIT: usize = 20_000;

type Places = Vec<BTreeSet<usize>>;

/// A kind of subject, and what it has.
#[derive(Debug)]
pub(super) struct SubjectKind<O> {
    /// One of them.
    pub(super) subject: Subject,
    /// Where on each axis they are.
    pub(super) places: Places,
    pub(super) outcome: O,
}

/// All kinds; `None` if there are too many points. `outcome` is `None` for a subject that cannot be.
pub(super) fn kinds<O: Ord + Clone>(
    axes: &[Axis],
    blank: &Subject,
    outcome: impl Fn(&Subject) -> Option<O>,
) -> Option<Vec<SubjectKind<O>>> {
    let size = |axis: &Axis| axis.points.len();
    let points = axes.iter().try_fold(1_usize, |all, axis| all.checked_mul(size(axis)))?;
    if points > LIMIT {
        return None;
    }
    let mut boxes: Vec<(Places, O)> = vec![];
    for point in 0..points {
        let place = places(axes, point);
        let subject = subject(axes, blank, &place);
        let machine = is_machine(&subject);
        let beside = |(axis, at): (&Axis, &usize)| machine && axis.of_users && *at > 0;
        if axes.iter().zip(&place).any(beside) {
            continue;
        }
        let Some(outcome) = outcome(&subject) else { continue };
        // What a machine has not does not describe it.
        let whole = |(axis, at): (&Axis, usize)| {
            if machine && axis.of_users { (0..size(axis)).collect() } else { BTreeSet::from([at]) }
        };
        boxes.push((axes.iter().zip(place).map(whole).collect(), outcome));
    }
    let mut boxes = merged(boxes, axes.len());
    boxes.sort();
    let kind = |(places, outcome): (Places, O)| {
        let first: Vec<_> = places.iter().map(|at| at.first().copied().unwrap_or(0)).collect();
        SubjectKind { subject: subject(axes, blank, &first), places, outcome }
    };
    Some(boxes.into_iter().map(kind).collect())
}

/// The place on each axis of the point with this number.
fn places(axes: &[Axis], mut point: usize) -> Vec<usize> {
    let mut place = |axis: &Axis| {
        let at = point % axis.points.len();
        point /= axis.points.len();
        at
    };
    axes.iter().map(&mut place).collect()
}

fn subject(axes: &[Axis], blank: &Subject, places: &[usize]) -> Subject {
    let mut subject = blank.clone();
    axes.iter().zip(places).for_each(|(axis, at)| axis.apply(*at, &mut subject));
    subject
}

/// Whatever differs in one axis alone is one.
fn merged<O: Ord + Clone>(mut boxes: Vec<(Places, O)>, axes: usize) -> Vec<(Places, O)> {
    loop {
        let before = boxes.len();
        for axis in (0..axes).rev() {
            let mut alike: BTreeMap<(O, Places), BTreeSet<usize>> = BTreeMap::new();
            for (mut places, outcome) in boxes {
                let own = std::mem::take(&mut places[axis]);
                alike.entry((outcome, places)).or_default().extend(own);
            }
            let whole = |((outcome, mut places), own): ((O, Places), BTreeSet<usize>)| {
                places[axis] = own;
                (places, outcome)
            };
            boxes = alike.into_iter().map(whole).collect();
        }
        if boxes.len() == before {
            return boxes;
        }
    }
}
