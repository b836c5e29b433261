"""What can go wrong with positions of officers."""

from __future__ import annotations

from server.problems.base import Problem


class GzipBroken(Problem):
    """The body says that it is gzip and is not, or not to its end."""

    status, code = 400, "gzip_broken"


class OffDuty(Problem):
    """Nothing of the batch was recorded on duty, and nothing was stored; a shift that waits on the phone goes first."""

    status, code = 409, "off_duty"


class DeviceRevoked(Problem):
    """This device was taken out of use; under another name it is another device."""

    status, code = 409, "device_revoked"


class TooManyDevices(Problem):
    """This account has as many devices as one may have."""

    status, code = 409, "too_many_devices"
