//! The version that serves, and the share of it that a new one gets at first.

use super::converge::Planner;
use super::fields;
use super::fields::Field;
use super::step::Step;
use crate::model::{Release, Settings};

impl Planner<'_> {
    /// A version that froze something else than what is wanted is replaced, whatever `$LATEST` holds.
    pub(super) fn release(&mut self) {
        let (settings, shown) = self.settings();
        let function = self.desired.function.name.clone();
        let live = self.actual.release.as_ref().map(|live| live.only(&settings));
        let live = live.as_ref();
        if live.is_some_and(|live| self.is_released(live, &settings)) {
            return self.unchanged();
        }
        let before = live.map(|live| {
            let canary = live.canary.as_ref().map(|it| (it.version.as_str(), it.percent));
            release_fields(&live.version, canary, &fields::settings(&live.settings))
        });
        // Nobody is there to compare a first version with, and none to go back to.
        let canary = live.filter(|live| live.settings != settings).and(self.desired.canary);
        let (next, settings) = ("(next version)", fields::settings(&shown));
        let after = match (live, canary) {
            (Some(live), Some(percent)) => {
                release_fields(&live.version, Some((next, percent)), &settings)
            }
            _ => release_fields(next, None, &settings),
        };
        let fields = fields::diff(&before.unwrap_or_default(), &after);
        self.step(Step::Release { function, from: live.map(Release::routing), canary, fields });
    }

    /// Whether what is wanted serves all invocations, or the share that this run gives it.
    fn is_released(&self, live: &Release, settings: &Settings) -> bool {
        match (&live.canary, self.desired.canary) {
            (None, _) => live.settings == *settings,
            (Some(canary), Some(percent)) => {
                canary.settings == *settings && canary.percent == percent
            }
            (Some(_), None) => false,
        }
    }
}

fn release_fields(version: &str, canary: Option<(&str, u8)>, settings: &[Field]) -> Vec<Field> {
    let mut all = vec![fields::version(version)];
    all.extend(canary.map(|(version, percent)| fields::canary(version, percent)));
    all.extend_from_slice(settings);
    all
}
