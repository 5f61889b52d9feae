//! Did you mean …?

/// The word that `word` was probably meant to be, if it is like one of these.
///
/// Three of ten letters may be wrong, and at least one: `schedule_expresion`, `region`, `@@asign`,
/// `StartWindowMinutes`.
pub(super) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = plain(word);
    let near = candidates.into_iter().filter_map(|candidate| {
        let plain = plain(candidate);
        let most = (plain.len().max(word.len()) * 3 / 10).max(1);
        // No distance is smaller than what one word is longer by.
        let may_be_near = plain.chars().count().abs_diff(word.chars().count()) <= most;
        let distance = may_be_near.then(|| strsim::osa_distance(&word, &plain))?;
        (distance <= most).then_some((distance, candidate))
    });
    near.min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

/// A word in lower case, without what only separates its parts.
fn plain(word: &str) -> String {
    word.chars().filter(|c| *c != '_' && *c != '-').map(|c| c.to_ascii_lowercase()).collect()
}
