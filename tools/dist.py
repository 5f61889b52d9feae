"""Makes the archives of a release out of what is compiled already:

    dist.py OUTPUT --function x86_64=FOLDER --watch x86_64=FOLDER     the functions, with all that deploys them
    dist.py OUTPUT --tool x86_64-unknown-linux-gnu=FOLDER     the command-line tool

FOLDER has the compiled program, and its bill of materials, sbom.cdx.json. Without that it is no release, but will do for a
test. Both can be made into one OUTPUT, whose SHA256SUMS has the sums of all.

The same sources and the same function give the same bytes, wherever and whenever. What a file of the release is made of
does not show: modes, owners and the order of a folder are set, and every time is SOURCE_DATE_EPOCH.
"""

import argparse
import gzip
import hashlib
import io
import json
import os
import re
import tarfile
import tomllib
import zipfile
from pathlib import Path

import yaml
from notices import notices

PROJECT = Path(__file__).resolve().parent.parent
NAME = "cfn-org-policy"
BOM = "sbom.cdx.json"
SCRIPTS = ["failed-accounts.sh", "upload.sh"]
# What is uploaded besides the functions and the templates that refer to where all of it is.
NESTED = ["stacks/*.yaml", "stacksets/*.yaml"]
WATCH = "stacks/watch.yaml"
# For those who deploy it. The pages name the last two.
COPIED = ["CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "docs/*.md", "docs/images/*", "examples/*.yaml", "tools/validate.sh"]
TOOL = "org-policy"
DATA_LICENSES = "crates/policy-document/data/*.LICENSE"
# Files are not executable, but for these.
EXECUTABLE = {*SCRIPTS, "tools/validate.sh", TOOL}


def version() -> str:
    return tomllib.loads((PROJECT / "Cargo.toml").read_text())["workspace"]["package"]["version"]


def release(functions: dict[str, bytes], watches: dict[str, bytes], boms: dict[str, bytes]) -> dict[str, bytes]:
    """The files of a release, by their paths in its folder. The functions are by architecture, and bills of materials by
    their names."""
    if functions.keys() != watches.keys():
        raise SystemExit("dist: --function and --watch name different architectures")
    uploaded = {f"function-{architecture}.zip": zipped(bootstrap) for architecture, bootstrap in functions.items()}
    uploaded |= {f"watch-{architecture}.zip": zipped(bootstrap) for architecture, bootstrap in watches.items()}
    uploaded |= files(NESTED)
    uploaded["template.yaml"] = function_template(sorted(functions)).encode()
    uploaded[WATCH] = watch_template(sorted(functions)).encode()
    uploaded["solution.yaml"] = solution_template(sorted(functions)).encode()
    sums = {"@VERSION@": version(), "@SUM@": hashlib.sha256(sha256sums(uploaded)).hexdigest()[:12]}
    scripts = {name: replaced((PROJECT / "tools" / "release" / name).read_text(), sums).encode() for name in SCRIPTS}
    made = uploaded | scripts | files(COPIED) | data_licenses() | {"values.example.json": values_example().encode()}
    if boms:
        made |= {f"{name}.cdx.json": without_place(bom) for name, bom in boms.items()}
        made["LIBRARIES.txt"] = notices(list(boms.values())).encode()
    return made | {"SHA256SUMS": sha256sums(made)}


def tool(folder: Path) -> dict[str, bytes]:
    """The files of the tool's archive: what is in the folder, and the licences, of its data too."""
    made = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    if BOM in made:
        made[BOM] = without_place(made[BOM])
        made["LIBRARIES.txt"] = notices([made[BOM]]).encode()
    return made | files(["LICENSE"]) | data_licenses()


def data_licenses() -> dict[str, bytes]:
    """Of the data in the tool and in the watch."""
    return {Path(path).name: text for path, text in files([DATA_LICENSES]).items()}


def files(patterns: list[str]) -> dict[str, bytes]:
    found = {pattern: sorted(PROJECT.glob(pattern)) for pattern in patterns}
    missing = [pattern for pattern, paths in found.items() if not paths]
    if missing:
        raise SystemExit(f"dist: there is no {', no '.join(missing)}")
    return {str(path.relative_to(PROJECT)): path.read_bytes() for paths in found.values() for path in paths}


def zipped(bootstrap: bytes) -> bytes:
    """What Lambda takes. Its time is fixed, so that only another function makes another file."""
    archive = io.BytesIO()
    entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system, entry.external_attr, entry.compress_type = 3, 0o100755 << 16, zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(entry, bootstrap, compresslevel=9)
    return archive.getvalue()


def function_template(architectures: list[str]) -> str:
    text = (PROJECT / "template.yaml").read_text()
    return only(substituted(text, r"CodeUri: \.$", code("function"), 1), architectures)


def watch_template(architectures: list[str]) -> str:
    text = (PROJECT / WATCH).read_text()
    return only(substituted(text, r"CodeUri: \.\./crates/watch$", code("watch"), 2), architectures)


def code(name: str) -> str:
    return f'CodeUri:\n        Bucket: "@BUCKET@"\n        Key: !Sub "@PREFIX@/{name}-${{Architecture}}.zip"'


def solution_template(architectures: list[str]) -> str:
    text = (PROJECT / "solution.yaml").read_text()
    address = r'TemplateURL: !Sub "https://s3.${AWS::Region}.${AWS::URLSuffix}/@BUCKET@/@PREFIX@/\1"'
    return only(substituted(text, r"TemplateURL: (\S+\.yaml)$", address, text.count("TemplateURL:")), architectures)


def only(text: str, architectures: list[str]) -> str:
    """The template refuses an architecture that the release has no function for."""
    return substituted(text, r"AllowedValues: \[x86_64, arm64\]$", f"AllowedValues: [{', '.join(architectures)}]", 1)


def substituted(text: str, pattern: str, by: str, times: int) -> str:
    text, made = re.subn(f"(?m){pattern}", by, text)
    if made != times:
        raise SystemExit(f"dist: {pattern} was to be found {times} times, and was found {made} times")
    return text


def replaced(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def values_example() -> str:
    """The AWS CLI takes parameters as Key=Value, and a file of them as JSON."""
    values = yaml.safe_load((PROJECT / "solution.values.example.yaml").read_text())
    lines = [f"{name}={','.join(value) if isinstance(value, list) else value}" for name, value in values.items()]
    return json.dumps(lines, indent=2) + "\n"


def without_place(bom: bytes) -> bytes:
    """cargo-cyclonedx names the crates of the project by where they are."""
    bom = bom.replace(f"path+file://{PROJECT}".encode(), f"path+file:///{NAME}".encode())
    if str(PROJECT).encode() in bom:
        raise SystemExit(f"dist: the bill of materials still names {PROJECT}")
    return bom


def sha256sums(made: dict[str, bytes]) -> bytes:
    return "".join(f"{hashlib.sha256(made[path]).hexdigest()}  {path}\n" for path in sorted(made)).encode()


def archived(folder: str, made: dict[str, bytes], time: int) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as file:
        for path in sorted(made):
            entry = tarfile.TarInfo(f"{folder}/{path}")
            entry.size, entry.mtime, entry.mode = len(made[path]), time, mode(path)
            file.addfile(entry, io.BytesIO(made[path]))
    return gzip.compress(archive.getvalue(), mtime=0)


def mode(path: str) -> int:
    return 0o755 if path in EXECUTABLE else 0o644


def write(output: Path, folder: str, made: dict[str, bytes], time: int):
    """The folder, its archive, and its bills of materials once more, for whoever looks for no more than these."""
    for path, content in made.items():
        target = output / folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        target.chmod(mode(path))
    (output / f"{folder}.tar.gz").write_bytes(archived(folder, made, time))
    for path in made:
        if path.startswith("sbom"):
            (output / f"{folder}{path.removeprefix('sbom')}").write_bytes(made[path])


def sum_up(output: Path):
    """The sums of what is published."""
    published = {path.name: path.read_bytes() for path in output.iterdir() if path.is_file() and path.name != "SHA256SUMS"}
    (output / "SHA256SUMS").write_bytes(sha256sums(published))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path)
    parser.add_argument("--function", action="append", default=[], metavar="ARCHITECTURE=FOLDER")
    parser.add_argument("--watch", action="append", default=[], metavar="ARCHITECTURE=FOLDER")
    parser.add_argument("--tool", action="append", default=[], metavar="TARGET=FOLDER")
    arguments = parser.parse_args()
    time = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
    if folders := by_name(arguments.function):
        watches = by_name(arguments.watch)
        boms = {f"sbom-{name}": folder for name, folder in folders.items()}
        boms |= {f"sbom-watch-{name}": folder for name, folder in watches.items()}
        boms = {name: (folder / BOM).read_bytes() for name, folder in boms.items() if (folder / BOM).exists()}
        write(arguments.output, f"{NAME}-{version()}", release(bootstraps(folders), bootstraps(watches), boms), time)
    for target, folder in by_name(arguments.tool).items():
        write(arguments.output, f"{TOOL}-{target}", tool(folder), time)
    sum_up(arguments.output)


def bootstraps(folders: dict[str, Path]) -> dict[str, bytes]:
    return {name: (folder / "bootstrap").read_bytes() for name, folder in folders.items()}


def by_name(arguments: list[str]) -> dict[str, Path]:
    return {name: Path(folder) for name, _, folder in (each.partition("=") for each in arguments)}


if __name__ == "__main__":
    main()
