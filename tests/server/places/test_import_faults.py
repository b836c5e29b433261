"""What is wrong with a layer is told zone by zone, with where it is and a repair where there is one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import shapely

from server.places.foreign.judging import Layer
from tests.factories import JINSHA, JINXIN
from tests.server.places.layer_files import LAT, LON, feature, geojson, in_datum, in_plane, strip
from tests.server.places.test_import_formats import read

BOW_TIE = shapely.Polygon([(LON, LAT), (LON + 1e-4, LAT + 1e-4), (LON + 1e-4, LAT), (LON, LAT + 1e-4)])
TOWNS = [
    [JINSHA, "金沙街道", shapely.to_wkb(shapely.box(121.0, 32.0, 121.1, 32.1), hex=True)],
    [JINXIN, "金新街道", shapely.to_wkb(shapely.box(121.1, 32.0, 121.2, 32.1), hex=True)],
]


def faults(layer: Layer) -> dict[str, Any]:
    """The first fault of each code."""
    return {fault.code: fault for fault in reversed(layer.faults.kept)}


def repaired(layer: Layer, number: int = 1) -> Any:
    zone = layer.zones[number - 1]
    return None if zone["repaired"] is None else in_plane(shapely.from_wkb(zone["repaired"]))


def test_a_layer_without_faults_has_none(tmp_path: Path) -> None:
    layer = read(geojson(*(feature(strip(n), f"A{n}") for n in range(9))), tmp_path, townships=TOWNS)
    assert layer.faults.kept == [] and layer.summary["errors"] == 0


def test_a_bow_tie_is_an_error_with_the_crossing_and_both_halves_as_its_repair(tmp_path: Path) -> None:
    layer = read(geojson(feature(BOW_TIE)), tmp_path)
    fault = faults(layer)["ring_crossing"]
    assert (fault.severity, fault.zone) == ("error", "A")
    assert shapely.distance(fault.geometry, shapely.Point(LON + 5e-5, LAT + 5e-5)) < 1e-9
    assert repaired(layer).is_valid and layer.zones[0]["refused"]
    assert repaired(layer).area == pytest.approx(in_plane(strip(0)).area / 2, rel=1e-3)


def test_a_ring_that_is_not_closed_is_an_error_and_its_repair_closes_it(tmp_path: Path) -> None:
    ring = [[LON, LAT], [LON + 1e-4, LAT], [LON + 1e-4, LAT + 1e-4], [LON, LAT + 1e-4]]
    layer = read(
        geojson(feature({"type": "Polygon", "coordinates": [ring]}), feature(strip(3), "B")), tmp_path
    )
    assert faults(layer)["ring_unclosed"].severity == "error"
    assert repaired(layer).area == pytest.approx(in_plane(strip(0)).area, rel=1e-6)


def test_an_unclosed_ring_told_in_gcj02_is_repaired_where_it_lies(tmp_path: Path) -> None:
    ring = shapely.get_coordinates(in_datum(strip(0), "gcj02"))[:-1].tolist()
    layer = read(geojson(feature({"type": "Polygon", "coordinates": [ring]})), tmp_path, datum="gcj02")
    assert repaired(layer).centroid.distance(in_plane(strip(0)).centroid) < 0.01


@pytest.mark.parametrize(
    "geometry, code",
    [
        (None, "geometry_missing"),
        ({"type": "Polygon", "coordinates": []}, "geometry_missing"),
        ({"type": "Point", "coordinates": [LON, LAT]}, "geometry_kind"),
        ({"type": "LineString", "coordinates": [[LON, LAT], [LON, LAT + 1]]}, "geometry_kind"),
        (
            {"type": "Polygon", "coordinates": [[[LON, LAT], [LON, 95], [LON + 1, 95], [LON, LAT]]]},
            "geometry_off_the_globe",
        ),
        ({"type": "Polygon", "coordinates": "all of it"}, "geometry_unreadable"),
        ({"type": "Polygon", "coordinates": [[[LON, LAT], [LON, LAT]]]}, "geometry_unreadable"),
        ({"type": "Nonsense"}, "geometry_unreadable"),
        ("POLYGON", "geometry_unreadable"),
        (
            {"type": "Polygon", "coordinates": [[[LON, LAT], [LON + 1, LAT], [LON + 2, LAT], [LON, LAT]]]},
            "ring_crossing",
        ),
    ],
)
def test_a_geometry_that_is_no_zone_is_an_error_without_a_repair(
    tmp_path: Path, geometry: Any, code: str
) -> None:
    layer = read(geojson(feature(geometry), *(feature(strip(n), f"B{n}") for n in range(4))), tmp_path)
    assert [(fault.code, fault.severity) for fault in layer.faults.kept] == [(code, "error")]
    assert layer.zones[0]["refused"] and layer.zones[0]["repaired"] is None


def test_a_ring_of_a_million_vertices_is_an_error_told_at_once(tmp_path: Path) -> None:
    ring = ",".join([f"[{LON},{LAT}]", f"[{LON + 1e-4},{LAT + 1e-4}]"] * 500_000)
    data = geojson(feature(None), feature(strip(50), "B")).decode()
    data = data.replace("null", f'{{"type": "Polygon", "coordinates": [[{ring}]]}}', 1)
    layer = read(data.encode(), tmp_path)
    fault = faults(layer)["geometry_too_large"]
    assert (fault.severity, fault.params["vertices"]) == ("error", 1_000_000)
    assert layer.zones[0]["wkb"] is None and not layer.zones[1]["refused"]


def test_two_zones_of_one_code_are_an_error(tmp_path: Path) -> None:
    fault = faults(read(geojson(feature(strip(0)), feature(strip(1))), tmp_path))["code_repeated"]
    assert (fault.severity, fault.number, fault.params) == ("error", 2, {"other_feature": 1})


def test_a_word_of_the_addresses_is_no_code(tmp_path: Path) -> None:
    fault = faults(read(geojson(feature(strip(0), "changes")), tmp_path))["code_reserved"]
    assert (fault.severity, fault.zone) == ("error", "changes")


def test_the_same_ground_under_two_codes_is_told(tmp_path: Path) -> None:
    fault = faults(read(geojson(feature(strip(0)), feature(strip(0), "B")), tmp_path))["geometry_repeated"]
    assert (fault.zone, fault.params["other"]) == ("B", "A")


def test_an_overlap_is_drawn_measured_and_cut_from_the_later_zone(tmp_path: Path) -> None:
    wide = shapely.box(LON, LAT, LON + 1.2e-4, LAT + 1e-4)
    layer = read(geojson(feature(wide), feature(strip(1), "B")), tmp_path)
    fault = faults(layer)["zone_overlap"]
    assert (fault.zone, fault.params["other"], fault.severity) == ("B", "A", "warning")
    shared = in_plane(fault.geometry)
    assert fault.params["area_m2"] == pytest.approx(shared.area, abs=1e-3)
    assert fault.params["share"] == pytest.approx(0.2, abs=1e-3)
    assert shapely.intersection(repaired(layer, 2), in_plane(wide)).area < 1e-6
    assert repaired(layer, 2).area == pytest.approx(in_plane(strip(1)).area - shared.area, abs=1e-3)


def test_a_zone_overlapped_from_both_sides_has_one_repair_for_both(tmp_path: Path) -> None:
    left, right = strip(0), strip(2)
    middle = shapely.box(LON + 0.9e-4, LAT, LON + 2.1e-4, LAT + 1e-4)
    layer = read(geojson(feature(left), feature(right, "B"), feature(middle, "C")), tmp_path)
    assert layer.faults.counts["zone_overlap"] == 2
    assert repaired(layer, 3).area == pytest.approx(in_plane(strip(1)).area, abs=1e-3)


def test_an_overlap_with_a_zone_in_force_that_is_not_in_the_file_is_told(tmp_path: Path) -> None:
    there = [[7, "OLD", shapely.to_wkb(shapely.box(LON, LAT, LON + 1.2e-4, LAT + 1e-4), hex=True)]]
    fault = faults(read(geojson(feature(strip(1), "B")), tmp_path, layer=there))["zone_overlap"]
    assert fault.params["other"] == "OLD" and fault.params["in_layer"]


def test_a_gap_is_measured_and_closed_by_its_repair(tmp_path: Path) -> None:
    apart_m = 0.2
    shifted = shapely.transform(strip(1), lambda c: c + [apart_m / 94_300, 0])
    layer = read(geojson(feature(strip(0)), feature(shifted, "B")), tmp_path)
    fault = faults(layer)["zone_gap"]
    assert fault.params["width_m"] == pytest.approx(apart_m, abs=0.01)
    assert in_plane(fault.geometry).area > 0
    assert shapely.distance(repaired(layer, 2), in_plane(strip(0))) < 0.001


def test_a_sliver_is_told_with_its_width(tmp_path: Path) -> None:
    thin = shapely.box(LON, LAT, LON + 1e-4, LAT + 1e-6)
    fault = faults(read(geojson(feature(thin)), tmp_path))["zone_sliver"]
    assert fault.params["width_m"] == pytest.approx(0.11, abs=0.02)


@pytest.mark.parametrize(
    "told, lon, code, severity, belongs, proposed",
    [
        (JINSHA, LON, None, None, JINSHA, None),
        ("金沙街道", LON, None, None, JINSHA, None),
        (None, LON, "township_guessed", "note", JINSHA, None),
        (JINXIN, LON, "outside_township", "warning", JINXIN, JINSHA),
        ("320612999", LON, "township_unknown", "error", "320612999", JINSHA),
        (JINSHA, 121.5, "outside_township", "warning", JINSHA, None),
    ],
)
def test_a_zone_is_held_to_the_township_it_names(
    tmp_path: Path, told: str | None, lon: float, code: Any, severity: Any, belongs: str, proposed: Any
) -> None:
    layer = read(geojson(feature(strip(0, lon=lon), township=told)), tmp_path, townships=TOWNS)
    found = [(fault.code, fault.severity) for fault in layer.faults.kept]
    assert found == ([(code, severity)] if code else [])
    assert (layer.zones[0]["township"], layer.zones[0]["repaired_township"]) == (belongs, proposed)


def street(count: int, datum: str = "wgs84") -> list[Any]:
    return [in_datum(strip(2 * n), datum) for n in range(count)]


@pytest.mark.parametrize(
    "told, truly, moved_m", [("wgs84", "gcj02", 485), ("gcj02", "wgs84", 485), ("wgs84", "bd09", 1160)]
)
@pytest.mark.parametrize("codes", ["the same", "others"])
def test_a_wrong_datum_is_suspected_with_how_far_and_where_to_it_is_shifted(
    tmp_path: Path, told: str, truly: str, moved_m: float, codes: str
) -> None:
    there = [[n, f"A{n}", shapely.to_wkb(shape, hex=True)] for n, shape in enumerate(street(20))]
    named = "A" if codes == "the same" else "X"
    data = geojson(*(feature(shape, f"{named}{n}") for n, shape in enumerate(street(20, truly))))
    fault = faults(read(data, tmp_path, layer=there, datum=told))["datum_suspicion"]
    assert (fault.params["declared"], fault.params["datum"], fault.severity) == (told, truly, "error")
    assert fault.params["moved_m"] == pytest.approx(moved_m, abs=15)
    assert fault.params["direction"] in ({"NW", "W", "SW"} if told == "wgs84" else {"E", "SE", "NE"})
    assert fault.geometry.geom_type == "MultiLineString"
    assert "datum_suspicion" not in faults(read(data, tmp_path, layer=there, datum=truly))


def test_two_datums_in_one_file_are_told_as_a_mixture(tmp_path: Path) -> None:
    there = [[n, f"A{n}", shapely.to_wkb(shape, hex=True)] for n, shape in enumerate(street(20))]
    mixed = street(12) + street(20, "gcj02")[12:]
    data = geojson(*(feature(shape, f"A{n}") for n, shape in enumerate(mixed)))
    fault = faults(read(data, tmp_path, layer=there))["datum_mixed"]
    assert (fault.severity, fault.params["datum"]) == ("error", "gcj02")
    # New streets beside old ones are no mixture.
    grown = street(12) + [strip(2 * n, lat=LAT + 0.02) for n in range(8)]
    data = geojson(*(feature(shape, f"A{n}" if n < 12 else f"N{n}") for n, shape in enumerate(grown)))
    assert "datum_mixed" not in faults(read(data, tmp_path, layer=there))


def test_faults_beyond_the_limit_are_counted_and_not_kept(tmp_path: Path) -> None:
    data = geojson(feature(strip(99)), *(feature(strip(n), None) for n in range(12)))
    layer = read(data, tmp_path, limits={"faults_max_per_code": 3})
    assert layer.summary["fault_counts"]["code_missing"] == 12
    assert sum(fault.code == "code_missing" for fault in layer.faults.kept) == 3


def test_a_shape_that_takes_too_long_to_repair_has_no_proposal_and_the_others_do(tmp_path: Path) -> None:
    teeth = [(n % 2 * 1e-3, n * 1e-7) for n in range(4900)]
    comb = [(LON + x, LAT + y) for x, y in teeth] + [(LON + y * 2, LAT + x / 2) for x, y in reversed(teeth)]
    data = geojson(feature(shapely.Polygon(comb), "COMB"), feature(BOW_TIE, "TIE"))
    layer = read(data, tmp_path, limits={"repair_each_s": 0.3, "repair_total_s": 3.0})
    told = {fault.zone: fault.params for fault in layer.faults.kept if fault.params.get("reason")}
    assert [told[code]["repairable"] for code in ("COMB", "TIE")] == [False, True], json.dumps(told)
