//! A file under examination: its syntax, its shape, and what it means in each deployment that it describes.
//!
//! Every tree that could be deployed is checked, whichever was asked for: the file alone, and each environment that it
//! declares (a pattern by a sample name). What is wrong is thus found before the day that it is needed.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;
use toml::de::{DeTable, DeValue, Error, ValueDeserializer};
use trigger::rules::{Rule, is_bound};

use super::environment;
use super::loaded::{Loaded, NotInTheFile};
use super::place::Placed;
use super::problem::{Problem, Problems, Severity, Span};
use super::reference::Values;
use super::shape;
use super::shape::{Elsewhere, Node, PLACEHOLDER, Shape};
use super::source_text::SourceText;
use super::types::{Config, Pool};
use super::{check, overrides, required_version, schema, secret, syntax};
use crate::codes::Code;

/// A file whose syntax is right.
pub(super) struct Checked<'s> {
    /// What of it can be read.
    pub(super) tree: Node<'s>,
    /// What flags say otherwise, in their order.
    overrides: Vec<Node<'s>>,
    /// Values that are elsewhere, in the whole file and the flags.
    elsewhere: Vec<Elsewhere>,
    /// What of them is known, and secret.
    secrets: Vec<String>,
    /// Whether what is not known is only said.
    is_lenient: bool,
    source: Arc<SourceText>,
    problems: Vec<Problem>,
    /// What is wrong in shape: that it seems wrong in meaning, too, may be a consequence.
    tainted: Vec<Span>,
}

impl<'s> Checked<'s> {
    /// Checks syntax and shape; only what is wrong with the syntax ends it here.
    pub(super) fn of(
        source: &'s SourceText,
        schema: &Value,
        least: &str,
        values: &Values,
    ) -> Result<Self, Problems> {
        let mut parts = source.parts();
        let file = &source.text[parts.next().unwrap_or_default()];
        if file.trim().is_empty() {
            let problem = Problem::of_file(Code::MissingKey, "the file is empty").help(least);
            return Err(Problems::new(Arc::new(source.clone()), vec![problem]));
        }
        let (tree, errors) = syntax::parse(file);
        let flags: Vec<_> =
            parts.map(|part| overrides::read(&source.text[part.clone()], part.start)).collect();
        let readable: Vec<_> = std::iter::once(errors.is_empty().then_some(&tree))
            .chain(flags.iter().map(|flag| flag.as_ref().ok()))
            .collect();
        let mut shown = secret::shown(source, &readable, schema);
        if let Some(unmet) = required_version::unmet(&tree) {
            return Err(Problems::new(Arc::new(shown), vec![unmet]));
        }
        let (overrides, refused): (Vec<_>, Vec<_>) = flags.into_iter().partition(Result::is_ok);
        let refused = refused.into_iter().filter_map(Result::err);
        if !errors.is_empty() {
            let problems = syntax::explain(&errors, &shown.text).into_iter().chain(refused);
            return Err(Problems::new(Arc::new(shown), problems.collect()));
        }
        let problems = refused.chain(required_version::unreadable(&tree)).collect();
        let shape = shape::check(tree, (schema, schema), values);
        let parts = overrides.into_iter().flatten();
        let parts = parts.map(|tree| shape::check(tree, (schema::overlay(schema), schema), values));
        let shapes: Vec<_> = std::iter::once(shape).chain(parts).collect();
        let secrets: Vec<_> = shapes.iter().flat_map(|shape| shape.secrets.clone()).collect();
        shown.hide_in_messages(secrets.iter().filter(|secret| secret::is_telling(secret)));
        let mut checked = Self {
            tree: Node::new(0..0, DeValue::Table(DeTable::new())),
            overrides: vec![],
            elsewhere: vec![],
            secrets,
            is_lenient: values.may_be_unset,
            source: Arc::new(shown),
            problems,
            tainted: vec![],
        };
        let mut trees = shapes.into_iter().map(|shape| checked.shaped(shape)).collect::<Vec<_>>();
        checked.overrides = trees.split_off(1);
        checked.tree = trees.remove(0);
        Ok(checked)
    }

    /// Keeps what is wrong with a shape, and gives back what can be read.
    fn shaped(&mut self, shape: Shape<'s>) -> Node<'s> {
        let spans = shape.problems.iter().filter_map(|problem| problem.span.clone());
        self.tainted.extend(shape.tainted.into_iter().chain(spans));
        self.problems.extend(shape.problems);
        self.elsewhere.extend(shape.elsewhere);
        shape.tree
    }

    /// The file as it stands, which counts for every environment, whatever flags say of one.
    pub(super) fn without_overrides(&mut self) -> Vec<Loaded> {
        let overrides = std::mem::take(&mut self.overrides);
        let every = self.every();
        self.overrides = overrides;
        every
    }

    /// What the file describes without an environment, and in each that it declares.
    pub(super) fn every(&mut self) -> Vec<Loaded> {
        let declared = environment::declared(&self.tree);
        let mut every: Vec<_> = self.deployment(None, None).into_iter().collect();
        for pattern in declared {
            every.extend(self.deployment(Some(&environment::sample(&pattern)), Some(&pattern)));
        }
        every
    }

    /// What the file describes in environment `name`, which problems call `label`.
    pub(super) fn deployment(&mut self, name: Option<&str>, label: Option<&str>) -> Option<Loaded> {
        let tree = environment::select(&self.tree, name);
        let tree = self.overrides.iter().fold(tree, environment::overlaid);
        let place = Placed::of(&tree);
        let mut config: Config = self.deserialized(tree, label)?;
        config.env = name.map(str::to_owned);
        within_bounds(&mut config);
        let elsewhere = self.elsewhere_in(&place);
        let in_aws = elsewhere.iter().filter(|value| value.reference.is_in_aws());
        config.references = in_aws.map(|value| value.reference.clone()).collect();
        let (rules, problems) = check::check(&config, &place);
        let (mut odd, errors): (Vec<_>, Vec<_>) =
            problems.into_iter().partition(|problem| problem.severity == Severity::Hint);
        self.note(errors, label);
        if self.is_lenient {
            odd.extend(elsewhere.iter().filter_map(NotInTheFile::unknown));
        }
        // Why they do not compile was noted, unless it is a consequence of what is wrong with the shape.
        let rules = rules?;
        let directory = Path::new(&self.source.path).parent().unwrap_or(Path::new(""));
        config.trigger.crate_dir = config.trigger.crate_dir.map(|path| directory.join(path));
        for api in config.apis.values_mut() {
            api.openapi = api.openapi.take().map(|path| directory.join(path));
        }
        let source = Arc::clone(&self.source);
        let secrets = self.secrets.clone();
        Some(Loaded { config, rules, odd, source, place, elsewhere, secrets })
    }

    /// The values of one deployment that are elsewhere.
    fn elsewhere_in(&self, place: &Placed) -> Vec<NotInTheFile> {
        let here = self.elsewhere.iter().filter_map(|value| {
            let Elsewhere { span, reference, state } = value.clone();
            let path = place.path_of(&span)?;
            Some(NotInTheFile { path, span, reference, state })
        });
        here.collect()
    }

    /// What this deployment cannot do without: a value that was looked for in vain, or that is needed to look.
    pub(super) fn needed(&mut self, loaded: &Loaded) {
        self.problems.extend(loaded.elsewhere.iter().filter_map(NotInTheFile::missing));
    }

    /// What the file says as a whole, and what `check` finds wrong with it.
    pub(super) fn read<T: DeserializeOwned>(
        &mut self,
        check: impl FnOnce(&T, &Placed) -> Vec<Problem>,
    ) -> Option<T> {
        let tree = self.tree.clone();
        let place = Placed::of(&tree);
        let file = self.deserialized(tree, None)?;
        self.note(check(&file, &place), None);
        Some(file)
    }

    fn deserialized<T: DeserializeOwned>(
        &mut self,
        tree: Node<'_>,
        label: Option<&str>,
    ) -> Option<T> {
        match T::deserialize(ValueDeserializer::from(tree)) {
            Ok(read) => Some(read),
            Err(error) => {
                let is_elsewhere = |it: &Elsewhere| Some(&it.span) == error.span().as_ref();
                if self.elsewhere.iter().any(is_elsewhere) {
                    let span = error.span().unwrap_or_default();
                    let problem =
                        Problem::error(Code::NoValue, span, "this value must be in the file");
                    self.problems.push(problem.help("nothing can be checked without it"));
                }
                self.note(vec![unreadable(&error)], label);
                None
            }
        }
    }

    /// Everything that was wrong so far.
    pub(super) fn verdict(&mut self) -> Result<(), Problems> {
        match std::mem::take(&mut self.problems) {
            problems if problems.is_empty() => Ok(()),
            problems => Err(Problems::new(Arc::clone(&self.source), problems)),
        }
    }

    /// Keeps what is news, and not a consequence of what is wrong with the shape.
    fn note(&mut self, problems: Vec<Problem>, label: Option<&str>) {
        for mut problem in problems {
            problem.also.retain(|(span, _)| *span != PLACEHOLDER);
            let known =
                |other: &Problem| other.span == problem.span && other.message == problem.message;
            let caused = problem
                .span
                .as_ref()
                .is_some_and(|span| *span == PLACEHOLDER || self.tainted.contains(span));
            if !caused && !self.problems.iter().any(known) {
                self.problems.push(Problem { env: label.map(str::to_owned), ..problem });
            }
        }
    }
}

/// The shape was right, and still a value could not be read: the schema says less than the type.
fn unreadable(error: &Error) -> Problem {
    let message = error.message().trim_end().replace('\n', "; ");
    match error.span() {
        Some(span) => Problem::error(Code::WrongForm, span, message),
        None => Problem::of_file(Code::WrongForm, message),
    }
}

/// Every rule that takes scopes from data says within which bounds: what the package holds is the whole of it.
fn within_bounds(config: &mut Config) {
    let declared = config.pools.values().flat_map(Pool::scopes).collect::<BTreeSet<_>>();
    let bounds = match config.trigger.scopes_from.as_slice() {
        [] => declared.into_iter().collect(),
        // One that is none is a problem of its own.
        bounds => bounds.iter().filter(|bound| is_bound(bound)).cloned().collect::<Vec<_>>(),
    };
    let unbounded = |rule: &&mut Rule| rule.computes_scopes() && rule.scopes_from.is_empty();
    for rule in config.rules.iter_mut().filter(unbounded) {
        rule.scopes_from.clone_from(&bounds);
    }
}
