"""A release, from its archive alone: deployed on MiniStack by the tutorial's commands, in a shell that finds no compiler."""

import hashlib
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import boto3
import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT / folder) for folder in ("tests/pages", "demo", "tools")]

import blocks  # noqa: E402 (found by the line above)
import dist  # noqa: E402
import playground  # noqa: E402
from local_aws import PACKAGED, SHIPPED, LocalAws  # noqa: E402

OUTPUT = PROJECT / "dist" if SHIPPED else PACKAGED / "dist"
FOLDER = OUTPUT / f"cfn-org-policy-{dist.version()}"
TUTORIAL = blocks.executed([block for block in blocks.of_project() if block.page == "docs/TUTORIAL.md"], release=True)
# All that the commands find. The AWS CLI has the PATH of this test, since it may be a program in Python itself.
PROGRAMS = ["bash", "cat", "dirname", "gzip", "mkdir", "sed", "sh", "sha256sum", "tar"]
COMPILERS = ["cargo", "cargo-lambda", "cc", "make", "python3", "rustc", "rustup", "sam"]
# What MiniStack cannot make (tests/e2e/test_solution.py). In place of the settings, the policy type is enabled by hand.
OFF = ["WithSettings", "WithCentralRoles", "WithCentralAccount", "WithAlarm", "WithMemberAccounts", "WithWatch"]
with_cli = pytest.mark.skipif(not playground.installed(), reason="no AWS CLI is installed")


def path_without_compilers(folder: Path) -> Path:
    folder.mkdir()
    for name in PROGRAMS:
        (folder / name).symlink_to(shutil.which(name))
    aws = f'#!/bin/sh\nPATH={shlex.quote(playground.os.environ["PATH"])} exec {shutil.which("aws")} "$@"\n'
    write_program(folder / "aws", aws)
    return folder


def write_program(path: Path, text: str):
    path.write_text(text)
    path.chmod(0o755)


def script() -> str:
    lines = ["set -eo pipefail", f"! type {' '.join(COMPILERS)} 2>/dev/null"]
    for number, block in enumerate(TUTORIAL):
        if "run" in block.marks:
            lines += [f"echo '{playground.BEFORE}{number}'; echo '{playground.BEFORE}{number}' >&2", block.text]
            if "> values.json" in block.text:
                lines.append(f"""sed -i 's/^]$/{"".join(f', "{name}=false"' for name in OFF)}]/' values.json""")
                lines.append('aws organizations enable-policy-type --root-id "$ROOT" --policy-type BACKUP_POLICY')
    return "\n".join(lines)


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """The tutorial's commands, executed. The local AWS stays while the tests ask it what has become of them."""
    folder = tmp_path_factory.mktemp("release")
    for name in ("SHA256SUMS", f"{FOLDER.name}.tar.gz"):
        shutil.copy(OUTPUT / name, folder)
    path = path_without_compilers(folder / "bin")
    with LocalAws():
        given = {name: value for name, value in playground.os.environ.items() if name.startswith("AWS_")}
        yield subprocess.run(
            [path / "bash", "-c", script()],
            cwd=folder,
            env=given | {"HOME": str(folder), "PATH": str(path), "AWS_PAGER": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )


@with_cli
def test_the_tutorials_commands_deploy_a_release(deployed):
    found = playground.judged(TUTORIAL, deployed)
    assert not found, "\n".join(found)
    # The Region of the page.
    cloudformation = boto3.client("cloudformation", region_name="eu-west-1")
    stacks = {stack["StackName"]: stack for stack in cloudformation.describe_stacks()["Stacks"]}
    for name in ("cfn-org-policy", "backup-solution"):
        assert stacks[name]["StackStatus"] == "CREATE_COMPLETE", name
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks[name]["Outputs"]}
        assert outputs["Version"] == dist.version(), name
    (function,) = boto3.client("lambda", region_name="eu-west-1").list_functions()["Functions"]
    assert function["Description"].endswith(f" Version {dist.version()}")
    organizations = boto3.client("organizations")
    made = [
        policy["Name"]
        for policy_type in ("SERVICE_CONTROL_POLICY", "BACKUP_POLICY")
        for policy in organizations.list_policies(Filter=policy_type)["Policies"]
    ]
    assert sorted(made) == ["FullAWSAccess", "member-guard", "org-backup-daily", "org-backup-monthly", "vault-guard"]


@with_cli
def test_the_log_begins_with_the_version(deployed):
    assert deployed.returncode == 0
    logs = boto3.client("logs", region_name="eu-west-1")
    events = logs.filter_log_events(logGroupName="/aws/lambda/cfn-org-policy")["events"]
    lines = [line for event in events for line in event["message"].splitlines() if line.startswith((" INFO", "ERROR"))]
    assert lines[0] == f" INFO cfn-org-policy {dist.version()}"


@with_cli
def test_the_page_has_the_commands_that_the_upload_prints(deployed):
    bucket = "cfn-org-policy-111122223333"
    printed = commands(deployed.stdout)
    on_page = commands("".join(block.text for block in TUTORIAL if "run" in block.marks))
    assert len(printed) == 3
    assert printed == [command.replace('"$BUCKET"', bucket) for command in on_page]


def commands(text: str) -> list[str]:
    lines = re.sub(r" \\\n\s*", " ", text).splitlines()
    return [line for line in lines if line.startswith(("aws cloudformation deploy ", "./failed-accounts.sh "))]


def test_the_commands_do_what_samconfig_says():
    """Somebody who changes from `make deploy` to a release, or back, deploys the same stacks in the same way."""
    environments = tomllib.loads((PROJECT / "samconfig.toml").read_text())
    upload = re.sub(r" \\\\\n\s*", " ", (PROJECT / "tools" / "release" / "upload.sh").read_text())
    found = [shlex.split(line) for line in upload.splitlines() if line.startswith("aws cloudformation deploy ")]
    assert len(found) == 2
    for environment, words in zip(("default", "solution"), found, strict=True):
        parameters = environments[environment]["deploy"]["parameters"]
        after = words[words.index("--capabilities") + 1 :]
        assert [word for word in after if word.startswith("CAPABILITY_")] == parameters["capabilities"]
        assert ("--disable-rollback" in words) == parameters.get("disable_rollback", False)
        assert words[words.index("--stack-name") + 1] == environments[environment]["global"]["parameters"]["stack_name"]


def test_the_sums_name_every_file():
    for folder in (OUTPUT, FOLDER):
        named = {}
        for line in (folder / "SHA256SUMS").read_text().splitlines():
            digest, _, path = line.partition("  ")
            named[path] = digest
        if folder == OUTPUT:
            files = [path for path in folder.iterdir() if path.is_file()]
        else:
            files = [path for path in folder.rglob("*") if path.is_file()]
        found = {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
        del found["SHA256SUMS"]
        assert found == named


class Loader(yaml.SafeLoader):
    """Short forms of functions as their long ones."""


Loader.add_multi_constructor("!", lambda loader, name, node: {name: construct(loader, node)})


def construct(loader, node):
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    build = loader.construct_sequence if isinstance(node, yaml.SequenceNode) else loader.construct_mapping
    return build(node, deep=True)


def load(path: Path) -> dict:
    return yaml.load(path.read_text(), Loader)


def test_the_templates_differ_in_nothing_but_the_places_of_what_is_uploaded():
    for name in ("template.yaml", "solution.yaml", "stacks/watch.yaml"):
        ours, released = load(PROJECT / name), load(FOLDER / name)
        for template in (ours, released):
            del template["Parameters"]["Architecture"]["AllowedValues"]
            for resource in template["Resources"].values():
                for place in ("CodeUri", "TemplateURL"):
                    resource["Properties"].pop(place, None)
        assert released == ours, name
    places = re.findall(r"@PREFIX@/(\S+)\"", (FOLDER / "solution.yaml").read_text())
    assert len(places) == 11
    assert [place for place in places if not (FOLDER / place).is_file()] == []


def test_the_same_sources_make_the_same_bytes(tmp_path):
    """From another folder, with other modes and times; make does the same with what it compiles (docs/RELEASING.md)."""
    made = []
    for place in (tmp_path / "here", tmp_path / "somewhere" / "else"):
        copy = place / "project"
        for pattern in [*dist.NESTED, *dist.COPIED, dist.DATA_LICENSES, "*.yaml", "Cargo.toml", "tools/*.py", "tools/release/*"]:
            for path in PROJECT.glob(pattern):
                target = copy / path.relative_to(PROJECT)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
        (copy / "CHANGELOG.md").chmod(0o600 if made else 0o666)
        compiled = place / "compiled"
        compiled.mkdir()
        (compiled / "bootstrap").write_bytes(b"a function" * 1000)
        (compiled / "man").mkdir()
        (compiled / "man" / "org-policy.1").write_text("its page")
        (compiled / dist.BOM).write_text(f'{{"components": [{{"bom-ref": "path+file://{copy}#1", "name": "a", "version": "1"}}]}}')
        command = [sys.executable, copy / "tools" / "dist.py", place / "out"]
        command += [*("--function", f"x86_64={compiled}"), *("--watch", f"x86_64={compiled}")]
        command += ["--tool", f"x86_64-unknown-linux-gnu={compiled}"]
        subprocess.run(command, check=True, env={"SOURCE_DATE_EPOCH": "1800000000"})
        made.append({path.relative_to(place): path.read_bytes() for path in (place / "out").rglob("*") if path.is_file()})
    assert made[0] == made[1]
    assert len(made[0]) > 30


def test_another_function_is_uploaded_to_another_place():
    def place(bootstrap, watch=b""):
        upload = dist.release({"x86_64": bootstrap}, {"x86_64": watch}, {})["upload.sh"].decode()
        return re.search(r"^prefix=cfn-org-policy/(\S+)$", upload, re.MULTILINE)[1]

    assert place(b"one") == place(b"one") != place(b"other")
    assert place(b"one") != place(b"one", b"another watch")
    assert place(b"one").startswith(f"{dist.version()}-")


def test_a_release_refuses_an_architecture_that_it_has_no_function_for():
    some = (dict.fromkeys(names, b"") for names in (["x86_64"], ["arm64", "x86_64"]))
    one, both = (dist.release(each, each, {}) for each in some)
    for name in ("template.yaml", "solution.yaml", "stacks/watch.yaml"):
        assert b"AllowedValues: [x86_64]\n" in one[name]
        assert b"AllowedValues: [arm64, x86_64]\n" in both[name]


@pytest.mark.skipif(not SHIPPED, reason="only `make dist` compiles the tool")
def test_the_tool_starts_and_has_its_pages(tmp_path):
    name = "org-policy-x86_64-unknown-linux-gnu"
    subprocess.run(["tar", "-xzf", OUTPUT / f"{name}.tar.gz"], cwd=tmp_path, check=True)
    folder = tmp_path / name
    said = subprocess.run([folder / "org-policy", "--version"], capture_output=True, text=True, check=True).stdout
    assert said.startswith(f"org-policy {dist.version()} (")
    for path in ("man/org-policy.1", "completions/org-policy.bash", "LICENSE", "iam-catalogue.LICENSE", "LIBRARIES.txt", dist.BOM):
        assert (folder / path).stat().st_size > 0, path


@pytest.mark.skipif(not SHIPPED, reason="only `make dist` compiles the tool")
def test_the_line_of_the_readme_installs_the_tool(tmp_path):
    line = re.search(r"^tar -xzf org-policy-\S+ .*$", (PROJECT / "README.md").read_text(), re.MULTILINE)[0]
    (tmp_path / ".local" / "bin").mkdir(parents=True)
    subprocess.run(["sh", "-c", line], cwd=OUTPUT, env=playground.os.environ | {"HOME": str(tmp_path)}, check=True)
    installed = list((tmp_path / ".local" / "bin").iterdir())
    said = subprocess.run([*installed, "--version"], capture_output=True, text=True, check=True).stdout
    assert said.startswith(f"org-policy {dist.version()} (")


# The scripts, with a stand-in for the AWS CLI.


def run(tmp_path, script: str, aws: str, *arguments):
    write_program(tmp_path / "aws", f"#!/bin/sh\n{aws}\n")
    env = {"PATH": f"{tmp_path}:{playground.os.environ['PATH']}"}
    command = ["sh", FOLDER / script, *arguments]
    return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "say to which bucket"),
        (["my-bucket", "eu-west-1"], "say to which bucket"),
        (["s3://my-bucket"], "s3://my-bucket is not the name of a bucket"),
        (["my-bucket"], "aws s3 mb s3://my-bucket --region REGION"),
    ],
)
def test_the_upload_says_what_is_wrong(tmp_path, arguments, said):
    done = run(tmp_path, "upload.sh", "exit 255", *arguments)
    assert done.returncode == 1
    assert said in done.stderr


RECORDS = """
case "$*" in
*get-bucket-location*) echo eu-central-1 ;;
*) shift $(($# - 2)); printf '%s\\t%s\\n' "$@" >>uploads ;;
esac
"""


@pytest.mark.parametrize("folder", ["release", "Ann's $releases", "some (old) ones"])
def test_the_upload_uploads_all_that_the_templates_refer_to(tmp_path, folder):
    """From another folder than the release's, too, whatever it is called."""
    release = tmp_path / folder
    shutil.copytree(FOLDER, release)
    done = run(tmp_path, release / "upload.sh", RECORDS, "my-bucket")
    assert done.returncode == 0, done.stderr
    uploads = [line.split("\t") for line in (tmp_path / "uploads").read_text().splitlines()]
    assert all((tmp_path / source).is_file() for source, _ in uploads)
    names = ("solution.yaml", "template.yaml", "stacks/watch.yaml")
    texts = "\n".join((release / "packaged" / name).read_text() for name in names)
    wanted = {f"s3://{place}" for place in re.findall(r"URLSuffix\}/(\S+)\"", texts)}
    keys = {key.replace("${Architecture}", "x86_64") for key in re.findall(r'Key: !Sub "(\S+)"', texts)}
    assert {key.rpartition("/")[2] for key in keys} == {"function-x86_64.zip", "watch-x86_64.zip"}
    wanted |= {f"s3://my-bucket/{key}" for key in keys}
    # No template nests the one of the events, which is for another Region.
    assert {place for _, place in uploads} - wanted == {place for _, place in uploads if place.endswith("watch-events.yaml")}
    assert wanted <= {place for _, place in uploads}
    (watch,) = [source for source, place in uploads if place.endswith("/stacks/watch.yaml")]
    assert watch.endswith("packaged/stacks/watch.yaml")
    assert "@" not in "".join(re.findall(r"(?m)^ *(?:Bucket|Key|TemplateURL): .*$", texts))
    printed = [line for line in commands(done.stdout) if line.startswith("aws ")]
    for name, command in zip(("template", "solution"), printed, strict=True):
        assert " --region eu-central-1 --stack-name " in command
        words = shlex.split(command)
        assert words[words.index("--template-file") + 1] == f"{release}/packaged/{name}.yaml"
    assert shlex.split(done.stdout.split("\n\n")[-2])[0] == f"{release}/failed-accounts.sh"


INSTANCES = """
case "$*" in
*list-stack-resources*"--region eu-west-1"*) printf 'central-account:1\\tmember-account:2\\n' ;;
*"--stack-set-name member-account --region eu-west-1"*) printf '444455556666\\teu-west-1\\tFAILED\\tno permission\\n' ;;
*"--stack-set-name central-account --region eu-west-1"*) ;;
*) exit 255 ;;
esac
"""


def test_names_the_accounts_that_failed(tmp_path):
    done = run(tmp_path, "failed-accounts.sh", INSTANCES, "backup-solution", "--region", "eu-west-1")
    assert done.returncode == 1
    assert done.stdout == "member-account: 444455556666\teu-west-1\tFAILED\tno permission\n"
    assert "another Revision" in done.stderr


def test_shows_a_reason_as_it_is(tmp_path):
    aws = r"case $* in *list-stack-resources*) echo member-account:2 ;; *) printf '%s\n' 'no C:\new' ;; esac"
    assert run(tmp_path, "failed-accounts.sh", aws).stdout == "member-account: no C:\\new\n"


def test_says_that_no_account_has_failed(tmp_path):
    done = run(tmp_path, "failed-accounts.sh", "true")
    assert (done.returncode, done.stdout) == (0, "No account's stack has failed.\n")


def test_does_not_say_so_if_it_could_not_ask(tmp_path):
    assert run(tmp_path, "failed-accounts.sh", "exit 255").returncode != 0
    listed = "case $* in *list-stack-resources*) echo member-account:2 ;; *) exit 255 ;; esac"
    done = run(tmp_path, "failed-accounts.sh", listed)
    assert done.returncode != 0
    assert "No account's stack" not in done.stdout
