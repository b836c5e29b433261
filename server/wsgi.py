"""What gunicorn loads: the app of the deployment the environment describes."""

import os

from config import Config
from server.app import create_app
from server.deployment import Deployment

_deployment = Deployment(Config.from_env(os.environ))
app = create_app(
    _deployment.config,
    app_database_url=_deployment.app_url,
    public_database_url=_deployment.public_url,
    photo_store_url=_deployment.photo_store_url,
)
