"""Operators' commands for streets, codes of cells and parking areas: what they change and how they leave."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from config import Config
from server.cli import main
from tests import factories
from tests.factories import JINSHA
from tests.server.reports.street import spot

Run = Callable[..., Result]


@pytest.fixture
def frontage(database_url: str, config: Config, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name, value in {"DATABASE_URL": database_url, "VAR": str(config.var)}.items():
        monkeypatch.setenv(f"FRONTAGE_{name}", value)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments), catch_exceptions=False)

    return run


def write(folder: Path, value: Any) -> str:
    path = folder / "file.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return str(path)


def test_streets_are_tried_dry_imported_and_imported_again_unchanged(
    frontage: Run, owner: Engine, tmp_path: Path
) -> None:
    geometry = {"type": "LineString", "coordinates": [list(spot(0, 0)), list(spot(100, 0))]}
    feature = {"type": "Feature", "properties": {"name": "新金路"}, "geometry": geometry}
    file = write(tmp_path, {"type": "FeatureCollection", "features": [feature]})
    arguments = ("streets", "import", file, "--valid-from", "2022-09-01")
    dry = frontage(*arguments, "--dry-run")
    assert dry.exit_code == 0 and "new 1" in dry.output and factories.count_rows(owner, "street") == 0
    assert "new 1" in frontage(*arguments).output and factories.count_rows(owner, "street") == 1
    assert "unchanged 1" in frontage(*arguments).output and factories.count_rows(owner, "street") == 1
    refused = frontage("streets", "import", write(tmp_path, "[]"))
    assert refused.exit_code == 1 and factories.count_rows(owner, "street") == 1


def test_cells_are_checked_against_the_template_in_force(
    frontage: Run, owner: Engine, tmp_path: Path
) -> None:
    assert frontage("cells", "check").exit_code == 1
    template = {"template": "{township}-G{number:04}", "valid_from": "2022-09-01", "source": "test"}
    file = write(tmp_path, template)
    assert "new template" in frontage("cells", "template", file).output
    assert "unchanged" in frontage("cells", "template", file).output
    factories.make_zone(owner, kind="grid", code=f"{JINSHA}-G0001")
    assert frontage("cells", "check").exit_code == 0
    factories.make_zone(owner, kind="grid", code="CELL 9")
    found = frontage("cells", "check")
    assert found.exit_code == 1 and f"CELL 9\t{JINSHA}\tform" in found.output
    assert frontage("cells", "template", write(tmp_path, {**template, "template": "{x}"})).exit_code == 1


def test_parking_areas_with_unreadable_properties_are_named(frontage: Run, owner: Engine) -> None:
    good = {"vehicle": "bike", "legal_hours": "00:00-24:00"}
    factories.make_zone(owner, kind="parking", code="P1", properties=good)
    assert frontage("parking", "check").exit_code == 0
    factories.make_zone(owner, kind="parking", code="P2", properties={**good, "capacity": "many"})
    found = frontage("parking", "check")
    assert found.exit_code == 1 and "P2\tcapacity" in found.output and "P1" not in found.output
