//! What AWS says, for programs.

use policy_document::effective::{Decided, Difference, PlaceId};
use serde_json::{Map, Value as Json, json};

use super::super::json::{document, place, policies, policy, setting};
use super::super::load::Loaded;
use super::ask::{Account, Asked, Withheld};

/// The object `aws`.
pub fn fields(loaded: &Loaded, policy_type: &str, asked: &Asked) -> Json {
    let alike = asked.accounts.iter().filter(|account| account.comparison.agrees());
    let differing = asked.accounts.iter().filter(|account| !account.comparison.agrees());
    let disagreements: Vec<Json> =
        differing.map(|one| disagreement(loaded, policy_type, one)).collect();
    let judged: Vec<Json> =
        asked.judged_otherwise.iter().map(|account| place(loaded, *account)).collect();
    let withheld: Vec<Json> = asked.withheld.iter().map(|one| withheld(loaded, one)).collect();
    let decided = asked.accounts.iter().flat_map(|account| {
        let decided = account.comparison.decided.iter();
        decided.map(|one| json_of_decided(loaded, account.place, one))
    });
    json!({
        "asked": asked.accounts.len(),
        "alike": alike.count(),
        "inactive": asked.inactive,
        "withheld": withheld,
        "judged_otherwise": judged,
        "disagreements": disagreements,
        "decided": decided.collect::<Vec<Json>>(),
    })
}

fn withheld(loaded: &Loaded, withheld: &Withheld) -> Json {
    let errors = withheld.errors.iter().map(|error| {
        json!({
            "code": error.code,
            "message": error.message,
            "path_to_error": error.path,
            "contributing_policies": error.policies,
        })
    });
    json!({"account": place(loaded, withheld.place), "errors": errors.collect::<Vec<Json>>()})
}

/// Everything that a report of a bug needs.
fn disagreement(loaded: &Loaded, policy_type: &str, account: &Account) -> Json {
    let differences: Vec<Json> =
        account.comparison.differences.iter().map(|one| difference(loaded, one)).collect();
    json!({
        "account": place(loaded, account.place),
        "differences": differences,
        "explained_if": account.explanation.map(|assumption| assumption.sentence()),
        "shown": account.shown,
        "pieces": pieces(loaded, policy_type, account.place),
    })
}

fn difference(loaded: &Loaded, difference: &Difference) -> Json {
    json!({
        "pointer": difference.path.pointer(),
        "computed": difference.computed.as_ref().map(|one| setting(loaded, one)),
        "shown": difference.shown.as_ref().map(|value| value.to_json()),
    })
}

/// The policies on the way, with their documents.
fn pieces(loaded: &Loaded, policy_type: &str, account: PlaceId) -> Vec<Json> {
    let organization = &loaded.organization;
    let at = |at: PlaceId| {
        organization.attached(at, policy_type).into_iter().map(move |attachment| {
            let mut piece = Map::new();
            piece.insert("policy".to_owned(), policy(loaded, attachment.policy));
            piece.insert("place".to_owned(), place(loaded, at));
            piece.insert("document".to_owned(), document(loaded, attachment.policy));
            Json::Object(piece)
        })
    };
    organization.path(account).into_iter().flat_map(at).collect()
}

fn json_of_decided(loaded: &Loaded, account: PlaceId, decided: &Decided) -> Json {
    let Decided { decision, outcomes } = decided;
    let first = outcomes
        .iter()
        .filter_map(|index| decision.outcomes.get(*index))
        .map(|outcome| outcome.first.iter().map(|one| policy(loaded, *one)).collect::<Vec<Json>>());
    json!({
        "account": place(loaded, account),
        "place": place(loaded, decision.place),
        "policies": policies(loaded, &decision.policies),
        "first": first.collect::<Vec<Vec<Json>>>(),
    })
}
