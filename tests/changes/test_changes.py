"""Every change of rows.py, in every way that AWS may behave, with and without a rollback."""

from itertools import product

import needs
import pytest
from rows import ROWS, Row
from solution import Solution
from stacks import BROKEN, NO_REPLACEMENT
from world import every_way

# Why a step of a row may be refused. Anything else is a mistake in a template or in the row.
REASONS = ("already exists", "is denied", BROKEN, NO_REPLACEMENT)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.change)
def test_change(row: Row, told):
    problems: dict[str, str] = {}
    lived = 0
    for first_rolls_back, rolls_back in product(row.first_rolls_back, row.rolls_back):
        refused: dict[int, bool] = {}
        gaps: set[str] = set()
        unmanaged: set[int] = set()
        unguarded: set[str] = set()
        ends: set[str] = set()

        def live(choices):
            nonlocal lived
            lived += 1
            solution = Solution(choices)
            found = list(_live(row, solution, first_rolls_back, rolls_back, refused, ends))
            gaps.update(solution.world.gaps)
            unmanaged.add(len(solution.unmanaged()))
            unguarded.update(solution.unguarded)
            if lived == 1:
                print(f"{row.change}\n  " + "\n  ".join(solution.world.log))
            for problem in found:
                way = ", ".join(f"{question}: {answer}" for question, answer in choices.made.items())
                problems.setdefault(problem, f"{way}\n    " + "\n    ".join(solution.world.log))

        every_way(live)
        mode = _mode(rolls_back)
        if len(row.first_rolls_back) > 1:
            mode = f"first {_mode(first_rolls_back)}, then {mode}"
        for number, step in enumerate([row.first, *row.steps]):
            if step.refused and not refused.get(number):
                problems[f"step {number}, {mode}: {step} is no longer refused: mend the row"] = ""
        for gap in set(row.gaps) - gaps:
            problems[f"{mode}: “{gap}” does not happen: mend the row"] = ""
        for part in row.unguarded:
            if not any(part in vault for vault in unguarded):
                problems[f"{mode}: no vault of {part} loses its guard: mend the row"] = ""
        if max(unmanaged) < row.unmanaged:
            problems[f"{mode}: {max(unmanaged)} vaults at most have no stack, not {row.unmanaged}: mend the row"] = ""
        told(row.change, mode, sorted(ends))
    for step in [row.first, *row.steps]:
        if step.refused and not step.refused.text().strip():
            problems[f"there is no {step.refused}"] = ""
        elif step.refused and row.rollback_fails and "continue-update-rollback" not in step.refused.text():
            problems[f"{step.refused}: does not name continue-update-rollback, which this row needs"] = ""
    assert not problems, f"{row.change}\n" + "\n".join(f"- {problem}\n    {log}" for problem, log in problems.items())


def _mode(rolls_back: bool) -> str:
    return "with rollback" if rolls_back else "without rollback"


def _live(row: Row, solution: Solution, first_rolls_back, rolls_back, refused, ends):
    """Lives the row once, and yields what is wrong."""
    for step in row.before:
        step.take(solution, rolls_back)
    solution.parameters = solution.parameters | row.start
    steps = [row.first, *row.steps]
    for number, step in enumerate(steps):
        outcome = step.take(solution, rolls_back if number else first_rolls_back)
        if str(outcome) != "done":
            refused[number] = True
            ends.add(f"refused, see {step.refused}" if step.refused else f"refused: {outcome}")
            if not step.refused or not any(reason in str(outcome) for reason in REASONS):
                yield f"step {number} is refused: {outcome}"
        for thing in sorted(needs.missing(solution.world)):
            if number == len(steps) - 1 or not any(account in thing for account in row.incomplete):
                yield f"after step {number} the policies name what is not there: {thing}"
    for fault in solution.world.faults:
        if not (row.rollback_fails and fault.startswith("the rollback of backup-solution failed")):
            yield fault
    yield from solution.world.gaps - set(row.gaps)
    for vault in sorted(solution.unguarded):
        if not any(part in vault for part in row.unguarded):
            yield f"no longer guarded: {vault}"
    unmanaged = solution.unmanaged()
    ends.add(f"{len(unmanaged)} vaults without a stack" if unmanaged else "done")
    if len(unmanaged) > row.unmanaged:
        yield f"{len(unmanaged)} vaults have no stack, not {row.unmanaged}: {', '.join(unmanaged)}"
