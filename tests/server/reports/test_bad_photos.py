"""Bytes that are no photo we keep: refused with a stable code, alone and with a report, and nothing stays behind."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from tests.factories import photo_bytes, report_json
from tests.server.evidence.pictures import encoded, flat_png, noise, png_chunk
from tests.server.reports.hostile import Target, part, problem_of
from tests.server.reports.street import sha256_of

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


def bombs() -> Iterator[tuple[str, Callable[[], bytes], set[str]]]:
    """Name, maker and the codes allowed."""
    jpeg = encoded(noise(), "JPEG")
    frames = [Image.new("RGB", (32, 32), (n * 60, 255 - n * 60, 0)) for n in range(4)]
    yield "empty", lambda: b"", {"photo_not_an_image"}
    yield "text", lambda: b"hello", {"photo_not_an_image"}
    yield "SVG", lambda: SVG, {"photo_not_an_image"}
    yield "HTML", lambda: HTML, {"photo_not_an_image"}
    yield "GIF", lambda: encoded(noise(), "GIF"), {"photo_not_an_image"}
    yield "GIF with a page in it", lambda: b"GIF89a/*" + HTML + b"*/", {"photo_not_an_image"}
    yield "TIFF", lambda: encoded(noise(), "TIFF"), {"photo_not_an_image"}
    yield "BMP", lambda: encoded(noise(), "BMP"), {"photo_not_an_image"}
    yield "ICO", lambda: encoded(noise(32, 32), "ICO"), {"photo_not_an_image"}
    yield "PDF", lambda: b"%PDF-1.7\n" + jpeg, {"photo_not_an_image"}
    yield "ZIP before a JPEG", lambda: b"PK\x03\x04" + jpeg, {"photo_not_an_image"}
    yield (
        "start of JPEG only",
        lambda: b"\xff\xd8\xff",
        {"photo_not_an_image", "photo_truncated", "photo_corrupt"},
    )
    yield "JPEG cut off", lambda: jpeg[:-200], {"photo_truncated"}
    yield "JPEG half", lambda: jpeg[: len(jpeg) // 2], {"photo_truncated"}
    yield "PNG cut off", lambda: encoded(noise(), "PNG")[:-200], {"photo_truncated", "photo_corrupt"}
    yield "pixel flood", lambda: flat_png(20_000, 20_000), {"photo_too_many_pixels"}
    yield "a picture of two rows", lambda: flat_png(2**31 - 1, 2), {"photo_too_many_pixels", "photo_corrupt"}
    yield "a picture of no pixels", lambda: flat_png(0, 0), {"photo_corrupt", "photo_not_an_image"}
    yield (
        "animated PNG",
        lambda: encoded(frames[0], "PNG", save_all=True, append_images=frames[1:]),
        {"photo_animated"},
    )
    yield (
        "animated WebP",
        lambda: encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:]),
        {"photo_animated"},
    )
    yield "text bomb", _text_bomb, {"photo_corrupt", "photo_decode_limit", "photo_too_many_pixels"}


def _text_bomb() -> bytes:
    """A PNG whose compressed comment unpacks to 200 MB."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1_000_000)) for _ in range(200)) + packer.flush()
    png = flat_png(8, 8)
    return png[:33] + png_chunk(b"zTXt", b"Comment\0\0" + packed) + png[33:]


BOMBS = [pytest.param(make, codes, id=name) for name, make, codes in bombs()]


@pytest.mark.parametrize(("make", "codes"), BOMBS)
def test_what_is_no_photo_is_refused_with_the_report_and_after_it(
    target: Target, make: Callable[[], bytes], codes: set[str]
) -> None:
    data = make()
    report = report_json(photos=[data], note=str(uuid4()))
    report_id = uuid4()

    with target.unchanged():
        within = target.put_parts(
            part("report", json.dumps(report).encode()),
            part("photo", data, "a.jpg", b"\r\nContent-Type: image/jpeg"),
        )
    put: dict[str, Any] = {"headers": target.headers, "content_type": "application/json"}
    words = target.client.put(f"/api/v1/reports/{report_id}", data=json.dumps(report), **put)
    assert words.status_code == 201
    with target.unchanged():
        after = target.client.put(
            f"/api/v1/reports/{report_id}/photos/{sha256_of(data)}",
            data=data,
            headers=target.headers,
            content_type="image/jpeg",
        )

    for answer in (within, after):
        assert answer.status_code == 422
        assert problem_of(answer)["code"] in codes
    receipt = target.get(f"/reports/{report_id}/receipt").json
    assert receipt["missing_photos"] == [sha256_of(data)], "still asked for"


def test_a_body_of_25_megabytes_is_told_the_limit(target: Target) -> None:
    report_id, big = uuid4(), photo_bytes() + bytes(25_000_000)
    report = json.dumps(report_json(photos=[big])).encode()
    target.client.put(
        f"/api/v1/reports/{report_id}", data=report, headers=target.headers, content_type="application/json"
    )

    with target.unchanged():
        raw = target.client.put(
            f"/api/v1/reports/{report_id}/photos/{sha256_of(big)}", data=big, headers=target.headers
        )
        whole = target.put_parts(part("report", report), part("photo", big, "big.jpg"))

    for answer in (raw, whole):
        assert answer.status_code == 413
        problem = problem_of(answer)
        assert (problem["code"], problem["limit_bytes"]) == ("body_too_large", 20_000_000)
