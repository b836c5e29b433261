"""The signed receipt of a report, built from what is stored: the same for the first answer and every later one.

A phone deletes its copy only when a receipt's digest equals its own and `missing_photos` does not name the photo.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.contract import wire_time
from server.evidence.canonical import canonical
from server.evidence.signing import ReceiptSigner
from server.messages import say


def finding_words(finding: Mapping[str, Any]) -> dict[str, Any]:
    """A stored finding with its sentence."""
    params = finding["params"]
    return {
        "code": finding["code"],
        "params": params,
        "sha256": finding["sha256"],
        **say(f"finding.{finding['code']}", params),
    }


def routing_words(routing: Mapping[str, Any]) -> dict[str, Any]:
    """Why the case went where it went, as a reason; where a rule decided it is named, with the version of its set."""
    trace, reason = routing["trace"], routing["reason"]
    seen = trace[0] if trace else {}
    params = {"body": routing["body"], "township": seen.get("code"), "probability": seen.get("probability")}
    won = next((step["won"] for step in trace if step["step"] == "rules"), None)
    if won is None:
        return {"code": reason, "params": params, **say(f"routing.{reason}", params)}
    params |= {"rule": won, "rules": routing["rules"]}
    return {"code": reason, "params": params, **say(f"by_rule.{reason}", params)}


def make_receipt(stored: Mapping[str, Any], signer: ReceiptSigner) -> bytes:
    """The receipt of a stored report, as JSON: canonical but for the signature at its end.

    Args:
        stored: a row of fetch_report, or the same shape right after its insert; `match` may be a Fragment.
    """
    missing = [photo["sha256"] for photo in stored["photos"] if photo["received_at"] is None]
    case = stored["case"]
    receipt = {
        "id": str(stored["id"]),
        "digest": stored["digest"],
        "received_at": wire_time(stored["received_at"]),
        "state": "awaiting_photos" if missing else "complete",
        "missing_photos": missing,
        "match": stored["match"],
        "township": stored["township"],
        "routing": routing_words(stored["routing"]),
        "case": {"number": case["number"], "state": case["state"], "due_at": wire_time(case["due_at"])},
        "findings": [finding_words(finding) for finding in stored["findings"]],
    }
    text = canonical(receipt)
    signature = signer.sign_canonical(text)
    return text[:-1] + b',"signature":"' + signature.encode() + b'"}'
