"""How often one address may ask the public page: so many requests a minute of each process, evenly refilled."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from server.problems.openness import TooManyRequests

ADDRESSES_MAX = 10_000


@dataclass
class Bucket:
    """Requests an address may still send, and when that was counted, seconds of a clock that never goes back."""

    left: float
    counted_s: float


@dataclass(frozen=True)
class RateLimit:
    """Safe from many threads. Of the addresses that asked the longest ago it forgets what they used."""

    a_minute: int
    clock_s: Callable[[], float] = time.monotonic
    _buckets: OrderedDict[str, Bucket] = field(default_factory=OrderedDict, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def take(self, address: str) -> None:
        """Count one request. Raises TooManyRequests."""
        now_s, a_second = self.clock_s(), self.a_minute / 60
        with self._lock:
            bucket = self._buckets.pop(address, None) or Bucket(self.a_minute, now_s)
            bucket.left = min(self.a_minute, bucket.left + (now_s - bucket.counted_s) * a_second)
            bucket.counted_s = now_s
            self._buckets[address] = bucket
            if len(self._buckets) > ADDRESSES_MAX:
                self._buckets.popitem(last=False)
            if bucket.left < 1:
                raise TooManyRequests(retry_after_s=max(1, math.ceil((1 - bucket.left) / a_second)))
            bucket.left -= 1
