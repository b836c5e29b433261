"""Letters of the demo's first streets, signed at seven doors of ten, and one notice that did not arrive electronically.

Names, signatures and addresses are made up: surnames come from the register, addresses lead nowhere.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from PIL import Image, ImageDraw

from demo.managing import ASK, MANAGER

PUT = Callable[[str, str, bytes], dict[str, Any]]
"""`put(who, path, bytes)`: the answer's body. Raises NotSent for a refusal."""

_STREETS, _SIGNED, _REFUSED, _CONSENTS = 3, 0.7, 0.05, 0.15
_DAYS_AGO = (20, 300)
_PAGE = 500


def sign_letters(ask: ASK, put: PUT, until: datetime, id_of: Callable[[str], str]) -> None:
    """What was signed until now; sent again it is the same, and who has signed is not asked again."""
    streets = ask(MANAGER, "GET", "/coverage/letters/streets", None)["items"]
    some = sorted((one for one in streets if one["road"]), key=lambda one: (-one["total"], one["road"]))
    photo = _attach(put, _signature())
    served = None
    for street in some[:_STREETS]:
        query = f"road={street['road']}&township={street['township']}&limit={_PAGE}"
        for door in ask(MANAGER, "GET", f"/coverage/letters?{query}", None)["unsigned"]:
            chance = Random(door["zone"])
            drawn, signed_at = chance.random(), until - timedelta(days=chance.randint(*_DAYS_AGO))
            if drawn < _SIGNED + _REFUSED and door["refused_at"] is None:
                letter = _letter(door["subject"], photo if drawn < _SIGNED else None, signed_at)
                # One whose premises changed hands meanwhile had signed before: the new one has not.
                if _held(ask, door, signed_at):
                    ask(MANAGER, "PUT", f"/letters/{id_of('letter/' + door['zone'])}", letter)
            if chance.random() < _CONSENTS and served is None:
                served = door["subject"]
    if served is not None:
        _notice(ask, served, photo, until, id_of)


def _held(ask: ASK, door: dict[str, Any], at: datetime) -> bool:
    told = ask(MANAGER, "GET", f"/coverage/letters?zone={door['zone']}&on={at.date().isoformat()}", None)
    return [one["subject"] for one in told["unsigned"]] == [door["subject"]]


def _letter(subject: str, photo: str | None, at: datetime) -> dict[str, Any]:
    return {
        "subject": subject,
        "signer": "店主（示例）",
        "how": "in_person" if photo else "left",
        "outcome": "delivered" if photo else "refused",
        "served_at": at.replace(microsecond=0).isoformat(),
        "photo": photo,
        "valid_from": at.date().isoformat(),
        "valid_to": (at + timedelta(days=365)).date().isoformat(),
        "note": "示例",
    }


def _notice(ask: ASK, subject: str, form: str, until: datetime, id_of: Callable[[str], str]) -> None:
    """A notice that went by another electronic way, and was not opened: it is to be served on paper."""
    consent = {
        "signer": "店主（示例）",
        "phone": "000-0000-0000",
        "other": "政务消息号 000000(示例)",
        "form": form,
        "valid_from": (until - timedelta(days=60)).date().isoformat(),
    }
    ask(MANAGER, "PUT", f"/subjects/{subject}/service-consents/{id_of('consent')}", consent)
    paper = {
        "kind": "notice",
        "title": "门前三包整改告知书（示例）",
        "subject": subject,
        "text": "请保持门前整洁有序。",
    }
    made = ask(MANAGER, "PUT", f"/documents/{id_of('notice')}", paper)
    attempt = {
        "how": "electronic_other",
        "served_at": made["made_at"],
        "outcome": "failed",
        "note": "未读(示例)",
    }
    ask(MANAGER, "PUT", f"/documents/{id_of('notice')}/services/{id_of('notice/sent')}", attempt)


def _attach(put: PUT, picture: bytes) -> str:
    sha256 = hashlib.sha256(picture).hexdigest()
    put(MANAGER, f"/attachments/{sha256}", picture)
    return sha256


def _signature() -> bytes:
    """A sheet with lines and a scribble, always the same."""
    chance, sheet = Random(4), Image.new("RGB", (480, 680), "#f4f1ea")
    pen = ImageDraw.Draw(sheet)
    for y in range(90, 520, 26):
        pen.line((50, y, 430 - chance.randint(0, 90), y), fill="#9a9a94", width=3)
    scribble = [(240 + n * 11 + chance.randint(-6, 6), 585 + chance.randint(-26, 26)) for n in range(16)]
    pen.line(scribble, fill="#1b2a6b", width=4, joint="curve")
    into = io.BytesIO()
    sheet.save(into, "PNG")
    return into.getvalue()
