"""Writes demo/tongzhou/: `python -m demo.build [folder]`. The same bytes on every run; no clock, no network.

Pictures are not made here (`python -m demo.draw` does that and needs a Chinese font); this script needs none.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from demo.basemap import building_features, street_features
from demo.bureau import categories, organisations, people
from demo.cells import cell_code_template, cell_features, site_features
from demo.communities import community_features
from demo.features import collection_text, list_text, object_text, record_text, write_text
from demo.frontages import frontage_features
from demo.parking import parking_features
from demo.reports import reports
from demo.services import service_features
from demo.townships import township_features

HOME = Path(__file__).parent / "tongzhou"

FILES: dict[str, Callable[[], str]] = {
    "zones/township.geojson": lambda: collection_text("township", township_features()),
    "zones/community.geojson": lambda: collection_text("community", community_features()),
    "zones/frontage.geojson": lambda: collection_text("frontage", frontage_features()),
    "zones/parking.geojson": lambda: collection_text("parking", parking_features()),
    "zones/grid.geojson": lambda: collection_text("grid", cell_features()),
    "zones/site.geojson": lambda: collection_text("site", site_features()),
    "zones/service_point.geojson": lambda: collection_text("service_point", service_features()),
    "streets.geojson": lambda: collection_text("streets", street_features()),
    "buildings.geojson": lambda: collection_text("buildings", building_features()),
    "organisations.json": lambda: list_text(organisations()),
    "people.json": lambda: list_text(people()),
    "categories.json": lambda: record_text(categories(), "categories"),
    "cell_code_template.json": lambda: object_text(cell_code_template()),
    "reports.json": lambda: list_text(reports()),
}


def build(folder: Path = HOME) -> list[Path]:
    """Write every file of the demo district under `folder` and return their paths."""
    written = []
    for name, make in FILES.items():
        path = folder / name
        write_text(path, make())
        written.append(path)
    return written


if __name__ == "__main__":
    for done in build(Path(sys.argv[1]) if len(sys.argv) > 1 else HOME):
        print(f"{done.stat().st_size:>9,} bytes  {done}")
