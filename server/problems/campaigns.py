"""What can go wrong with campaigns."""

from __future__ import annotations

from server.problems.base import Problem


class CampaignChanged(Problem):
    """Somebody was first: the terms have another version by now, which `version` tells."""

    status, code = 409, "campaign_changed"


class CampaignCancelled(Problem):
    """The campaign was cancelled; only what was looked at before still counts."""

    status, code = 409, "campaign_cancelled"


class CampaignResultConflict(Problem):
    """This id was used before, for something else."""

    status, code = 409, "campaign_result_conflict"
