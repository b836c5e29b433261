"""What can go wrong with lists of categories."""

from __future__ import annotations

from server.problems.base import Problem


class CategoryListRefused(Problem):
    """A list of categories cannot be used: `errors` names every fault with its row, and nothing was kept."""

    status, code = 422, "categories_refused"


class CategoriesInForce(Problem):
    """This list came into force already, from another day or as another import; a list is never changed."""

    status, code = 409, "categories_in_force"


class CategoryDayRefused(Problem):
    """A list begins after the one before it, and not on a day whose reports have their categories; see `reason`."""

    status, code = 422, "category_day_refused"
