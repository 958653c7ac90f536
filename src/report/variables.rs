//! Variables for shells and files.

/// `NAME=value`, for files and containers.
#[must_use]
pub fn dotenv(variables: &[(String, String)]) -> String {
    variables.iter().map(|(name, value)| format!("{name}={value}\n")).collect()
}

/// For `eval`; first it takes away what would win over them, or spoil them.
#[must_use]
pub fn shell(unset: &[&str], variables: &[(String, String)]) -> String {
    let quoted = |value: &str| value.replace('\'', r"'\''");
    let exports = variables.iter();
    let exports = exports.map(|(name, value)| format!("export {name}='{}'\n", quoted(value)));
    format!("unset {}\n{}", unset.join(" "), exports.collect::<String>())
}
