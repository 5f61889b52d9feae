#!/usr/bin/env bash
# Asks a real organization the questions that only a real account can answer (docs/VALIDATION.md), and prints a report.
#
# Each check is one function below, with the name that it has on that page. The script creates one organizational unit
# without accounts, policies that are attached there or nowhere, and, with --cloudformation, stacks whose only resource
# is a custom resource that this script itself answers for, through a topic and a queue. All names begin with the prefix
# of the run. It changes nothing else, and at the end it deletes what it has created.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: tools/validate.sh [options] > report.md

  --cloudformation     also create scratch stacks (in the Region of your configuration), and answer their events
  --only NAME          run this check alone; may be repeated
  --list               print the names of the checks
  --repeat N           measure each lag so many times (5)
  --window SECONDS     keep reading for so long after each write (15)
  --service-token ARN  a function that sends its event to the SQS queue in ResourceProperties.Queue, in place of the
                       script's own SNS topic (for a local AWS, where a topic cannot be a ServiceToken)
  --dry-run            print the calls, and make none
  --yes                do not ask before the first change

AWS names the command to use, with options if needed: AWS="aws --profile management" tools/validate.sh
TEXT
}

ORGANIZATION_CHECKS=(
  duplicate_attachment_lags not_attached_lags point_reads_lag lists_lag attach_after_create limit_before_duplicate
  policy_in_use_lags name_after_delete characters_counted version_stored
)
CLOUDFORMATION_CHECKS=(
  cleanup_after_failed_create moves status_time stack_list_lags replacement_without_rollback stack_refactoring
  retain_sends_no_update
)

DRY_RUN='' YES='' CLOUDFORMATION='' SERVICE_TOKEN='' REPEAT=5 WINDOW=15 ONLY=()
while (($# > 0)); do
  case $1 in
    --cloudformation) CLOUDFORMATION=yes ;;
    --only) ONLY+=("${2:?"--only needs a name"}") && shift ;;
    --list) printf '%s\n' "${ORGANIZATION_CHECKS[@]}" "${CLOUDFORMATION_CHECKS[@]}" && exit ;;
    --repeat) REPEAT=${2:?"--repeat needs a number"} && shift ;;
    --window) WINDOW=${2:?"--window needs a number"} && shift ;;
    --service-token) SERVICE_TOKEN=${2:?"--service-token needs an ARN"} && shift ;;
    --dry-run) DRY_RUN=yes ;;
    --yes) YES=yes ;;
    --help) usage && exit ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done
[[ $REPEAT =~ ^[1-9][0-9]*$ && $WINDOW =~ ^[1-9][0-9]*$ ]] || { usage >&2 && exit 2; }
((BASH_VERSINFO[0] >= 5)) || { echo "bash 5 or newer is needed, for its clock; AWS CloudShell has it" >&2 && exit 2; }
for name in "${ONLY[@]}"; do
  [[ " ${ORGANIZATION_CHECKS[*]} ${CLOUDFORMATION_CHECKS[*]} " == *" $name "* ]] ||
    { echo "there is no check $name; see --list" >&2 && exit 2; }
done

read -ra AWS_COMMAND <<<"${AWS:-aws}"
# A retry of the CLI could follow a call whose answer was lost. It would then report a duplicate that the first try had
# made, and we would take it for a lag. So the script itself decides what is sent again.
export AWS_MAX_ATTEMPTS=1 AWS_PAGER=''

PREFIX=cfn-org-policy-validate-$(date -u +%Y%m%d%H%M%S)-$RANDOM
readonly PREFIX
readonly SCP=SERVICE_CONTROL_POLICY RCP=RESOURCE_CONTROL_POLICY
readonly DENY='{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:CreateUser","Resource":"*"}]}'
# How long a stale answer or a refusal is followed at most, in seconds, and how long an event is left without an answer.
readonly LONGEST=120
readonly HOLD=$((WINDOW < 30 ? WINDOW : 30))
# A folder for the last error, and for what has been created: one id a line, in the files policies and stacks.
WORK=$(mktemp -d)
UNIT='' TOPIC='' QUEUE='' STACK='' REFACTOR='' CHANGES_BEGAN=''

# --- The report -------------------------------------------------------------------------------------------------------

# The report is to be attached to an issue: no ids of the organization in it, and no signed URL (the physical id of a
# wait condition handle is one). A dry run measures nothing, so of its report only the titles are left, and the calls.
line() {
  [[ ! $DRY_RUN || $* == [+#]* ]] || return 0
  sed -E 's/(^|[^0-9])[0-9]{12}([^0-9]|$)/\1ACCOUNT\2/g
    s/(^|[^A-Za-z0-9])o-[a-z0-9]{10,32}/\1o-ORGANIZATION/g
    s/(^|[^A-Za-z0-9-])r-[a-z0-9]{4,32}/\1r-ROOT/g
    s/ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}/ou-UNIT/g
    s|(https?://[^?[:space:]]*)\?[^[:space:]]*|\1?…|g' <<<"$*"
}

progress() {
  echo "$*" >&2
}

now() { # microseconds
  echo "${EPOCHREALTIME/[.,]/}"
}

seconds_between() {
  local hundredths=$((($2 - $1) / 10000))
  printf '%d.%02d' $((hundredths / 100)) $((hundredths % 100))
}

seconds_since() {
  seconds_between "$1" "$(now)"
}

# --- Calls ------------------------------------------------------------------------------------------------------------

# Makes one call. OUTPUT is what the CLI prints, as text. ERROR is the code of AWS's error, and empty after a success;
# MESSAGE is the whole error.
once() {
  OUTPUT='' ERROR='' MESSAGE=''
  if [[ $DRY_RUN ]]; then
    line "+ $(as_typed "${AWS_COMMAND[@]}" "$@")"
    OUTPUT=$(placeholder "$2")
    return
  fi
  if ! OUTPUT=$("${AWS_COMMAND[@]}" "$@" --output text 2>"$WORK/error"); then
    MESSAGE=$(tr -s '\n' ' ' <"$WORK/error" | cut -c 1-500)
    MESSAGE=${MESSAGE# }
    ERROR=$(sed -nE 's/.*An error occurred \(([A-Za-z]+)\).*/\1/p' <<<"$MESSAGE")
    ERROR=${ERROR:-NoAnswer}
  fi
}

# Words with quotation marks where a shell needs them, each cut to a readable length.
as_typed() {
  local word words=()
  for word in "$@"; do
    ((${#word} <= 200)) || word="${word:0:100}…"
    [[ $word =~ ^[A-Za-z0-9_.:/=,-]+$ ]] || word=${word@Q}
    words+=("$word")
  done
  echo "${words[*]}"
}

# What stands for the answer in a dry run.
placeholder() {
  case $1 in
    get-caller-identity | describe-organization) echo 111122223333 ;;
    list-roots) echo r-root ;;
    create-organizational-unit) echo ou-root-scratch ;;
    create-policy) echo p-scratch ;;
    create-topic) echo arn:aws:sns:us-east-1:111122223333:scratch ;;
    create-queue) echo https://sqs.us-east-1.amazonaws.com/111122223333/scratch ;;
    get-queue-attributes) echo arn:aws:sqs:us-east-1:111122223333:scratch ;;
    create-stack) echo scratch-stack ;;
    create-stack-refactor) echo scratch-refactor ;;
    describe-stacks) echo CREATE_COMPLETE ;;
    receive-message) echo None ;;
  esac
}

# Whether AWS refused a call for a reason that passes by itself and says nothing about a lag.
passes_by() {
  case $1 in
    TooManyRequestsException | ConcurrentModificationException | PolicyChangesInProgressException) ;;
    ServiceException | Throttling*) ;;
    *) return 1 ;;
  esac
}

# Makes a call that has to work, for as many tries as it needs. If it does not work, this check ends.
must() {
  local try
  for try in 1 2 3 4 5 6 7 8; do
    once "$@"
    [[ $ERROR ]] || return 0
    passes_by "$ERROR" || break
    sleep "$try"
  done
  not_finished "$@"
}

not_finished() { # CALL…
  progress "$1 $2: $MESSAGE"
  line "**Not finished.** \`$1 $2\`: $MESSAGE"
  exit 3
}

# Reads for $WINDOW seconds, and longer as long as the answers are stale. MEASURED is when the last stale answer was
# asked for, in seconds after the write, or `-` if there was none, and in brackets the number of answers. The pattern is
# of the expected output, or of the code of an error. $WROTE is when the write was answered.
measure() { # PATTERN CALL…
  local expected=$1 asked last=- answers=0 stale
  shift
  while :; do
    asked=$(now) stale=''
    once "$@"
    if ! passes_by "$ERROR"; then
      answers=$((answers + 1))
      # shellcheck disable=SC2053 # it is a pattern
      [[ $OUTPUT$ERROR == $expected ]] || stale=yes
      [[ ! $stale ]] || last=$(seconds_between "$WROTE" "$asked")
    fi
    [[ ! $DRY_RUN ]] || break
    ! is_over "$LONGEST" || break
    [[ $stale ]] || ! is_over "$WINDOW" || break
    # The slowest of these reads, DescribePolicy, is throttled at two a second.
    sleep 0.3
  done
  MEASURED="$last ($answers)"
}

is_over() {
  (($(now) - WROTE > $1 * 1000000))
}

# Makes a call until it is accepted. ACCEPTED says `at once`, or which error was answered for how long.
until_accepted() { # CALL…
  local began codes=''
  began=$(now)
  while :; do
    once "$@"
    [[ $ERROR ]] || break
    passes_by "$ERROR" || [[ $codes == *$ERROR* ]] || codes+="${codes:+, }$ERROR"
    if (($(now) - began > LONGEST * 1000000)); then
      codes+=", and was never accepted"
      break
    fi
    sleep 0.5
  done
  ACCEPTED='at once'
  [[ ! $codes ]] || ACCEPTED="$codes for $(seconds_since "$began") s"
}

# Writes to what may be so fresh that AWS does not know it everywhere. $WROTE is when it was accepted.
write() { # CALL…
  until_accepted "$@"
  [[ ! $ERROR ]] || not_finished "$@"
  WROTE=$(now)
}

# --- Organizations ----------------------------------------------------------------------------------------------------

# Creates a policy that is attached nowhere. POLICY is its id.
new_policy() { # NAME CONTENT [TYPE] [MORE OPTIONS…]
  local name=$PREFIX-$1 content=$2 policy_type=${3:-$SCP}
  must organizations create-policy --name "$name" --type "$policy_type" --content "$content" \
    --description 'made by tools/validate.sh of cfn-org-policy: may be deleted' "${@:4}" \
    --query Policy.PolicySummary.Id
  POLICY=$OUTPUT
  WROTE=$(now)
  echo "$POLICY" >>"$WORK/policies"
}

attach() {
  write organizations attach-policy --policy-id "$POLICY" --target-id "$UNIT"
}

detach() {
  write organizations detach-policy --policy-id "$POLICY" --target-id "$UNIT"
}

delete() {
  write organizations delete-policy --policy-id "$POLICY"
}

# Runs a measurement $REPEAT times and prints the results as a row.
row() { # TITLE FUNCTION
  local results=() round
  for ((round = 1; round <= REPEAT; round++)); do
    MEASURED=''
    "$2" "$round"
    results+=("$MEASURED")
  done
  local joined
  joined=$(printf '; %s' "${results[@]}")
  line "| $1 | ${joined#; } |"
}

lag_table() {
  line "| after the write | last stale answer, in s after it (answers read), $REPEAT times |"
  line "| --- | --- |"
}

refusal_table() {
  line "| call | how it was answered, $REPEAT times |"
  line "| --- | --- |"
}

# DuplicatePolicyAttachment right after a detach is a lie if the same call is accepted later.
duplicate_attachment_lags() {
  new_policy duplicate "$DENY"
  refusal_table
  row 'AttachPolicy right after DetachPolicy' attach_right_after_detach
}

attach_right_after_detach() {
  attach
  detach
  until_accepted organizations attach-policy --policy-id "$POLICY" --target-id "$UNIT"
  MEASURED=$ACCEPTED
  detach
}

# PolicyNotAttached right after an attach is a lie if the same call is accepted later.
not_attached_lags() {
  new_policy not-attached "$DENY"
  refusal_table
  row 'DetachPolicy right after AttachPolicy' detach_right_after_attach
}

detach_right_after_attach() {
  attach
  until_accepted organizations detach-policy --policy-id "$POLICY" --target-id "$UNIT"
  MEASURED=$ACCEPTED
}

point_reads_lag() {
  new_policy read "$DENY"
  lag_table
  row 'UpdatePolicy, then DescribePolicy' describe_after_update
  row 'TagResource, then ListTagsForResource' tags_after_tag
  row 'CreatePolicy, then DescribePolicy' describe_after_create
  row 'CreatePolicy with tags, then ListTagsForResource' tags_after_create
  row 'DeletePolicy, then DescribePolicy' describe_after_delete
}

describe_after_update() {
  local content=${DENY/CreateUser/CreateUser$1}
  write organizations update-policy --policy-id "$POLICY" --content "$content" --query Policy.PolicySummary.Id
  # AWS may give back the document in another form than it was sent.
  measure "*CreateUser$1\"*" organizations describe-policy --policy-id "$POLICY" --query Policy.Content
}

tags_after_tag() {
  write organizations tag-resource --resource-id "$POLICY" --tags "Key=round,Value=$1"
  measure "$1" organizations list-tags-for-resource --resource-id "$POLICY" --query "Tags[?Key=='round'].Value"
}

describe_after_create() {
  new_policy "described-$1" "$DENY"
  measure "$POLICY" organizations describe-policy --policy-id "$POLICY" --query Policy.PolicySummary.Id
}

tags_after_create() {
  new_policy "tagged-$1" "$DENY" "$SCP" --tags Key=round,Value=first
  measure first organizations list-tags-for-resource --resource-id "$POLICY" --query "Tags[?Key=='round'].Value"
}

describe_after_delete() {
  new_policy "deleted-$1" "$DENY"
  delete
  measure PolicyNotFoundException organizations describe-policy --policy-id "$POLICY" --query Policy.PolicySummary.Id
}

lists_lag() {
  new_policy listed "$DENY"
  lag_table
  row 'AttachPolicy, then ListTargetsForPolicy' targets_after_attach
  row 'DetachPolicy, then ListTargetsForPolicy' targets_after_detach
  row 'AttachPolicy, then ListPoliciesForTarget' policies_of_target_after_attach
  row 'CreatePolicy, then ListPolicies' policies_after_create
  row 'DeletePolicy, then ListPolicies' policies_after_delete
}

targets_after_attach() {
  attach
  measure "$UNIT" organizations list-targets-for-policy --policy-id "$POLICY" --query 'Targets[].TargetId'
  detach
}

targets_after_detach() {
  attach
  detach
  measure '' organizations list-targets-for-policy --policy-id "$POLICY" --query 'Targets[].TargetId'
}

policies_of_target_after_attach() {
  attach
  measure "$POLICY" organizations list-policies-for-target --target-id "$UNIT" --filter "$SCP" \
    --query "Policies[?Id=='$POLICY'].Id"
  detach
}

policies_after_create() {
  new_policy "in-list-$1" "$DENY"
  measure "$POLICY" organizations list-policies --filter "$SCP" --query "Policies[?Id=='$POLICY'].Id"
}

policies_after_delete() {
  new_policy "off-list-$1" "$DENY"
  delete
  measure '' organizations list-policies --filter "$SCP" --query "Policies[?Id=='$POLICY'].Id"
}

attach_after_create() {
  refusal_table
  row 'AttachPolicy right after CreatePolicy' attach_right_after_create
  row 'TagResource right after CreatePolicy' tag_right_after_create
}

attach_right_after_create() {
  new_policy "attached-$1" "$DENY"
  until_accepted organizations attach-policy --policy-id "$POLICY" --target-id "$UNIT"
  MEASURED=$ACCEPTED
  detach
}

tag_right_after_create() {
  new_policy "tag-$1" "$DENY"
  until_accepted organizations tag-resource --resource-id "$POLICY" --tags Key=round,Value=first
  MEASURED=$ACCEPTED
}

# Fills the scratch unit, and then attaches the first policy to it a second time.
limit_before_duplicate() {
  local first='' filled=() id
  for ((number = 1; number <= 12; number++)); do
    new_policy "limit-$number" "$DENY"
    first=${first:-$POLICY}
    until_accepted_or_full
    [[ ! $ERROR ]] || break
    filled+=("$POLICY")
  done
  line "The unit took ${#filled[@]} policies beside FullAWSAccess; then: ${MESSAGE:-no limit up to here}"
  once organizations attach-policy --policy-id "$first" --target-id "$UNIT"
  line
  line "The first of them attached again: \`${ERROR:-accepted}\` ${MESSAGE}"
  for id in "${filled[@]}"; do
    POLICY=$id
    detach
  done
}

until_accepted_or_full() {
  local try
  for try in 1 2 3 4 5; do
    once organizations attach-policy --policy-id "$POLICY" --target-id "$UNIT"
    passes_by "$ERROR" || break
    sleep "$try"
  done
}

policy_in_use_lags() {
  refusal_table
  row 'DeletePolicy right after its last DetachPolicy' delete_right_after_detach
}

delete_right_after_detach() {
  new_policy "in-use-$1" "$DENY"
  attach
  detach
  until_accepted organizations delete-policy --policy-id "$POLICY"
  MEASURED=$ACCEPTED
}

name_after_delete() {
  refusal_table
  row 'CreatePolicy right after DeletePolicy of the same name' create_right_after_delete
}

create_right_after_delete() {
  new_policy again "$DENY"
  delete
  until_accepted organizations create-policy --name "$PREFIX-again" --type "$SCP" --content "$DENY" --description '' \
    --query Policy.PolicySummary.Id
  MEASURED=$ACCEPTED
  POLICY=$OUTPUT
  echo "$POLICY" >>"$WORK/policies"
  delete
}

# An IAM document of exactly so many characters without white space. $2 comes before its Statement, $3 into it.
document_of_length() { # CHARACTERS BEFORE INTO
  local characters=$1
  local head="{$2\"Statement\":[{\"Effect\":\"Deny\",$3\"Action\":\"s3:*\",\"Resource\":\"*\","
  head+='"Condition":{"StringEquals":{"aws:PrincipalTag/x":['
  local tail=']}}}]}' values='' value
  local room=$((characters - ${#head} - ${#tail}))
  printf -v value '%97s' ''
  value=${value// /a}
  while ((room > 200)); do
    values+="\"$value\","
    room=$((room - 100))
  done
  printf -v value '%*s' $((room - 2)) ''
  printf '%s%s"%s"%s' "$head" "$values" "${value// /a}" "$tail"
}

readonly VERSION_2012='"Version":"2012-10-17",' EVERYBODY='"Principal":"*",'

characters_counted() {
  line "| document | answer |"
  line "| --- | --- |"
  try_document "$SCP, 10,240 characters" "$SCP" "$(document_of_length 10240 "$VERSION_2012" '')"
  try_document "$SCP, 10,241 characters" "$SCP" "$(document_of_length 10241 "$VERSION_2012" '')"
  try_document "$SCP, 10,240 characters without Version" "$SCP" "$(document_of_length 10240 '' '')"
  try_document "$SCP, 10,200 characters and 100 of white space" "$SCP" \
    "$(document_of_length 10200 "$VERSION_2012" '')$(printf '%100s' '')"
  try_document "$RCP, 5,120 characters" "$RCP" "$(document_of_length 5120 "$VERSION_2012" "$EVERYBODY")"
  try_document "$RCP, 5,121 characters" "$RCP" "$(document_of_length 5121 "$VERSION_2012" "$EVERYBODY")"
  try_document "$RCP, 5,120 characters without Version" "$RCP" "$(document_of_length 5120 '' "$EVERYBODY")"
  try_document "$RCP, 5,100 characters and 100 of white space" "$RCP" \
    "$(document_of_length 5100 "$VERSION_2012" "$EVERYBODY")$(printf '%100s' '')"
}

try_document() { # TITLE TYPE CONTENT
  local try
  for try in 1 2 3 4 5; do
    once organizations create-policy --name "$PREFIX-characters" --type "$2" --content "$3" --description '' \
      --query Policy.PolicySummary.Id
    passes_by "$ERROR" || break
    sleep "$try"
  done
  line "| $1 | ${MESSAGE:-accepted} |"
  [[ ! $ERROR ]] || return 0
  POLICY=$OUTPUT
  echo "$POLICY" >>"$WORK/policies"
  delete
}

version_stored() {
  line "| sent | stored |"
  line "| --- | --- |"
  stored_without_version "$SCP" '{"Statement":[{"Effect":"Deny","Action":"iam:CreateUser","Resource":"*"}]}'
  stored_without_version "$RCP" '{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}]}'
}

stored_without_version() { # TYPE CONTENT
  new_policy "version-$1" "$2" "$1"
  must organizations describe-policy --policy-id "$POLICY" --query Policy.Content
  line "| $1 \`$2\` | \`$OUTPUT\` |"
}

# --- CloudFormation ---------------------------------------------------------------------------------------------------
# The script takes the place of the function: CloudFormation sends its events to a topic, and from there they come to a
# queue. These say which event fails (`Create A`), and which physical ids are answered.
FAILS='' UPDATED_ID='' RECEIVED=0
declare -A CREATED_IDS=()

resource() { # LOGICAL-ID REVISION [ATTRIBUTES]
  printf '"%s":{"Type":"Custom::Validate",%s"Properties":{"ServiceToken":"%s","ServiceTimeout":300,' \
    "$1" "${3:-}" "${SERVICE_TOKEN:-$TOPIC}"
  printf '"Queue":"%s","Revision":"%s"}}' "$QUEUE" "$2"
}

template_of() { # RESOURCE…
  local IFS=,
  printf '{"Resources":{%s}}' "$*"
}

create_stack() { # NAME TEMPLATE [OPTIONS…]
  must cloudformation create-stack --stack-name "$PREFIX-$1" --template-body "$2" "${@:3}" --query StackId
  STACK=$OUTPUT
  echo "$STACK" >>"$WORK/stacks"
}

update_stack() { # TEMPLATE [OPTIONS…]
  must cloudformation update-stack --stack-name "$STACK" --template-body "$1" "${@:2}" --query StackId
}

stack_status() {
  must cloudformation describe-stacks --stack-name "$STACK" --query 'Stacks[0].StackStatus'
}

# The next event, if one comes within two seconds: EVENT is its JSON, and empty otherwise.
receive() {
  must sqs receive-message --queue-url "$QUEUE" --wait-time-seconds 2 --query 'Messages[0].[ReceiptHandle,Body]'
  EVENT=''
  [[ $OUTPUT != None* ]] || return 0
  EVENT=${OUTPUT#*$'\t'}
  RECEIVED=$(now)
  must sqs delete-message --queue-url "$QUEUE" --receipt-handle "${OUTPUT%%$'\t'*}"
}

# The text of a member of the event, which is not to stand in the event twice.
field() {
  sed -nE "s/.*\"$1\": *\"([^\"]*)\".*/\1/p" <<<"$EVENT"
}

sent_at() {
  local date
  date=$(field ResponseURL | sed -nE 's/.*X-Amz-Date=([0-9TZ]+).*/\1/p')
  echo "${date:-none}"
}

respond() {
  local type logical_id physical_id status=SUCCESS answered
  type=$(field RequestType) logical_id=$(field LogicalResourceId) physical_id=$(field PhysicalResourceId)
  case $type in
    Create) answered=${CREATED_IDS[$logical_id]:-$logical_id-$RANDOM} ;;
    Update) answered=${UPDATED_ID:-$physical_id} ;;
    *) answered=$physical_id ;;
  esac
  [[ $FAILS != "$type $logical_id" ]] || status=FAILED
  line "1. $type $logical_id, id \`${physical_id:--}\`, X-Amz-Date $(sent_at): answered $status with \`$answered\`"
  # The URL lets everybody answer in our place, so it stands in no list of processes.
  printf '{"Status":"%s","Reason":"asked for by the check","PhysicalResourceId":"%s","StackId":"%s",' \
    "$status" "$answered" "$(field StackId)" >"$WORK/answer"
  printf '"RequestId":"%s","LogicalResourceId":"%s"}' "$(field RequestId)" "$logical_id" >>"$WORK/answer"
  printf 'url = "%s"\n' "$(field ResponseURL)" |
    curl --silent --show-error --fail --request PUT --header 'Content-Type:' --data-binary "@$WORK/answer" --config - \
      --max-time 20 >&2 || line "1. the answer could not be delivered"
}

# Answers the events of the scratch stacks until $STACK has settled (or what else is asked), and prints what it has come
# to.
settle() { # TITLE [FUNCTION THAT ASKS FOR THE STATUS]
  line
  line "$1:"
  line
  while :; do
    receive
    if [[ $EVENT ]]; then
      respond
      continue
    fi
    "${2:-stack_status}"
    [[ $OUTPUT == *IN_PROGRESS ]] || break
  done
  line "1. the status is $OUTPUT"
}

# What CloudFormation holds, and why something has failed.
resources_now() {
  must cloudformation list-stack-resources --stack-name "$STACK" \
    --query 'StackResourceSummaries[].[LogicalResourceId,PhysicalResourceId,ResourceStatus,ResourceStatusReason]'
  line
  line '```text'
  line "$OUTPUT"
  line '```'
}

delete_stack() {
  FAILS='' UPDATED_ID='' CREATED_IDS=()
  must cloudformation delete-stack --stack-name "$STACK"
  settle 'The stack is deleted'
}

# Rollback is off and A fails; then the stack is tried again. Once the second try answers the id of the first, as a
# function that finds its policy does, and once another.
cleanup_after_failed_create() {
  failed_create_in_an_update same first
  failed_create_in_an_update other second
  FAILS='Create A' CREATED_IDS=([A]=first)
  create_stack failed-first "$(template_of "$(resource A 1)" "$(resource B 1)")" --disable-rollback
  settle 'Rollback is off, and A fails in the creation of the stack'
  try_again first
}

failed_create_in_an_update() { # NAME SECOND-ID
  create_stack "failed-$1" "$(template_of "$(resource B 1)")" --disable-rollback
  settle 'A stack is created with B'
  FAILS='Create A' CREATED_IDS=([A]=first)
  update_stack "$(template_of "$(resource A 1)" "$(resource B 1)")" --disable-rollback
  settle 'Rollback is off, and A fails in an update of the stack'
  try_again "$2"
}

try_again() { # SECOND-ID
  resources_now
  FAILS='' CREATED_IDS=([A]=$1)
  update_stack "$(template_of "$(resource A 2)" "$(resource B 1)")" --disable-rollback
  settle "Tried again; the Create answers the id \`$1\`"
  resources_now
  delete_stack
}

# One resource takes the place of another that has the same physical id.
moves() {
  CREATED_IDS=([Old]=same [New]=same)
  create_stack moves "$(template_of "$(resource Old 1)")"
  settle 'The stack is created with Old'
  FAILS='Create Sibling'
  update_stack "$(template_of "$(resource New 1)" "$(resource Sibling 1 '"DependsOn":"New",')")"
  settle 'New takes the place of Old, and a sibling fails'
  resources_now
  FAILS=''
  update_stack "$(template_of "$(resource New 1)")"
  settle 'New takes the place of Old, and nothing fails'
  resources_now
  delete_stack
}

status_time() {
  create_stack status-time "$(template_of "$(resource A 1)")"
  hold_event Create
  settle 'After the answer'
  update_stack "$(template_of "$(resource A 2)")"
  hold_event Update
  settle 'After the answer'
  delete_stack
}

# Waits for an event, and leaves it without an answer for a while. It stays in EVENT, and is answered afterwards.
hold_event() { # TITLE
  local seen='' began
  next_event
  began=$(now)
  line
  line "$1: X-Amz-Date $(sent_at), received $(date -u +%Y%m%dT%H%M%SZ). Status and LastUpdatedTimestamp while it is" \
    "pending, whenever they change:"
  line
  while :; do
    resource_status
    if [[ $OUTPUT != "$seen" ]]; then
      line "1. after $(seconds_since "$began") s: $OUTPUT"
      seen=$OUTPUT
    fi
    [[ ! $DRY_RUN ]] || break
    (($(now) - began < HOLD * 1000000)) || break
    sleep 1
  done
  [[ ! $EVENT ]] || respond
}

next_event() {
  local tries
  for ((tries = 0; tries < 60; tries++)); do
    receive
    [[ ! $EVENT && ! $DRY_RUN ]] || break
  done
}

resource_status() {
  must cloudformation list-stack-resources --stack-name "$STACK" \
    --query "StackResourceSummaries[?LogicalResourceId=='A'].[ResourceStatus,LastUpdatedTimestamp]"
}

# When an Update is here, the list has to show it; and when a stack has settled, the list has to show that.
stack_list_lags() {
  local round
  create_stack list-lags "$(template_of "$(resource A 0)")"
  settle 'The stack is created'
  line
  line "| Update | the list, in s after the event was received |"
  line "| --- | --- |"
  for ((round = 1; round <= REPEAT; round++)); do
    update_stack "$(template_of "$(resource A "$round")")"
    next_event
    list_until UPDATE_IN_PROGRESS "$RECEIVED"
    [[ ! $EVENT ]] || respond >/dev/null
    settle '' >/dev/null
    list_until UPDATE_COMPLETE "$(now)"
  done
  delete_stack
}

list_until() { # STATUS SINCE
  local seen='' status=''
  while :; do
    resource_status
    [[ ${OUTPUT%%$'\t'*} == "$status" ]] || seen+="${seen:+; }${OUTPUT%%$'\t'*} at $(seconds_since "$2")"
    status=${OUTPUT%%$'\t'*}
    [[ $status != "$1" && ! $DRY_RUN ]] || break
    if (($(now) - $2 > HOLD * 1000000)); then
      seen+="; not $1 until $(seconds_since "$2")"
      break
    fi
    sleep 0.5
  done
  line "| until $1 | $seen |"
}

# Rollback is off, and an Update answers another physical id.
replacement_without_rollback() {
  CREATED_IDS=([A]=old)
  create_stack replacement "$(template_of "$(resource A 1)")" --disable-rollback
  settle 'Rollback is off; the stack is created'
  UPDATED_ID=new
  update_stack "$(template_of "$(resource A 2)")" --disable-rollback
  settle 'The Update answers another id'
  resources_now
  UPDATED_ID=''
  update_stack "$(template_of "$(resource A 3)")" --disable-rollback
  settle 'The next Update names the id that CloudFormation holds'
  resources_now
  delete_stack
}

readonly HANDLE='"Handle":{"Type":"AWS::CloudFormation::WaitConditionHandle"}'

# CloudFormation documents no list of types for this. Does it take a custom resource, and does it send an event?
stack_refactoring() {
  local from to
  create_stack from "$(template_of "$HANDLE" "$(resource A 1)")"
  from=$STACK
  settle 'The first stack is created with A'
  create_stack to "$(template_of "$HANDLE")"
  to=$STACK
  settle 'The second stack is created without it'
  template_of "$HANDLE" >"$WORK/from.json"
  template_of "$HANDLE" "$(resource Moved 1)" >"$WORK/to.json"
  local source="Source={StackName=$PREFIX-from,LogicalResourceId=A}"
  must cloudformation create-stack-refactor \
    --resource-mappings "$source,Destination={StackName=$PREFIX-to,LogicalResourceId=Moved}" --stack-definitions \
    "StackName=$PREFIX-from,TemplateBody@=file://$WORK/from.json" \
    "StackName=$PREFIX-to,TemplateBody@=file://$WORK/to.json" --query StackRefactorId
  REFACTOR=$OUTPUT
  settle 'The refactoring is created' refactor_status
  once cloudformation execute-stack-refactor --stack-refactor-id "$REFACTOR"
  line "1. execute-stack-refactor: ${MESSAGE:-accepted}"
  settle 'The refactoring is executed' refactor_status
  STACK=$to
  resources_now
  delete_stack
  STACK=$from
  delete_stack
}

refactor_status() {
  must cloudformation describe-stack-refactor --stack-refactor-id "$REFACTOR" \
    --query '[StatusReason,ExecutionStatusReason,Status,ExecutionStatus]'
  # Only of what goes on now: ExecutionStatus is UNAVAILABLE or AVAILABLE before.
  [[ $OUTPUT != *CREATE_IN_PROGRESS* ]] || OUTPUT=IN_PROGRESS
}

retain_sends_no_update() {
  create_stack retain "$(template_of "$(resource A 1)" "$HANDLE")"
  settle 'The stack is created'
  update_stack "$(template_of "$(resource A 1 '"DeletionPolicy":"Retain","UpdateReplacePolicy":"Retain",')" "$HANDLE")"
  settle 'A gets a DeletionPolicy and an UpdateReplacePolicy, and nothing else changes'
  update_stack "$(template_of "$(resource A 1)" "$HANDLE")"
  settle 'Both are taken away again'
  delete_stack
}

# --- The run ----------------------------------------------------------------------------------------------------------

# Only the management account may do all of this, and whoever works there knows which organization this is.
check_account() {
  local account management
  once sts get-caller-identity --query Account
  account=$OUTPUT
  [[ ! $ERROR ]] || stop "$MESSAGE"
  once organizations describe-organization --query Organization.MasterAccountId
  management=$OUTPUT
  [[ ! $ERROR ]] || stop "$MESSAGE"
  [[ $account == "$management" ]] || stop "this is account $account, not the management account $management"
  progress "management account $management, names begin with $PREFIX"
}

stop() {
  progress "nothing was done: $*"
  exit 1
}

confirm() {
  [[ ! $YES && ! $DRY_RUN ]] || return 0
  progress "This creates an organizational unit without accounts, policies that are attached there or nowhere,"
  [[ ! $CLOUDFORMATION ]] || progress "an SNS topic, an SQS queue and stacks of one custom resource,"
  progress "and deletes them again. Use an organization that was made for testing."
  read -rp "Type yes to go on: " answer
  [[ $answer == yes ]] || stop "you did not type yes"
}

make_unit() {
  must organizations list-roots --query 'Roots[0].Id'
  must organizations create-organizational-unit --parent-id "$OUTPUT" --name "$PREFIX" --query OrganizationalUnit.Id
  UNIT=$OUTPUT
}

make_queue() {
  must sns create-topic --name "$PREFIX" --query TopicArn
  TOPIC=$OUTPUT
  must sqs create-queue --queue-name "$PREFIX" --query QueueUrl
  QUEUE=$OUTPUT
  must sqs get-queue-attributes --queue-url "$QUEUE" --attribute-names QueueArn --query Attributes.QueueArn
  local queue_arn=$OUTPUT
  local statement='{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage"'
  statement+=",\"Resource\":\"$queue_arn\",\"Condition\":{\"ArnEquals\":{\"aws:SourceArn\":\"$TOPIC\"}}}"
  local policy="{\"Version\":\"2012-10-17\",\"Statement\":[$statement]}"
  must sqs set-queue-attributes --queue-url "$QUEUE" --attributes "{\"Policy\":\"${policy//\"/\\\"}\"}"
  must sns subscribe --topic-arn "$TOPIC" --protocol sqs --notification-endpoint "$queue_arn" \
    --attributes RawMessageDelivery=true --query SubscriptionArn
}

# How long one call takes says which lags can be seen at all.
time_of_a_call() {
  local began round times=()
  for ((round = 0; round < 3; round++)); do
    began=$(now)
    once organizations describe-organization --query Organization.Id
    times+=("$(seconds_since "$began")")
  done
  line "One call of the CLI takes ${times[*]} s. A lag that is shorter cannot be seen here; the function's calls" \
    "follow each other faster."
}

is_wanted() {
  ((${#ONLY[@]} == 0)) || [[ " ${ONLY[*]} " == *" $1 "* ]]
}

# Runs a check in a process of its own, so that one that cannot be finished does not end the others.
run() {
  is_wanted "$1" || return 0
  progress "$1"
  line
  line "## $1"
  line
  ("$1") || line "**This check has ended early.**"
}

report() {
  line "# What a real organization answers"
  line
  line "$(date -u +%Y-%m-%dT%H:%M:%SZ), $("${AWS_COMMAND[@]}" --version 2>&1), $REPEAT rounds, $WINDOW s of reading" \
    "after each write. The names are those of docs/VALIDATION.md."
  line
  time_of_a_call
  local name
  for name in "${ORGANIZATION_CHECKS[@]}"; do
    run "$name"
  done
  [[ $CLOUDFORMATION ]] || return 0
  for name in "${CLOUDFORMATION_CHECKS[@]}"; do
    run "$name"
  done
}

# Deletes what this run has created, whatever has happened to it, and says what is left.
clean_up() {
  local status=$?
  # Ctrl-C again would leave things behind.
  trap '' INT TERM
  if [[ $CHANGES_BEGAN ]]; then
    progress "deleting what was created (up to some minutes)"
    delete_stacks
    delete_queue
    delete_policies
    delete_unit
  fi
  rm -rf "$WORK"
  exit "$status"
}

delete_stacks() {
  [[ -e $WORK/stacks ]] || return 0
  FAILS='' UPDATED_ID='' CREATED_IDS=()
  while read -r STACK; do
    once cloudformation describe-stacks --stack-name "$STACK" --query 'Stacks[0].StackStatus'
    [[ $OUTPUT == DELETE_COMPLETE ]] || (delete_stack >&2) || progress "left behind: stack $STACK"
  done <"$WORK/stacks"
}

delete_queue() {
  [[ ! $TOPIC ]] || (must sns delete-topic --topic-arn "$TOPIC") || progress "left behind: topic $TOPIC"
  [[ ! $QUEUE ]] || (must sqs delete-queue --queue-url "$QUEUE") || progress "left behind: queue $QUEUE"
}

# Those of the file, and those whose CreatePolicy has got no answer, by their names.
delete_policies() {
  local type id
  for type in "$SCP" "$RCP"; do
    once organizations list-policies --filter "$type" --query "Policies[?starts_with(Name, '$PREFIX')].[Id]"
    [[ $ERROR || $OUTPUT == None ]] || echo "$OUTPUT" >>"$WORK/policies"
  done
  [[ -e $WORK/policies ]] || return 0
  while read -r id; do
    [[ $id ]] || continue
    delete_policy "$id"
  done < <(sort -u "$WORK/policies")
}

delete_policy() { # ID
  local try
  for try in 1 2 3 4 5 6 7 8; do
    once organizations delete-policy --policy-id "$1"
    case $ERROR in
      '' | PolicyNotFoundException) return 0 ;;
      PolicyInUseException) once organizations detach-policy --policy-id "$1" --target-id "$UNIT" ;;
    esac
    sleep "$try"
  done
  progress "left behind: policy $1: $MESSAGE"
}

delete_unit() {
  [[ $UNIT ]] || return 0
  (must organizations delete-organizational-unit --organizational-unit-id "$UNIT") || progress "left behind: $UNIT"
}

trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
check_account
confirm
CHANGES_BEGAN=yes
make_unit
[[ ! $CLOUDFORMATION ]] || make_queue
report
