#!/bin/sh
# Names the accounts and Regions in which a StackSet of the solution has not succeeded. The StackSets tolerate them, so that
# one account does not keep the others without backups.
#
#   ./failed-accounts.sh [STACK [--region REGION]]
set -eu

stack=${1:-backup-solution}
[ $# = 0 ] || shift

sets=$(aws cloudformation list-stack-resources --stack-name "$stack" "$@" --output text --query \
  "StackResourceSummaries[?ResourceType=='AWS::CloudFormation::StackSet' && ResourceStatus!='DELETE_COMPLETE'].PhysicalResourceId")
failed=
for set in $sets; do
  name=${set%%:*}
  # StackSets deploys nothing to a suspended account, and nothing is missing there.
  found=$(aws cloudformation list-stack-instances --stack-set-name "$name" "$@" --output text --query \
    "Summaries[?!contains(['SUCCEEDED','SKIPPED_SUSPENDED_ACCOUNT'], StackInstanceStatus.DetailedStatus || '')].[Account,Region,StackInstanceStatus.DetailedStatus,StatusReason]")
  [ -z "$found" ] || failed="$failed$(printf '%s\n' "$found" | sed "s/^/$name: /")
"
done

if [ -z "$failed" ]; then
  echo "No account's stack has failed."
  exit 0
fi
printf '%s' "$failed"
echo "Remove the reason, then deploy the solution again with another Revision, which tries every account again" \
  "(docs/PARAMETERS.md, Accounts that failed)." >&2
exit 1
