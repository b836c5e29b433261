"""Decodes one photo to its end, inside the limited child process (inspect_child.py), and reports what it is.

A JPEG is decoded at an eighth of its size in grey: that still reads every coded block, so a cut or broken
file shows exactly as in a full decode, for less time and memory (30,000 damaged files: the same verdict for
each; 12 megapixels: 15 ms instead of 52, progressive 61 instead of 107). All else is decoded in full. The
server never imports this module.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from mmap import mmap
from typing import IO, Literal, cast

import pillow_heif
from PIL import Image, ImageDraw, ImageFile, ImageFont, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from server.evidence.containers import is_cut_off, lacks_end, sniff, webp_size
from server.evidence.exif import read_exif
from server.evidence.facts import PhotoFacts, PhotoFormat
from server.evidence.faults import PhotoRefused

PLUGINS: dict[PhotoFormat, str] = {
    "jpeg": JpegImagePlugin.JpegImageFile.format,
    "png": PngImagePlugin.PngImageFile.format,
    "webp": WebPImagePlugin.WebPImageFile.format,
    "heic": "HEIF",
}
# Peak address space while decoding, measured with 50 megapixels: JPEG progressive, RGB PNG, WebP, HEIC.
PEAK_BYTES_PER_PIXEL: dict[PhotoFormat, int] = {"jpeg": 3, "png": 4, "webp": 16, "heic": 8}
# Several pictures in a JPEG (MPO: gain maps, stereo) or a HEIC (bursts) are normal from phones: the primary
# one counts.
ANIMATED_FORMATS = frozenset({"png", "webp"})
FRAMES_TOLD = 1000
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
ThumbnailForm = Literal["jpeg", "webp"]
LIKENESS_EDGE_PX = 256
# The band below a stamped copy: readable on a small photo too.
BAND_MIN_PX = 640
BAND_COLOUR = (24, 28, 32)
FONT_MIN_PX = 16
FACES_MAX = 16

Image.MAX_IMAGE_PIXELS = None  # our own limit is checked before anything is allocated
ImageFile.LOAD_TRUNCATED_IMAGES = False
pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)


@dataclass(frozen=True)
class DecodeLimits:
    """max_pixels: width x height; free_bytes: address space that the child may still allocate."""

    max_pixels: int
    free_bytes: int


def inspect(data: mmap, limits: DecodeLimits) -> PhotoFacts:
    """Decode to the end and read the facts.

    Errors: PhotoRefused, for every file that is not a whole photo.
    """
    kind, image = _opened(data, limits)
    width, height = image.size
    with image, _judging(data, kind, width * height, limits):
        if kind == "jpeg":
            image.draft("L", (1, 1))
        image.load()
        if kind != "jpeg":
            # A HEIC may turn out larger than its header said.
            width, height = image.size
            _check_pixels(width, height, limits)
        exif, orientation = read_exif(image)
        frames = _frames(image, kind)
        return PhotoFacts(kind, width, height, 1 if kind == "heic" else orientation, frames, exif)


def thumbnail(data: mmap, limits: DecodeLimits, edge_px: int, form: ThumbnailForm, quality: int) -> bytes:
    """The photo upright, within edge_px x edge_px, as JPEG or WebP without any metadata.

    The pixels are pasted into a fresh picture, because saving a copy of an opened one carries comments and
    colour profiles along. Errors: PhotoRefused as `inspect`.
    """
    small = _small(data, limits, edge_px)
    fresh = Image.new("RGB", small.size)
    fresh.paste(small)
    return _saved(fresh, form, quality)


def stamped(
    data: mmap, limits: DecodeLimits, edge_px: int, quality: int, lines: Sequence[str], font: str
) -> bytes:
    """The photo as `thumbnail`, as JPEG, with lines of text in a band below it: no pixel of the photo is covered.

    Args:
        font: path of a font file; in a collection the face for simplified Chinese is taken.
    Errors: PhotoRefused as `inspect`; OSError for a font that cannot be read.
    """
    small = _small(data, limits, edge_px)
    width = max(small.width, BAND_MIN_PX)
    face = _face(font, max(FONT_MIN_PX, width // 60))
    written = [piece for line in lines for piece in _wrapped(line, face, width - 2 * FONT_MIN_PX)]
    step = int(face.size * 1.5)
    fresh = Image.new("RGB", (width, small.height + step * len(written) + FONT_MIN_PX), BAND_COLOUR)
    fresh.paste(small, ((width - small.width) // 2, 0))
    pen = ImageDraw.Draw(fresh)
    for number, piece in enumerate(written):
        place = (FONT_MIN_PX, small.height + FONT_MIN_PX // 2 + number * step)
        pen.text(place, piece, font=face, fill="white")
    return _saved(fresh, "jpeg", quality)


def likeness(data: mmap, limits: DecodeLimits) -> str:
    """What photos of one thing have alike: 128 digits 0 or 1, a field brighter than its left, then its upper neighbour.

    A difference hash of 8 x 8 fields both ways. Measured with the 22 photos of the demo: the same photo after JPEG 30,
    half the size, 30 % more light, a cut of 4 % or a turn of 2 degrees differs in 21 digits at most, two unlike ones in
    46 at least and 60 as a rule. Errors: PhotoRefused as `inspect`.
    """
    grey = _small(data, limits, LIKENESS_EDGE_PX).convert("L")
    rows = grey.resize((9, 8), Image.Resampling.BOX).tobytes()
    columns = grey.resize((8, 9), Image.Resampling.BOX).tobytes()
    across = (rows[place] < rows[place + 1] for place in range(72) if place % 9 != 8)
    down = (columns[place] < columns[place + 8] for place in range(64))
    return "".join("1" if brighter else "0" for brighter in (*across, *down))


def _small(data: mmap, limits: DecodeLimits, edge_px: int) -> Image.Image:
    """The photo upright and opaque, within edge_px x edge_px, never enlarged."""
    kind, image = _opened(data, limits)
    with image, _judging(data, kind, image.width * image.height, limits):
        if kind == "jpeg":
            image.draft("RGB", (2 * edge_px, 2 * edge_px))
        image.load()
        _, orientation = read_exif(image)
        small = _flat(image)
        small.thumbnail((edge_px, edge_px), Image.Resampling.LANCZOS)
        if kind != "heic" and orientation in UPRIGHT:
            small = small.transpose(UPRIGHT[orientation])
        return small


def _saved(fresh: Image.Image, form: ThumbnailForm, quality: int) -> bytes:
    out = io.BytesIO()
    fresh.save(out, form, quality=quality)
    return out.getvalue()


def _face(font: str, size_px: int) -> ImageFont.FreeTypeFont:
    for index in range(FACES_MAX):
        # BASIC: one letter after the other, without the shaping library and whatever it makes of hostile text.
        face = ImageFont.truetype(font, size_px, index, layout_engine=ImageFont.Layout.BASIC)
        if not font.endswith(".ttc") or str(face.getname()[0]).endswith("SC"):
            return face
    raise OSError(f"{font} has no face for simplified Chinese")


def _wrapped(line: str, face: ImageFont.FreeTypeFont, width_px: float) -> Iterator[str]:
    """The line in pieces that fit; Chinese may break anywhere."""
    piece = ""
    for letter in line:
        if piece and face.getlength(piece + letter) > width_px:
            yield piece
            piece = ""
        piece += letter
    yield piece


def _opened(data: mmap, limits: DecodeLimits) -> tuple[PhotoFormat, Image.Image]:
    kind = sniff(data)
    if kind is None:
        raise PhotoRefused(
            "photo_not_an_image",
            "文件不是 JPEG、PNG、WebP 或 HEIC 照片 / The file is no JPEG, PNG, WebP or HEIC photo",
        )
    # The JPEG decoder finds every cut by itself but one just before the end, and some cameras end their headers oddly.
    if lacks_end(data) if kind == "jpeg" else is_cut_off(data, kind):
        raise _truncated()
    width, height = webp_size(data) or (0, 0) if kind == "webp" else (0, 0)
    _check_pixels(width, height, limits)
    with _judging(data, kind, width * height, limits):
        image = Image.open(cast(IO[bytes], data), formats=(PLUGINS[kind],))
    _check_pixels(image.width, image.height, limits)
    if kind in ANIMATED_FORMATS and getattr(image, "n_frames", 1) > 1:
        raise PhotoRefused("photo_animated", "不接受动图 / Animated pictures are not accepted")
    return kind, image


def _check_pixels(width: int, height: int, limits: DecodeLimits) -> None:
    if width * height > limits.max_pixels:
        raise PhotoRefused(
            "photo_too_many_pixels",
            f"照片 {width}×{height} 超过 {limits.max_pixels} 像素 / "
            f"The photo of {width}x{height} has more than {limits.max_pixels} pixels",
        )


@contextmanager
def _judging(data: mmap, kind: PhotoFormat, pixels: int, limits: DecodeLimits) -> Iterator[None]:
    """Whatever a decoder raises inside becomes the PhotoRefused that says whose fault it was."""
    try:
        yield
    except PhotoRefused:
        raise
    except MemoryError as error:
        raise over_limit() from error
    except Exception as error:
        # Decoders raise anything on hostile bytes, and report a refused allocation as broken data too.
        if pixels * PEAK_BYTES_PER_PIXEL[kind] > limits.free_bytes or "too large" in str(error):
            raise over_limit() from error
        if "truncated" in str(error).lower() or is_cut_off(data, kind):
            raise _truncated() from error
        raise PhotoRefused(
            "photo_corrupt", f"照片已损坏 / The photo is damaged ({type(error).__name__}: {str(error)[:200]})"
        ) from error


def _frames(image: Image.Image, kind: PhotoFormat) -> int:
    # The number is the file's own claim and nothing is allocated for it.
    return min(int(getattr(image, "n_frames", 1)), FRAMES_TOLD)


def _flat(image: Image.Image) -> Image.Image:
    """RGB, transparency on white; sixteen-bit grey is brought down to eight, which convert() would clip."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    if image.has_transparency_data:
        over = image.convert("RGBA")
        over.thumbnail((2048, 2048), Image.Resampling.BOX)
        ground = Image.new("RGBA", over.size, "white")
        ground.alpha_composite(over)
        return ground.convert("RGB")
    return image.convert("RGB")


def _truncated() -> PhotoRefused:
    return PhotoRefused("photo_truncated", "照片不完整，请重新发送 / The photo is cut off, send it again")


def over_limit() -> PhotoRefused:
    """The refusal for a photo that cannot be decoded within the limits."""
    return PhotoRefused(
        "photo_decode_limit", "解码照片超出内存或时间限制 / Decoding takes too much memory or time"
    )
