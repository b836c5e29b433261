"""The settings of one deployment: typed, frozen, read once from the environment.

Every field can be set by `FRONTAGE_<FIELD IN CAPITALS>`; units stand in the names and the description says why the
default is what it is. All mistakes are reported together. The fields stand in settings/, by what they are about. Only
server.parts, server.wiring, server.app, server.cli and server.gunicorn_conf import this module; everything else
receives the plain values it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import ConfigDict, ValidationError

from settings.backup import Backup
from settings.campaigns import Campaigns
from settings.casework import Casework
from settings.coverage import Coverage
from settings.covering import Covering
from settings.demo import Demo
from settings.doctor import Doctor
from settings.documents import Documents
from settings.duty import Duty
from settings.evidence import Evidence
from settings.indicators import Indicators
from settings.judging import Judging
from settings.keeping import Keeping
from settings.live import Live
from settings.openness import Openness
from settings.operation import Operation
from settings.people import People
from settings.phones import Phones
from settings.places import Places
from settings.positions import Positions
from settings.ratings import Ratings
from settings.records import Records
from settings.rulebooks import Rulebooks
from settings.serving import Serving
from settings.subjects import Subjects
from settings.trackers import Trackers
from settings.tracking import Tracking

PREFIX = "FRONTAGE_"


class ConfigRefused(ValueError):
    """One or more settings cannot be used; the message lists all of them."""


class Config(
    Serving,
    Evidence,
    Judging,
    Casework,
    Places,
    Rulebooks,
    Documents,
    Openness,
    Subjects,
    Records,
    Ratings,
    Live,
    Tracking,
    Duty,
    Positions,
    Trackers,
    Keeping,
    Covering,
    Coverage,
    Campaigns,
    Indicators,
    People,
    Phones,
    Backup,
    Operation,
    Doctor,
    Demo,
):
    """One deployment. Field descriptions are the source of docs/configuration.md."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @property
    def secrets(self) -> Path:
        """Folder of keys this deployment made for itself, mode 0700."""
        return self.var / "secrets"

    @property
    def url(self) -> str:
        return self.public_url or f"http://{self.host}:{self.port}"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read every FRONTAGE_* variable.

        Raises:
            ConfigRefused: with one line per mistake, unknown variables included.
        """
        given = {
            name.removeprefix(PREFIX).lower(): value
            for name, value in environ.items()
            if name.startswith(PREFIX) and value != ""
        }
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            lines = [f"{PREFIX}{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
            raise ConfigRefused("\n".join(sorted(lines))) from None
