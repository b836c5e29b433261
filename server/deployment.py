"""Where the parts of one deployment are: its database for the owner and for the server, its photo store.

The private cluster under var/ is used unless FRONTAGE_DATABASE_URL names another server. The command line and the
process entry points ask here; the app itself only gets the URLs it needs.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import make_url

from config import Config
from server import schema, secrets
from server.cluster import PrivateCluster

DATABASE = "frontage"
SERVER_ROLE = "frontage_app"
WORKER_ROLE = "frontage_worker"
PUBLIC_ROLE = "frontage_public"


@dataclass(frozen=True)
class Deployment:
    """One deployment's addresses."""

    config: Config

    @property
    def cluster(self) -> PrivateCluster | None:
        """The private cluster, or None when a server is named."""
        config = self.config
        if config.database_url:
            return None
        return PrivateCluster(config.var, archive_timeout_s=config.wal_archive_timeout_s)

    @property
    def owner_url(self) -> str:
        """URL of the owner: migrations and operators' commands."""
        cluster = self.cluster
        return cluster.owner_url(DATABASE) if cluster else str(self.config.database_url)

    @property
    def app_url(self) -> str:
        """URL of the server's role, which owns nothing."""
        return self.config.app_database_url or self._role_url(SERVER_ROLE)

    @property
    def worker_url(self) -> str:
        return self._role_url(WORKER_ROLE)

    @property
    def public_url(self) -> str:
        """URL of the public page's role, which can read no table."""
        return self._role_url(PUBLIC_ROLE)

    @property
    def photo_store_url(self) -> str:
        return self.config.photo_store_url or (self.config.var / "photos").as_uri()

    def _role_url(self, role: str) -> str:
        # In the private cluster the socket folder lets only its owner in; elsewhere the role has a password.
        password = None if self.cluster else self._role_password(role)
        return schema.role_url(self.owner_url, role, password)

    def _role_password(self, role: str) -> str:
        return secrets.random_key(self.config.secrets / f"{role}.password")

    def prepare(self) -> bool:
        """Start the cluster and bring the schema up to date; whether this call started the cluster."""
        started = False
        cluster = self.cluster
        if cluster:
            started = cluster.start()
            if not cluster.database_exists(DATABASE):
                cluster.create_database(DATABASE)
        schema.migrate(self.owner_url, metric_srid=self.config.metric_srid)
        if not cluster:
            for role in (SERVER_ROLE, WORKER_ROLE, PUBLIC_ROLE):
                schema.set_role_password(self.owner_url, role, self._role_password(role))
        return started

    def describe(self) -> str:
        """The database's address without its password."""
        return make_url(self.owner_url).render_as_string(hide_password=True)
