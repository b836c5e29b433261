"""Thumbnails: upright, small, and not a byte of what the original said about where and when."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from server.evidence.derive import thumbnail
from server.evidence.faults import PhotoRefused
from server.evidence.inspector import PhotoInspector

FORMS = ["jpeg", "webp"]
CANARY = b"canary-3f9a"


def jpeg_markers(data: bytes) -> Iterator[int]:
    """Every marker before the picture data."""
    place = 2
    while data[place + 1] != 0xDA:
        yield data[place + 1]
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")


def webp_chunks(data: bytes) -> Iterator[bytes]:
    place = 12
    while place < len(data):
        yield data[place : place + 4]
        length = int.from_bytes(data[place + 4 : place + 8], "little")
        place += 8 + length + length % 2


def quarters(size: tuple[int, int] = (800, 600)) -> Image.Image:
    """Red, green, blue and white quarters: shows any turn and any mirroring."""
    image = Image.new("RGB", size, "white")
    half = (size[0] // 2, size[1] // 2)
    image.paste("red", (0, 0, *half))
    image.paste("green", (half[0], 0, size[0], half[1]))
    image.paste("blue", (0, half[1], half[0], size[1]))
    return image


def corners(image: Image.Image) -> list[str]:
    """The quarter at each corner, in reading order."""
    named = {(255, 0, 0): "red", (0, 128, 0): "green", (0, 0, 255): "blue", (255, 255, 255): "white"}
    places = [(8, 8), (image.width - 8, 8), (8, image.height - 8), (image.width - 8, image.height - 8)]
    found = []
    for place in places:
        pixel = image.convert("RGB").getpixel(place)
        assert isinstance(pixel, tuple)
        found.append(min(named, key=lambda known: sum(abs(a - b) for a, b in zip(known, pixel, strict=True))))
    return [named[colour] for colour in found]


def loaded(photo: Path) -> dict[str, bytes]:
    """Saves a photo that carries every kind of metadata, each with a canary; returns nothing of it."""
    exif = Image.Exif()
    exif[0x10F] = CANARY.decode()
    exif[0x112] = 6
    exif.get_ifd(0x8825)[18] = CANARY.decode()
    quarters().save(
        photo, "JPEG", exif=exif, xmp=CANARY, icc_profile=b"icc" + CANARY, comment=b"<script>" + CANARY
    )
    return {"photo": photo.read_bytes()}


@pytest.mark.parametrize("form", FORMS)
def test_no_byte_of_metadata_is_left(inspector: PhotoInspector, tmp_path: Path, form: str) -> None:
    photo = tmp_path / "photo"
    assert loaded(photo)["photo"].count(CANARY) == 5
    small = thumbnail(inspector, photo, form=form)  # type: ignore[arg-type]
    for trace in (CANARY, b"Exif", b"http://ns.adobe.com", b"ICC_PROFILE", b"<script", b"Photoshop"):
        assert trace not in small
    if form == "jpeg":
        # APP0 (JFIF), tables and the frame; no other application segment and no comment.
        assert set(jpeg_markers(small)) <= {0xE0, 0xDB, 0xC0, 0xC4}
    else:
        assert set(webp_chunks(small)) <= {b"VP8 ", b"VP8L"}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_picture_stands_upright_whatever_the_camera_wrote(
    inspector: PhotoInspector, tmp_path: Path, orientation: int
) -> None:
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = quarters().transpose(turns[orientation]) if orientation in turns else quarters()
    exif = Image.Exif()
    exif[0x112] = orientation
    stored.save(tmp_path / "photo", "JPEG", exif=exif)
    small = Image.open(io.BytesIO(thumbnail(inspector, tmp_path / "photo")))
    assert small.size == (512, 384)
    assert corners(small) == ["red", "green", "blue", "white"]


@pytest.mark.parametrize("form", FORMS)
def test_it_fits_and_is_never_enlarged(inspector: PhotoInspector, tmp_path: Path, form: str) -> None:
    for size, expected in (((4000, 3000), (512, 384)), ((90, 1200), (38, 512)), ((20, 10), (20, 10))):
        quarters(size).save(tmp_path / "photo", "PNG")
        made = thumbnail(inspector, tmp_path / "photo", form=form)  # type: ignore[arg-type]
        small = Image.open(io.BytesIO(made))
        assert (small.size, small.format) == (expected, form.upper())


def test_transparency_becomes_white_and_sixteen_bits_become_eight(
    inspector: PhotoInspector, tmp_path: Path
) -> None:
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", CANARY.decode())
    clear = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    clear.save(tmp_path / "clear", "PNG", pnginfo=note)
    made = thumbnail(inspector, tmp_path / "clear")
    assert Image.open(io.BytesIO(made)).getpixel((32, 32)) == (255, 255, 255)
    assert CANARY not in made
    Image.new("I;16", (64, 64), 0x8000).save(tmp_path / "deep", "PNG")
    grey = Image.open(io.BytesIO(thumbnail(inspector, tmp_path / "deep"))).getpixel((32, 32))
    assert isinstance(grey, tuple) and all(abs(value - 128) <= 2 for value in grey)


def test_what_is_no_photo_has_no_thumbnail(inspector: PhotoInspector, tmp_path: Path) -> None:
    (tmp_path / "photo").write_bytes(b"<svg/>")
    with pytest.raises(PhotoRefused) as refused:
        thumbnail(inspector, tmp_path / "photo")
    assert refused.value.code == "photo_not_an_image"


def test_the_original_is_not_touched(inspector: PhotoInspector, tmp_path: Path) -> None:
    photo = tmp_path / "photo"
    before = loaded(photo)["photo"]
    photo.chmod(0o444)
    thumbnail(inspector, photo)
    assert photo.read_bytes() == before
