"""Photos on the public page: proposed by a detector, decided by a person, blurred for good, the original untouched."""

from __future__ import annotations

import io
from collections.abc import Callable
from hashlib import sha256

import pytest
from flask.testing import FlaskClient
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageStat
from sqlalchemy import Engine

from config import Config
from server.openness.limiting import RateLimit
from server.problems.openness import TooManyRequests
from tests.server.openness.decided import API, decide, make_matter, publish

SIZE = (1200, 900)
PLATE = (500, 600, 780, 670)
BOX = [PLATE[0] / SIZE[0], PLATE[1] / SIZE[1], PLATE[2] / SIZE[0], PLATE[3] / SIZE[1]]


def street_with_a_plate() -> bytes:
    """A drawn wall with a number plate, and words in its metadata."""
    made = Image.effect_noise(SIZE, 12).convert("RGB")
    draw = ImageDraw.Draw(made)
    draw.rectangle((PLATE[0] - 60, PLATE[1] - 120, PLATE[2] + 60, PLATE[3] + 60), fill=(60, 62, 70))
    draw.rectangle(PLATE, fill=(235, 235, 235), outline=(20, 20, 20), width=5)
    draw.text((PLATE[0] + 14, PLATE[1] + 4), "F 735 KH", fill=(10, 10, 10), font=ImageFont.load_default(56))
    written = io.BytesIO()
    made.save(written, "JPEG", quality=92, comment=b"taken by somebody")
    return written.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def test_what_a_person_marks_is_gone_from_the_public_photo_and_from_it_only(
    client: FlaskClient, owner: Engine, sign_in: Callable[..., dict[str, str]], config: Config
) -> None:
    photo = street_with_a_plate()
    matter = make_matter(client, owner, sign_in, photo=photo)
    drafter, approver = sign_in("handler"), sign_in("reviewer")
    told = publish(client, decide(owner, matter), drafter, approver)
    address = f"{API}/publications/{told['id']}"
    (never,) = told["photos"]
    assert (never["chosen"], never["id"]) == (False, None)
    assert client.get("/api/v1/open/decisions").get_json()["items"][0]["photos"] == []
    late = client.put(
        f"{address}/photos/{matter.sha256}", json={"chosen": True, "regions": []}, headers=drafter
    )
    assert (late.status_code, late.get_json()["code"]) == (409, "publication_settled")

    publication = f"{API}/publications/{decide(owner, matter)}"
    assert (
        client.put(
            publication, json={"decision": publication.rpartition("/")[2]}, headers=drafter
        ).status_code
        == 201
    )
    shown = f"{publication}/photos/{matter.sha256}"
    proposed = client.get(f"{shown}/proposals", headers=drafter).get_json()["items"]
    plates = [one["box"] for one in proposed if one["kind"] == "plate"]
    assert any(_covers(box, BOX) > 0.6 for box in plates), proposed
    for wrong in ([0.5, 0.5, 0.4, 0.6], [-0.1, 0, 1, 1], [0, 0, 1]):
        answer = client.put(shown, json={"chosen": True, "regions": [wrong]}, headers=drafter)
        assert answer.status_code == 422
    (kept,) = client.put(shown, json={"chosen": True, "regions": [BOX]}, headers=drafter).get_json()["photos"]
    public = f"/api/v1/open/photos/{kept['id']}"
    assert client.get(public).status_code == 404  # It is a draft's.
    assert client.post(f"{publication}/approve", headers=approver).status_code == 200
    # Of one day, they come in no order of time.
    items = client.get("/api/v1/open/decisions").get_json()["items"]
    assert sorted(one["photos"] for one in items) == [[], [public]]

    seen = client.get(public)
    assert seen.mimetype == "image/jpeg" and b"somebody" not in seen.data and b"Exif" not in seen.data
    whole, blurred = opened(client.get(shown, headers=drafter).data), opened(seen.data)
    assert whole.size == blurred.size
    assert client.get(f"{shown}?blurred=true", headers=drafter).data == seen.data
    difference = ImageChops.difference(whole, blurred).convert("L")
    inside = difference.crop(PLATE)
    assert ImageStat.Stat(inside).mean[0] > 15
    difference.paste(0, (PLATE[0] - 16, PLATE[1] - 16, PLATE[2] + 16, PLATE[3] + 16))
    assert ImageStat.Stat(difference).extrema[0][1] < 40
    # Six blocks wide: no stroke of a letter is left in what a row across the plate shows.
    row = blurred.convert("L").crop((PLATE[0], 634, PLATE[2], 635)).resize((70, 1), Image.Resampling.BOX)
    steps = [abs(a - b) for a, b in zip(row.tobytes(), row.tobytes()[1:], strict=False)]
    assert sum(step > 12 for step in steps) < 8
    stored = [path for path in (config.var / "photos").rglob("*") if path.name.startswith(matter.sha256)]
    assert [sha256(path.read_bytes()).hexdigest() for path in stored] == [matter.sha256]

    withdrawn = client.post(f"{publication}/withdraw", json={"reason": "更正"}, headers=approver)
    assert withdrawn.status_code == 200
    assert client.get(public).status_code == 404


def _covers(box: list[float], wanted: list[float]) -> float:
    """Share of what is wanted that lies in a box."""
    wide = max(0.0, min(box[2], wanted[2]) - max(box[0], wanted[0]))
    high = max(0.0, min(box[3], wanted[3]) - max(box[1], wanted[1]))
    return wide * high / ((wanted[2] - wanted[0]) * (wanted[3] - wanted[1]))


def test_an_address_that_asks_too_often_is_told_when_to_come_back_and_others_are_not_held_up() -> None:
    now_s = 0.0
    limit = RateLimit(60, clock_s=lambda: now_s)
    for _ in range(60):
        limit.take("192.0.2.1")
    with pytest.raises(TooManyRequests) as refused:
        limit.take("192.0.2.1")
    assert refused.value.members == {"retry_after_s": 1}
    limit.take("192.0.2.2")
    now_s = 1.0
    limit.take("192.0.2.1")
    with pytest.raises(TooManyRequests):
        limit.take("192.0.2.1")
