"""The work on cases: actions, deadlines, complaints, a dispatcher's aids, and who is told."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, field_validator


class Casework(BaseModel):
    """The work on cases: actions, deadlines, complaints, a dispatcher's aids, and who is told."""

    # Casework
    case_after_photo_within_m: float = Field(
        50.0,
        gt=0,
        le=1000,
        description="Where a case lies in no zone, an after-photo must be this near: some shop fronts and a poor fix.",
    )
    case_batch_max_count: int = Field(
        100, ge=1, le=1000, description="Cases one batch action takes: two screens of a list, some seconds."
    )
    case_places_max_count: int = Field(
        20_000,
        ge=100,
        le=100_000,
        description="Cases whose places one map is told: twice a district's open ones, about 300 kB compressed.",
    )
    clock_yellow_share: float = Field(
        0.5, gt=0, lt=1, description="Share of a clock at which it turns yellow: half the time is left."
    )
    clock_red_share: float = Field(
        0.8, gt=0, lt=1, description="Share of a clock at which it turns red: a fifth is left, enough to act."
    )

    # Deadlines
    calendar_horizon_days: int = Field(
        90,
        ge=0,
        le=3660,
        description="A year reached within this without a calendar is a warning: next year's comes out in November.",
    )
    deadline_rows_max_count: int = Field(
        2000, ge=1, le=100_000, description="Rows of a table of deadlines; a city's list has some hundred."
    )

    # Complaints
    complaint_attach_m: float = Field(
        30.0,
        gt=0,
        le=2000,
        description="A complaint joins an open case of its category this near if none is in its zone: two fronts.",
    )
    complaint_accuracy_m: float = Field(
        3.0,
        gt=0,
        le=1000,
        description="How sure a point is that intake picks on a map: it means that very front.",
    )
    complaint_category_unsorted: str = Field(
        "unsorted",
        min_length=1,
        max_length=64,
        description="Category of a case whose complaint names none; registering it says which it is.",
    )
    complaint_calls_max_count: int = Field(
        3, ge=1, le=20, description="Calls after which a complainant who was not reached is given up."
    )
    complaint_known_max_count: int = Field(
        8,
        ge=1,
        le=100,
        description="Open cases at a place that are told before a complaint is taken: a glance.",
    )

    # A dispatcher's aids
    duplicate_radius_m: float = Field(
        60.0, gt=0, le=2000, description="Cases farther apart are no duplicates unless they share a zone."
    )
    duplicate_ended_days: int = Field(
        7, ge=0, le=366, description="How long an ended case is still told as a likely duplicate."
    )
    duplicate_photo_bits_max: int = Field(
        26,
        ge=0,
        le=128,
        description="Photos that differ in at most so many of 128 features look alike; strangers differ in about 64.",
    )
    duplicate_candidates_max_count: int = Field(
        200, ge=1, le=5000, description="Nearest cases that are compared with one; more are not looked at."
    )
    officer_fix_max_age_h: int = Field(
        8, ge=1, le=72, description="An older position says nothing of where an officer is: a shift."
    )
    officer_fix_age_m_per_h: float = Field(
        500.0, ge=0, description="What an hour since the fix counts in metres of way: officers stroll."
    )
    officer_fix_unknown_m: float = Field(
        5000.0, ge=0, description="What an unknown position counts in metres of way: half a district."
    )
    officer_case_m: float = Field(
        500.0, ge=0, description="What an open case at hand counts in metres of way: some minutes."
    )
    officer_off_duty_m: float = Field(
        5_000.0,
        ge=0,
        description="Who is off duty counts as so far away: asked only when nobody on duty is near.",
    )
    officer_other_area_m: float = Field(
        3000.0,
        ge=0,
        description="What another township's officer counts in metres of way: they have their own.",
    )

    # Notices
    smtp_host: str | None = Field(
        None, description="Mail server; unset: no channel of e-mail can be made, and none leaves."
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port; 587 takes mail from programs.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the way to it is kept secret; none only within one machine."
    )
    smtp_user: str | None = Field(None, description="Account there; unset: none is asked for.")
    smtp_password_file: Path | None = Field(
        None,
        description="File with its password, read at each sending; a variable would show in process lists.",
    )
    smtp_from: str = Field(
        "frontage@localhost",
        pattern=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+$",
        description="Address mail comes from; its domain ends the Message-IDs.",
    )
    smtp_timeout_s: float = Field(20.0, gt=0, description="For connecting, and for each wait on an answer.")
    webhook_plain_http: bool = Field(
        False, description="Whether webhooks may go over http: what is told is read on the way then."
    )
    webhook_private_networks: str = Field(
        "",
        description="Networks (CIDR, parted by commas) that are not public and may be called all the same; none: "
        "a webhook's address is typed by people.",
    )
    webhook_ca_file: Path | None = Field(
        None,
        description="PEM of further authorities, such as the bureau's own, for webhooks and the mail server.",
    )
    webhook_timeout_s: float = Field(
        10.0,
        gt=0,
        description="From connecting to the last byte of the answer; a receiver only takes a note.",
    )
    webhook_answer_max_bytes: int = Field(
        65_536, ge=1024, description="What is read of an answer; robots answer 40 bytes."
    )
    notice_retry_base_s: float = Field(
        30.0, gt=0, description="Wait after a first failure; each further one doubles it."
    )
    notice_retry_max_s: float = Field(
        14_400.0, gt=0, description="Longest wait between two tries: a receiver is back within a shift."
    )
    notice_give_up_s: float = Field(
        86_400.0,
        gt=0,
        description="A message that failed for a day is given up, to be looked at and replayed.",
    )
    notice_channels_at_once: int = Field(
        8, ge=1, le=64, description="Channels a worker sends by side by side; each holds one connection."
    )
    notice_digest_max_count: int = Field(
        100, ge=1, le=1000, description="Events in one collected message; nobody reads more."
    )
    handover_alarm_after_s: int = Field(
        14_400,
        ge=60,
        description="A handover not accepted for so long is told to the district: four hours, day or night.",
    )

    @field_validator("webhook_private_networks")
    @classmethod
    def _networks(cls, value: str) -> str:
        for network in filter(None, value.split(",")):
            ip_network(network)
        return value
