"""`frontage zones`, `categories` and `match`: layers from files, and where a spot would lie and why."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import orjson
from rich.table import Table

from geo.datum import Datum, Position
from server.app import Services, create_app
from server.cli.base import Place, console, pass_place
from server.cli.exporting import export_layer
from server.cli.layers import import_layer, list_layers
from server.places.categories.store import apply_document
from server.places.importing import ImportRefused
from server.places.reading import match_spot
from server.problems.categories import CategoriesInForce, CategoryDayRefused

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_dry_run = click.option("--dry-run", is_flag=True, help="只检查,不写入 / Check everything, write nothing.")


@click.group("zones")
def zones() -> None:
    """责任区图层 / Zones of all kinds."""


zones.add_command(import_layer)
zones.add_command(list_layers)
zones.add_command(export_layer)


@click.group("categories")
def categories() -> None:
    """类别表 / Lists of categories."""


@categories.command("import")
@_file
@_dry_run
@pass_place
def import_categories(place: Place, file: Path, dry_run: bool) -> None:
    """导入类别表 / Import a list; a list and version that is there already changes nothing."""
    document = _json(file)
    with place.owner() as connection:
        try:
            rows = apply_document(connection, document, at=datetime.now(UTC))
        except (KeyError, TypeError, ValueError, CategoriesInForce, CategoryDayRefused) as error:
            raise ImportRefused([f"{file.name}: {type(error).__name__} {error}"]) from error
        if dry_run:
            connection.rollback()
    click.echo(f"{'试运行 / dry run: ' if dry_run else ''}新增类别 / new categories: {rows}")


@click.command("match")
@click.argument("lon", type=click.FloatRange(-180, 180))
@click.argument("lat", type=click.FloatRange(-90, 90))
@click.option(
    "--datum",
    type=click.Choice([datum.value for datum in Datum]),
    default="wgs84",
    show_default=True,
    help="坐标基准 / The datum both numbers are in.",
)
@click.option(
    "--accuracy-m",
    type=click.FloatRange(0, 100_000),
    default=10.0,
    show_default=True,
    help="定位精度,68% 半径,米 / 68 % radius in metres.",
)
@click.option("--bearing-deg", type=click.FloatRange(0, 360), help="镜头朝向 / Where the camera looks.")
@click.option("--category", help="类别代码 / Code of a category.")
@pass_place
def match(
    place: Place,
    lon: float,
    lat: float,
    datum: str,
    accuracy_m: float,
    bearing_deg: float | None,
    category: str | None,
) -> None:
    """此处会落入哪个责任区,为什么 / Where would this lie, and why; writes nothing.

    西经、南纬为负数时用 -- 隔开 / put -- before negative numbers: frontage match -- -121.0 32.0
    """
    with place.owner() as connection:
        services = _services(place)
        fix = services.matcher.fix(Position(lon, lat, Datum(datum)), accuracy_m, bearing_deg)
        today = datetime.now(ZoneInfo(services.config.time_zone)).date()
        wire = match_spot(connection, services.matcher, fix, today, category=category, hint=None)
        services.close()
    _show(wire)


def _services(place: Place) -> Services:
    deployment = place.deployment
    app = create_app(deployment.config, app_database_url=deployment.app_url)
    services: Services = app.extensions["frontage"]
    return services


def _show(wire: dict[str, Any]) -> None:
    verdicts = Table(
        "", "代码 / code", "名称 / name", "结论 / verdict", "可能性", "距离 m", title="落区 / Match"
    )
    for kind in ("township", "frontage", "parking", "grid"):
        one = wire[kind]
        far = "-" if one["distance_m"] is None else f"{one['distance_m']:.1f}"
        verdicts.add_row(
            kind, one["code"] or "-", one["name"] or "-", one["verdict"], f"{one['probability']:.0%}", far
        )
    candidates = Table("种类 / kind", "代码 / code", "名称 / name", "可能性", "占比 share", "权重", "距离 m")
    for one in wire["candidates"]:
        numbers = (f"{one['probability']:.1%}", f"{one['share']:.1%}", f"{one['weight']:.2f}")
        candidates.add_row(one["kind"], one["code"], one["name"], *numbers, f"{one['distance_m']:.1f}")
    why = Table("理由 / why", title=None)
    for reason in wire["why"]:
        why.add_row(f"{reason['text']}\n[dim]{reason['text_en']}[/dim]")
    at = wire["position"]
    screen = console()
    screen.print(
        f"WGS-84 {at['lon']:.7f}, {at['lat']:.7f} ({wire['datum']}, 移动 / moved {wire['moved_m']:.1f} m) "
        f"{wire['algorithm']}"
    )
    for table in (verdicts, candidates, why):
        screen.print(table)


def _json(file: Path) -> Any:
    try:
        return orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ImportRefused([f"{file.name}: 不是 JSON / not JSON: {error}"]) from error


COMMANDS = (zones, categories, match)
