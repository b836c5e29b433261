"""Layers as they are sent: by whom, and the parts of a request with files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson
from flask import request

from server.db import Principal
from server.places.importing.layers import LayerFile
from server.problems.request import InputRefused, MalformedRequest, MediaTypeRefused, NotAllowed

MANAGERS = ("admin", "zone_manager")
_OPTIONS = "options"


@dataclass(frozen=True)
class UploadSettings:
    """Limits of a request with files.

    Attributes:
        open_staged: a new staged file, thrown away when the request ends. file_max_bytes: of each file.
        json_max_bytes: of the options.
    """

    open_staged: Callable[[], Any]
    file_max_bytes: int
    json_max_bytes: int


def of_the_district(asking: Principal) -> None:
    """Raises NotAllowed for others: a border has two sides, so a whole layer is the district's to change."""
    if asking.organisation_kind != "district":
        raise NotAllowed(allowed_roles=sorted(MANAGERS))


def read_parts(
    settings: UploadSettings, wanted: Sequence[str], welcome: Sequence[str] = ()
) -> tuple[dict[str, LayerFile], Any]:
    """The files of this request by the names of their parts, and its options as JSON.

    Args:
        wanted: parts that must be there once. welcome: parts that may be.
    Raises:
        MediaTypeRefused, MalformedRequest, InputRefused.
    """
    if request.mimetype != "multipart/form-data":
        raise MediaTypeRefused(accepted=["multipart/form-data"])
    known = (*wanted, *welcome)
    request.max_content_length = len(known) * settings.file_max_bytes + settings.json_max_bytes
    request.max_form_parts = len(known) + 3
    # A layer is larger than a photo; each part still goes straight to a file that ends with the request.
    cast(Any, request).open_staged = settings.open_staged
    try:
        forms, files = request.form, request.files
    except ValueError:
        raise MalformedRequest(detail="no complete multipart body") from None
    unknown = sorted((set(forms) | set(files)) - {*known, _OPTIONS} | set(forms) & set(known))
    twice = [part for part in known if len(files.getlist(part)) > 1]
    missing = [part for part in wanted if part not in files]
    if unknown or twice or missing:
        told = f"one file part each named {', '.join(wanted)} wanted"
        told += f", {', '.join(welcome)} if there is one" if welcome else ""
        at = (missing + twice + [part for part in unknown if part in known] + [""])[0]
        raise InputRefused(errors=[{"path": f"/{at}", "message": f"{told}, and options"}])
    sent = {
        part: LayerFile.opened(cast(Any, files[part].stream), files[part].filename or "-")
        for part in known
        if part in files
    }
    return sent, _options(settings.json_max_bytes)


def _options(max_bytes: int) -> Any:
    texts = [text.encode("latin-1") for text in request.form.getlist(_OPTIONS)]
    texts += [part.stream.read(max_bytes + 1) for part in request.files.getlist(_OPTIONS)]
    if len(texts) > 1:
        raise InputRefused(errors=[{"path": "/options", "message": "one part named options at most"}])
    try:
        return orjson.loads(texts[0]) if texts else {}
    except orjson.JSONDecodeError as error:
        raise MalformedRequest(detail=f"options are not JSON: {error.msg} at byte {error.pos}") from None
