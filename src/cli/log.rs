//! Calls to AWS as lines of a log.

use anstyle::Style;

use crate::user::Called;

const DIM: Style = Style::new().dimmed();

/// Text without colours.
pub fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text.trim_end()).to_string()
}

/// A call in a line, and its bodies below.
pub fn line_of(called: &Called) -> String {
    let Called { operation, attempt, ms, status, request_id, error, request, answer } = called;
    let came = status.map_or("no answer".to_owned(), |status| status.to_string());
    let mut line = format!("{DIM}  {operation}  {came}  {ms} ms  attempt {attempt}");
    for detail in [request_id, error].into_iter().flatten() {
        line.push_str(&format!("  {detail}"));
    }
    for (arrow, body) in [(">", request), ("<", answer)] {
        if let Some(body) = body.as_ref().filter(|body| !body.is_empty()) {
            line.push_str(&format!("\n    {arrow} {body}"));
        }
    }
    line + &format!("{DIM:#}\n")
}
