"""What the evidence tests share: staging, one decoding process, an S3 server on loopback, the real photos."""

import contextlib
import io
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from server.evidence.inspector import PhotoInspector
from server.evidence.staging import StagedPhoto, Staging

REAL_PHOTOS = Path(__file__).parents[3] / "demo" / "tongzhou" / "photos"


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    return Staging(tmp_path / "staging", max_bytes=20_000_000)


@pytest.fixture
def stage(staging: Staging) -> Iterator[Callable[[bytes], StagedPhoto]]:
    """Stages bytes as the multipart parser would; what no store keeps is gone after the test."""
    with contextlib.ExitStack() as stack:

        def staged(data: bytes) -> StagedPhoto:
            photo = stack.enter_context(staging.open())
            photo.write(data)
            return photo

        yield staged


@pytest.fixture(scope="session")
def inspector() -> Iterator[PhotoInspector]:
    made = PhotoInspector()
    yield made
    made.close()


@pytest.fixture(scope="session")
def small_jpeg() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((320, 240), 60).convert("RGB").save(out, "JPEG", quality=85)
    return out.getvalue()


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(port, server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


@pytest.fixture
def make_bucket(s3_endpoint: str) -> Callable[[str], dict[str, str]]:
    """Makes a bucket and returns the options BucketStore needs for it."""

    def make(name: str) -> dict[str, str]:
        request = urllib.request.Request(f"{s3_endpoint}/{name}", method="PUT")
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200
        return {
            "endpoint": s3_endpoint,
            "region": "us-east-1",
            "access_key_id": "test",
            "secret_access_key": "test",
        }

    return make


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    give_up_s = time.monotonic() + 60
    while time.monotonic() < give_up_s and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError("the S3 test server did not start")
