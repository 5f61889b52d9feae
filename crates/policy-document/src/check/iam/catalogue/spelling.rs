//! What was probably meant by an action or a key that is not there.

use super::super::super::near::{nearest, with_more_words, words};
use super::actions::services;
use super::data;

/// The service that was probably meant, if it has such an action.
pub(super) fn nearest_service(prefix: &str, action: &str) -> Option<&'static str> {
    let services = data::sections().iter().filter(|section| section.is_service);
    let meant = nearest(prefix, services.map(|section| section.prefix))?;
    data::section(meant)?.matching(action).next().map(|_| meant)
}

/// The action that was probably meant, with its service.
pub(super) fn nearest_action(service: &str, name: &str) -> Option<String> {
    let section = services(service).next().filter(|_| !service.contains(['*', '?']))?;
    let names = || section.actions().map(|entry| entry.name);
    let of_service = |name: &str| format!("{}:{name}", section.prefix);
    if let Some(start) = name.strip_suffix('*').filter(|start| !start.contains(['*', '?'])) {
        let first_words = names().filter_map(|name| words(name).next());
        return nearest(start, first_words).map(|word| of_service(&format!("{word}*")));
    }
    if name.contains(['*', '?']) {
        return None;
    }
    let by_letters = nearest(name, names());
    let is_slip = |meant: &&str| strsim::osa_distance(meant, name) <= 2;
    // To delete is not to get, however alike the names are.
    let has_same_verb = |meant: &&str| words(meant).next() == words(name).next();
    let with_more_words = |most: usize| with_more_words(name, names(), most);
    let in_service = by_letters.filter(is_slip).or_else(|| with_more_words(1)).map(of_service);
    let loosely = || with_more_words(2).or(by_letters.filter(has_same_verb)).map(of_service);
    in_service.or_else(|| elsewhere(name)).or_else(loosely)
}

/// The action of this very name, if exactly one other service has it: sts:AssumeRole for iam:AssumeRole.
fn elsewhere(name: &str) -> Option<String> {
    let mut found = data::sections().iter().filter_map(|section| {
        let entry = section.matching(name).next()?;
        Some(format!("{}:{}", section.prefix, entry.name))
    });
    let is_telling = words(name).count() > 1;
    found.next().filter(|_| is_telling && found.next().is_none())
}

/// Whether a key lacks only the name of a tag: aws:PrincipalTag.
pub(super) fn is_without_tag(name: &str) -> bool {
    let section = name.split_once(':').and_then(|(prefix, _)| data::section(prefix));
    section.and_then(|section| section.key(&format!("{name}/tag"))).is_some()
}

/// The key that was probably meant, with the user's own part of it (aws:PrincipalTag/team).
pub(super) fn nearest_key(name: &str) -> Option<String> {
    let (prefix, rest) = name.split_once(':')?;
    let Some(section) = data::section(prefix) else {
        let prefix = nearest(prefix, data::sections().iter().map(|section| section.prefix))?;
        let renamed = format!("{prefix}:{rest}");
        let key = data::section(prefix)?.key(&renamed);
        return key.map(|_| renamed);
    };
    let (head, own) = name.split_once('/').map_or((name, ""), |(head, own)| (head, own));
    let heads = section.keys().filter_map(|key| match key.name.split_once("/*") {
        Some((head, "")) => (!own.is_empty()).then_some(head),
        _ => own.is_empty().then_some(key.name),
    });
    let meant = nearest(head, heads)?;
    Some(if own.is_empty() { meant.to_owned() } else { format!("{meant}/{own}") })
}
