"""What can go wrong with documents, their service and consents to it."""

from __future__ import annotations

from server.problems.base import Problem


class DocumentConflict(Problem):
    """This id was used for another document, attempt or consent before."""

    status, code = 409, "document_conflict"


class DocumentKindElsewhere(Problem):
    """Documents of this `kind` are not made out here: a letter is recorded with who signed it, by PUT /letters."""

    status, code = 422, "document_kind_elsewhere"


class ServiceConsentMissing(Problem):
    """Nobody is served this way (`how`) without a signed consent in force on that day that has an address for it."""

    status, code = 409, "service_consent_missing"


class ServiceGatewayMissing(Problem):
    """This deployment has no gateway that could send it (`how`); nothing was noted."""

    status, code = 409, "service_gateway_missing"


class LettersTooMany(Problem):
    """More letters (`count`) than one file holds (`limit`): narrow it down."""

    status, code = 422, "letters_too_many"
