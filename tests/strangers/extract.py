"""A policy document out of a file that others wrote: the whole file, or a part of it.

A part is named by steps, separated by " > ", each applied to what the step before it found:

    block 3         the third fenced block of a page in Markdown
    heredoc 2       the second here-document of a Terraform file or a script
    jsonencode 1    the argument of the first jsonencode(…) of a Terraform file
    /Resources/P    a JSON pointer into JSON, or into YAML with CloudFormation's short forms

Without a step it is the whole file. What a pointer or jsonencode names is no text, so it is written as JSON.
"""

import datetime
import json
import re
import textwrap

from cfn_flip import load_yaml
import hcl2

FENCE = re.compile(r"^([ \t]*)(`{3,}|~{3,})(.*)$")
HEREDOC = re.compile(r"<<[-~]?[ \t]*[\"']?(\w+)[\"']?[^\n]*\n(.*?)\n?[ \t]*^[ \t]*\1\b", re.DOTALL | re.MULTILINE)
JSONENCODE = re.compile(r"\bjsonencode\(")


def document(text: str, part: str) -> str:
    """The text of the document that `part` names in `text`."""
    found = text
    for step in filter(None, part.split(" > ")):
        found = follow(found, step)
    return found if isinstance(found, str) else json.dumps(found, separators=(",", ":"), default=as_written)


def follow(found, step: str):
    """What one step finds."""
    if step.startswith("/"):
        return pointed(parsed(found) if isinstance(found, str) else found, step)
    kind, number = step.split(" ")
    parts = {"block": blocks, "heredoc": heredocs, "jsonencode": jsonencodes}[kind](found)
    return parts[int(number) - 1]


def parsed(text: str):
    """A text of JSON or YAML."""
    try:
        return json.loads(text)
    except ValueError:
        return load_yaml(text)


def pointed(node, pointer: str):
    """What a JSON pointer (RFC 6901) names, with what CloudFormation would resolve written as ${…}."""
    for token in pointer.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        node = node[int(token)] if isinstance(node, list) else node[token]
    return unresolved(node)


def unresolved(node):
    """The same, with `Ref` and `Fn::Sub` as the texts that stand in them."""
    if isinstance(node, list):
        return [unresolved(item) for item in node]
    if not isinstance(node, dict):
        return node
    if list(node) == ["Ref"]:
        return "${" + node["Ref"] + "}"
    if list(node) == ["Fn::Sub"] and isinstance(node["Fn::Sub"], str):
        return node["Fn::Sub"]
    return {key: unresolved(value) for key, value in node.items()}


def as_written(value) -> str:
    """A date of YAML, which CloudFormation leaves a text."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise TypeError(f"no JSON: {value!r}")


def blocks(text: str) -> list[str]:
    """The fenced blocks of a page, without the indentation of their fence."""
    found, fence, indent, lines = [], None, "", []
    for line in text.splitlines():
        match = FENCE.match(line)
        if fence is None and match:
            indent, fence, lines = match[1], match[2], []
        elif fence is not None and match and match[2].startswith(fence) and not match[3].strip():
            found.append("\n".join(lines))
            fence = None
        elif fence is not None:
            lines.append(line.removeprefix(indent))
    return found


def heredocs(text: str) -> list[str]:
    """The here-documents of a file."""
    return [textwrap.dedent(match[2]) for match in HEREDOC.finditer(text)]


def jsonencodes(text: str) -> list:
    """The arguments of jsonencode, as far as they are literals; what is not stays as ${…}."""
    return [argument(text[match.end() :]) for match in JSONENCODE.finditer(text)]


def argument(text: str):
    """The value up to the parenthesis that closes jsonencode, or None where it is no literal."""
    depth, quoted, previous = 0, False, ""
    for position, character in enumerate(text):
        if character == '"' and previous != "\\":
            quoted = not quoted
        elif not quoted and character in "([{":
            depth += 1
        elif not quoted and character in ")]}":
            if depth == 0:
                return literal(text[:position])
            depth -= 1
        previous = character
    return None


def literal(expression: str):
    """A literal of HCL."""
    try:
        return hcl2.loads(f"value = {expression.strip()}\n")["value"][0]
    except Exception:  # The parser has no class of errors of its own.
        return None
