//! The parts of ARNs, by their form. Which Regions and accounts there are is for AWS to say.

/// Whether a text has the form of a Region's code.
pub fn is_region(text: &str) -> bool {
    let Some((words, number)) = text.rsplit_once('-') else { return false };
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase());
    let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
    is_number && words.contains('-') && words.split('-').all(is_word)
}

/// Whether a text has the form of an account's id.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.chars().all(|c| c.is_ascii_digit())
}

/// Whether a text has the form of a partition's name: `aws`, `aws-us-gov`.
pub fn is_partition(text: &str) -> bool {
    text.starts_with("aws") && text.chars().all(|c| c.is_ascii_lowercase() || c == '-')
}
