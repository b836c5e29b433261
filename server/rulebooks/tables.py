"""The table of rulebooks of all kinds. What stands in a set never changes; it only comes into force and ends."""

from sqlalchemy import Column, Date, Index, Table, Text, UniqueConstraint, desc
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from server import dated
from server.db import metadata

rulebook = Table(
    "rulebook",
    metadata,
    *dated.columns("rows", counted="given when a draft comes into force; counted by kind"),
    Column("kind", Text, nullable=False),
    Column("source_date", Date, comment="date of the source, as of a published document"),
    UniqueConstraint("kind", "version", name="rulebook_version_key"),
    ExcludeConstraint(("kind", "="), ("valid", "&&"), name="rulebook_one_at_a_time", using="gist"),
    Index("rulebook_of_kind", "kind", desc("id")),
    comment="whole sets as they were sent, of every kind of server.rulebooks.books",
)
