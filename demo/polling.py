"""Asks about a policy again and again, while something happens to it."""

import time
from dataclasses import dataclass
from threading import Event, Thread

from local_aws import client

PAUSE = 0.002


@dataclass(frozen=True)
class Look:
    """What the organization said of the policy at one moment."""

    name: str
    length: int
    targets: frozenset[str]


class Polling:
    """Looks at a policy from a thread of its own for a `with` block, which fails if a look does."""

    def __init__(self, policy_id: str):
        self._policy_id = policy_id
        self._organizations = client("organizations")
        self._over = Event()
        self._thread = Thread(target=self._run)
        self._failure = None
        # The first look opens the connection.
        self.looks: list[tuple[float, Look]] = [(0.0, self._look())]

    def __enter__(self):
        self._started = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        if self._failure:
            raise self._failure

    def _run(self):
        try:
            while True:
                # The last look begins when all is over, and so sees what has become of the policy.
                is_last = self._over.wait(PAUSE)
                self.looks.append((time.monotonic() - self._started, self._look()))
                if is_last:
                    return
        except Exception as failure:  # handed over to the thread that waits
            self._failure = failure

    def _look(self) -> Look:
        policy = self._organizations.describe_policy(PolicyId=self._policy_id)["Policy"]
        targets = self._organizations.list_targets_for_policy(PolicyId=self._policy_id)["Targets"]
        attached = frozenset(target["TargetId"] for target in targets)
        return Look(policy["PolicySummary"]["Name"], len(policy["Content"]), attached)

    def changes(self) -> list[tuple[float, Look]]:
        """The first look, and each that differs from the one before."""
        before = [None] + [look for _, look in self.looks]
        return [seen for seen, last in zip(self.looks, before, strict=False) if seen[1] != last]
