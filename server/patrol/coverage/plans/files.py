"""Sets of plans from files: JSON as the API takes it."""

from __future__ import annotations

import orjson
from pydantic import ValidationError

from server.patrol.coverage.plans.wire import PatrolPlansIn
from server.places.importing import ImportRefused
from server.problems.answering import from_validation


def read_json(data: bytes) -> PatrolPlansIn:
    """Raises ImportRefused, naming every member that cannot be used."""
    try:
        return PatrolPlansIn.model_validate(orjson.loads(data))
    except orjson.JSONDecodeError as error:
        raise ImportRefused([f"不是 JSON / not JSON: {error}"]) from error
    except ValidationError as error:
        found = from_validation(error).errors or []
        raise ImportRefused([f"{one['path']}: {one['message']}" for one in found]) from error
