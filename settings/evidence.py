"""Photos, and evidence that leaves the database."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, ValidationInfo, field_validator


class Evidence(BaseModel):
    """Photos, and evidence that leaves the database."""

    # Photos
    photo_max_bytes: int = Field(20_000_000, ge=1000, description="Largest photo; phones send 1 to 8 MB.")
    photo_max_pixels: int = Field(
        50_000_000, ge=1_000_000, description="Largest image; 50 MP phones exist, bombs are larger."
    )
    photo_max_count: int = Field(20, ge=1, le=100, description="Photos one report may declare.")
    photo_decode_memory_bytes: int = Field(
        1024 * 1024 * 1024,
        ge=64 * 1024 * 1024,
        description="Address space of one decoding child: 50 MP of WebP take 819 MB, of HEIC 410, of JPEG far less.",
    )
    photo_decode_timeout_s: float = Field(20.0, gt=0, description="A photo that decodes longer is refused.")
    photo_decode_parallel: int = Field(2, ge=1, le=32, description="Decoding children at once a process.")
    orphan_min_age_s: int = Field(
        86_400, ge=60, description="A photo without a row is swept only when older than a day."
    )
    thumbnail_max_px: int = Field(512, ge=64, le=4096, description="Longer side of a thumbnail.")

    # Evidence that leaves
    heads_folder: Path | None = Field(
        None,
        description="Where heads of chains are written; unset: var/heads. Better another disk, written once.",
    )
    heads_plain_http: bool = Field(
        False, description="Whether heads may be sent over http: whoever is on the way could change them."
    )
    heads_webhook_url: str | None = Field(
        None,
        max_length=2000,
        description="Each line of heads is sent here too: a copy that this machine's administrator cannot change.",
    )
    heads_webhook_timeout_s: float = Field(
        10.0, gt=0, description="For connecting, and for the answer; tried again with the next head."
    )
    font_folder: Path = Field(
        Path("/usr/share/fonts/opentype/noto"),
        description="Folder of Noto Sans and Serif CJK (Debian: fonts-noto-cjk), embedded in files and copies.",
    )
    photo_copy_max_px: int = Field(
        1600, ge=320, le=4096, description="Longer side of a stamped copy: sharp across an A4 page."
    )
    case_file_photos_max_count: int = Field(
        24, ge=0, le=200, description="Photos a case file shows, two a page; further ones are listed only."
    )
    case_file_zones_max_count: int = Field(
        400, ge=1, le=5000, description="Zones a map sketch draws: more than fit into 300 m of street."
    )
    case_file_timeout_s: float = Field(
        20.0, gt=0.5, description="Setting one case file; with 24 photos it takes about 2 s."
    )
    case_file_memory_bytes: int = Field(
        2 * 1024 * 1024 * 1024,
        ge=512 * 1024 * 1024,
        description="Address space of that child: fonts are mapped, photos decoded.",
    )
    case_file_parallel: int = Field(1, ge=1, le=16, description="Such children at once a process.")

    @field_validator("heads_webhook_url")
    @classmethod
    def _safe_way(cls, value: str | None, info: ValidationInfo) -> str | None:
        parts = urlsplit(value or "https://unset")
        if not parts.hostname or parts.scheme not in ("https", "http"):
            raise ValueError("an address as https://host/path")
        if parts.scheme == "http" and not info.data.get("heads_plain_http"):
            raise ValueError("https only, unless FRONTAGE_HEADS_PLAIN_HTTP allows http")
        return value
