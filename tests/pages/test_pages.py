"""Every command, template and link of README.md and docs: executed on MiniStack where a mark says so (blocks.py), or parsed."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import blocks
import commands
import conftest
import links
import playground
import pytest
import shell
import templates
from blocks import PAGES, PROJECT, Block

ALL = blocks.of_project()
CONSOLE = [block for block in ALL if block.language == "console"]
TEMPLATES = [block for block in ALL if block.language in ("yaml", "json")]
INLINE = [block for page in PAGES for block in blocks.inline_commands(str(page.relative_to(PROJECT)), page.read_text())]
# The pages, and what is written for readers elsewhere.
LINKING = [*PAGES, *sorted({*PROJECT.glob("*.md"), PROJECT / "examples/README.md", PROJECT / "site/SUMMARY.md"} - {*PAGES})]
EXECUTED = sorted({block.page for block in CONSOLE if "run" in block.marks})

# What has to be there before the commands of a page can be run.
PREPARED = {
    "docs/MOVING.md": """
aws cloudformation deploy --stack-name guards --template-file before.yaml
EXAMPLE=$(aws cloudformation describe-stack-resource --stack-name guards --logical-resource-id Guard \\
  --query StackResourceDetail.PhysicalResourceId --output text)
sed -i "s/p-ed3104c5/$EXAMPLE/" guards.yaml
""",
    "docs/TROUBLESHOOTING.md": """
cat > night.yaml <<'END'
Resources:
  Policy:
    Type: Custom::OrgPolicy
    Properties:
      ServiceToken: !ImportValue cfn-org-policy:ServiceToken
      Name: night
      Type: SERVICE_CONTROL_POLICY
      Targets: [ou-f17e-00000000]
      Content: {Version: "2012-10-17", Statement: [{Effect: Deny, Action: account:CloseAccount, Resource: "*"}]}
END
aws cloudformation create-stack --stack-name night --template-body file://night.yaml
until aws cloudformation describe-stacks --stack-name night | grep -q ROLLBACK_COMPLETE; do sleep 1; done
""",
    "docs/LIFECYCLE.md": """
for name in 'stay here' no-keys; do
  id=$(aws organizations create-policy --name "$name" --type SERVICE_CONTROL_POLICY --description 'Made "by hand"' \
    --tags Key=owner,Value=security --query Policy.PolicySummary.Id --output text --content '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Deny", "Action": ["iam:CreateAccessKey"], "Resource": "*"}]
}')
  aws organizations attach-policy --policy-id "$id" --target-id "$(aws organizations list-roots --query 'Roots[0].Id' --output text)"
done
""",
    "docs/STAGING.md": "VAULT=arn:aws:backup:eu-west-1:222233334444:backup-vault:central-backup",
}


def command_faults(block: Block) -> tuple[int, list[str]]:
    """How many programs the block calls, and what is wrong with it."""
    fault = shell.syntax_fault(block.text)
    if fault:
        return 0, [f"{block.where}: {fault}"]
    called = shell.calls(block.text)
    mention = block.language == "inline"
    found = [(call, fault) for call in called for fault in commands.faults(call, mention)]
    return len(called), [f"{block.where}: {fault}\n  {' '.join(call)}" for call, fault in found]


def count(line: str, number: int):
    conftest.COUNTS[line] = conftest.COUNTS.get(line, 0) + number


@pytest.mark.parametrize("page", sorted({block.page for block in CONSOLE + INLINE}))
def test_commands_are_right(page):
    found = []
    for block in (block for block in CONSOLE + INLINE if block.page == page):
        number, faults = command_faults(block)
        found += faults
        runs = "run" in block.marks and "playground" not in block.marks and playground.installed()
        mentioned = "commands in the prose, only parsed"
        only = mentioned if block.language == "inline" else "commands only parsed"
        count("commands executed on MiniStack, and parsed" if runs else only, number)
    assert not found, "\n".join(found)


@pytest.fixture(scope="module")
def running():
    """The pages side by side, each in a local AWS of its own: nearly all of the time, the AWS CLI waits between two looks."""
    with ThreadPoolExecutor() as pool:

        def start(page):
            return pool.submit(playground.run, [block for block in ALL if block.page == page], PREPARED.get(page, ""))

        yield {page: start(page) for page in EXECUTED}


@pytest.mark.skipif(not playground.installed(), reason="no AWS CLI is installed: the commands are only parsed")
@pytest.mark.parametrize("page", EXECUTED)
def test_commands_run_on_ministack(running, page):
    found = running[page].result()
    assert not found, "\n".join(found)


def test_templates_are_right():
    found = []
    for block in TEMPLATES:
        found += [f"{block.where}: {fault}" for fault in templates.faults(block)]
        deployed = block.mark.startswith("file ") and playground.installed()
        count("templates deployed on MiniStack, and parsed" if deployed else "templates only parsed", 1)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("page", LINKING, ids=lambda page: str(page.relative_to(PROJECT)))
def test_links_lead_somewhere(page):
    followed, found = links.faults(page, page.read_text())
    count("links and anchors followed", followed)
    assert not found, "\n".join(found)


def test_the_evaluation_names_every_action_of_the_function():
    """`organizations:CreatePolicy`, `UpdatePolicy`: the service stands before the first action of a row."""
    role = templates.load((PROJECT / "template.yaml").read_text())["Resources"]["Role"]["Properties"]["Policies"]
    granted = {action for statement in statements(role) for action in as_list(statement["Action"])}
    section = (PROJECT / "docs/EVALUATION.md").read_text().split("## What the function may do\n")[1].split("\n## ")[0]
    named, service = set(), None
    for row in re.findall(r"(?m)^\|[^|]*\|([^|]*)\|", section):
        for first, action in re.findall(r"`(?:([a-z]+):)?(\w+)`", row):
            service = first or service
            named.add(f"{service}:{action}")
    assert len(named) > 20
    # Only with ManagementRoleArn, which stands below the table.
    assert granted - named == {"sts:AssumeRole"}
    assert named - granted == set()


def statements(value):
    if isinstance(value, dict):
        if "Effect" in value:
            yield value
        for inner in value.values():
            yield from statements(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from statements(inner)


def as_list(value):
    return value if isinstance(value, list) else [value]


# The checks themselves, broken in one place each.


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("aws organizations list-policys", "no operation list-policys"),
        ("aws organisations list-roots", "no service organisations"),
        ("aws organizations list-targets-for-policy --policy p-1", "has no --policy"),
        ("aws organizations list-targets-for-policy", "needs --policy-id"),
        ("aws organizations list-policies --filter SCP", "SCP is none of"),
        ("for id in $(aws organizations list-roots); do aws backup describe-vault --name $id; done", "describe-vault"),
        ("aws organizations list-roots --query 'Roots[0.Id'", "--query"),
        ("aws organizations tag-resource --resource-id p-1 --tags Name=a,Value=b", "there is no Name"),
        ("aws cloudformation wait stack-made --stack-name a", "not for"),
        ("aws cloudformation deploy --stack-name a --template-file stacks/no.yaml", "no template stacks/no.yaml"),
        (
            "aws cloudformation deploy --stack-name a --template-file stacks/vault-guard.yaml --parameter-overrides AdminRole=b",
            "no parameter AdminRole",
        ),
        ("aws cloudformation deploy --stack-name a --template-file b.yaml --no-rollback", "has no --no-rollback"),
        ("make everything", "no target everything"),
        (".tools/sam/bin/sam deploy --config-env production", "has no production"),
        ("tools/validat.sh", "does not exist"),
        ("./uploads.sh my-bucket", "a release has no ./uploads.sh"),
        (
            "aws cloudformation deploy --stack-name a --template-file packaged/solution.yaml --parameter-overrides Region=b",
            "no parameter Region",
        ),
        ("if true; then make demo", "syntax error"),
    ],
)
def test_a_broken_command_is_found(text, fault):
    _, found = command_faults(Block("page.md", 1, "console", text + "\n", ""))
    assert any(fault in each for each in found), found


def test_a_right_command_is_no_fault():
    text = """
    aws --profile member backup start-copy-job --source-backup-vault-name a --recovery-point-arn <arn> \\
      --destination-backup-vault-arn <the vault's arn> --iam-role-arn c --lifecycle DeleteAfterDays=7
    aws cloudformation describe-stacks --stack-name <stack> --query 'Stacks[0].[StackStatus]' --output text
    aws cloudformation wait stack-import-complete --stack-name $STACK
    make deploy VALUES=staging.yaml    # a comment with an apostrophe isn't a quote
    """
    number, found = command_faults(Block("page.md", 1, "console", text, ""))
    assert (number, found) == (4, [])


@pytest.mark.parametrize(
    ("text", "mark", "fault"),
    [
        ("A: {Type: Custom::OrgPolicy, Properties: {Nam: a}}", "", "no property Nam"),
        ("A: {Type: Custom::OrgBackupSettings, Properties: {Name: a}}", "", "no property Name"),
        ("A: {Type: Custom::OrgPolicy, Properties: {Name: a, Name: b}}", "", "stands twice"),
        ("A: [", "", "expected"),
        ("CentralAccount: 1", "values", "has CentralAccount"),
    ],
)
def test_a_broken_template_is_found(text, mark, fault):
    found = templates.faults(Block("page.md", 1, "yaml", text + "\n", mark))
    assert any(fault in each for each in found), found


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[a](docs/NO.md)", "no such file"),
        ("[a](docs/SECURITY.md#no-such-heading)", "no heading"),
        ("[a](#no-such-heading)", "no heading"),
        ("[a](../elsewhere)", "no such file"),
    ],
)
def test_a_broken_link_is_found(text, fault):
    followed, found = links.faults(Path(PROJECT / "README.md"), text)
    assert followed == 1
    assert fault in found[0]


def test_a_block_that_fails_is_found(tmp_path):
    page = [Block("page.md", 3, "console", "true\n", "run"), Block("page.md", 9, "text", "never said\n", "output")]
    done = playground.subprocess.run(["bash", "-c", "echo '@@@ block 0'; echo other"], stdout=-1, text=True, check=False)
    assert "page.md:9: this was not printed: never said" in playground.judged(page, done)[0]
    done.returncode = 1
    assert playground.judged(page, done)[0].startswith("page.md:3: ended with 1")
