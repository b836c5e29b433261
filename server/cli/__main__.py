"""`python -m server.cli`, for the worker that `frontage run` starts."""

from server.cli import main

main(prog_name="frontage")
