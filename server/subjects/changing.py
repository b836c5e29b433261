"""Changing the register: each change ends what held and begins what holds, and is noted with its reason.

Runs with the rights of the connection given. Days are first days; a change never reaches back before the one it
follows, so that what was read of an earlier day stays true.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import Connection

from server.problems.request import NotFound
from server.problems.subjects import (
    SubjectDayRefused,
    SubjectLicenceTaken,
    SubjectMerged,
    SubjectMergeRefused,
    SubjectNotYours,
    SubjectPlaceRefused,
    SubjectPlaceTaken,
)
from server.subjects.register import SQL
from server.subjects.wire import (
    SubjectIn,
    SubjectMergeIn,
    SubjectPersonChangeIn,
    SubjectPersonIn,
    SubjectPlaceEndIn,
    SubjectPlaceIn,
    SubjectRevisionIn,
    SubjectSuccessionIn,
    SubjectWords,
    ZoneRef,
)

_SAID = ("name", "kind", "trade", "licence")


@dataclass(frozen=True)
class Record:
    """A subject that is being changed."""

    id: str
    code: str
    township: str | None


@dataclass(frozen=True)
class Keeper:
    """Changes of one transaction: on whose connection, when, and what day it is.

    Attributes:
        own_township: code of the township that asks; None of the district, which keeps them all.
        sample: whether what is registered is made up.
    """

    connection: Connection
    at: datetime
    today: date
    own_township: str | None = None
    sample: bool = False

    def register(self, given: SubjectIn) -> Record:
        """A new subject with its places and persons.

        Raises: SubjectPlaceRefused, SubjectNotYours, SubjectPlaceTaken, SubjectLicenceTaken.
        """
        since = given.valid_from or self.today
        made = self._insert(self._township(given), successor_of=None)
        self._say(made, given, since)
        self._name(made, given.persons, since)
        for place in given.places:
            self._place(made, place, since)
        self.note(made, "registered", given.reason, {**_said(given), "zones": _codes(given.places)}, since)
        return made

    def revise(self, code: str, given: SubjectRevisionIn, action: str = "revised") -> Record:
        """Another name, kind, trade or licence.

        Raises: NotFound, SubjectMerged, SubjectDayRefused, SubjectLicenceTaken.
        """
        told = given.model_dump(include=set(_SAID), exclude_unset=True)
        # A trade or a licence may be taken away; a name or a kind that is null is one left out.
        told = {name: value for name, value in told.items() if value or name in ("trade", "licence")}
        held = self._hold(code)
        changed = self._revise(held, told, given.valid_from or self.today)
        self.note(held, action, given.reason, changed, given.valid_from or self.today)
        return held

    def name_person(self, code: str, given: SubjectPersonChangeIn) -> Record:
        """Somebody else of a rank. Raises NotFound, SubjectMerged, SubjectDayRefused."""
        held = self._hold(code)
        since = given.valid_from or self.today
        self._not_before(since, self._newest(held)["first"])
        before = self._person(held, given.rank)
        if before:
            self._not_before(since, before["since"])
        self._end_persons(held, since, given.rank)
        self._name(held, [given], since)
        told = {"rank": given.rank, "before": before and before["name"], "after": given.name}
        self.note(held, "person_named", given.reason, told, since)
        return held

    def add_place(self, code: str, given: SubjectPlaceIn) -> Record:
        """A further zone. Raises NotFound, SubjectMerged, SubjectDayRefused, SubjectPlaceRefused, SubjectPlaceTaken."""
        held = self._hold(code)
        since = given.valid_from or self.today
        self._not_before(since, self._newest(held)["first"])
        self._place(held, given, since)
        self.note(held, "place_added", given.reason, {"zones": [given.zone]}, since)
        return held

    def end_place(self, code: str, given: SubjectPlaceEndIn) -> Record:
        """A zone it no longer answers for. Raises NotFound, SubjectMerged, SubjectPlaceRefused, SubjectDayRefused."""
        held = self._hold(code)
        day = given.on or self.today
        mine = [
            one
            for one in self._places_from(held, day)
            if (one["zone_kind"], one["zone"]) == (given.zone_kind, given.zone)
        ]
        if not mine:
            raise SubjectPlaceRefused(zone=given.zone)
        self._not_before(day, mine[0]["since"])
        self._end_place(mine[0]["id"], day)
        self.note(held, "place_ended", given.reason, {"zones": [given.zone]}, day)
        return held

    def succeed(self, code: str, given: SubjectSuccessionIn) -> Record:
        """A tenant change: the zones of one subject go to a new one from a day on.

        Raises: NotFound, SubjectMerged, SubjectDayRefused (it has no zone on the day before), SubjectLicenceTaken.
        """
        held = self._hold(code)
        day = given.on or self.today
        later = self._places_from(held, day)
        moving = [one for one in later if one["since"] < day]
        if not moving:
            raise SubjectDayRefused(since=later[0]["since"].isoformat() if later else None)
        self._licence_free(given.licence, day, but=None)
        owner = self._person(held, 2)
        for one in moving:
            self._end_place(one["id"], day)
        if len(moving) == len(later):
            SQL["end_subject_versions"].run(self.connection, {"subject": held.id, "day": day})
            self._end_persons(held, day)
        made = self._insert(held.township, successor_of=held.id)
        self._say(made, given, day)
        persons = list(given.persons)
        if (
            owner
            and (owner["until"] is None or owner["until"] > day)
            and all(one.rank != 2 for one in persons)
        ):
            persons.append(SubjectPersonIn(rank=2, **{k: owner[k] for k in ("name", "capacity", "phone")}))
        self._name(made, persons, day)
        for one in moving:
            self._put_place(made, one["zone_kind"], one["zone"], day, one["until"])
        zones = [one["zone"] for one in moving]
        self.note(held, "succeeded", given.reason, {"by": made.code, "zones": zones}, day)
        told = {**_said(given), "after": held.code, "zones": zones}
        self.note(made, "registered", given.reason, told, day)
        return made

    def merge(self, code: str, given: SubjectMergeIn) -> Record:
        """One record of two: what it answers for goes to the other from today on; both codes stay readable.

        Raises: NotFound, SubjectMerged, SubjectMergeRefused.
        """
        # In one order for everybody, so that two who merge crosswise do not wait for each other.
        held = {one: self._hold(one) for one in sorted({code, given.into})}
        gone, stays = held[code], held[given.into]
        if gone.id == stays.id or gone.township != stays.township:
            raise SubjectMergeRefused()
        kept, lost = self._newest(stays), self._newest(gone)
        for one in self._places_from(gone, self.today):
            self._end_place(one["id"], self.today)
            since = max(one["since"], self.today, kept["first"])
            if one["until"] is None or one["until"] > since:
                self._put_place(stays, one["zone_kind"], one["zone"], since, one["until"])
        SQL["end_subject_versions"].run(self.connection, {"subject": gone.id, "day": self.today})
        self._end_persons(gone, self.today)
        SQL["merge_subject"].run(self.connection, {"subject": gone.id, "into": stays.id, "at": self.at})
        if lost["licence"] and not kept["licence"]:
            self._revise(stays, {"licence": lost["licence"]}, max(self.today, kept["since"]))
        self.note(gone, "merged", given.reason, {"into": stays.code}, self.today)
        self.note(stays, "merged", given.reason, {"from": gone.code, "name": lost["name"]}, self.today)
        return stays

    def _revise(self, held: Record, told: Mapping[str, Any], since: date) -> dict[str, Any]:
        before = self._newest(held)
        self._not_before(since, before["since"])
        said = SubjectWords.model_validate({name: before[name] for name in _SAID} | dict(told))
        SQL["end_subject_versions"].run(self.connection, {"subject": held.id, "day": since})
        self._say(held, said, since)
        after = _said(said)
        return {
            name: {"before": before[name], "after": after[name]}
            for name in _SAID
            if before[name] != after[name]
        }

    def note(
        self, record: Record, action: str, reason: str, told: Mapping[str, Any], since: date | None = None
    ) -> None:
        """Keep who changed what and why; telephone numbers are none of it."""
        told = {**told, **({"from_day": since.isoformat()} if since else {})}
        values = {"subject": record.id, "action": action, "reason": reason, "at": self.at}
        SQL["insert_subject_change"].run(self.connection, values | {"told": orjson.dumps(told).decode()})

    def _hold(self, code: str) -> Record:
        row = SQL["hold_subject"].run(self.connection, {"code": code}).mappings().one_or_none()
        if row is None:
            raise NotFound()
        if row["merged_into"]:
            raise SubjectMerged(subject=row["merged_into"])
        return Record(str(row["id"]), row["code"], row["township"])

    def _insert(self, township: str | None, *, successor_of: str | None) -> Record:
        values = {"township": township, "successor_of": successor_of, "sample": self.sample, "at": self.at}
        made = SQL["insert_subject"].run(self.connection, values).mappings().one()
        return Record(str(made["id"]), made["code"], township)

    def _township(self, given: SubjectIn) -> str | None:
        found = {self._township_of(place) for place in given.places}
        if len(found) > 1:
            raise SubjectPlaceRefused(zone=given.places[-1].zone)
        township = found.pop() if found else given.township or self.own_township
        if self.own_township and township != self.own_township:
            raise SubjectNotYours()
        return township

    def _township_of(self, place: ZoneRef) -> str | None:
        values = {"zone_kind": place.zone_kind, "zone": place.zone}
        row = SQL["zone_township"].run(self.connection, values).one_or_none()
        if row is None:
            raise SubjectPlaceRefused(zone=place.zone)
        township: str | None = row[0]
        return township

    def _say(self, record: Record, said: SubjectWords, since: date) -> None:
        self._licence_free(said.licence, since, but=record.id)
        values = {"subject": record.id, "since": since, "at": self.at, **_said(said)}
        SQL["insert_subject_version"].run(self.connection, values)

    def _licence_free(self, licence: str | None, day: date, *, but: str | None) -> None:
        if licence is None:
            return
        values = {"licence": licence, "day": day, "but": but}
        holder = SQL["licence_holder"].run(self.connection, values).scalar_one_or_none()
        if holder:
            raise SubjectLicenceTaken(subject=holder)

    def _name(self, record: Record, persons: Iterable[SubjectPersonIn], since: date) -> None:
        for one in persons:
            values = {"subject": record.id, "since": since, "at": self.at}
            values |= {"rank": one.rank, "name": one.name, "capacity": one.capacity}
            person = SQL["insert_subject_person"].run(self.connection, values).scalar_one()
            if one.phone:
                SQL["insert_subject_phone"].run(self.connection, {"person": person, "phone": one.phone})

    def _place(self, record: Record, place: ZoneRef, since: date) -> None:
        if self._township_of(place) != record.township:
            raise SubjectPlaceRefused(zone=place.zone)
        values = {"zone_kind": place.zone_kind, "zone": place.zone, "day": since}
        holder = SQL["place_holder"].run(self.connection, values).scalar_one_or_none()
        if holder:
            raise SubjectPlaceTaken(subject=holder, zone=place.zone)
        self._put_place(record, place.zone_kind, place.zone, since, None)

    def _put_place(self, record: Record, kind: str, zone: str, since: date, until: date | None) -> None:
        values = {"subject": record.id, "zone_kind": kind, "zone": zone, "since": since, "until": until}
        SQL["insert_subject_place"].run(self.connection, values | {"at": self.at})

    def _newest(self, record: Record) -> Mapping[Any, Any]:
        return SQL["newest_subject_version"].run(self.connection, {"subject": record.id}).mappings().one()

    def _person(self, record: Record, rank: int) -> Mapping[Any, Any] | None:
        values = {"subject": record.id, "rank": rank}
        return SQL["newest_subject_person"].run(self.connection, values).mappings().one_or_none()

    def _places_from(self, record: Record, day: date) -> list[Mapping[Any, Any]]:
        values = {"subject": record.id, "day": day}
        return list(SQL["subject_places_from"].run(self.connection, values).mappings())

    def _end_place(self, place_id: int, day: date) -> None:
        SQL["end_subject_place"].run(self.connection, {"id": place_id, "day": day})

    def _end_persons(self, record: Record, day: date, rank: int | None = None) -> None:
        SQL["end_subject_persons"].run(self.connection, {"subject": record.id, "day": day, "rank": rank})

    @staticmethod
    def _not_before(day: date, since: date) -> None:
        if day < since:
            raise SubjectDayRefused(since=since.isoformat())


def _said(words: SubjectWords) -> dict[str, Any]:
    return {name: getattr(words, name) for name in _SAID}


def _codes(places: Iterable[ZoneRef]) -> list[str]:
    return [place.zone for place in places]
