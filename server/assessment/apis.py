"""The routes of indicators, put together for the app."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flask_openapi3 import APIBlueprint

from server.assessment.book import FigureBook
from server.assessment.counted import CaseReader, FileSettings
from server.assessment.file_routes import CaseFiles, indicator_file_routes
from server.assessment.means_routes import means_routes
from server.assessment.routes import assessment_routes
from server.assessment.scorecard_routes import scorecard_routes


def indicator_apis(
    book: FigureBook, settings: FileSettings, clock: Callable[[], datetime], scratch: Path
) -> list[APIBlueprint]:
    """Figures, the cases behind them, files of both, the three means, and scorecards.

    Args:
        scratch: folder for files being written.
    """
    reader = CaseReader(book.db, settings)
    files = CaseFiles(book, reader, clock, scratch, settings.indicator_workbook_rows_max)
    return [
        assessment_routes(book, clock),
        indicator_file_routes(files),
        means_routes(book),
        scorecard_routes(book, clock),
    ]
