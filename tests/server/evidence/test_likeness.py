"""Photos of one thing have alike what unlike ones do not: measured with the photos of the demo."""

from __future__ import annotations

import io
from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance, ImageOps

from config import Config
from server.evidence.faults import PhotoRefused
from server.evidence.inspector import PhotoInspector
from tests.server.evidence.conftest import REAL_PHOTOS
from tests.server.evidence.pictures import encoded, memory_file

ALIKE_MAX = Config.model_fields["duplicate_photo_bits_max"].default
# One scene each: the drawn ones share a street, and the portraits are one photo turned eight ways.
UNLIKE = (
    "drawn_02_fruit_crates.jpg",
    "drawn_09_soil.jpg",
    "ianare_DSCN0010.jpg",
    "ianare_DSCN0021.jpg",
    "ianare_DSCN0042.jpg",
    "ianare_portrait_1.jpg",
    "iphone11_gps.HEIC",
    "noexif.jpg",
    "pixel_gps.jpg",
)


def likeness(inspector: PhotoInspector, photo: bytes | Path) -> str:
    with memory_file(photo if isinstance(photo, bytes) else photo.read_bytes()) as file:
        return inspector.likeness(file)


def apart(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def small(name: str) -> Image.Image:
    picture = ImageOps.exif_transpose(Image.open(REAL_PHOTOS / name)).convert("RGB")
    picture.thumbnail((1024, 1024))
    return picture


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda picture: encoded(picture, "JPEG", quality=30), id="sent on by a chat program"),
        pytest.param(
            lambda picture: encoded(picture.resize((400, 300)), "WEBP"), id="half the size, squeezed"
        ),
        pytest.param(
            lambda picture: encoded(ImageEnhance.Brightness(picture).enhance(1.3), "PNG"), id="more light"
        ),
        pytest.param(
            lambda picture: encoded(
                ImageOps.crop(picture, border=min(picture.size) // 40), "JPEG", quality=85
            ),
            id="a little nearer",
        ),
    ],
)
def test_the_same_photo_looks_alike_however_it_came(inspector: PhotoInspector, change: object) -> None:
    assert callable(change)
    found = {
        name: apart(likeness(inspector, REAL_PHOTOS / name), likeness(inspector, change(small(name))))
        for name in ("drawn_02_fruit_crates.jpg", "ianare_DSCN0010.jpg", "noexif.jpg", "pixel_gps.jpg")
    }
    assert max(found.values()) <= ALIKE_MAX, found


def test_unlike_photos_look_unlike(inspector: PhotoInspector) -> None:
    bits = {name: likeness(inspector, REAL_PHOTOS / name) for name in UNLIKE}
    found = {(one, other): apart(bits[one], bits[other]) for one, other in combinations(UNLIKE, 2)}
    assert min(found.values()) > ALIKE_MAX + 10, min(found, key=found.__getitem__)


def test_it_is_told_upright_so_that_a_turned_camera_changes_nothing(inspector: PhotoInspector) -> None:
    portraits = [likeness(inspector, REAL_PHOTOS / f"ianare_portrait_{turn}.jpg") for turn in (1, 3, 6, 8)]
    assert max(apart(portraits[0], other) for other in portraits) <= 8


def test_what_is_no_photo_has_none(inspector: PhotoInspector) -> None:
    with pytest.raises(PhotoRefused):
        likeness(inspector, b"no photo")
    cut = io.BytesIO()
    small("noexif.jpg").save(cut, "JPEG")
    with pytest.raises(PhotoRefused):
        likeness(inspector, cut.getvalue()[: cut.tell() // 2])
