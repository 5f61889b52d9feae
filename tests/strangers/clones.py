"""The repositories of the table: clones in a folder, as <owner>/<name>, bare or with a work tree."""

import subprocess
from functools import lru_cache
from pathlib import Path


class Clones:
    """Reads files at a commit, out of the clones that are there."""

    def __init__(self, folder: Path):
        self.folder = folder

    def has(self, repository: str, commit: str) -> bool:
        """Whether the clone is there, and has this commit."""
        return self.path(repository).is_dir() and self.knows(repository, commit)

    @lru_cache(maxsize=None)
    def knows(self, repository: str, commit: str) -> bool:
        return self.git(repository, "cat-file", "-e", f"{commit}^{{commit}}").returncode == 0

    @lru_cache(maxsize=None)
    def file(self, repository: str, commit: str, path: str) -> str:
        """The file's text."""
        shown = self.git(repository, "show", f"{commit}:{path}")
        if shown.returncode != 0:
            raise FileNotFoundError(f"{repository}@{commit}:{path}: {shown.stderr.decode().strip()}")
        return shown.stdout.decode()

    def fetch(self, repository: str, commits: list[str], base: str) -> bool:
        """Fetches these commits, without their history, into the clone; makes one if there is none."""
        path = self.path(repository)
        if not path.is_dir():
            path.mkdir(parents=True)
            self.git(repository, "init", "--quiet", "--bare")
        missing = [commit for commit in commits if not self.knows(repository, commit)]
        if not missing:
            return True
        fetched = self.git(repository, "fetch", "--quiet", "--depth=1", f"{base}/{repository}", *missing)
        return fetched.returncode == 0

    def path(self, repository: str) -> Path:
        return self.folder / repository

    def git(self, repository: str, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(["git", "-C", str(self.path(repository)), *arguments], capture_output=True)
