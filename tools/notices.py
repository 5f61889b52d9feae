"""The licences of the libraries in the function or the tool, and the notices that go with them, as the crates themselves have them."""

import json
import os
from collections import defaultdict
from pathlib import Path

NAMES = ("LICENSE", "LICENCE", "COPYING", "NOTICE", "COPYRIGHT", "UNLICENSE")


def notices(boms: list[bytes]) -> str:
    """One text, from bills of materials as CycloneDX has them: each licence's text once, below the crates that it is from."""
    crates = {
        (component["name"], component["version"]): component.get("licenses", [])
        for bom in boms
        for component in json.loads(bom)["components"]
        if component["bom-ref"].startswith("registry+")
    }
    having = defaultdict(list)
    overview = []
    for (name, version), licenses in sorted(crates.items()):
        declared = ", ".join(each.get("expression") or each["license"].get("id") or each["license"]["name"] for each in licenses)
        overview.append(f"{name} {version}: {declared or 'see below'}")
        for text in texts(name, version):
            having[text].append(f"{name} {version}")
    lines = ["The program contains these libraries. Their licences follow.", "", *overview]
    for text, names in sorted(having.items(), key=lambda item: item[1]):
        lines += ["", "=" * 100, ", ".join(names), "=" * 100, "", text]
    return "\n".join(lines) + "\n"


def texts(name: str, version: str) -> list[str]:
    registries = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo")) / "registry" / "src"
    folders = sorted(registries.glob(f"*/{name}-{version}"))
    if not folders:
        raise SystemExit(f"dist: cargo has no source of {name} {version}, so there is no licence to add")
    files = [path for path in sorted(folders[0].iterdir()) if path.is_file() and path.name.upper().startswith(NAMES)]
    return [path.read_text(errors="replace").replace("\r\n", "\n").strip() for path in files]
