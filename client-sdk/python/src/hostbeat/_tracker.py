"""How well hostbeat itself sees the hosts: ok, degraded, paused, or unknown while it does not say."""

from __future__ import annotations

import asyncio
from typing import Callable, Optional

#: Two missed intervals, and a fifth for the delivery.
_MISSED_AFTER = 2.2
_KNOWN = {"ok", "degraded", "paused"}


class Tracker:
    """Believes the last word until two `health` are missing, whether or not the connection broke meanwhile."""

    def __init__(self, on_state: Optional[Callable[[str], object]]) -> None:
        self.state = "unknown"
        self._on_state = on_state
        self._timer: Optional[asyncio.TimerHandle] = None

    def hear(self, observer: Optional[str], interval: float) -> None:
        self.close()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(interval * _MISSED_AFTER, self._set, "unknown")
        self._set(observer if observer in _KNOWN else "unknown")

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _set(self, state: Optional[str]) -> None:
        if state == self.state or state is None:
            return
        self.state = state
        if self._on_state is not None:
            self._on_state(state)
