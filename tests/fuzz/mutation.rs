//! What chance makes of an input: bytes flipped, cut, doubled, moved, nested and blown up; words of the field put in.

use crate::random::Random;

/// What a blind flip of bits would find only by luck.
const WORDS: &[&str] = &[
    "\"",
    "'",
    "\\",
    "\n",
    "\r\n",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "\u{1f980}",
    "#",
    "{",
    "}",
    "[",
    "]",
    "[[",
    "]]",
    ",",
    ":",
    "=",
    "*",
    ".",
    "<",
    "</",
    "&amp;",
    "&#0;",
    "%",
    "%7B",
    "%zz",
    "null",
    "true",
    "-1",
    "0",
    "1e999",
    "18446744073709551616",
    "0.1",
    "9007199254740993",
    "1970-01-01T00:00:00Z",
    "-9999999999",
    "arn:aws:lambda:eu-west-1:123456789012:function:f:live",
    "arn:",
    "V2_0",
    "V9_9",
    "eu-west-1_",
    "name",
    "env",
    "prod",
    "pools",
    "rules",
    "clients",
    "scopes",
    "expect",
    "{attributes.custom:a}",
    "{",
    "{facts.",
    "| split ','",
    "refuse",
    "UserPool",
    "Id",
    "NextToken",
    "PaginationToken",
    "Policy",
    "schema",
    "target",
    "changes",
    "saved",
    "digest",
    "PK\u{1}\u{2}",
    "rules.json",
];

/// One to six changes of a seed; now and then a piece of another.
pub(crate) fn mutated(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(6) {
        let other = &seeds[random.below(seeds.len())];
        change(random, &mut bytes, other);
    }
    bytes.truncate(1 << 18);
    bytes
}

fn change(random: &mut Random, bytes: &mut Vec<u8>, other: &[u8]) {
    let (from, to) = range(random, bytes.len());
    match random.below(10) {
        0 if from < bytes.len() => bytes[from] ^= 1 << random.below(8),
        1 => drop(bytes.drain(from..to)),
        2 => bytes.truncate(from),
        3 => repeat(bytes, from, to, 2),
        4 => repeat(bytes, from, to, 1 + random.below(2_000)),
        5 => {
            let piece = bytes[from..to].to_vec();
            put(bytes, random.below(bytes.len() + 1), &piece);
        }
        6 => {
            let (start, end) = range(random, other.len());
            put(bytes, from, &other[start..end]);
        }
        7 => {
            let nested = random.one(&["[", "{\"a\":", "a.", "<a>"]).repeat(1 + random.below(5_000));
            put(bytes, from, nested.as_bytes());
        }
        8 => {
            let piece = random.one(WORDS).as_bytes();
            bytes.splice(from..to.min(from + piece.len()), piece.iter().copied());
        }
        _ => put(bytes, from, random.one(WORDS).as_bytes()),
    }
}

/// Often a short one.
fn range(random: &mut Random, length: usize) -> (usize, usize) {
    let from = random.below(length + 1);
    let most = [8, 64, length - from][random.below(3)].min(length - from);
    (from, from + random.below(most + 1))
}

fn put(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    bytes.splice(at..at, piece.iter().copied());
}

fn repeat(bytes: &mut Vec<u8>, from: usize, to: usize, times: usize) {
    let times = times.min((1 << 18) / (to - from).max(1));
    let piece = bytes[from..to].repeat(times);
    put(bytes, from, &piece);
}
