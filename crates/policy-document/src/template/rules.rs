//! The rules about templates.

use crate::check::{Rule, Severity};

/// For the list of all rules.
pub static RULES: &[&Rule] = &[&REFUSED, &CONTENT, &OUTSIDE_LOCK];

/// What stands for a policy type in the examples of rules about templates.
const TEMPLATE: &str = "TEMPLATE";

/// CloudFormation refuses the template, or fails while it deploys it.
pub static REFUSED: Rule = Rule {
    code: "template-refused",
    severity: Severity::Error,
    summary: "A template refers to what it has, and calls functions as they are defined.",
    explanation: "CloudFormation refuses such a template, or fails while it deploys it. What \
                  depends on the place is not known, and is not checked any further.",
    policy_type: TEMPLATE,
    wrong: "Resources:
  Stay:
    Type: Custom::OrgPolicy
    Properties: {Type: TAG_POLICY, Name: !Ref Nmae, Content: {tags: {}}}
Parameters: {Name: {Type: String, Default: costs}}
",
    right: "Resources:
  Stay:
    Type: Custom::OrgPolicy
    Properties: {Type: TAG_POLICY, Name: !Ref Name, Content: {tags: {}}}
Parameters: {Name: {Type: String, Default: costs}}
",
    source: "CloudFormation template reference, \"Intrinsic function reference\"",
    date: "2026-11",
};

/// The function refuses Content and Variables before it calls AWS.
pub static CONTENT: Rule = Rule {
    code: "template-content",
    severity: Severity::Error,
    summary: "Content is an object or JSON text of one, and Variables declare what it names.",
    explanation: "The function refuses such a resource before it calls AWS. If CloudFormation \
                  is to fill in ${Name}, put !Sub before the text; if it is to stay as it \
                  is, declare the variable with itself as its value.",
    policy_type: TEMPLATE,
    wrong: "Resources:
  Stay:
    Type: Custom::OrgPolicy
    Properties: {Type: TAG_POLICY, Name: costs, Content: {tags: {'${key}': {}}}}
",
    right: "Resources:
  Stay:
    Type: Custom::OrgPolicy
    Properties: {Type: TAG_POLICY, Name: costs, Variables: {key: cost}, Content: {tags: {'${key}': {}}}}
",
    source: "docs/SEMANTICS.md, \"Content\" and \"Variables\"",
    date: "2026-11",
};

/// A retention that the lock of its vault refuses.
pub static OUTSIDE_LOCK: Rule = Rule {
    code: "template-retention-outside-lock",
    severity: Severity::Error,
    summary: "A retention lies within what the lock of its vault allows.",
    explanation: "A vault with a lock takes no recovery point that would be kept for a shorter or \
                  a longer time: AWS Backup fails the job that makes or copies it. CloudFormation \
                  and AWS Organizations do not compare the two, so that nothing fails before the \
                  first night. Vaults are compared by their names, through nested stacks and \
                  StackSets.",
    policy_type: TEMPLATE,
    wrong: r#"Resources:
  Vault:
    Type: AWS::Backup::BackupVault
    Properties:
      BackupVaultName: central
      LockConfiguration: {MinRetentionDays: 7, MaxRetentionDays: 35}
  Plan:
    Type: Custom::OrgPolicy
    Properties:
      Type: BACKUP_POLICY
      Content:
        plans:
          daily:
            rules:
              nightly:
                target_backup_vault_name: {"@@assign": central}
                lifecycle: {delete_after_days: {"@@assign": 90}}
"#,
    right: r#"Resources:
  Vault:
    Type: AWS::Backup::BackupVault
    Properties:
      BackupVaultName: central
      LockConfiguration: {MinRetentionDays: 7, MaxRetentionDays: 90}
  Plan:
    Type: Custom::OrgPolicy
    Properties:
      Type: BACKUP_POLICY
      Content:
        plans:
          daily:
            rules:
              nightly:
                target_backup_vault_name: {"@@assign": central}
                lifecycle: {delete_after_days: {"@@assign": 90}}
"#,
    source: "AWS Backup developer guide, \"AWS Backup Vault Lock\"; API reference, PutBackupVaultLockConfiguration",
    date: "2026-11",
};
