"""Makes the project's renderer importable."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import pytest  # noqa: E402

_told: list[str] = []


@pytest.fixture
def told():
    """Takes what the end of the run is to say of each change."""
    return lambda change, mode, ends: _told.append(f"{change} ({mode}): {'; '.join(ends)}")


def pytest_terminal_summary(terminalreporter):
    if _told:
        terminalreporter.section("changes")
        for line in _told:
            terminalreporter.write_line(line if len(line) <= 240 else f"{line[:240]} …")
