"""QR codes, black on white: what a phone reads off a screen or a sheet."""

from __future__ import annotations

import io

import segno

# The white border a reader needs (ISO/IEC 18004).
_QUIET_MODULES = 4


def svg(uri: str) -> str:
    """A QR code as an SVG document."""
    drawn = io.BytesIO()
    segno.make_qr(uri).save(
        drawn, kind="svg", border=_QUIET_MODULES, light="#fff", svgclass=None, lineclass=None
    )
    return drawn.getvalue().decode()


def png(uri: str, *, pixels_a_module: int) -> bytes:
    """A QR code as a PNG image, for what shows no SVG."""
    drawn = io.BytesIO()
    segno.make_qr(uri).save(drawn, kind="png", border=_QUIET_MODULES, scale=pixels_a_module)
    return drawn.getvalue()
