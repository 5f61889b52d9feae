//! Did you mean …?

/// The word that `word` was probably meant to be, if it is like one of these.
///
/// A third of its letters may be wrong, and at least one: `schedule_expresion`, `region`, `@@asign`.
pub(super) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let most = (word.chars().count() / 3).max(1);
    let word = word.to_ascii_lowercase();
    let distances = candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&word, &candidate.to_ascii_lowercase()), candidate));
    let (distance, nearest) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= most).then_some(nearest)
}
