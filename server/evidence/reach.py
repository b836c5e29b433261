"""Failpoints: names that the code passes on its way, at which a kill test can end the process.

`photo.staged` (received and inspected), `photo.synced` (bytes on the medium), `photo.renamed` (under its
address), `photo.kept` (the address is on the medium too). In production nothing listens.
"""


def ignore(point: str) -> None:
    """The listener of production: nothing happens at any point."""
