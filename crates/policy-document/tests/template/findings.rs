//! What is wrong in templates, with its place.

use policy_document::template::{Inputs, NoFiles, RULES, findings};

use super::evaluated_with;

#[test]
fn the_examples_of_the_rules() {
    let codes = |template: &str| -> Vec<&str> {
        let template = evaluated_with(template, Inputs::default(), &NoFiles);
        findings(&template).iter().map(|placed| placed.finding.rule.code).collect()
    };
    for rule in RULES {
        assert_eq!(codes(rule.wrong), [rule.code]);
        assert_eq!(codes(rule.right), Vec::<&str>::new(), "{}", rule.code);
    }
}

/// The document of a policy is checked as the function would send it.
#[test]
fn policies_are_checked_with_their_variables_filled_in() {
    let text = r#"
Parameters: {Minutes: {Type: Number, Default: 30}}
Resources:
  Plan:
    Type: Custom::OrgPolicy
    Properties:
      Type: BACKUP_POLICY
      Variables: {minutes: !Ref Minutes}
      Content: {plans: {daily: {rules: {nightly: {start_backup_window_minutes: {"@@assign": "${minutes}"}}}}}}
"#;
    let template = evaluated_with(text, Inputs::default(), &NoFiles);
    let found = findings(&template);
    let [placed] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(placed.logical_id, Some("Plan"));
    assert_eq!(
        placed.finding.pointer,
        "/Resources/Plan/Properties/Content/plans/daily/rules/nightly/start_backup_window_minutes/@@assign"
    );
    assert_eq!(&text[placed.finding.span.start..placed.finding.span.end], "\"${minutes}\"");
    assert_eq!(placed.finding.found, "30 is too short");
}
