//! The checks as JUnit XML, which every pipeline shows.

use std::fmt::Write as _;

use super::{Check, Report};

impl Report {
    /// One suite a pool and client, one case a promise and flow.
    #[must_use]
    pub fn junit(&self) -> String {
        let failures = self.checks.iter().filter(|check| !check.ok).count();
        let tests = self.checks.len();
        let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
        let _ = writeln!(
            xml,
            "<testsuites name=\"pretoken verify\" tests=\"{tests}\" failures=\"{failures}\">"
        );
        let _ = writeln!(
            xml,
            "  <testsuite name=\"tokens\" tests=\"{tests}\" failures=\"{failures}\">"
        );
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
        if self.ok {
            xml.push_str("/>\n");
            return;
        }
        let wrong = escaped(&self.wrong());
        let _ = writeln!(xml, ">\n      <failure message=\"{wrong}\"/>\n    </testcase>");
    }

    /// Everything that is wrong, in one line.
    fn wrong(&self) -> String {
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
