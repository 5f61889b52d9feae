//! Retentions against the locks of vaults, through all templates of a deployment.

use policy_document::template::{Inputs, NoFiles, findings};

use super::evaluated_with;

const TEMPLATE: &str = r#"
Parameters: {Keep: {Type: Number, Default: 90}, Name: {Type: String, Default: central}}
Resources:
  Central:
    Type: AWS::CloudFormation::StackSet
    Properties:
      TemplateBody: |
        Parameters: {Most: {Type: Number}, Name: {Type: String}}
        Resources:
          Vault:
            Type: AWS::Backup::BackupVault
            Properties: {BackupVaultName: !Ref Name, LockConfiguration: {MinRetentionDays: 7, MaxRetentionDays: !Ref Most}}
          AirGapped:
            Type: AWS::Backup::LogicallyAirGappedBackupVault
            Properties: {BackupVaultName: gapped, MinRetentionDays: 14, MaxRetentionDays: 60}
      Parameters:
        - {ParameterKey: Most, ParameterValue: "100"}
        - {ParameterKey: Name, ParameterValue: !Ref Name}
  Plan:
    Type: Custom::OrgPolicy
    Properties:
      Type: BACKUP_POLICY
      Variables: {keep: !Ref Keep, name: !Ref Name}
      Content:
        plans:
          daily:
            rules:
              nightly:
                target_backup_vault_name: {"@@assign": local}
                lifecycle: {delete_after_days: {"@@assign": 3}}
                target_logically_air_gapped_backup_vault_arn: {"@@assign": "arn:aws:backup:$region:$account:backup-vault:other"}
                copy_actions:
                  arn:aws:backup:eu-west-1:111122223333:backup-vault:${name}:
                    target_backup_vault_arn: {"@@assign": "arn:aws:backup:eu-west-1:111122223333:backup-vault:${name}"}
                    lifecycle: {delete_after_days: {"@@assign": "${keep}"}}
"#;

fn found(template: &str, parameters: &[(&str, &str)]) -> Vec<String> {
    let mut inputs = Inputs::default();
    for (name, value) in parameters {
        inputs.set(name, value);
    }
    let template = evaluated_with(template, inputs, &NoFiles);
    findings(&template)
        .iter()
        .filter(|placed| placed.finding.rule.code == "template-retention-outside-lock")
        .map(|placed| format!("{}: {}", placed.finding.found, placed.finding.allowed))
        .collect()
}

#[test]
fn a_copy_is_compared_with_the_lock_in_another_template() {
    let central = "the lock of vault central allows 7 to 100 days";
    for (keep, expected) in [
        ("6", vec![format!("a retention of 6 days: {central}")]),
        ("7", vec![]),
        ("100", vec![]),
        ("101", vec![format!("a retention of 101 days: {central}")]),
        ("****", vec![]),
    ] {
        assert_eq!(found(TEMPLATE, &[("Keep", keep)]), expected, "{keep}");
    }
    assert_eq!(found(TEMPLATE, &[("Keep", "101"), ("Name", "****")]), Vec::<String>::new());
}

#[test]
fn a_rule_is_compared_with_both_vaults_that_it_fills() {
    let both = TEMPLATE
        .replace("\"@@assign\": local", "\"@@assign\": central")
        .replace(":other", ":gapped");
    assert_eq!(
        found(&both, &[]),
        [
            "a retention of 3 days: the lock of vault central allows 7 to 100 days",
            "a retention of 3 days: the lock of vault gapped allows 14 to 60 days",
        ]
    );
}

#[test]
fn the_finding_has_its_place() {
    let mut inputs = Inputs::default();
    inputs.set("Keep", "101");
    let template = evaluated_with(TEMPLATE, inputs, &NoFiles);
    let findings = findings(&template);
    let placed = findings
        .iter()
        .find(|placed| placed.finding.rule.code == "template-retention-outside-lock");
    let placed = placed.expect("one is outside");
    let finding = &placed.finding;
    assert_eq!(&TEMPLATE[finding.span.start..finding.span.end], "\"${keep}\"");
    assert!(placed.source.is_none());
    assert_eq!(placed.logical_id, Some("Plan"));
    assert_eq!(
        finding.pointer,
        "/Resources/Plan/Properties/Content/plans/daily/rules/nightly/copy_actions/\
         arn:aws:backup:eu-west-1:111122223333:backup-vault:central/lifecycle/delete_after_days/@@assign"
    );
}
