"""Where the docs have the commands for what CloudFormation refuses."""

import re
from enum import Enum

from templates import ROOT


class Section(Enum):
    """(page, heading)"""

    ON_AGAIN = ("docs/PARAMETERS.md", "Switch a part on again")
    FORMER_VAULT = ("docs/PARAMETERS.md", "Return to a former vault")
    ACCOUNT_RETURNS = ("docs/PARAMETERS.md", "An account that returns")
    CENTRAL_OU = ("docs/PARAMETERS.md", "Another OU for the backup account")
    STACKSET_NAMES = ("docs/PARAMETERS.md", "Other names of StackSets")
    FIRST_DEPLOYMENT = ("docs/PARAMETERS.md", "A deployment that failed")
    FAILED_UPDATE = ("docs/PARAMETERS.md", "A deployment that failed")
    ALARM_RETURNS = ("docs/PARAMETERS.md", "A Region whose alarm returns")

    def __str__(self) -> str:
        return f"{self.value[0]}, “{self.value[1]}”"

    def text(self) -> str:
        """What stands under the heading, or nothing if there is none."""
        page, heading = self.value
        path = ROOT / page
        found = path.exists() and re.search(
            rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", path.read_text(), re.MULTILINE | re.DOTALL
        )
        return found.group(1) if found else ""
