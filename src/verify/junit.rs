//! The checks as JUnit XML, which every pipeline shows.

use std::fmt::Write as _;

use super::{Check, Report};
use crate::model::Verdict;

impl Report {
    /// One suite a pool and client, one case a promise and flow.
    #[must_use]
    pub fn junit(&self) -> String {
        let counts = format!(
            "tests=\"{}\" failures=\"{}\" skipped=\"{}\"",
            self.checks.len(),
            self.count(Verdict::Failed),
            self.count(Verdict::NotProven)
        );
        let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
        let _ = writeln!(xml, "<testsuites name=\"pretoken verify\" {counts}>");
        let _ = writeln!(xml, "  <testsuite name=\"tokens\" {counts}>");
        if let Some(timing) = self.timing {
            let properties = [
                ("sign_ins", self.sign_ins.to_string()),
                ("users", self.users.to_string()),
                ("first_ms", timing.first_ms.to_string()),
                ("slowest_ms", timing.slowest_ms.to_string()),
            ];
            let property =
                |(name, value)| format!("      <property name=\"{name}\" value=\"{value}\"/>\n");
            let properties: String = properties.into_iter().map(property).collect();
            let _ = writeln!(xml, "    <properties>\n{properties}    </properties>");
        }
        for check in &self.checks {
            check.junit(&mut xml);
        }
        xml.push_str("  </testsuite>\n</testsuites>\n");
        xml
    }
}

impl Check {
    fn junit(&self, xml: &mut String) {
        let name = escaped(&format!("{} ({})", self.name, self.flow));
        let class = escaped(&format!("{}/{}", self.pool, self.client));
        let _ = write!(xml, "    <testcase classname=\"{class}\" name=\"{name}\"");
        let what = match self.verdict {
            Verdict::Ok => {
                xml.push_str("/>\n");
                return;
            }
            Verdict::Failed => "failure",
            Verdict::NotProven => "skipped",
        };
        let why = escaped(&self.why());
        let _ = writeln!(xml, ">\n      <{what} message=\"{why}\"/>\n    </testcase>");
    }

    /// Everything that is wrong, or why nothing is proven, in one line.
    fn why(&self) -> String {
        let scopes = |what: &str, scopes: &[String]| {
            (!scopes.is_empty()).then(|| format!("{what}: {}", scopes.join(" ")))
        };
        let parts = [
            scopes("missing", &self.missing),
            scopes("unexpected", &self.unexpected),
            self.error.clone(),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}

/// For attribute values. Control characters, which XML 1.0 cannot hold, become blanks.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            letter if letter.is_control() => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}
