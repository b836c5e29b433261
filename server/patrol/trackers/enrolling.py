"""One code that sets up server, token and settings of a phone: what it says for each app.

Pure but for the random token. The token stands in the code in clear, for that is all a plain tracker can take; the
database keeps its SHA-256, so that a code is shown once, to whoever asked for it, and never again.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlencode

import orjson

from server.contract import API

Kind = Literal["app", "owntracks", "osmand", "overland"]
_RANDOM_BYTES = 32
_HTTP_MODE = 3
_MOVE_MODE = 2


@dataclass(frozen=True)
class Setup:
    """What one phone is set up with.

    Attributes:
        root: address of the server, without a slash at its end.
        username: of the officer; OwnTracks sends it along.
        name: of the device. token: opaque. interval_s: between two fixes.
    """

    root: str
    kind: Kind
    username: str
    name: str
    token: str
    interval_s: int

    @property
    def address(self) -> str:
        """Where its positions go."""
        return f"{self.root}{API}/trackers/{self.kind}"

    @property
    def uri(self) -> str:
        """What the code holds: the app opens it and is set up."""
        return _URIS[self.kind](self)


def new_token() -> str:
    """A token nobody guesses: 256 random bits in characters that any field and address takes."""
    return secrets.token_urlsafe(_RANDOM_BYTES)


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _owntracks(setup: Setup) -> str:
    # The device's name is left to the app: it tells two phones apart that were set up by one code.
    configuration = {
        "_type": "configuration",
        "mode": _HTTP_MODE,
        "url": setup.address,
        "auth": True,
        "username": setup.username,
        "password": setup.token,
        "monitoring": _MOVE_MODE,
        "locatorInterval": setup.interval_s,
        "moveModeLocatorInterval": setup.interval_s,
        "locatorDisplacement": 0,
    }
    inline = base64.b64encode(orjson.dumps(configuration)).decode()
    return f"owntracks:///config?inline={quote(inline, safe='=')}"


def _osmand(setup: Setup) -> str:
    # An https address would be opened by a browser, and the browser would claim the token. Its own scheme is not.
    told = {
        "url": setup.address,
        "id": setup.token,
        "accuracy": "highest",
        "interval": setup.interval_s,
        "distance": 0,
        "buffer": "true",
        "stop_detection": "false",
    }
    return f"org.traccar.client://config?{urlencode(told)}"


def _overland(setup: Setup) -> str:
    # unique_id: it names the phone in every batch, so that another phone with this token is told apart.
    told = {"url": setup.address, "token": setup.token, "device_id": setup.name, "unique_id": "yes"}
    return f"overland://setup?{urlencode(told, quote_via=quote, safe='')}"


def _app(setup: Setup) -> str:
    # Behind the # nothing is sent: no server and no log on the way sees it.
    return f"{setup.root}/#{urlencode({'device_token': setup.token, 'device': setup.name}, quote_via=quote)}"


_URIS = {"owntracks": _owntracks, "osmand": _osmand, "overland": _overland, "app": _app}


def overland_settings(interval_s: int) -> dict[str, object]:
    """What Overland is told with its first answer: its code cannot hold how it is to track."""
    steps_s = (1, 5, 10, 15, 30)
    send_s = max((step for step in steps_s if step <= interval_s), default=steps_s[0])
    return {
        "send_interval": f"{send_s}s",
        "main": {
            "tracking_mode": "standard",
            "desired_accuracy": "best",
            "pause_automatically": False,
            "logging_mode": "all",
        },
    }
