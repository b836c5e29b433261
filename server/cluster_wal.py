"""Write-ahead log of a private cluster, kept outside it: what makes it leave, and brings it back.

Every segment is packed, forced to the disk and given its name in one step, so that a name is never half a segment, and
is never written twice. A full or missing archive loses nothing: PostgreSQL keeps the segment and tries again.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

SEGMENT_BYTES = 16 * 1024 * 1024
SUFFIX = ".gz"
ARCHIVE_SCRIPT = "frontage-archive.sh"
RECOVERY = "frontage-recovery.conf"
_TARGET = re.compile(r"^to=(?P<folder>.+)$", re.MULTILINE)

# Run by PostgreSQL in its data folder as `sh frontage-archive.sh <path> <name>`; only 0 lets it forget the segment.
_SCRIPT = """\
# Written by `frontage backup`; while this file is here, every segment of the log goes to this folder.
set -eu
to={folder}
kept="$to/$2{suffix}"
if [ -e "$kept" ]; then
    # Kept before, and PostgreSQL was stopped before it heard so. Anything else under this name is not overwritten.
    gzip -dc "$kept" | cmp -s - "$1"
    exit
fi
gzip -1 -c <"$1" >"$to/.arriving"
sync "$to/.arriving"
mv "$to/.arriving" "$kept"
sync "$to"
"""

# archive_mode needs a restart and the command does not: so it is on before the first backup asks for anything.
_SETTINGS = """\
archive_mode = on
archive_command = '{command}'
archive_timeout = {timeout_s}
# There only while a backup is brought back.
include_if_exists = '{recovery}'
"""

# hot_standby: nobody is let in before all of it is back.
_RECOVERY = """\
restore_command = '{command}'
recovery_target_timeline = 'current'
recovery_target_action = 'promote'
hot_standby = off
"""


def log_settings(data: Path, timeout_s: int) -> str:
    """Lines of the configuration; segments are let go as they are until there is a folder for them.

    Args:
        timeout_s: a segment leaves after so long when anything was written, full or not.
    """
    archiving = archive_folder(data) is not None
    command = f'sh {ARCHIVE_SCRIPT} "%p" "%f"' if archiving else "true"
    return _SETTINGS.format(command=command, timeout_s=timeout_s if archiving else 0, recovery=RECOVERY)


def archive_folder(data: Path) -> Path | None:
    """Where the segments of the cluster in `data` go; None when they go nowhere."""
    try:
        found = _TARGET.search((data / ARCHIVE_SCRIPT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Path(shlex.split(found["folder"])[0]) if found else None


def archive_script(folder: Path) -> str:
    """The archive script for a folder."""
    return _SCRIPT.format(folder=shlex.quote(str(folder)), suffix=SUFFIX)


def recovery(folder: Path, until: str | None) -> str:
    """Lines of a configuration that replays the segments in `folder`.

    Args:
        until: RFC 3339, the last moment wanted; None for everything there is.
    """
    # PostgreSQL reads %f, %p and %r.
    packed = shlex.quote(str(folder).replace("%", "%%")) + f"/%f{SUFFIX}"
    command = f'test -f {packed} && gzip -dc {packed} >"%p"'.replace("'", "''")
    lines = _RECOVERY.format(command=command)
    return lines + (f"recovery_target_time = '{until}'\n" if until else "")


def segment_name(timeline: int, number: int) -> str:
    """The name of the segment with that number, counted from the start of the log."""
    return f"{timeline:08X}{number // 256:08X}{number % 256:08X}"


def segment_number(name: str) -> int:
    """The number in a segment's name."""
    return int(name[8:16], 16) * 256 + int(name[16:24], 16)


def segment_at(position: str) -> int:
    """The number of the segment that holds a position of the log, such as `0/3000028`."""
    high, low = (int(part, 16) for part in position.split("/"))
    return ((high << 32) + low) // SEGMENT_BYTES


def write_private(path: Path, text: str, uid: int, gid: int) -> None:
    """Put a file of mode 0600 for the cluster's user under its name in one step."""
    draft = path.with_name(f"{path.name}.new")
    draft.write_text(text, encoding="utf-8")
    draft.chmod(0o600)
    os.chown(draft, uid, gid)
    draft.rename(path)
