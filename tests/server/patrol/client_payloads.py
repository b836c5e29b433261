"""What clients send, unchanged from the documents and tests of the projects that make them.

Each with the repository, file and commit it stands in, and where and when it says the phone was (the moment is the
document's own, so a shift has to be put around it).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

# owntracks/booklet 8a5a15082b74e8683ccbde61450b68d763bf2f44 (docs/features/traccar.md)
OWNTRACKS = """{
  "cog": 271,
  "batt": 41,
  "lon": 2.29513,
  "acc": 5,
  "vel": 61,
  "vac": 21,
  "lat": 48.85833,
  "t": "u",
  "tst": 1497508651,
  "alt": 167,
  "_type": "location",
  "topic": "owntracks/jane/iphone",
  "p": 71,
  "tid": "JJ"
}"""
OWNTRACKS_SHORT = '{"lon":2.29513,"lat":48.85833,"_type":"location","tst":1497476456, "tid":"JJ"}'
# The document prints this one without a time.
OWNTRACKS_TIMELESS = (
    '{"lon":2.29513,"lat":48.85833,"_type":"location","topic":"owntracks/jane/phone", "tid": "JJ"}'
)
# docs/features/remoteconfig.md, the same commit
OWNTRACKS_WAYPOINT = """{
        "desc": "Some place",
        "rad": 8867,
        "lon": 10.428771973,
        "lat": 46.935260881,
        "tst": 1437552714,
        "_type": "waypoint"
      }"""

# aaronpk/Overland-iOS 5f2a5be9bdea8a26677a37f15f477360613c5500 (README.md); its two optional members, printed there as
# {{ ... }}, are left out.
OVERLAND = """{
  "locations": [
    {
      "type": "Feature",
      "geometry": {
        "type": "Point",
        "coordinates": [
          -122.030581, 
          37.331800
        ]
      },
      "properties": {
        "timestamp": "2015-10-01T08:00:00-0700",
        "altitude": 0,
        "speed": 4,
        "horizontal_accuracy": 30,
        "vertical_accuracy": -1,
        "motion": ["driving","stationary"],
        "pauses": false,
        "activity": "other_navigation",
        "desired_accuracy": 100,
        "deferred": 1000,
        "significant_change": "disabled",
        "locations_in_payload": 1,
        "battery_state": "charging",
        "battery_level": 0.80,
        "device_id": "",
        "wifi": ""
      }
    }
  ]
}"""

# traccar/traccar 9e5c458ad0bf44ceaddf72534bf6874787f41b6c (OsmAndProtocolDecoderTest.java, testDecodeJson)
TRACCAR_ANDROID = (
    '{"location":{"timestamp":"2025-06-15T13:45:12.862Z","coords":{"latitude":37.4219983,"longitude":-122.084,'
    '"accuracy":5,"speed":0,"heading":-1,"altitude":5},"is_moving":false,"odometer":0,"event":"motionchange",'
    '"battery":{"level":1,"is_charging":false},"activity":{"type":"still"},"extras":{},"_":"&id=48241179&lat='
    '37.4219983&lon=-122.084&timestamp=2025-06-15T13:45:12.862Z&"},"device_id":"48241179"}'
)
TRACCAR_IOS = (
    '{"location":{"extras":{},"mock":true,"coords":{"speed_accuracy":-1,"speed":-1,"longitude":-122.406417,'
    '"ellipsoidal_altitude":0,"floor":null,"heading_accuracy":-1,"latitude":37.785834000000001,"accuracy":5,'
    '"altitude_accuracy":-1,"altitude":0,"heading":-1},"is_moving":false,"age":188,"odometer":0,"uuid":'
    '"2FB04C65-99CF-42AB-8DD3-EBCB4B108BF8","event":"motionchange","battery":{"level":-1,"is_charging":false},'
    '"activity":{"type":"unknown","confidence":100},"timestamp":"2025-05-09T04:11:30.579Z"},"device_id":"658765"}'
)
TRACCAR_MOVING = (
    '{"location":{"event":"motionchange","is_moving":false,"uuid":"0e9a2473-a9a7-4c00-997b-fb97d2154e75","timestamp":'
    '"2021-07-21T08:06:34.444Z","odometer":0,"coords":{"latitude":-6.1148096,"longitude":106.6837015,"accuracy":3.8,'
    '"speed":18.67,"speed_accuracy":0.26,"heading":63,"heading_accuracy":0.28,"altitude":35.7,"altitude_accuracy":3.8},'
    '"activity":{"type":"still","confidence":100},"battery":{"is_charging":false,"level":0.79},"extras":{}},'
    '"device_id":"8737767034"}'
)


@dataclass(frozen=True)
class Address:
    """Query parameters with what they say; `id` in `query` is what the document calls the device."""

    query: str
    id: str
    lon: float
    lat: float
    at: datetime
    told: dict[str, Any] = field(default_factory=dict)


def _at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


# The same commit of traccar/traccar (testDecodeQuery); the first is traccar/traccar-client-android's own (its
# ProtocolFormatterTest.kt), where the position is no place yet.
ADDRESSES = (
    Address(
        "id=123456789012345&timestamp=619315200&lat=0.0&lon=0.0&speed=0.0&bearing=0.0&altitude=0.0&accuracy=0.0&batt=0.0",
        "123456789012345",
        0.0,
        0.0,
        _at(1989, 8, 17),
        {"speed_mps": 0, "bearing_deg": 0, "altitude_m": 0, "accuracy_m": 0, "battery": 0},
    ),
    Address(
        "id=902064&lat=42.06288&lon=-88.23412&timestamp=2016-01-27T18%3A55%3A47Z&hdop=6.0&altitude=224.0&speed=0.0",
        "902064",
        -88.23412,
        42.06288,
        _at(2016, 1, 27, 18, 55, 47),
        {"altitude_m": 224, "speed_mps": 0, "accuracy_m": None},
    ),
    Address(
        "id=902064&lat=42.06288&lon=-88.23412&timestamp=1442068686579&hdop=6.0&altitude=224.0&speed=0.0",
        "902064",
        -88.23412,
        42.06288,
        _at(2015, 9, 12, 14, 38, 6, 579_000),
    ),
    # A time without a zone is the district's, eight hours before UTC.
    Address(
        "lat=49.60688&lon=6.15788&timestamp=2014-06-04+09%3A10%3A11&altitude=384.7&speed=0.0&id=353861053849681",
        "353861053849681",
        6.15788,
        49.60688,
        _at(2014, 6, 4, 1, 10, 11),
    ),
    Address(
        "id=123456&timestamp=1377177267&lat=60.0&lon=30.0&speed=0.0&bearing=0.0&altitude=0&hdop=0.0",
        "123456",
        30.0,
        60.0,
        _at(2013, 8, 22, 13, 14, 27),
    ),
    Address(
        "id=123456&timestamp=1377177267&location=60.0,30.0",
        "123456",
        30.0,
        60.0,
        _at(2013, 8, 22, 13, 14, 27),
    ),
    Address(
        "id=123456789012345&timestamp=1504763810&lat=40.7232948571&lon=-74.0061408571&bearing=7.19889788244&speed=40"
        "&ignition=true&rpm=933&fuel=24",
        "123456789012345",
        -74.0061408571,
        40.7232948571,
        _at(2017, 9, 7, 5, 56, 50),
        {"speed_mps": 20.5778, "bearing_deg": 7.1989},
    ),
)
# Without a time, or without a place: Traccar puts its own there, which a resend would make another position.
ADDRESSES_UNREADABLE = (
    "lat=60.0&lon=30.0&speed=0.0&heading=0.0&vacc=0&hacc=0&altitude=0&deviceid=123456",
    "id=861001000719969&lat=41.666667&lon=-0.883333&altitude=350.059479&speed=0.000000&batt=87",
    "id=123456&timestamp=1377177267&cell=257,02,16,2224&cell=257,02,16,2223,-90&wifi=00-14-22-01-23-45,-80"
    "&wifi=00-1C-B3-09-85-15,-70",
)
