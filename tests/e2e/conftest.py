"""One MiniStack, one organization and one deployed function for all end-to-end tests."""

import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / folder) for folder in ("demo", "tools")]

from local_aws import LocalAws, Organization  # noqa: E402 (found by the line above)


@pytest.fixture(scope="session")
def aws():
    with LocalAws() as aws:
        aws.sam_deploy()
        yield aws


@pytest.fixture(scope="session")
def organization(aws):
    organization = Organization()
    organization.enable("BACKUP_POLICY")
    return organization


@pytest.fixture(autouse=True)
def organization_is_left_as_it_was(organization):
    """Every test ends with its policies gone and everybody else's untouched."""
    before = organization.policies()
    yield
    assert organization.policies() == before


@pytest.fixture
def stack(aws, request):
    """A stack named after the test, deleted after it."""
    stack = aws.stack(request.node.name.replace("_", "-"))
    yield stack
    assert stack.delete() == "DELETE_COMPLETE"
