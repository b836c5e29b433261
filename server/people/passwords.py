"""Passwords: how they are hashed and compared, and how many are compared at once.

A comparison costs the same time and memory whether the account exists or not, whether it is disabled or not.
Where hashes are kept and who may try how often is the business of login.py and accounts.py.
"""

from __future__ import annotations

import secrets
import threading
import unicodedata
from dataclasses import dataclass, field
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

PASSWORD_MAX_CHARS = 1000
_LIBRARY_DEFAULTS = PasswordHasher()


def _typed(password: str) -> str:
    """One spelling of what was typed: Chinese input methods write full-width digits and letters."""
    return unicodedata.normalize("NFKC", password)


@cache
def _decoy(hasher: PasswordHasher) -> str:
    """A hash that no password matches, made once for each set of parameters."""
    return hasher.hash(secrets.token_urlsafe(32))


@dataclass(frozen=True)
class Passwords:
    """argon2id with one set of parameters.

    Attributes:
        hasher: parameters of new hashes; a stored hash names its own (default: argon2-cffi's, 64 MiB).
        parallel_max: comparisons at once in this process: each takes hasher.memory_cost KiB.
    """

    hasher: PasswordHasher = _LIBRARY_DEFAULTS
    parallel_max: int = 2
    _free: threading.BoundedSemaphore = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_free", threading.BoundedSemaphore(self.parallel_max))
        # Made now, so that the first unknown user is not told apart by the time of making it.
        _decoy(self.hasher)

    def hash(self, password: str) -> str:
        with self._free:
            return self.hasher.hash(_typed(password))

    def matches(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is the one of `password_hash`; with None, the same work and False.

        Raises:
            argon2.exceptions.InvalidHashError: when what is stored is no hash.
        """
        with self._free:
            try:
                self.hasher.verify(password_hash or _decoy(self.hasher), _typed(password))
            except VerifyMismatchError:
                return False
        return password_hash is not None

    def outdated(self, password_hash: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return self.hasher.check_needs_rehash(password_hash)
