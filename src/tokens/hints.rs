//! Hints about the rules as a whole, in the file: what `lint` found, where it stands, and the help. Decides nothing
//! about what is odd.

use std::sync::Arc;

use trigger::rules::Rule;

use super::lint::{Finding, Never, Surroundings, lint};
use super::size::{Estimate, LIMIT, Size, estimates};
use super::trust::{Trust, What, place_of, said, ways_in_own_pools};
use crate::codes::Code;
use crate::config::{Config, EventVersion, Loaded, Placed, Problem, Problems};
use crate::model::ClientKey;

/// What is worth a look, but stops nothing, at `now`: seconds since 1970.
#[must_use]
pub fn hints(loaded: &Loaded, now: i64) -> Problems {
    let rules = &loaded.config.rules;
    let findings = lint(rules, &surroundings(&loaded.config, now));
    let show = Show { rules, at: loaded.place.at("rules") };
    let odd = findings.iter().map(|finding| show.finding(finding));
    let estimates = estimates(loaded, now).into_iter().enumerate();
    let long = estimates.filter_map(|(index, estimate)| long(loaded, index, &estimate));
    let trusting = ways_in_own_pools(&loaded.config);
    let trusting = trusting.iter().map(|(trust, way)| show.trust(*trust, way));
    let all = loaded.odd.iter().cloned().chain(odd).chain(trusting).chain(long).collect();
    Problems::new(Arc::clone(&loaded.source), all)
}

fn long(loaded: &Loaded, index: usize, estimate: &Estimate) -> Option<Problem> {
    let tokens = [("access", Some(&estimate.access)), ("ID", estimate.id.as_ref())];
    let (token, Size { bytes, largest }) = tokens
        .into_iter()
        .filter_map(|(token, size)| Some((token, size?)))
        .filter(|(_, size)| size.bytes > LIMIT)
        .max_by_key(|(_, size)| size.bytes)?;
    let at = if loaded.config.expect.is_empty() {
        loaded.place.at("pools").at(&estimate.pool).at("clients").at(&estimate.client).key()
    } else {
        loaded.place.at("expect").item(index).at("name").value()
    };
    let most: Vec<_> =
        largest.iter().map(|part| format!("`{}` {}", part.claim, part.bytes)).collect();
    let message = format!("the {token} token of `{}` will have about {bytes} bytes", estimate.name);
    let help = format!(
        "a cookie holds {LIMIT} bytes, and many servers read no longer header; of these take {}",
        most.join(", ")
    );
    Some(Problem::hint(Code::LongToken, at, message).help(help))
}

fn surroundings(config: &Config, now: i64) -> Surroundings {
    let clients = config
        .pools
        .iter()
        .flat_map(|(key, pool)| pool.clients.keys().map(move |client| ClientKey::new(key, client)));
    Surroundings {
        clients: clients.collect(),
        machines: config.trigger.event_version == EventVersion::V3_0,
        now,
    }
}

struct Show<'a> {
    rules: &'a [Rule],
    at: &'a Placed,
}

impl Show<'_> {
    fn finding(&self, finding: &Finding) -> Problem {
        match finding {
            Finding::Never { rule, why } => self.never(*rule, why),
            Finding::Repeats { rule, of } => {
                let message =
                    format!("rule `{}` says what rule `{}` says", self.name(*rule), self.name(*of));
                let problem = Problem::hint(Code::RulesAlike, self.name_at(*rule), message);
                problem.also(self.name_at(*of), "the other one").help("remove one of them")
            }
            Finding::Shadowed { rule, by, undone } => self.shadowed(*rule, by, *undone),
            Finding::Undone { rule, path, by } => self.undone(*rule, path, *by),
            Finding::CouldBeOne { rule, with } => {
                let message = format!(
                    "rules `{}` and `{}` have the same conditions",
                    self.name(*with),
                    self.name(*rule)
                );
                let problem = Problem::hint(Code::RulesAlike, self.name_at(*rule), message);
                let problem = problem.also(self.name_at(*with), "the other one");
                problem.help("make them one rule: the tokens stay the same")
            }
        }
    }

    /// In pools of the stack; unmanaged ones must be looked at first.
    fn trust(&self, trust: Trust<'_>, way: &str) -> Problem {
        let at = self.at.item(trust.rule);
        let (table, name, instead) = match trust.what {
            What::Attribute(name) => (
                "attributes",
                name,
                "let a group decide, or a `custom:` attribute, which clients of this stack let nobody write",
            ),
            What::Metadata(key) => ("client_metadata", key, "let a group decide"),
        };
        let span = match place_of(&self.rules[trust.rule], trust.what) {
            Some((list, place)) if !at.at(table).has(name) => at.at(list).item(place).value(),
            _ => at.at(table).at(name).key(),
        };
        let problem = Problem::hint(Code::UserControlled, span, said(self.rules, trust));
        problem.help(format!("{way}: {instead}"))
    }

    fn name(&self, rule: usize) -> &str {
        &self.rules[rule].name
    }

    fn name_at(&self, rule: usize) -> std::ops::Range<usize> {
        self.at.item(rule).at("name").value()
    }

    fn never(&self, rule: usize, why: &Never) -> Problem {
        let (at, rule) = (self.at.item(rule), &self.rules[rule]);
        let problem = |span, reason: &str, help: &str| {
            Problem::hint(
                Code::NeverApplies,
                span,
                format!("rule `{}` never applies: {reason}", rule.name),
            )
            .help(help)
        };
        let sources = at.at("trigger_sources").value();
        match why {
            Never::InAndOut { all, none } => {
                let reason = format!(
                    "nobody is in the group `{}` and not in it at once",
                    rule.groups_all[*all]
                );
                let span = at.at("groups_all").item(*all).value();
                problem(span, &reason, "leave it out of one of the two lists, or remove the rule")
                    .also(at.at("groups_none").item(*none).value(), "must not be in it")
            }
            Never::NoGroupLeft => {
                let reason = "whoever is in one of its `groups` is in one of its `groups_none`";
                let help = "leave a group out of one of the two lists, or remove the rule";
                problem(at.at("groups").value(), reason, help)
                    .also(at.at("groups_none").value(), "must be in none of these")
            }
            Never::ClientElsewhere => {
                let reason = "none of its clients is in one of its pools";
                let help = "name a client of these pools, or leave out `pools`";
                problem(at.at("clients").value(), reason, help)
                    .also(at.at("pools").value(), "the pools that it is for")
            }
            Never::NoMachineToMachine => problem(
                sources,
                "at V2_0 there are no machines",
                "machine-to-machine tokens need `event_version = \"V3_0\"`",
            ),
            Never::MachineToMachineLikeUser(key) => {
                let what = if *key == "attributes" { "attributes" } else { "groups" };
                let reason = format!("a machine has no {what}");
                let help = format!("leave out `{key}`, or name the sources of users, too");
                problem(at.at(key).key(), &reason, &help).also(sources, "machines alone")
            }
            Never::MachineToMachineScopes => {
                let help = "name scopes of resource servers, or the sources of users, too";
                problem(at.at("scopes").value(), "no machine can ask for these scopes", help)
                    .also(sources, "machines alone")
            }
            Never::Over => {
                let help = "remove the rule, or give it a later `not_after`";
                problem(at.at("not_after").value(), "its time is over", help)
            }
        }
    }

    fn shadowed(&self, rule: usize, by: &[usize], undone: bool) -> Problem {
        let names: Vec<_> = by.iter().map(|by| format!("`{}`", self.name(*by))).collect();
        let names = names.join(", ");
        let reason = match (by, undone) {
            ([_], true) => format!("rule {names} undoes it"),
            ([_], false) => format!("rule {names} does or undoes all of it"),
            (_, true) => format!("rules {names} undo it"),
            (_, false) => format!("rules {names} together do or undo all of it"),
        };
        let message =
            format!("rule `{}` changes no token: whenever it applies, {reason}", self.name(rule));
        let problem = Problem::hint(Code::ChangesNothing, self.name_at(rule), message);
        by.iter()
            .fold(problem, |problem, by| problem.also(self.name_at(*by), "applies, too"))
            .help("remove it, or give the others conditions that leave it something to do")
    }

    fn undone(&self, rule: usize, path: &[String; 2], by: usize) -> Problem {
        let [key, step] = path;
        let at = self.at.item(rule).at(key);
        let (what, span) = match step.parse::<usize>() {
            Ok(item) if key == "add_scopes" => {
                (format!("scope `{}`", self.rules[rule].add_scopes[item]), at.item(item).value())
            }
            Ok(item) if key == "add_groups" => {
                (format!("group `{}`", self.rules[rule].add_groups[item]), at.item(item).value())
            }
            _ if key == "set_groups" => ("groups".to_owned(), at.key()),
            _ => (format!("claim `{step}`"), at.at(step).key()),
        };
        let name = self.name(rule);
        if rule == by {
            let problem = Problem::hint(
                Code::EffectUndone,
                span,
                format!("rule `{name}` sets the {what}, and suppresses it"),
            );
            return problem.help("what is suppressed is gone: leave out one of the two");
        }
        let (other, show) = (self.name(by), if key == "set_groups" { "show" } else { "shows" });
        let message =
            format!("the {what} of rule `{name}` never {show}: rule `{other}` has the last word");
        Problem::hint(Code::EffectUndone, span, message)
            .also(self.name_at(by), "applies whenever that one does")
            .help("leave it out there, or give the other rule conditions")
    }
}
