//! What became of a version's invocations, by CloudWatch's metrics of Lambda.
//!
//! The dimension `ExecutedVersion` tells the two versions of a weighted alias apart ("Types of metrics for Lambda
//! functions", Lambda Developer Guide). Decides nothing about what is too much.

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat};

use super::error::Answer;
use crate::cloud::{Health, Result};
use crate::model::ALIAS;

/// Seconds in one data point: Lambda sends one a minute.
const PERIOD: i32 = 60;
/// The end of a query lies in the future, so that the running minute is in it.
const AHEAD: i64 = 86_400;

/// The sums since the minute of `since`.
pub(in crate::aws) async fn of(
    client: &Client,
    function: &str,
    version: &str,
    since: i64,
) -> Result<Health> {
    let start = since - since.rem_euclid(i64::from(PERIOD));
    let call = client
        .get_metric_data()
        .start_time(DateTime::from_secs(start))
        .end_time(DateTime::from_secs(since + AHEAD))
        .metric_data_queries(query("invocations", "Invocations", function, version))
        .metric_data_queries(query("errors", "Errors", function, version));
    // Two sums a minute: the first page holds more than a day of them.
    let found = call.send().await.of("cloudwatch:GetMetricData")?;
    let sum = |id: &str| {
        let series = found.metric_data_results().iter().filter(|series| series.id() == Some(id));
        count(series.flat_map(MetricDataResult::values).sum())
    };
    Ok(Health { invocations: sum("invocations"), errors: sum("errors") })
}

fn query(id: &str, metric: &str, function: &str, version: &str) -> MetricDataQuery {
    let dimension = |name, value: String| Dimension::builder().name(name).value(value).build();
    let metric = Metric::builder()
        .namespace("AWS/Lambda")
        .metric_name(metric)
        .dimensions(dimension("FunctionName", function.to_owned()))
        .dimensions(dimension("Resource", format!("{function}:{ALIAS}")))
        .dimensions(dimension("ExecutedVersion", version.to_owned()))
        .build();
    let sums = MetricStat::builder().metric(metric).period(PERIOD).stat("Sum").build();
    MetricDataQuery::builder().id(id).metric_stat(sums).build()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count, never negative"
)]
fn count(sum: f64) -> u64 {
    sum.round().max(0.0) as u64
}
