"""What can go wrong with a step of enforcement, and with certificates."""

from __future__ import annotations

from server.problems.base import Problem


class StepRefused(Problem):
    """The proceeding cannot take this step now: `guard` and `reason` say why, `allowed_steps` what it can take,
    `current_version` and `state` how it stands."""

    status, code = 409, "step_refused"


class TwoOfficersNeeded(Problem):
    """A step of enforcement is taken by two officers at least; `given` is how many came."""

    status, code = 422, "two_officers_needed"


class CertificateRefused(Problem):
    """Somebody of the officers has no certificate in force on the day of the step: `officers` names each, with when the
    last one ended."""

    status, code = 422, "certificate_refused"


class DelegationMissing(Problem):
    """The body has no delegation in force for this `item`; `ended_on` is when the last one ended."""

    status, code = 409, "delegation_missing"


class LegalReviewNeeded(Problem):
    """The decision is major: somebody else has to approve it first; `rules` says why."""

    status, code = 409, "legal_review_needed"


class ReviewByOwnOfficer(Problem):
    """Who took a step of this `proceeding` or handled its case does not review it."""

    status, code = 409, "review_by_own_officer"


class AmountRefused(Problem):
    """The amount is not between those the item allows; `least` and `most` in yuan."""

    status, code = 422, "amount_refused"


class CertificateTaken(Problem):
    """This account has a certificate of this kind for a part of that time, or somebody else has this number."""

    status, code = 409, "certificate_taken"
