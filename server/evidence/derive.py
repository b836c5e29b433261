"""Pictures derived from a photo, for screens and public pages: small, upright and without any metadata.

Made from the untouched original in the same limited child process as the inspection. It takes twenty times
as long as everything else in an intake, so it is a job and never part of a request; storing the result is
not done here.
"""

from pathlib import Path
from typing import Literal

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
