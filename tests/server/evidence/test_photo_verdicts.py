"""Which photos are accepted and with which code the others are refused."""

import io
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from server.evidence.faults import PhotoRefused
from server.evidence.inspector import MIB, PhotoInspector
from tests.server.evidence.pictures import asked, encoded, flat_png, inspector_with, noise, png_chunk

Inspect = Callable[[bytes], str]


@pytest.fixture
def verdict(inspector: PhotoInspector, tmp_path: Path) -> Inspect:
    """The format of an accepted photo, or the code it is refused with."""

    def judge(data: bytes) -> str:
        path = tmp_path / "photo.jpg"
        path.write_bytes(data)
        try:
            return inspector.inspect(path).format
        except PhotoRefused as refused:
            return refused.code

    return judge


@pytest.mark.parametrize(
    ("form", "expected"), [("JPEG", "jpeg"), ("PNG", "png"), ("WEBP", "webp"), ("HEIF", "heic")]
)
def test_the_four_formats_are_known_by_their_bytes(verdict: Inspect, form: str, expected: str) -> None:
    assert verdict(encoded(noise(), form)) == expected


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_png_of_every_kind_of_pixel_is_accepted(verdict: Inspect, mode: str) -> None:
    image = Image.new("I;16", (40, 30), 40_000) if mode == "I;16" else noise().convert(mode)
    assert verdict(encoded(image, "PNG")) == "png"


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}], ids=str)
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_of_every_kind_is_accepted_with_its_full_size(
    inspector: PhotoInspector, tmp_path: Path, mode: str, options: dict[str, object]
) -> None:
    path = tmp_path / "photo"
    path.write_bytes(encoded(noise(161, 7).convert(mode), "JPEG", **options))
    facts = inspector.inspect(path)
    assert (facts.width, facts.height, facts.frames) == (161, 7, 1)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"\x00" * 1000,
        b"not a photo at all, only text named .jpg",
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.4\n",
        b"PK\x03\x04" + b"\x00" * 100,
        encoded(noise(), "GIF"),
        encoded(noise(), "TIFF"),
        encoded(noise(), "BMP"),
        encoded(noise(), "ICO"),
    ],
    ids=["empty", "byte", "nul", "text", "svg", "html", "pdf", "zip", "gif", "tiff", "bmp", "ico"],
)
def test_anything_else_named_jpg_is_not_an_image(verdict: Inspect, data: bytes) -> None:
    assert verdict(data) == "photo_not_an_image"


@pytest.mark.parametrize("form", ["JPEG", "PROGRESSIVE", "PNG", "WEBP", "HEIF"])
def test_a_photo_cut_anywhere_is_refused(verdict: Inspect, form: str) -> None:
    progressive = {"progressive": True} if form == "PROGRESSIVE" else {}
    data = encoded(noise(), "JPEG" if progressive else form, **progressive)
    cuts = {len(data) * part // 50 for part in range(1, 50)} | {len(data) - left for left in range(1, 12)}
    cuts |= {len(data) - left for left in range(12, min(2000, len(data) // 2), 100)}
    verdicts = {cut: verdict(data[:cut]) for cut in sorted(cuts) if cut >= 16}
    assert {cut: found for cut, found in verdicts.items() if found != "photo_truncated"} == {}


def test_a_jpeg_without_the_mark_of_its_end_is_cut_whatever_its_picture(verdict: Inspect) -> None:
    """Of about one picture in forty the decoder has all it needs a byte before the end, and says nothing."""
    for _ in range(200):
        data = encoded(noise(64, 48), "JPEG")
        assert verdict(data) == "jpeg"
        assert {verdict(data[:-left]) for left in (1, 2)} == {"photo_truncated"}


def test_a_pixel_flood_is_refused_before_anything_is_allocated(verdict: Inspect) -> None:
    flood = flat_png(9000, 9000)
    assert len(flood) < 20_000
    with inspector_with(max_memory_bytes=80 * MIB) as small:
        with pytest.raises(PhotoRefused) as refused:
            asked(small, flood)
        assert refused.value.code == "photo_too_many_pixels"
    assert verdict(flood) == "photo_too_many_pixels"


def test_a_webp_that_claims_sixteen_thousand_pixels_square_is_too_many_pixels(verdict: Inspect) -> None:
    canvas = (16_383).to_bytes(3, "little") * 2
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + canvas + bytes(40)
    assert verdict(b"RIFF" + struct.pack("<I", len(body)) + body) == "photo_too_many_pixels"


def test_fifty_megapixels_of_png_are_accepted_within_the_default_memory(verdict: Inspect) -> None:
    assert verdict(flat_png(8000, 6250, bits=8, colour=2)) == "png"
    assert verdict(flat_png(8000, 6251)) == "photo_too_many_pixels"


def test_a_photo_that_needs_more_memory_than_a_child_may_have_is_a_limit() -> None:
    with inspector_with(max_memory_bytes=150 * MIB) as small:
        for data in (flat_png(8000, 6000, bits=8, colour=2), encoded(Image.new("RGB", (6000, 5000)), "WEBP")):
            with pytest.raises(PhotoRefused) as refused:
                asked(small, data)
            assert refused.value.code == "photo_decode_limit"
        assert asked(small, encoded(noise(), "JPEG")).format == "jpeg"


def test_a_photo_that_takes_too_long_is_a_limit() -> None:
    with inspector_with(timeout_s=0.02) as hasty:
        with pytest.raises(PhotoRefused) as refused:
            asked(hasty, flat_png(8000, 6000, bits=8, colour=2))
    assert refused.value.code == "photo_decode_limit"


def test_a_text_chunk_that_unpacks_to_gigabytes_is_refused(verdict: Inspect) -> None:
    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(300)) + packer.flush()
    plain = encoded(noise(), "PNG")
    text = png_chunk(b"zTXt", b"Comment\x00\x00" + bomb)
    assert verdict(plain[:33] + text + plain[33:]) == "photo_decode_limit"
    profile = png_chunk(b"iCCP", b"icc\x00\x00" + bomb)
    assert verdict(plain[:33] + profile + plain[33:]) == "photo_decode_limit"


def test_animated_png_and_webp_are_refused(verdict: Inspect) -> None:
    for form in ("PNG", "WEBP"):
        data = encoded(noise(), form, save_all=True, append_images=[noise(), noise()], duration=50)
        assert verdict(data) == "photo_animated"


def test_several_pictures_with_a_primary_one_are_accepted(inspector: PhotoInspector) -> None:
    mpo = encoded(noise(64, 48), "MPO", save_all=True, append_images=[noise(32, 24)])
    facts = asked(inspector, mpo)
    assert (facts.format, facts.width, facts.frames) == ("jpeg", 64, 2)
    burst = pillow_heif.from_pillow(noise(64, 64))
    burst.add_from_pillow(noise(128, 128))
    out = io.BytesIO()
    burst.save(out)
    facts = asked(inspector, out.getvalue())
    assert (facts.format, facts.frames) == ("heic", 2)


def test_damaged_bytes_never_do_more_than_refuse_the_photo(verdict: Inspect) -> None:
    chance = random.Random(20261125)
    verdicts = set()
    for form in ("JPEG", "PNG", "WEBP", "HEIF"):
        good = encoded(noise(48, 32), form)
        for _ in range(40):
            bad = bytearray(good)
            for _ in range(chance.choice((1, 4, 30))):
                bad[chance.randrange(16, len(bad))] = chance.randrange(256)
            verdicts.add(verdict(bytes(bad)))
    assert "photo_corrupt" in verdicts
    assert verdict(encoded(noise(), "JPEG")) == "jpeg"
