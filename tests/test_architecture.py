"""The shape of the code: which way imports go, how long a module may be, what no file may contain.

pyproject.toml has the layers that import-linter checks. Here is what it cannot say.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULE_LINES_MAX = 400
GEO_MAY_IMPORT = {"geo", "numpy", "pyproj", "shapely"}
# The wiring; packages with many routes put their own together.
IMPORTERS_OF_ROUTES = {
    "server/app.py",
    "server/parts.py",
    "server/assessment/apis.py",
    "server/documents/apis.py",
    "server/openness/apis.py",
    "server/patrol/apis.py",
    "server/people/apis.py",
    "server/subjects/apis.py",
    "server/records/apis.py",
}
IMPORTERS_OF_CONFIG = {
    f"server/{name}.py"
    for name in ("app", "cli/__init__", "deployment", "gunicorn_conf", "parts", "reference", "wiring", "wsgi")
}  # fmt: skip
STDLIB_ONLY = (
    "server/cases/clocks.py",
    "server/cases/states.py",
    "server/cases/worktime.py",
    "server/cluster.py",
    "server/cluster_place.py",
    "server/cluster_wal.py",
    "server/exports/verify.py",
)
# Put together from parts, so that this file does not contain what it looks for.
MACHINE_PATHS = re.compile(r"(?<![\w.\-/])/(?:wo" + r"rk|ro" + r"ot)\b(?![\w-])|\.\./sha" + "red")


def git_files() -> list[Path]:
    command = [
        "git",
        "-c",
        "safe.directory=*",
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "-z",
    ]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def modules(*folders: str) -> list[Path]:
    return sorted(
        path
        for path in git_files()
        if path.suffix == ".py" and (not folders or name_of(path).startswith(folders))
    )


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Every import of a module, those inside functions too, as (place, full dotted name)."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield f"{name_of(path)}:{node.lineno}", alias.name
        elif isinstance(node, ast.ImportFrom):
            package = list(path.relative_to(ROOT).parent.parts) if node.level else []
            start = package[: len(package) - node.level + 1] if node.level else []
            for alias in node.names:
                yield (
                    f"{name_of(path)}:{node.lineno}",
                    ".".join([*start, *filter(None, [node.module]), alias.name]),
                )


def imports_of(*folders: str) -> Iterator[tuple[str, str]]:
    for path in modules(*folders):
        yield from imports(path)


def test_geo_imports_the_standard_library_and_three_libraries_only() -> None:
    allowed = GEO_MAY_IMPORT | set(sys.stdlib_module_names)
    found = [
        f"{place} imports {name}" for place, name in imports_of("geo/") if name.split(".")[0] not in allowed
    ]
    assert found == []


def test_only_the_wiring_imports_the_configuration() -> None:
    found = [
        f"{place} imports {name}"
        for place, name in imports_of("server/", "geo/")
        if name.split(".")[0] == "config" and place.split(":")[0] not in IMPORTERS_OF_CONFIG
    ]
    assert found == []


def test_nobody_but_the_application_imports_routes() -> None:
    found = [
        f"{place} imports {name}"
        for place, name in imports_of("server/", "geo/", "demo/", "bench/")
        if re.search(r"(^|\.)routes(\.|$)", name) and place.split(":")[0] not in IMPORTERS_OF_ROUTES
    ]
    assert found == []


@pytest.mark.parametrize("name", STDLIB_ONLY)
def test_a_module_that_holds_rules_alone_needs_no_library(name: str) -> None:
    path = ROOT / name
    if not path.exists():
        pytest.skip(f"{name} is not written yet")
    allowed = set(sys.stdlib_module_names)
    siblings = {other.removesuffix(".py").replace("/", ".") for other in STDLIB_ONLY}
    found = [
        f"{place} imports {imported}"
        for place, imported in imports(path)
        if imported.split(".")[0] not in allowed and imported.rpartition(".")[0] not in siblings
    ]
    assert found == []


def test_no_module_is_longer_than_one_sitting() -> None:
    lengths = {
        name_of(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in modules()
        if not name_of(path).startswith(("tests/", "migrations/"))
    }
    assert len(lengths) > 1
    assert {name: lines for name, lines in lengths.items() if lines > MODULE_LINES_MAX} == {}


def test_the_server_and_geo_never_print() -> None:
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in modules("server/", "geo/")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert found == []


def test_every_module_says_in_its_first_lines_what_it_is_for() -> None:
    bare = [
        name_of(path)
        for path in modules()
        if path.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert bare == []


def test_the_map_of_the_code_has_every_package_and_every_folder_of_pages() -> None:
    told = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = told.split("```")[1]
    packages = {name_of(path.parent) for path in modules("server/") if path.name == "__init__.py"} - {
        "server"
    }
    folders = {"/".join(name_of(path).split("/")[:3]) for path in git_files() if path.suffix == ".tsx"}
    folders -= {"web/src/main.tsx", "web/src/sign_in.tsx"}
    assert {place for place in packages | folders if f"{place.rpartition('/')[2]}/" not in drawn} == set()


def test_no_file_names_a_place_of_one_machine() -> None:
    found = []
    for path in git_files():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # a picture
        found += [
            f"{name_of(path)}:{n}: {line[:80]}"
            for n, line in enumerate(lines, 1)
            if MACHINE_PATHS.search(line)
        ]
    assert found == []


@pytest.mark.parametrize(
    "text", ["cd /wo" + "rk/main", "'/ro" + "ot'", "see ../sha" + "red/X.md", "=/wo" + "rk"]
)
def test_a_place_of_one_machine_would_be_found(text: str) -> None:
    assert MACHINE_PATHS.search(text)


@pytest.mark.parametrize("text", ["/workers", "/rootfs", "/root-cause", "a home/work address", "./root/x"])
def test_an_ordinary_word_is_no_place_of_one_machine(text: str) -> None:
    assert not MACHINE_PATHS.search(text)
