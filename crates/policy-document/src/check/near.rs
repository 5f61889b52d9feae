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

/// The one name that has all words of this one, and the fewest others, if they are no more than `most`:
/// `start_backup_window_minutes` for `start_window`, DeleteBackupVaultAccessPolicy for DeleteVaultAccessPolicy.
///
/// A single word says too little, and of two names that are as near neither is named.
pub(super) fn with_more_words<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    most: usize,
) -> Option<&'a str> {
    let wanted: Vec<&str> = words(name).collect();
    if wanted.len() < 2 {
        return None;
    }
    let has = |words: &[&str], word: &str| words.iter().any(|w| w.eq_ignore_ascii_case(word));
    let rated = candidates.into_iter().filter_map(|candidate| {
        let offered: Vec<&str> = words(candidate).collect();
        let others = offered.iter().filter(|word| !has(&wanted, word)).count();
        let has_all = wanted.iter().all(|word| has(&offered, word));
        (has_all && others <= most).then_some((others, candidate))
    });
    let rated: Vec<(usize, &str)> = rated.collect();
    let fewest = rated.iter().map(|(others, _)| *others).min()?;
    let mut nearest = rated.into_iter().filter(|(others, _)| *others == fewest);
    let (_, candidate) = nearest.next()?;
    nearest.next().is_none().then_some(candidate)
}

/// The words of a name such as `copy_actions` or DeleteBackupVault.
pub(super) fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(['_', '-'])
        .flat_map(|part| {
            let starts =
                part.char_indices().filter(|(_, c)| c.is_ascii_uppercase()).map(|(at, _)| at);
            let ends: Vec<usize> = starts.filter(|at| *at > 0).chain([part.len()]).collect();
            let begins = [0].into_iter().chain(ends.clone());
            begins.zip(ends).filter_map(|(begin, end)| part.get(begin..end))
        })
        .filter(|word| !word.is_empty())
}

/// A word in lower case, without what only separates its parts.
fn plain(word: &str) -> String {
    word.chars().filter(|c| *c != '_' && *c != '-').map(|c| c.to_ascii_lowercase()).collect()
}
