"""Which files are CloudFormation templates of this project."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# What the solution consists of.
DEPLOYED = [ROOT / "template.yaml", ROOT / "solution.yaml", *sorted(ROOT.glob("stack*/*.yaml"))]
# And what shows how to use the function.
ALL = [*DEPLOYED, *sorted(ROOT.glob("examples/*.yaml"))]


def names(templates: list[Path]) -> list[str]:
    """The templates as paths in the project."""
    return [str(path.relative_to(ROOT)) for path in templates]
