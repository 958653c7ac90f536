//! What can be wrong with a rule, and the words for it. Says where and what; decides nothing.

use std::borrow::Cow;
use std::fmt;

/// One thing that is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleProblem {
    /// Where: keys and list positions, such as `["add_scopes", "0"]`. From
    /// [`Rules::compile`](super::Rules::compile) on it begins with the position of the rule.
    pub path: Vec<String>,
    /// What.
    pub kind: ProblemKind,
}

impl fmt::Display for RuleProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            self.kind.fmt(out)
        } else {
            write!(out, "{}: {}", self.path.join("."), self.kind)
        }
    }
}

/// Collects problems, and knows where in the rules it is.
#[derive(Debug, Default)]
pub(super) struct RuleProblems {
    path: Vec<Cow<'static, str>>,
    pub(super) found: Vec<RuleProblem>,
}

impl RuleProblems {
    /// Does `work` one step further down.
    pub(super) fn at<T>(
        &mut self,
        step: impl Into<Cow<'static, str>>,
        work: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.path.push(step.into());
        let done = work(self);
        self.path.pop();
        done
    }

    pub(super) fn push(&mut self, kind: ProblemKind) {
        let path = self.path.iter().map(ToString::to_string).collect();
        self.found.push(RuleProblem { path, kind });
    }

    pub(super) fn push_at(&mut self, step: impl Into<Cow<'static, str>>, kind: ProblemKind) {
        self.at(step, |problems| problems.push(kind));
    }
}

/// Which of the two tokens a claim is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// The access token.
    Access,
    /// The ID token.
    Id,
}

impl fmt::Display for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Access => "access token",
            Self::Id => "ID token",
        })
    }
}

/// What is wrong with a rule. What Cognito protects is listed in AWS's "Pre token generation Lambda
/// trigger", section "Claims and scopes reference".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// A name, a key or an entry is empty or blank.
    Blank,
    /// The rule changes nothing.
    NoEffect,
    /// A scope holds a character outside of RFC 6749's `scope-token`.
    ScopeCharacter {
        /// The scope.
        scope: String,
        /// Its first wrong character.
        character: char,
    },
    /// Scopes that begin with `aws.cognito.` are Cognito's to give.
    ReservedScope {
        /// The scope.
        scope: String,
    },
    /// Cognito never lets a trigger change this claim.
    ProtectedClaim {
        /// The claim.
        claim: String,
    },
    /// `dev:` claims can be suppressed, but not set.
    DeveloperClaim {
        /// The claim.
        claim: String,
    },
    /// Scopes are no claim to Cognito's trigger interface.
    ScopeIsNoClaim,
    /// Groups are no claim to Cognito's trigger interface.
    GroupsAreNoClaim,
    /// The claims of roles go with those of groups.
    RolesGoWithGroups {
        /// The claim.
        claim: String,
    },
    /// The ID token's audience is fixed.
    FixedAudience,
    /// The access token can have no audience but the client's id.
    OtherAudience,
    /// This claim of the ID token cannot be a list or an object.
    ComplexClaim {
        /// The claim.
        claim: String,
    },
    /// All claims at once can only be copies of attributes.
    NoCopy,
    /// A claim cannot be null (nor a number that is infinite or none at all).
    NullClaim,
    /// A claim is a TOML date, which JSON does not have.
    DateClaim,
    /// The braces of a template do not pair up.
    BadTemplate {
        /// How.
        reason: &'static str,
    },
    /// A template asks for something that does not exist.
    UnknownVariable {
        /// The name between the braces.
        variable: String,
    },
    /// A template applies something that does not exist.
    UnknownFilter {
        /// The name behind the `|`.
        filter: String,
    },
    /// A condition is met by no value at all.
    NothingToChoose,
    /// A text is neither a time nor a date.
    BadMoment {
        /// The text.
        text: String,
    },
    /// `not_after` is not later than `not_before`.
    EmptyPeriod,
    /// Scopes come out of data, and nothing says within which bounds.
    NoBounds,
    /// A bound is no scope, and not the beginning of one.
    BadBound,
    /// A rule that refuses has another effect.
    RefusesBeside,
    /// The text of a refusal is too long.
    LongRefusal {
        /// How many letters it has.
        letters: usize,
        /// How many it may have.
        most: usize,
    },
    /// The text of a refusal holds something that cannot be seen.
    InvisibleRefusal {
        /// The first such character.
        character: char,
    },
    /// `mode` says what becomes of a refusal, and there is none.
    ModeWithoutRefusal,
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blank => out.write_str("is blank"),
            Self::NoEffect => out.write_str(
                "the rule has no effect; give it `add_scopes`, `access_claims`, `id_claims`, \
                 `add_groups`, `set_groups`, `refuse` or a `suppress_…`",
            ),
            Self::ScopeCharacter { scope, character } if character.is_whitespace() => write!(
                out,
                "scope `{}` contains a blank; write several scopes as several entries",
                visible(scope)
            ),
            Self::ScopeCharacter { scope, character } => write!(
                out,
                "scope `{}` contains `{}`; scopes are printable ASCII without quotes and \
                 backslashes",
                visible(scope),
                visible(&character.to_string())
            ),
            Self::ReservedScope { scope } => write!(
                out,
                "scope `{scope}` cannot be added; those of `aws.cognito.` are given by Cognito \
                 alone"
            ),
            Self::ProtectedClaim { claim } => {
                write!(out, "claim `{claim}` is protected by Cognito; choose another name")
            }
            Self::DeveloperClaim { claim } => write!(
                out,
                "claim `{claim}` can be suppressed, but not set; choose a name without `dev:`"
            ),
            Self::ScopeIsNoClaim => out.write_str(
                "`scope` cannot be changed as a claim; use `add_scopes` and `suppress_scopes`",
            ),
            Self::GroupsAreNoClaim => out.write_str(
                "`cognito:groups` cannot be set as a claim; use `set_groups` and `suppress_groups`",
            ),
            Self::RolesGoWithGroups { claim } => write!(
                out,
                "`{claim}` is suppressed together with `cognito:groups`; name that instead"
            ),
            Self::FixedAudience => out.write_str("`aud` of the ID token cannot be changed"),
            Self::OtherAudience => out.write_str(
                "`aud` of the access token can only be the client's own id; write \"{client_id}\"",
            ),
            Self::NoCopy => out.write_str(
                "`*` stands for copies of attributes; write `\"*\" = \"{attributes.custom:*}\"`, with \
                 `| strip_prefix 'custom:'` behind the name if that is to go",
            ),
            Self::ComplexClaim { claim } => write!(
                out,
                "claim `{claim}` of the ID token can be a string, a number or a boolean, but no \
                 list or object"
            ),
            Self::NullClaim => out.write_str("a claim cannot be null, infinite or not a number"),
            Self::DateClaim => out.write_str("a claim cannot be a date; write it in quotes"),
            Self::BadTemplate { reason } => write!(out, "the template is wrong: {reason}"),
            Self::UnknownVariable { variable } => write!(
                out,
                "there is no `{{{variable}}}`; templates know attributes.NAME, metadata.KEY, \
                 facts.NAME.MEMBER, groups, client, client_id, pool and user_name"
            ),
            Self::UnknownFilter { filter } => write!(
                out,
                "there is no filter `{filter}`; there are lower, upper, trim, list, json, split ',', \
                 prefix 'a', strip_prefix 'a', replace 'a' 'b' and default 'a'"
            ),
            Self::NothingToChoose => out.write_str("`one_of` is empty, so nothing can match"),
            Self::BadMoment { text } => write!(
                out,
                "`{}` is not a time; write 2026-12-31T23:59:59Z, with Z or an offset, or \
                 2026-12-31",
                visible(text)
            ),
            Self::EmptyPeriod => out
                .write_str("`not_after` is not later than `not_before`, so the rule never applies"),
            Self::NoBounds => out.write_str(
                "scopes that come out of data need bounds; declare resource servers, or \
                 `scopes_from = [\"orders/*\"]` in `[trigger]`",
            ),
            Self::BadBound => out.write_str(
                "a bound is a scope, or the beginning of some and a `*`; write `orders/*`",
            ),
            Self::RefusesBeside => {
                out.write_str("the rule refuses, so there is no token to change; make it two rules")
            }
            Self::LongRefusal { letters, most } => {
                write!(out, "the text has {letters} letters; at most {most} can be shown")
            }
            Self::InvisibleRefusal { character } => write!(
                out,
                "the text contains `{}`, which cannot be shown; write it on one line",
                character.escape_unicode()
            ),
            Self::ModeWithoutRefusal => out
                .write_str("only a refusal has a `mode`; leave it out, or give the rule `refuse`"),
        }
    }
}

/// The text on one line, whatever it holds.
fn visible(text: &str) -> String {
    let escape = |character: char| {
        if character.is_control() {
            character.escape_debug().collect()
        } else {
            String::from(character)
        }
    };
    text.chars().map(escape).collect()
}
