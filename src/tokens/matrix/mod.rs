//! Who gets what: kinds of subjects as rows, scopes as columns. Pure.
//!
//! What is for `check`, what changes for `plan`. A row is a kind of subject that differs from all others in what it has;
//! groups add up, so a set of groups is a row only where it has something else than its members together.

mod axes;
mod axis;
mod cell;
mod explain;
mod groups;
mod kinds;
mod row;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use trigger::rules::{Rule, Rules, Subject};

use super::impact::{Situation, TokenImpact};
use super::machine::is_machine;
use super::persona::{Persona, promised};
use crate::config::Config;
use axes::{axes, declared, tags};
use axis::Axis;
pub use cell::Cell;
use cell::{State, states};
pub use explain::Explanation;
use kinds::{SubjectKind, kinds};
pub use row::Row;

/// Who gets what.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Matrix {
    /// Kinds of subjects; what changes for the worse stands first.
    pub rows: Vec<Row>,
    /// Scopes, by resource server.
    pub columns: Vec<String>,
    /// For each row, one a column.
    pub cells: Vec<Vec<Cell>>,
    /// Whether it has the promises alone, since there are too many kinds of subjects to tell apart.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
}

/// What a token has before and after, for every column.
type Outcome = Vec<[State; 2]>;

/// Everything that decides.
struct Question<'a> {
    config: &'a Config,
    rules: &'a Rules,
    /// What is live; without it there is no change.
    before: Option<&'a Situation>,
    now: i64,
}

impl Matrix {
    /// What is, by these rules.
    #[must_use]
    pub fn of(config: &Config, rules: &Rules, now: i64) -> Self {
        Question { config, rules, before: None, now }.matrix()
    }

    /// What becomes of what is live. Every loss and every gain among the `impacts` is in a row, also those of clients that
    /// no configuration names.
    #[must_use]
    pub fn of_change(
        config: &Config,
        before: &Situation,
        rules: &Rules,
        impacts: &[TokenImpact],
        now: i64,
    ) -> Self {
        let mut matrix = Question { config, rules, before: Some(before), now }.matrix();
        for impact in impacts {
            matrix.cover(impact);
        }
        matrix.worst_first();
        matrix
    }

    /// The cells of each row.
    pub fn lines(&self) -> impl Iterator<Item = (&Row, &[Cell])> {
        self.rows.iter().zip(self.cells.iter().map(Vec::as_slice))
    }

    /// Whether anything changes.
    #[must_use]
    pub fn changes(&self) -> bool {
        self.cells.iter().flatten().any(|cell| cell.is_change())
    }

    /// Adds a row for what no row says yet.
    fn cover(&mut self, impact: &TokenImpact) {
        let Some(subject) = &impact.subject else { return };
        let missing = |scopes: &[String], cell: Cell| -> Vec<String> {
            let said = |scope: &&String| {
                let place = self.columns.iter().position(|column| column == *scope);
                place.is_some_and(|place| self.cells.iter().any(|row| row[place] == cell))
            };
            scopes.iter().filter(|scope| !said(scope)).cloned().collect()
        };
        let (gained, lost) =
            (missing(&impact.gained, Cell::Gains), missing(&impact.lost, Cell::Loses));
        if gained.is_empty() && lost.is_empty() {
            return;
        }
        for scope in gained.iter().chain(&lost) {
            self.add_column(scope);
        }
        let cell = |column: &String| match column {
            column if impact.lost.contains(column) => Cell::Loses,
            column if impact.gained.contains(column) => Cell::Gains,
            _ => Cell::None,
        };
        self.cells.push(self.columns.iter().map(cell).collect());
        self.rows.push(Row::new(subject.clone()));
    }

    fn add_column(&mut self, scope: &String) {
        if let Err(place) = self.columns.binary_search(scope) {
            self.columns.insert(place, scope.clone());
            self.cells.iter_mut().for_each(|row| row.insert(place, Cell::None));
        }
    }

    fn worst_first(&mut self) {
        let rows = std::mem::take(&mut self.rows).into_iter();
        let mut lines: Vec<_> = rows.zip(std::mem::take(&mut self.cells)).collect();
        let rank = |cells: &[Cell]| match cells {
            cells if cells.contains(&Cell::Loses) => 0,
            cells if cells.contains(&Cell::Gains) => 1,
            _ => 2,
        };
        lines.sort_by_key(|(_, cells)| rank(cells));
        (self.rows, self.cells) = lines.into_iter().unzip();
    }
}

impl Question<'_> {
    fn matrix(&self) -> Matrix {
        let columns = self.columns();
        let promised = promised(self.config);
        let lines = self.lines(&columns, &promised);
        let partial = lines.is_none();
        let lines = lines.unwrap_or_else(|| {
            // Too many kinds to tell apart: then those that somebody cares for.
            promised.iter().map(|persona| self.line_of(persona, &columns)).collect()
        });
        let worth = |(row, cells): &(Row, Vec<Cell>)| {
            !row.promises.is_empty() || cells.iter().any(|cell| *cell != Cell::None)
        };
        let (rows, cells) = lines.into_iter().filter(worth).unzip();
        Matrix { rows, columns, cells, partial }
    }

    /// The rules that say anything about scopes, or end everything, old and new.
    fn touching(&self) -> Vec<&Rule> {
        let before = self.before.iter().flat_map(|situation| situation.rules.iter());
        let touches = |rule: &&Rule| {
            rule.refuses() || !(rule.add_scopes.is_empty() && rule.suppress_scopes.is_empty())
        };
        before.chain(self.rules.iter()).filter(touches).collect()
    }

    /// Every scope that is declared, or that any rule names.
    fn columns(&self) -> Vec<String> {
        let mut columns = BTreeSet::new();
        for rule in self.touching() {
            columns.extend(rule.add_scopes.iter().chain(&rule.suppress_scopes).cloned());
        }
        for pool in self.config.pools.values() {
            columns.extend(pool.scopes());
        }
        columns.into_iter().collect()
    }

    fn lines(&self, columns: &[String], promised: &[Persona]) -> Option<Vec<(Row, Vec<Cell>)>> {
        let axes = axes(self.config, &self.touching(), promised, self.now)?;
        let blank = Subject { now: self.now, ..Subject::default() };
        let outcome = |subject: &Subject| {
            let mut subject = subject.clone();
            self.can_be(&subject).then(|| {
                subject.scopes.extend(self.own_scopes(&subject));
                self.outcome(&subject, columns)
            })
        };
        let kinds = kinds(&axes, &blank, outcome)?;
        let line = |kind: SubjectKind<Outcome>| {
            let row = self.row(&axes, &kind, promised);
            (row, kind.outcome.iter().map(|states| Cell::of(*states)).collect())
        };
        Some(kinds.into_iter().map(line).collect())
    }

    fn row(&self, axes: &[Axis], kind: &SubjectKind<Outcome>, promised: &[Persona]) -> Row {
        let machine = is_machine(&kind.subject);
        let said = |axis: &&Axis| !(axis.is_flat() || machine && axis.of_users);
        let words = axes.iter().zip(&kind.places).filter(|(axis, _)| said(axis));
        let words: Vec<_> = words.filter_map(|(axis, places)| axis.words(places)).collect();
        let fits = |persona: &&Persona| {
            let subject = self.subject(persona);
            let tags = tags(self.config, &subject).into_iter().chain(std::iter::repeat(0));
            let mut axes = axes.iter().zip(&kind.places).zip(tags);
            axes.all(|((axis, places), tag)| axis.holds(places, &subject, tag))
        };
        let names = promised.iter().filter(fits).map(|one| &one.name);
        let mut subject = kind.subject.clone();
        subject.scopes.extend(self.own_scopes(&subject));
        let who = if words.is_empty() { "everyone".to_owned() } else { words.join(", ") };
        Row { promises: names.cloned().collect(), example: Some(subject), ..Row::new(who) }
    }

    fn line_of(&self, persona: &Persona, columns: &[String]) -> (Row, Vec<Cell>) {
        let subject = self.subject(persona);
        let outcome = self.outcome(&subject, columns);
        let who = format!("client {}", persona.at);
        let in_groups =
            (!persona.groups.is_empty()).then(|| format!("in {}", persona.groups.join(", ")));
        let row = Row {
            promises: vec![persona.name.clone()],
            example: Some(subject),
            ..Row::new(std::iter::once(who).chain(in_groups).collect::<Vec<_>>().join(", "))
        };
        (row, outcome.into_iter().map(Cell::of).collect())
    }

    fn subject(&self, persona: &Persona) -> Subject {
        let mut subject = persona.subject(persona.source, self.now);
        subject.scopes.extend(self.own_scopes(&subject));
        subject
    }

    /// What a token has without any rule: a machine asks for all that its client may.
    fn own_scopes(&self, subject: &Subject) -> Vec<String> {
        if !is_machine(subject) {
            return vec![crate::model::DEFAULT_SCOPE.to_owned()];
        }
        let pool = subject.pool.as_ref().and_then(|pool| self.config.pools.get(pool));
        let client = declared(self.config, subject);
        pool.zip(client).map(|(pool, client)| pool.machine_scopes(client)).unwrap_or_default()
    }

    /// Users do not sign in with a client of machines, nor machines with one of users.
    fn can_be(&self, subject: &Subject) -> bool {
        match declared(self.config, subject) {
            Some(client) if is_machine(subject) => client.is_machine_to_machine(),
            Some(client) => client.is_for_users(),
            None => !is_machine(subject),
        }
    }

    fn outcome(&self, subject: &Subject, columns: &[String]) -> Outcome {
        let own = &self.own_scopes(subject);
        let after = states(Some(self.rules), subject, own, columns);
        let before = match self.before {
            None => after.clone(),
            Some(before) => match before.as_it_was(subject) {
                Some(subject) => states(Some(&before.rules), &subject, own, columns),
                None => states(None, subject, own, columns),
            },
        };
        before.into_iter().zip(after).map(|(before, after)| [before, after]).collect()
    }
}
