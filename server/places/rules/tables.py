"""The table of rule sets. What stands in a set never changes; a draft comes into force once, and ends once."""

from sqlalchemy import Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from server import dated
from server.db import metadata

routing_rule_set = Table(
    "routing_rule_set",
    metadata,
    *dated.columns("rules"),
    UniqueConstraint("version", name="routing_rule_set_version_key"),
    ExcludeConstraint(("valid", "&&"), name="routing_rule_set_one_at_a_time", using="gist"),
)
