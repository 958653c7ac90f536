//! What the lines of a function's log come to: how many sign-ins, how fast, how many not answered. Pure.
//!
//! Lambda itself writes a line for every invocation: `REPORT RequestId: …` as text, `platform.report` as JSON ("Monitoring,
//! debugging, and troubleshooting Lambda functions", AWS Lambda Developer Guide). What the trigger writes is JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::model::dates::end;

/// How many columns the chart has.
const COLUMNS: usize = 40;
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// What was seen between two times.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct LogSummary {
    /// Events that the function was asked about: sign-ins, refreshes and machines' tokens.
    pub sign_ins: usize,
    /// Those that it did not answer, by what was wrong.
    pub faults: BTreeMap<String, usize>,
    /// Those that rules refused, by the rule.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub refused: BTreeMap<String, usize>,
    /// Those that rules with `mode = "report"` would have refused, by the rule.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub would_refuse: BTreeMap<String, usize>,
    /// Those that it left alone, since the trigger is of version 1.
    pub left_alone: usize,
    /// How often each rule applied; known only where the log level is `debug`.
    pub rules: BTreeMap<String, usize>,
    /// Instances that had to start first.
    pub cold_starts: usize,
    /// Milliseconds that half of the invocations took at most, without a start.
    pub p50_ms: Option<f64>,
    /// Milliseconds that 99 of 100 took at most.
    pub p99_ms: Option<f64>,
    /// Milliseconds of the slowest one with its start: Cognito waits five seconds.
    pub slowest_ms: Option<f64>,
    /// When each began, in milliseconds since 1970.
    #[serde(skip)]
    times: Vec<i64>,
}

/// Lambda's own account of one invocation.
struct Invocation {
    duration: f64,
    init: Option<f64>,
}

impl LogSummary {
    /// Of lines with their times in milliseconds since 1970.
    #[must_use]
    pub fn of<'a>(lines: impl IntoIterator<Item = (i64, &'a str)>) -> Self {
        let mut summary = Self::default();
        let (mut durations, mut totals) = (vec![], vec![]);
        let mut asked = BTreeSet::new();
        for (at, line) in lines {
            if let Some(invocation) = report(line) {
                let init = invocation.init.unwrap_or_default();
                durations.push(invocation.duration);
                totals.push(invocation.duration + init);
                summary.cold_starts += usize::from(invocation.init.is_some());
                summary.times.push(at);
            } else if let Ok(line) = serde_json::from_str::<Value>(line) {
                summary.add(&line);
                asked.extend(line["request_id"].as_str().map(|id| (id.to_owned(), at)));
            }
        }
        // Emulators write no reports: then what the trigger said of each is all that is known.
        if durations.is_empty() {
            let first: BTreeMap<String, i64> = asked.into_iter().rev().collect();
            summary.times = first.into_values().collect();
        }
        summary.sign_ins = summary.times.len();
        durations.sort_by(f64::total_cmp);
        totals.sort_by(f64::total_cmp);
        summary.p50_ms = quantile(&durations, 50);
        summary.p99_ms = quantile(&durations, 99);
        summary.slowest_ms = totals.last().copied();
        summary
    }

    fn add(&mut self, line: &Value) {
        let detail = || line["detail"].as_str().unwrap_or("unknown").to_owned();
        match line["level"].as_str() {
            Some("error" | "fatal") => *self.faults.entry(detail()).or_default() += 1,
            Some("warn") => self.left_alone += 1,
            Some("info") => {
                let Some(rule) = line["rule"].as_str() else { return };
                let watched = line["message"] == "the sign-in would have been refused";
                let counts = if watched { &mut self.would_refuse } else { &mut self.refused };
                *counts.entry(rule.to_owned()).or_default() += 1;
            }
            _ => {
                let rules = line["rules"].as_array().into_iter().flatten();
                for rule in rules.filter_map(Value::as_str) {
                    *self.rules.entry(rule.to_owned()).or_default() += 1;
                }
            }
        }
    }

    /// For a terminal, with a chart of when.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let faults: usize = self.faults.values().sum();
        let _ = writeln!(text, "sign-ins     {}", self.sign_ins);
        if let Some(chart) = self.chart() {
            let _ = writeln!(text, "             {chart}");
        }
        let _ = writeln!(text, "not answered {faults}");
        for (detail, count) in &self.faults {
            let _ = writeln!(text, "             {count} x {detail}");
        }
        for (what, counts) in [("refused", &self.refused), ("would refuse", &self.would_refuse)] {
            for (rule, count) in counts {
                let _ = writeln!(text, "{what:<12} {count} x {rule}");
            }
        }
        if self.left_alone > 0 {
            let _ =
                writeln!(text, "left alone   {} (the trigger is of version 1)", self.left_alone);
        }
        if let (Some(p50), Some(p99), Some(slowest)) = (self.p50_ms, self.p99_ms, self.slowest_ms) {
            let _ = writeln!(
                text,
                "took         p50 {p50:.1} ms, p99 {p99:.1} ms; slowest {slowest:.0} ms with its start, of Cognito's 5000"
            );
            let _ = writeln!(text, "cold starts  {}", self.cold_starts);
        }
        let mut rules: Vec<_> = self.rules.iter().collect();
        rules.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (place, (rule, count)) in rules.into_iter().enumerate() {
            let head = if place == 0 { "rules" } else { "" };
            let _ = writeln!(text, "{head:<12} {count:>6}  {rule}");
        }
        text
    }

    /// How many there were when, from the first to the last.
    fn chart(&self) -> Option<String> {
        let (first, last) = (self.times.iter().min()?, self.times.iter().max()?);
        let span = usize::try_from(last - first).ok().filter(|span| *span > 0)?;
        let mut columns = [0_usize; COLUMNS];
        for time in &self.times {
            let since = usize::try_from(time - first).unwrap_or_default();
            columns[(since * COLUMNS / (span + 1)).min(COLUMNS - 1)] += 1;
        }
        let highest = columns.iter().copied().max().unwrap_or(1).max(1);
        let bar = |count: &usize| match count {
            0 => ' ',
            count => BARS[(count * BARS.len()).div_ceil(highest) - 1],
        };
        let bars: String = columns.iter().map(bar).collect();
        let time = |at: &i64| end(std::time::Duration::ZERO, at / 1000);
        Some(format!("{bars}  {} to {}", time(first), time(last)))
    }
}

/// The smallest value that `percent` of 100 do not exceed.
fn quantile(sorted: &[f64], percent: usize) -> Option<f64> {
    let place = (sorted.len() * percent).div_ceil(100).checked_sub(1)?;
    sorted.get(place).copied()
}

fn report(line: &str) -> Option<Invocation> {
    if let Some(report) = line.strip_prefix("REPORT RequestId:") {
        let number = |name: &str| {
            let fields = report.split('\t').map(str::trim);
            let mut values =
                fields.filter_map(|field| field.strip_prefix(name)?.strip_suffix(" ms"));
            values.next()?.trim().parse().ok()
        };
        return Some(Invocation { duration: number("Duration:")?, init: number("Init Duration:") });
    }
    let line: Value = serde_json::from_str(line).ok()?;
    let metrics = (line["type"] == "platform.report").then(|| &line["record"]["metrics"])?;
    let init = metrics["initDurationMs"].as_f64();
    Some(Invocation { duration: metrics["durationMs"].as_f64()?, init })
}

/// A decision, as the trigger logs it, in words.
#[must_use]
pub fn decision(line: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).ok()?;
    let rules = line.get("rules")?.as_array()?;
    let rules: Vec<_> = rules.iter().filter_map(Value::as_str).collect();
    Some(match rules.as_slice() {
        [] => "  a token, and no rule applied".to_owned(),
        rules => format!("  a token: {}", rules.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLD: &str = "REPORT RequestId: 6f1b\tDuration: 3.20 ms\tBilled Duration: 45 ms\tMemory Size: 128 MB\tMax Memory Used: 19 MB\tInit Duration: 41.30 ms\t";

    #[test]
    fn what_lambda_and_the_trigger_wrote_is_summed_up() {
        let warm = |ms: usize| {
            format!("REPORT RequestId: a{ms}\tDuration: {ms}.00 ms\tBilled Duration: 2 ms\t")
        };
        let mut lines: Vec<(i64, String)> = vec![(0, COLD.to_owned())];
        lines.extend((1..=98).map(|ms| (i64::try_from(ms).unwrap_or(0) * 100, warm(ms))));
        let json = r#"{"type":"platform.report","record":{"metrics":{"durationMs":400.0,"initDurationMs":2.0}}}"#;
        lines.push((10_000, json.to_owned()));
        lines.push((10_001, r#"{"level":"error","detail":"no JSON","request_id":"x"}"#.to_owned()));
        lines.push((10_002, r#"{"level":"debug","rules":["a","b"],"request_id":"y"}"#.to_owned()));
        lines.push((10_003, "START RequestId: z".to_owned()));
        let summary = LogSummary::of(lines.iter().map(|(at, line)| (*at, line.as_str())));
        assert_eq!((summary.sign_ins, summary.cold_starts), (100, 2));
        assert_eq!(summary.faults, [("no JSON".to_owned(), 1)].into());
        assert_eq!(summary.rules, [("a".to_owned(), 1), ("b".to_owned(), 1)].into());
        assert_eq!((summary.p50_ms, summary.p99_ms), (Some(49.0), Some(98.0)));
        assert_eq!(summary.slowest_ms, Some(402.0));
        let text = summary.text();
        assert!(
            text.contains("100\n") && text.contains('█') && text.contains("1 x no JSON"),
            "{text}"
        );
    }

    #[test]
    fn without_reports_each_request_counts_once() {
        let line = |id: &str| format!(r#"{{"level":"debug","rules":[],"request_id":"{id}"}}"#);
        let lines = [line("a"), line("a"), line("b")];
        let summary = LogSummary::of(lines.iter().map(|line| (5, line.as_str())));
        assert_eq!((summary.sign_ins, summary.p50_ms), (2, None));
        assert!(!summary.text().contains("p50"));
        assert_eq!(LogSummary::of([]).sign_ins, 0);
    }
}
