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
    let distances = candidates.into_iter().map(|candidate| {
        let plain = plain(candidate);
        let most = plain.len().max(word.len()) * 3 / 10;
        (strsim::osa_distance(&word, &plain), most.max(1), candidate)
    });
    let near = distances.filter(|(distance, most, _)| distance <= most);
    near.min_by_key(|(distance, ..)| *distance).map(|(.., candidate)| candidate)
}

/// A word in lower case, without what only separates its parts.
fn plain(word: &str) -> String {
    word.chars().filter(|c| *c != '_' && *c != '-').map(|c| c.to_ascii_lowercase()).collect()
}
