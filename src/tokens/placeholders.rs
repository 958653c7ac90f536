//! The placeholders of a template, as far as an analysis needs them: their names and filters. Pure.

/// Each placeholder's name, such as `attributes.email`, and its filters.
pub(super) fn placeholders(
    template: &str,
) -> impl Iterator<Item = (&str, impl Iterator<Item = &str>)> {
    template.split('{').skip(1).map(|part| {
        let mut parts = part.split('}').next().unwrap_or_default().split('|');
        (parts.next().unwrap_or_default().trim(), parts)
    })
}
