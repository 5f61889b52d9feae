"""What is wrong with a command, by the models of AWS's services in botocore and by the project's own files."""

import json
import re
import tomllib
from functools import cache

import jmespath
import templates
from blocks import PROJECT
from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.session import get_session

# Options of the AWS CLI itself.
GLOBAL = {
    *("--ca-bundle", "--cli-binary-format", "--cli-connect-timeout", "--cli-input-json", "--cli-input-yaml"),
    *("--cli-read-timeout", "--color", "--debug", "--endpoint-url", "--generate-cli-skeleton", "--no-cli-pager"),
    *("--no-paginate", "--no-sign-request", "--no-verify-ssl", "--output", "--profile", "--query", "--region"),
}
FLAGS = {"--debug", "--no-cli-pager", "--no-paginate", "--no-sign-request", "--no-verify-ssl"}
PAGES = {"--max-items", "--page-size", "--starting-token"}
# Commands that the CLI has beside the services' operations, with their options.
OWN = {
    ("cloudformation", "deploy"): {
        *("--capabilities", "--disable-rollback", "--fail-on-empty-changeset", "--force-upload", "--kms-key-id"),
        *("--no-disable-rollback", "--no-execute-changeset", "--no-fail-on-empty-changeset", "--notification-arns"),
        *("--parameter-overrides", "--role-arn", "--s3-bucket", "--s3-prefix", "--stack-name", "--tags"),
        "--template-file",
    },
    ("cloudformation", "package"): {
        *("--force-upload", "--kms-key-id", "--output-template-file", "--s3-bucket", "--s3-prefix", "--template-file"),
        "--use-json",
    },
    ("logs", "tail"): {"--filter-pattern", "--follow", "--format", "--since"},
    ("s3", "cp"): {"--recursive", "--sse", "--sse-kms-key-id"},
    ("s3", "ls"): {"--recursive"},
    ("s3", "mb"): set(),
    ("s3", "rb"): {"--force"},
    ("s3", "rm"): {"--recursive"},
    ("s3", "sync"): {"--delete"},
    ("configure", "sso"): set(),
    ("sso", "login"): set(),
}
SESSION = get_session()


def faults(call: list[str], mention: bool = False) -> list[str]:
    """A mention, in the prose, may leave out all options."""
    program, *arguments = call
    if program == "aws":
        return aws(arguments, mention)
    if program == "in_account":
        return faults(arguments[1:], mention)
    if program == "make":
        return make(arguments)
    if program.rpartition("/")[2] == "sam":
        return sam(arguments)
    if program.startswith("./"):
        in_release = (PROJECT / "tools" / "release" / program).is_file()
        return [] if in_release else [f"a release has no {program}"]
    if "/" in program and not program.startswith(".tools/") and not (PROJECT / program).is_file():
        return [f"{program} does not exist"]
    return []


@cache
def make_targets() -> set[str]:
    return set(re.findall(r"^([\w-]+):(?!=)", (PROJECT / "Makefile").read_text(), re.MULTILINE))


def make(arguments: list[str]) -> list[str]:
    targets = [word for word in arguments if not word.startswith("-") and "=" not in word]
    return [f"the Makefile has no target {target}" for target in targets if target not in make_targets()]


def sam(arguments: list[str]) -> list[str]:
    with open(PROJECT / "samconfig.toml", "rb") as file:
        environments = tomllib.load(file)
    options = grouped(arguments)
    wanted = options.get("--config-env", [])
    return [f"samconfig.toml has no {name}" for name in wanted if name not in environments]


def grouped(arguments: list[str]) -> dict[str, list[str]]:
    """The options, each with its values; what comes before the first one is under the empty name."""
    options, name = {"": []}, ""
    for word in arguments:
        if word.startswith("--"):
            name, _, value = word.partition("=")
            options[name] = [value] if value else []
        elif name in FLAGS:
            options[""].append(word)
        elif name in GLOBAL and options[name]:
            options[""].append(word)
        else:
            options[name].append(word)
    return options


def aws(arguments: list[str], mention: bool) -> list[str]:
    options = grouped(arguments)
    words = options.pop("")
    if len(words) < 2:
        return [] if arguments == ["--version"] else ["no service, or no operation"]
    service, operation, *rest = words
    found = [fault for fault in map(query_fault, options.get("--query", [])) if fault]
    for value in (value for values in options.values() for value in values):
        if value.startswith(("{", "[")) and "--query" not in options:
            try:
                json.loads(value)
            except json.JSONDecodeError as error:
                found.append(f"no JSON: {error}: {value}")
    own = OWN.get((service, operation))
    if own is not None:
        found += [f"{service} {operation} has no {name}" for name in options if name not in own | GLOBAL]
        if (service, operation) == ("cloudformation", "deploy") and (options or not mention):
            found += deploy_faults(options)
        return found
    try:
        model = SESSION.get_service_model(service)
    except UnknownServiceError:
        return [f"AWS has no service {service}"]
    if operation == "wait":
        waiters = SESSION.get_waiter_model(service)
        names = {xform_name(name, "-"): name for name in waiters.waiter_names}
        if not rest or rest[0] not in names:
            return [f"{service} waits for {', '.join(sorted(names))}; not for {rest}"]
        operation, rest = xform_name(waiters.get_waiter(names[rest[0]]).operation, "-"), rest[1:]
    names = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in names:
        return [f"{service} has no operation {operation}"]
    if rest:
        found.append(f"{rest} belongs to no option")
    shape = model.operation_model(names[operation]).input_shape
    return found + input_faults(shape, service, operation, options, whole=bool(options) or not mention)


def input_faults(shape, service, operation, options, whole) -> list[str]:
    members = {xform_name(name, "-"): (name, member) for name, member in (shape.members if shape else {}).items()}
    found = []
    for name, values in options.items():
        if name in GLOBAL | PAGES:
            continue
        bare = name.removeprefix("--")
        if bare not in members and bare.startswith("no-"):
            bare = bare.removeprefix("no-")
        if bare not in members:
            found.append(f"{service} {operation} has no {name}")
            continue
        found += [f"{name}: {fault}" for value in values for fault in value_faults(members[bare][1], value)]
        if members[bare][1].type_name not in ("boolean", "list") and len(values) != 1:
            found.append(f"{name} has {len(values)} values")
    if shape and whole and not {"--cli-input-json", "--cli-input-yaml"} & options.keys():
        given = {name.removeprefix("--").removeprefix("no-") for name in options}
        for name in shape.required_members:
            if xform_name(name, "-") not in given and not shape.members[name].serialization.get("idempotencyToken"):
                found.append(f"{service} {operation} needs --{xform_name(name, '-')}")
    return found


def value_faults(shape, value: str) -> list[str]:
    if shape.type_name == "list":
        shape = shape.member
    if value.startswith(("{", "[", "file://")) or "placeholder" in value or "…" in value:
        return []
    if shape.type_name == "structure":
        # Not those of a structure inside.
        flat = re.sub(r"\[.*\]|\{.*\}", "", value)
        keys = re.findall(r"(?:^|,)([A-Za-z]\w*)=", flat)
        return [f"{value}: there is no {key}" for key in keys if key not in shape.members] or (
            [] if keys else [f"{value}: no Key=Value"]
        )
    if shape.type_name == "string" and getattr(shape, "enum", None):
        # Names in capitals alone are left to be filled in: REGION.
        return [] if value in shape.enum else [f"{value} is none of {', '.join(shape.enum)}"]
    return []


def query_fault(query: str) -> str | None:
    try:
        jmespath.compile(query)
    except jmespath.exceptions.JMESPathError as error:
        return f"--query {query}: {error}"
    return None


def deploy_faults(options) -> list[str]:
    found = [f"cloudformation deploy needs {name}" for name in ("--stack-name", "--template-file") if name not in options]
    for name in options.get("--template-file", []):
        # As upload.sh writes it.
        name = name.removeprefix("packaged/")
        if not name.startswith(("stacks/", "stacksets/")) and name not in ("template.yaml", "solution.yaml"):
            continue
        if not (PROJECT / name).is_file():
            found.append(f"there is no template {name}")
            continue
        parameters = templates.parameters(name)
        given = {word.partition("=")[0] for word in options.get("--parameter-overrides", []) if "=" in word}
        found += [f"{name} has no parameter {parameter}" for parameter in sorted(given - parameters.keys())]
    return found
