"""Tracks as files for other programs: GPX, KML, GeoJSON and CSV. Every raw fix with its flags; nothing is thinned.

Written piece by piece. A stretch of line ends where nobody knows the way; a doubtful fix stands by itself.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal
from xml.sax.saxutils import escape, quoteattr

import orjson

from geo.tracks import wire
from server.contract import GEOJSON, wire_time
from server.csv_text import cell
from server.patrol.tracks.figures import Way, way_of
from server.patrol.tracks.playback import Walked, at_text, fixes_on_line, joined_fixes, number, timeline
from server.patrol.tracks.reading import Recorded
from server.patrol.tracks.viewing import Viewing

Format = Literal["gpx", "kml", "geojson", "csv"]
MEDIA_TYPES: dict[Format, str] = {
    "gpx": "application/gpx+xml",
    "kml": "application/vnd.google-earth.kml+xml",
    "geojson": GEOJSON,
    "csv": "text/csv",
}
_EXTENSION = "urn:frontage:track:1"
_COLUMNS = (
    "recorded_at",
    "lon",
    "lat",
    "accuracy_m",
    "speed_mps",
    "bearing_deg",
    "altitude_m",
    "mock",
    "on_duty",
    "flags",
    "joined",
    "device",
    "device_kind",
    "shift",
    "received_at",
)
# XML 1.0 has no place for these, escaped or not.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(walked: Walked, viewing: Viewing, form: Format) -> Iterator[str]:
    """The text of the file."""
    writers: dict[Format, Callable[[Walked, Sequence[Way]], Iterator[str]]] = {
        "gpx": _gpx,
        "kml": _kml,
        "geojson": _geojson,
        "csv": _csv,
    }
    return writers[form](walked, [way_of(one, viewing.plane, viewing.settings) for one in walked.tracks])


def _fixes(track: Recorded, way: Way) -> Iterator[dict[str, Any]]:
    """Every fix of a track with all that is known of it, by the names of the columns."""
    fixes, joined = track.fixes, joined_fixes(track, way)
    for n in range(len(track)):
        yield {
            "recorded_at": at_text(fixes.at_s[n]),
            "lon": float(fixes.lon[n]),
            "lat": float(fixes.lat[n]),
            "accuracy_m": number(fixes.accuracy_m[n]),
            "speed_mps": number(track.speed_mps[n]),
            "bearing_deg": number(track.bearing_deg[n]),
            "altitude_m": number(track.altitude_m[n]),
            "mock": bool(fixes.mock[n]),
            "on_duty": bool(fixes.on_duty[n]),
            "flags": " ".join(wire(int(track.flags[n]))),
            "joined": bool(joined[n]),
            "device": track.device_name,
            "device_kind": track.device_kind,
            "shift": track.shift_id,
            "received_at": at_text(fixes.received_s[n]),
        }


def _placed(walked: Walked, ways: Sequence[Way]) -> list[dict[str, Any]]:
    """Events of the timeline that have a place."""
    return [one for one in timeline(walked, ways) if one.get("lon") is not None]


def _title(walked: Walked) -> str:
    return f"{walked.name} {wire_time(walked.from_at)} - {wire_time(walked.to_at)}"


def _text(value: Any) -> str:
    return escape(_NO_XML.sub("?", str(value)))


def _gpx(walked: Walked, ways: Sequence[Way]) -> Iterator[str]:
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="Frontage" xmlns="http://www.topografix.com/GPX/1/1" '
        f'xmlns:frontage="{_EXTENSION}">\n'
        f"<metadata><name>{_text(_title(walked))}</name></metadata>\n"
    )
    for event in _placed(walked, ways):
        yield (
            f'<wpt lat="{event["lat"]}" lon="{event["lon"]}"><time>{event["at"]}</time>'
            f"<name>{_text(event['kind'])}</name><type>event</type></wpt>\n"
        )
    found = [_lines(track, way) for track, way in zip(walked.tracks, ways, strict=True)]
    # A line of one point is none: programs refuse it.
    for lines, doubtful in found:
        for fix in (*(line[0] for line in lines if len(line) == 1), *doubtful):
            yield _gpx_point("wpt", fix, "<type>fix</type>")
    for track, (lines, _) in zip(walked.tracks, found, strict=True):
        yield f"<trk><name>{_text(track.device_name)}</name>"
        for line in (line for line in lines if len(line) > 1):
            yield f"<trkseg>\n{''.join(_gpx_point('trkpt', fix) for fix in line)}</trkseg>\n"
        yield "</trk>\n"
    yield "</gpx>\n"


def _gpx_point(tag: str, fix: dict[str, Any], kind: str = "") -> str:
    altitude = "" if fix["altitude_m"] is None else f"<ele>{fix['altitude_m']}</ele>"
    told = "".join(
        f"<frontage:{name}>{_text(_plain(fix[name]))}</frontage:{name}>"
        for name in (
            "accuracy_m",
            "speed_mps",
            "bearing_deg",
            "mock",
            "on_duty",
            "flags",
            "shift",
            "received_at",
        )
        if fix[name] not in (None, "")
    )
    # Many programs read no extensions of track points, and show the comment.
    doubts = f"<cmt>{fix['flags']}</cmt>" if fix["flags"] else ""
    return (
        f'<{tag} lat="{fix["lat"]}" lon="{fix["lon"]}">{altitude}<time>{fix["recorded_at"]}</time>'
        f"{doubts}{kind}<extensions>{told}</extensions></{tag}>\n"
    )


def _kml(walked: Walked, ways: Sequence[Way]) -> Iterator[str]:
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">\n'
        f"<Document><name>{_text(_title(walked))}</name>\n<Folder><name>lines</name>\n"
    )
    for track, way in zip(walked.tracks, ways, strict=True):
        lines = "".join(
            f"<LineString><coordinates>{_coordinates(line)}</coordinates></LineString>"
            for line in _lines(track, way)[0]
            if len(line) > 1
        )
        if lines:
            yield (
                f"<Placemark><name>{_text(track.device_name)}</name>"
                f"<TimeSpan><begin>{at_text(track.fixes.at_s[0])}</begin>"
                f"<end>{at_text(track.fixes.at_s[-1])}</end></TimeSpan>"
                f"<MultiGeometry>{lines}</MultiGeometry></Placemark>\n"
            )
    yield "</Folder>\n<Folder><name>events</name>\n"
    for event in _placed(walked, ways):
        yield _placemark(event["kind"], event["at"], event, {})
    yield "</Folder>\n<Folder><name>fixes</name>\n"
    for track, way in zip(walked.tracks, ways, strict=True):
        for fix in _fixes(track, way):
            told = {name: fix[name] for name in _COLUMNS if name not in ("lon", "lat")}
            yield _placemark(track.device_name, fix["recorded_at"], fix, told)
    yield "</Folder>\n</Document></kml>\n"


def _coordinates(line: list[dict[str, Any]]) -> str:
    return " ".join(f"{fix['lon']},{fix['lat']}" for fix in line)


def _placemark(name: str, at: str, place: dict[str, Any], told: dict[str, Any]) -> str:
    data = "".join(
        f"<Data name={quoteattr(key)}><value>{_text(_plain(value))}</value></Data>"
        for key, value in told.items()
        if value not in (None, "")
    )
    return (
        f"<Placemark><name>{_text(name)}</name><TimeStamp><when>{at}</when></TimeStamp>"
        f"{f'<ExtendedData>{data}</ExtendedData>' if data else ''}"
        f"<Point><coordinates>{place['lon']},{place['lat']}</coordinates></Point></Placemark>\n"
    )


def _lines(track: Recorded, way: Way) -> tuple[list[list[dict[str, Any]]], list[dict[str, Any]]]:
    """Unbroken stretches of usable fixes, of one fix or more, and the fixes that lie on none."""
    lines: list[list[dict[str, Any]]] = []
    doubtful = []
    for fix, on_line in zip(_fixes(track, way), fixes_on_line(track, way), strict=True):
        if not on_line:
            doubtful.append(fix)
        elif fix["joined"]:
            lines[-1].append(fix)
        else:
            lines.append([fix])
    return lines, doubtful


def _geojson(walked: Walked, ways: Sequence[Way]) -> Iterator[str]:
    head = {
        "type": "FeatureCollection",
        "name": _title(walked),
        "officer": walked.account,
        "from": wire_time(walked.from_at),
        "to": wire_time(walked.to_at),
    }
    yield orjson.dumps(head).decode()[:-1] + ',"features":['
    first = True
    for feature in _features(walked, ways):
        yield ("\n" if first else ",\n") + orjson.dumps(feature).decode()
        first = False
    yield "\n]}\n"


def _features(walked: Walked, ways: Sequence[Way]) -> Iterator[dict[str, Any]]:
    for event in _placed(walked, ways):
        told = {key: value for key, value in event.items() if key not in ("lon", "lat")}
        yield _feature({"what": "event", **told}, "Point", [event["lon"], event["lat"]])
    for track, way in zip(walked.tracks, ways, strict=True):
        about = {"device": track.device_name, "shift": track.shift_id}
        for line in _lines(track, way)[0]:
            if len(line) > 1:
                coordinates = [[fix["lon"], fix["lat"]] for fix in line]
                yield _feature({"what": "line", **about}, "LineString", coordinates)
        for fix in _fixes(track, way):
            place = [fix.pop("lon"), fix.pop("lat")]
            yield _feature({"what": "fix", **fix, "flags": fix["flags"].split()}, "Point", place)


def _feature(told: dict[str, Any], kind: str, coordinates: list[Any]) -> dict[str, Any]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": told}


def _csv(walked: Walked, ways: Sequence[Way]) -> Iterator[str]:
    # With its mark, spreadsheets read Chinese names as what they are.
    yield "\ufeff"
    page = io.StringIO()
    lines = csv.writer(page)
    lines.writerow(_COLUMNS)
    for track, way in zip(walked.tracks, ways, strict=True):
        for fix in _fixes(track, way):
            lines.writerow([cell(_plain(fix[name])) for name in _COLUMNS])
            yield page.getvalue()
            page.seek(0)
            page.truncate()
    yield page.getvalue()


def _plain(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
