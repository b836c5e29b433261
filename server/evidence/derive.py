"""Pictures derived from a photo, for screens, files and public pages: upright and without any metadata.

Made from the untouched original in the same limited child process as the inspection. It takes twenty times
as long as everything else in an intake, so it is never part of one; storing the result is not done here.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from server.evidence.faults import InspectorUnavailable
from server.evidence.inspector import PhotoInspector

THUMBNAIL_EDGE_PX = 512


def thumbnail(
    inspector: PhotoInspector,
    photo: int | Path | str,
    *,
    edge_px: int = THUMBNAIL_EDGE_PX,
    form: Literal["jpeg", "webp"] = "jpeg",
    quality: int = 80,
) -> bytes:
    """The photo, turned as its EXIF orientation says, within edge_px x edge_px; never enlarged.

    Args:
        photo: an open, readable file descriptor, or a path, of an original that was inspected before.
        quality: 1..95, as JPEG and WebP encoders count it.
    Returns: a JPEG or WebP with no EXIF, XMP, colour profile or comment. Colours are taken as sRGB.
    Errors: PhotoRefused, InspectorUnavailable.
    """
    return inspector.picture(photo, edge_px=edge_px, form=form, quality=quality)


def stamped(
    inspector: PhotoInspector,
    photo: int | Path | str,
    *,
    edge_px: int,
    lines: Sequence[str],
    font: Path,
    quality: int = 85,
) -> bytes:
    """The photo as `thumbnail` with lines of text burnt into a band below it: nothing of the photo is covered.

    Args:
        lines: what the band says; a line that is too long is wrapped.
        font: file of a font with Chinese letters.
    Returns: a JPEG without metadata. Errors: PhotoRefused, InspectorUnavailable (also for a font that is not there).
    """
    if not font.is_file():
        raise InspectorUnavailable(f"字体不存在 / There is no such font: {font}")
    return inspector.stamped(photo, edge_px=edge_px, quality=quality, lines=lines, font=font)
