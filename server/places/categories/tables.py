"""The table of lists of categories. What stands in a list never changes; in force it stands in `category` as well."""

from sqlalchemy import Column, Date, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from server import dated
from server.db import metadata

category_list = Table(
    "category_list",
    metadata,
    *dated.columns("categories"),
    Column("source_date", Date, comment="date of the source, as of a published standard"),
    Column("list_id", Text, nullable=False),
    Column("list_version", Text, nullable=False),
    UniqueConstraint("version", name="category_list_version_key"),
    ExcludeConstraint(("valid", "&&"), name="category_list_one_at_a_time", using="gist"),
    comment="whole lists as they were sent; from its first day on a list stands in category",
)
