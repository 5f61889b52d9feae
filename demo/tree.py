"""Prints the organization. + and - mark what has changed since it was printed last."""

from local_aws import Node, Organization
from terminal import bold, dim, green, red

STYLES = {"+": green, "-": red, " ": str}


class Tree:
    def __init__(self, organization: Organization):
        self._organization = organization
        self._attached_before = {}

    def show(self):
        root = self._organization.tree()
        print()
        self._show(root, "", "")
        self._attached_before = {node.id: node.policies for node in root.walk()}

    def _show(self, node: Node, branch: str, below: str):
        before = self._attached_before.get(node.id, [])
        marks = [(" " if policy in before else "+", policy) for policy in node.policies]
        marks += [("-", policy) for policy in before if policy not in node.policies]
        gap = " " * (28 - len(branch + node.name))
        label = f"  {dim(branch)}{bold(node.name)}{gap}{dim(node.id)}"
        gap = " " * (22 - len(node.id))
        if not marks:
            print(label)
        for mark, policy in marks:
            print(label + gap + STYLES[mark](f"{mark} {policy}"))
            label, gap = dim(f"  {below}{'│' if node.children else ''}".ljust(52)), ""
        for child in node.children:
            last = child is node.children[-1]
            self._show(child, below + ("└─ " if last else "├─ "), below + ("   " if last else "│  "))
