//! Which known word somebody meant.

/// From here on two words are like each other (1 is the same).
const LIKE: f64 = 0.84;

/// The known word that is most like `word`, if any is like it at all.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = plain(word);
    let likeness = |known: &str| {
        let known = plain(known);
        if word.contains(&known) && known.len() > 3 {
            // `ALLOW_USER_PASSWORD_AUTH` means `user-password`: the longest part that is a known word.
            return 1.0 + f64::from(u32::try_from(known.len()).unwrap_or(u32::MAX));
        }
        let distance = strsim::damerau_levenshtein(&word, &known);
        let is_typo = distance <= (known.len() / 4).max(1) && distance * 2 < known.len();
        strsim::jaro_winkler(&word, &known).max(if is_typo { LIKE } else { 0.0 })
    };
    let scored = known.into_iter().map(|known| (likeness(known), known));
    scored
        .filter(|(likeness, _)| *likeness >= LIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

/// Case and the choice of `-`, `_` or a space say nothing.
fn plain(word: &str) -> String {
    word.to_lowercase().replace(['-', ' '], "_")
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn typos_are_understood_and_other_words_are_left_alone() {
        let known = [
            "user-password",
            "admin-user-password",
            "refresh-token",
            "memory_mb",
            "clients",
            "expect",
            "web",
        ];
        for (word, meant) in [
            ("memroy_mb", Some("memory_mb")),
            ("memory-mb", Some("memory_mb")),
            ("memory", Some("memory_mb")),
            ("client", Some("clients")),
            ("expectations", Some("expect")),
            ("ALLOW_USER_PASSWORD_AUTH", Some("user-password")),
            ("ALLOW_ADMIN_USER_PASSWORD_AUTH", Some("admin-user-password")),
            ("refresh_tokens", Some("refresh-token")),
            ("wbe", Some("web")),
            ("wb", Some("web")),
            ("app", None),
            ("password", None),
            ("colour", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), meant, "{word}");
        }
    }
}
