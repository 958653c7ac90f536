//! Environments side by side: all plan first, one question is asked for all, and then they go to work wave by wave.
//!
//! Each runs the very operation that it would run alone. What holds them together is their user: every question, and the
//! beginning of what needs none, waits here for the others.

mod choice;
mod files;
mod verdict;
mod waves;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::user::Consent;

pub use choice::{Choice, of_many_alone, of_one_alone};
pub use files::for_each;
pub use verdict::{Ended, FleetDocument, MemberVerdict};
pub use waves::waves;

/// How many environments are at work together: each has its connections, its package and what it saw in memory.
const AT_ONCE: usize = 16;

/// Environments that are done side by side.
#[derive(Debug)]
pub struct Fleet {
    /// Their names, wave after wave.
    names: Vec<String>,
    /// The wave of each, from 0.
    waves: Vec<usize>,
    /// Whether the first failure stops the others, too.
    fail_fast: bool,
    state: watch::Sender<State>,
    at_once: Arc<Semaphore>,
    said: RefCell<BTreeSet<String>>,
}

#[derive(Debug)]
struct State {
    stages: Vec<Stage>,
    answer: Answer,
    stopped: bool,
}

#[derive(Debug)]
enum Stage {
    /// Has not come to its question yet.
    Looks,
    /// Has a question.
    Asks(String),
    /// Needs no consent, and waits for its wave.
    Waits,
    /// Is at work.
    Works,
    /// Has ended, and whether all is right.
    Ended(bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Open,
    Asked,
    Is(Consent),
}

impl Fleet {
    /// These environments, in waves of these sizes, which fit.
    #[must_use]
    pub fn new(names: Vec<String>, sizes: &[usize], fail_fast: bool) -> Rc<Self> {
        let waves = sizes.iter().enumerate().flat_map(|(wave, size)| vec![wave; *size]).collect();
        let stages = names.iter().map(|_| Stage::Looks).collect();
        Rc::new(Self {
            names,
            waves,
            fail_fast,
            state: watch::Sender::new(State { stages, answer: Answer::Open, stopped: false }),
            at_once: Semaphore::new(AT_ONCE).into(),
            said: RefCell::default(),
        })
    }

    /// Everybody in it, in order.
    pub fn members(self: &Rc<Self>) -> impl Iterator<Item = Member> {
        (0..self.names.len()).map(|index| Member {
            fleet: Rc::clone(self),
            index,
            slot: RefCell::default(),
            kept_back: RefCell::default(),
        })
    }

    /// The columns that the longest name takes.
    #[must_use]
    pub fn width(&self) -> usize {
        self.names.iter().map(String::len).max().unwrap_or(0)
    }

    /// Nothing is begun from now on.
    pub fn stop(&self) {
        self.state.send_modify(|state| state.stopped = true);
    }

    /// Whether this was not said before; what is odd in the file is so in every environment.
    pub fn is_news(&self, text: &str) -> bool {
        self.said.borrow_mut().insert(text.to_owned())
    }

    /// Whether a wave before this one has failed, so that this one is not to begin; nothing while one goes on.
    fn in_the_way(&self, state: &State, wave: usize) -> Option<bool> {
        let before = || self.waves.iter().zip(&state.stages).filter(|(other, _)| **other < wave);
        if before().any(|(_, stage)| matches!(stage, Stage::Ended(false))) {
            return Some(true);
        }
        before().all(|(_, stage)| matches!(stage, Stage::Ended(true))).then_some(false)
    }

    /// What is asked for all of them.
    fn question(&self, state: &State) -> String {
        let mut text = String::new();
        for (name, stage) in self.names.iter().zip(&state.stages) {
            let what = match stage {
                Stage::Asks(question) => question.as_str(),
                Stage::Ended(false) => "failed, see above.",
                _ => "Nothing to change.",
            };
            text.push_str(&format!("{name:<width$}  {what}\n", width = self.width()));
        }
        text + "All of this?"
    }
}

/// One of them.
#[derive(Debug)]
pub struct Member {
    /// All of them.
    pub fleet: Rc<Fleet>,
    index: usize,
    slot: RefCell<Option<OwnedSemaphorePermit>>,
    /// Whether it was not begun because of others.
    kept_back: RefCell<bool>,
}

impl Member {
    /// Its environment.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.fleet.names[self.index]
    }

    /// Waits until there is room for its work.
    pub async fn begin(&self) {
        let slot = Arc::clone(&self.fleet.at_once).acquire_owned().await;
        self.slot.replace(slot.ok());
    }

    /// Whether nothing new may be begun.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.fleet.state.borrow().stopped
    }

    /// Asks for all, once all have a question or none, and waits for its wave.
    pub async fn confirm<F>(&self, question: &str, ask: impl FnOnce(String) -> F) -> Consent
    where
        F: Future<Output = Consent>,
    {
        self.wait_as(Stage::Asks(question.to_owned()));
        let mut seen = self.fleet.state.subscribe();
        while !self.stopped() {
            let text = {
                let state = seen.borrow_and_update();
                let first = state.stages.iter().position(|stage| matches!(stage, Stage::Asks(_)));
                let mine = state.answer == Answer::Open && first == Some(self.index);
                (mine && all_have_looked(&state)).then(|| self.fleet.question(&state))
            };
            if let Some(text) = text {
                self.fleet.state.send_modify(|state| state.answer = Answer::Asked);
                let answer = Answer::Is(ask(text).await);
                self.fleet.state.send_modify(|state| state.answer = answer);
                break;
            }
            if matches!(self.fleet.state.borrow().answer, Answer::Is(_)) {
                break;
            }
            // The sender lives as long as this.
            let _ = seen.changed().await;
        }
        self.turn_from_here().await
    }

    /// Waits for its wave, and before that for the answer to what the others ask.
    pub async fn turn(&self) -> Consent {
        self.wait_as(Stage::Waits);
        self.turn_from_here().await
    }

    async fn turn_from_here(&self) -> Consent {
        let mut seen = self.fleet.state.subscribe();
        let wave = self.fleet.waves[self.index];
        loop {
            let next = {
                let state = seen.borrow_and_update();
                let asks = state.stages.iter().any(|stage| matches!(stage, Stage::Asks(_)));
                match state.answer {
                    _ if state.stopped => Some(true),
                    Answer::Is(Consent::Given) => self.fleet.in_the_way(&state, wave),
                    Answer::Is(refused) => return refused,
                    _ if asks || !all_have_looked(&state) => None,
                    _ => self.fleet.in_the_way(&state, wave),
                }
            };
            match next {
                Some(false) => break,
                Some(true) => {
                    self.kept_back.replace(true);
                    return Consent::Refused;
                }
                None => drop(seen.changed().await),
            }
        }
        self.begin().await;
        self.is_now(Stage::Works);
        Consent::Given
    }

    /// Its run has ended.
    pub fn end(&self, verdict: MemberVerdict) {
        self.slot.take();
        let right = verdict.is_right();
        self.is_now(Stage::Ended(right));
        if !right && self.fleet.fail_fast {
            self.fleet.stop();
        }
    }

    /// Whether it was kept from beginning by the end of others.
    #[must_use]
    pub fn kept_back(&self) -> bool {
        *self.kept_back.borrow()
    }

    /// Whether it has not gone to work, and never asked whether it may.
    fn looks_only(&self) -> bool {
        matches!(self.fleet.state.borrow().stages[self.index], Stage::Looks)
    }

    /// Its wave, from 1.
    #[must_use]
    pub fn wave(&self) -> usize {
        self.fleet.waves[self.index] + 1
    }

    fn wait_as(&self, stage: Stage) {
        self.slot.take();
        self.is_now(stage);
    }

    fn is_now(&self, stage: Stage) {
        self.fleet.state.send_modify(|state| state.stages[self.index] = stage);
    }
}

fn all_have_looked(state: &State) -> bool {
    !state.stages.iter().any(|stage| matches!(stage, Stage::Looks))
}
