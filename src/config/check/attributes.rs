//! Attributes of users: what AWS would refuse of those that are declared.

use crate::codes::Code;
use crate::config::attribute::UserAttribute;
use crate::config::place::Placed;
use crate::config::problem::Problem;
use crate::config::types::Config;
use crate::model::{is_standard, usual_kind};

/// `CustomAttributeNameType`.
const LONGEST_NAME: usize = 20;

pub(super) fn check(config: &Config, place: &Placed) -> Vec<Problem> {
    let each = config.pools.iter().flat_map(|(key, pool)| {
        let at = place.at("pools").at(key).at("attributes");
        pool.attributes.iter().flat_map(|(name, it)| declared(name, it, at.at(name)))
    });
    each.collect()
}

fn declared(name: &str, it: &UserAttribute, at: &Placed) -> Vec<Problem> {
    let custom = !is_standard(name);
    let attribute = it.attribute(name);
    let [least, most] = attribute.limits;
    let wrong = [
        (name == "sub", "AWS itself decides about `sub`".to_owned()),
        (
            custom && name.len() > LONGEST_NAME,
            format!("an attribute's name has at most {LONGEST_NAME} characters"),
        ),
        (
            custom && it.required,
            "AWS lets users be without any attribute that it does not define".to_owned(),
        ),
        (
            !custom && attribute.kind != usual_kind(name),
            format!("`{name}` is AWS's, and of type \"{}\"", usual_kind(name)),
        ),
        (
            least.zip(most).is_some_and(|(least, most)| least > most),
            "nothing is between these limits".to_owned(),
        ),
    ];
    let wrong = wrong.into_iter().filter(|(is_wrong, _)| *is_wrong);
    wrong
        .map(|(_, message)| Problem::error(Code::AttributeDeclaration, at.key(), message))
        .collect()
}
