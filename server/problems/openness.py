"""What can go wrong with what is made public."""

from __future__ import annotations

from server.problems.base import Problem


class PublicationConflict(Problem):
    """This decision has a publication already; one that was withdrawn is none."""

    status, code = 409, "publication_conflict"


class PublicationNamesSomebody(Problem):
    """The text would name a person, a telephone or a number plate: the rulebook it comes from has to be put right."""

    status, code = 422, "publication_names_somebody"


class PublicationByAnother(Problem):
    """Who drafted a publication does not approve it."""

    status, code = 409, "publication_by_another"


class PublicationSettled(Problem):
    """It is published or withdrawn already; what is public is withdrawn and drafted anew."""

    status, code = 409, "publication_settled"


class TooManyRequests(Problem):
    """Too many requests from one address; Retry-After says when to try again."""

    status, code = 429, "too_many_requests"
