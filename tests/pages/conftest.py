"""What was executed and what was only parsed is printed at the end."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

COUNTS = {}


def pytest_terminal_summary(terminalreporter):
    for line, number in COUNTS.items():
        terminalreporter.write_line(f"pages: {number:4d} {line}")
