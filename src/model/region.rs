//! Names of regions: one rule, wherever a name comes from.

use regex_lite::Regex;

use super::nearest::nearest;

/// An area, one of nine directions and a digit, as in every name of `botocore/data/partitions.json` and in the pattern of
/// Lambda's `FunctionName`. A region that does not exist yet has such a name, and `eu-wset-1` never will.
pub const REGION_PATTERN: &str = "^[a-z]{2,4}(-[a-z]{2,5})?-(north|south|east|west|central|northeast|northwest|southeast|southwest)-[0-9]$";

/// The regions that anybody can use (the same file), for hints alone: there will be others.
pub const KNOWN_REGIONS: [&str; 39] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// Whether this can be a region's name.
#[must_use]
pub fn is_region(name: &str) -> bool {
    Regex::new(REGION_PATTERN).is_ok_and(|pattern| pattern.is_match(name))
}

/// What helps whoever wrote something else than the name of a known region; nothing helps one who did not.
#[must_use]
pub fn help_for_region(name: &str) -> Option<String> {
    if KNOWN_REGIONS.contains(&name) {
        return None;
    }
    Some(match nearest(name, KNOWN_REGIONS) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "a region is called like `eu-west-1`".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::{KNOWN_REGIONS, help_for_region, is_region};

    #[test]
    fn names_are_judged_by_their_form() {
        let others = ["us-iso-east-1", "us-isob-west-1", "eu-isoe-west-1", "xx-southwest-9"];
        for region in KNOWN_REGIONS.into_iter().chain(others) {
            assert!(is_region(region), "{region}");
        }
        for none in ["", "eu-wset-1", "us-east-1a", "US-EAST-1", "eu-west1", "us-east-1 ", "aws"] {
            assert!(!is_region(none), "{none}");
        }
    }

    #[test]
    fn what_was_meant_is_found() {
        for (wrong, meant) in [
            ("eu-wset-1", "eu-west-1"),
            ("us-east-1a", "us-east-1"),
            ("US-EAST-1", "us-east-1"),
            ("eu-west1", "eu-west-1"),
            ("ue-west-1", "eu-west-1"),
        ] {
            assert_eq!(help_for_region(wrong), Some(format!("did you mean `{meant}`?")), "{wrong}");
        }
        assert_eq!(help_for_region("").as_deref(), Some("a region is called like `eu-west-1`"));
        assert_eq!(help_for_region("eu-west-1"), None);
    }
}
