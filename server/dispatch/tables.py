"""Likeness of photos, made by the worker."""

from sqlalchemy import Column, ForeignKey, Table, Text
from sqlalchemy.dialects.postgresql import BIT

from server.db import metadata

photo_likeness = Table(
    "photo_likeness",
    metadata,
    Column("sha256", Text, ForeignKey("photo.sha256"), primary_key=True),
    Column(
        "bits",
        BIT(128),
        nullable=False,
        comment="whether each of 8 x 8 fields is brighter than its left and its upper neighbour: "
        "photos of one thing differ in few bits",
    ),
)
