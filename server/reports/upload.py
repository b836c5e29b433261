"""Request bodies with photos: every file part goes straight to a staged file, hashed as it comes, and never to memory.

What a request staged is thrown away when it ends, unless the store kept it; a client that hangs up leaves nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any, cast

import orjson
from flask import Flask, Request, request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import ClientDisconnected
from werkzeug.formparser import FormDataParser, MultiPartParser

from server.evidence.staging import StagedPhoto, Staging
from server.problems.request import InputRefused, MalformedRequest, MediaTypeRefused

_CHUNK_BYTES = 256 * 1024


class _Wire:
    """The body as the server below gives it: ending before its announced length, or in bad chunks, is a broken line.

    Werkzeug leaves both to that server, which may end a cut-off body like a whole one.
    """

    def __init__(self, stream: IO[bytes], announced_bytes: int) -> None:
        self._stream = stream
        self._left_bytes = announced_bytes

    def read(self, size: int = -1) -> bytes:
        try:
            data = self._stream.read(size)
        except Exception as error:
            raise OSError("the body cannot be read to its end") from error
        if not data and size != 0 and self._left_bytes > 0:
            raise OSError("the body ends before its announced length")
        self._left_bytes -= len(data)
        return data


class _ExactParts(MultiPartParser):
    """Text parts byte for byte, one character a byte: decoding with replacements would change what was sent."""

    def get_part_charset(self, headers: Headers) -> str:
        return "latin-1"


class _StrictForms(FormDataParser):
    """Multipart bodies only, and a broken one is an error; by default it would count as an empty form."""

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> Any:
        boundary = (options or {}).get("boundary", "").encode("ascii")
        if mimetype != "multipart/form-data" or not boundary:
            raise ValueError("a multipart body with its boundary wanted")
        parts = _ExactParts(
            stream_factory=self.stream_factory,
            max_form_memory_size=self.max_form_memory_size,
            max_form_parts=self.max_form_parts,
            cls=self.cls,
        )
        return stream, *parts.parse(stream, boundary, content_length)


class StagingRequest(Request):
    """A request whose multipart file parts are staged photos."""

    form_data_parser_class = _StrictForms

    def __init__(self, environ: dict[str, Any], populate_request: bool = True, shallow: bool = False) -> None:
        super().__init__(environ, populate_request, shallow)
        if "wsgi.input" in environ:
            environ["wsgi.input"] = _Wire(environ["wsgi.input"], self.content_length or 0)

    open_staged: Callable[[], StagedPhoto]
    staged: list[StagedPhoto]

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        photo = self.stage()
        return cast(IO[bytes], photo)

    def stage(self) -> StagedPhoto:
        """A new staged photo that ends with this request."""
        photo = self.open_staged()
        self.__dict__.setdefault("staged", []).append(photo)
        return photo


def install(app: Flask, staging: Staging) -> None:
    """Let requests of `app` stage photos in `staging`."""
    app.request_class = type("StagingRequest", (StagingRequest,), {"open_staged": staticmethod(staging.open)})

    @app.teardown_request
    def _discard(_: BaseException | None) -> None:
        for photo in request.__dict__.get("staged", []):
            photo.discard()


def read_report(
    *, json_max_bytes: int, photo_max_bytes: int, photo_max_count: int
) -> tuple[Any, list[StagedPhoto]]:
    """The report's JSON value and the photos of this request, multipart or JSON alone.

    Raises:
        MalformedRequest: cut off or not JSON. MediaTypeRefused. InputRefused: parts that have no meaning here.
        werkzeug's 413, PhotoTooLarge and storage faults while staging.
    """
    if request.mimetype == "application/json":
        request.max_content_length = json_max_bytes
        body = request.get_data(cache=False)
        # Of a body without announced length, one beyond the limit is refused only here.
        request.stream.read(1)
        return _decode(body), []
    if request.mimetype != "multipart/form-data":
        raise MediaTypeRefused(accepted=["application/json", "multipart/form-data"])
    request.max_content_length = json_max_bytes + photo_max_count * (photo_max_bytes + 1024)
    request.max_form_memory_size = json_max_bytes
    request.max_form_parts = photo_max_count + 2
    return _parts(json_max_bytes)


def _parts(json_max_bytes: int) -> tuple[Any, list[StagedPhoto]]:
    try:
        forms, files = request.form, request.files
    except ValueError:
        raise MalformedRequest(detail="no complete multipart body") from None
    unknown = (set(forms) | set(files)) - {"report", "photo"}
    if unknown:
        raise InputRefused(errors=[{"path": "", "message": "only parts named report and photo are taken"}])
    texts: list[bytes] = [text.encode("latin-1") for text in forms.getlist("report")]
    texts += [file.stream.read(json_max_bytes + 1) for file in files.getlist("report")]
    if len(texts) != 1 or "photo" in forms:
        raise InputRefused(
            errors=[{"path": "/report", "message": "one part named report wanted, photos as files"}]
        )
    return _decode(texts[0]), [cast(StagedPhoto, file.stream) for file in files.getlist("photo")]


def _decode(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedRequest(detail=f"not JSON: {error.msg} at byte {error.pos}") from None


def read_photo(*, photo_max_bytes: int) -> StagedPhoto:
    """The raw bytes of this request as a staged photo."""
    request.max_content_length = photo_max_bytes
    photo = cast(StagingRequest, request).stage()
    stream = request.stream
    while chunk := stream.read(_CHUNK_BYTES):
        photo.write(chunk)
    if request.content_length is not None and photo.size_bytes != request.content_length:
        raise ClientDisconnected()
    return photo
