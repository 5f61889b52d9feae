#!/bin/sh
# Uploads this release to a bucket of yours, writes the templates that refer to it there, and prints the commands that
# deploy them:
#
#   ./upload.sh BUCKET
#
# It needs the AWS CLI, version 1 or 2, and nothing else. Everything is deployed in the bucket's Region, because Lambda
# takes a function's code only from a bucket in its own Region. Another upload to the same bucket changes nothing.
set -eu

version=@VERSION@
# The sum is of all that is uploaded, so that what a stack refers to never changes under it.
prefix=cfn-org-policy/@VERSION@-@SUM@

fail() {
  echo "upload: $1" >&2
  exit 1
}

[ $# = 1 ] || fail "say to which bucket: ./upload.sh BUCKET"
bucket=$1
case $bucket in
*[!a-z0-9.-]* | '') fail "$bucket is not the name of a bucket" ;;
esac
command -v aws >/dev/null || fail "the AWS CLI is not installed"

region=$(aws s3api get-bucket-location --bucket "$bucket" --query LocationConstraint --output text) ||
  fail "the bucket $bucket cannot be used. If there is none yet: aws s3 mb s3://$bucket --region REGION"
case $region in
None | null | '') region=us-east-1 ;;
EU) region=eu-west-1 ;;
esac

# As it was typed, for the commands below.
folder=$(dirname "$0")/
[ "$folder" != ./ ] || folder=
shown=$folder
case $folder in
*[!A-Za-z0-9_./-]*) shown="'$(printf '%s' "$folder" | sed "s/'/'\\\\''/g")'" ;;
esac

upload() {
  aws s3 cp --region "$region" --only-show-errors "$1" "s3://$bucket/$prefix/$2"
}

mkdir -p "${folder}packaged/stacks"
for template in template.yaml solution.yaml stacks/watch.yaml; do
  sed -e "s|@BUCKET@|$bucket|g" -e "s|@PREFIX@|$prefix|g" "$folder$template" >"${folder}packaged/$template"
done
upload "${folder}packaged/template.yaml" template.yaml
for file in "${folder}"function-*.zip "${folder}"watch-*.zip; do
  upload "$file" "${file##*/}"
done
for file in "${folder}"stacks/*.yaml "${folder}"stacksets/*.yaml; do
  name=${file#"$folder"}
  [ "$name" != stacks/watch.yaml ] || file=${folder}packaged/$name
  upload "$file" "$name"
done

cat <<END
Version $version is in s3://$bucket/$prefix. Deploy it in $region: first the function, then the solution.
values.json is a copy of values.example.json that you have filled in.

aws cloudformation deploy --region $region --stack-name cfn-org-policy --template-file ${shown}packaged/template.yaml \\
  --s3-bucket $bucket --s3-prefix cfn-org-policy --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND \\
  --no-fail-on-empty-changeset --parameter-overrides file://values.json

aws cloudformation deploy --region $region --stack-name backup-solution --template-file ${shown}packaged/solution.yaml \\
  --s3-bucket $bucket --s3-prefix cfn-org-policy --capabilities CAPABILITY_NAMED_IAM CAPABILITY_AUTO_EXPAND \\
  --no-fail-on-empty-changeset --disable-rollback --parameter-overrides file://values.json

${shown:-./}failed-accounts.sh backup-solution --region $region

Each deploys at once. To look at the change set first, add --no-execute-changeset (docs/LIFECYCLE.md, Upgrade).
END
