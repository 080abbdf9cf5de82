"""How long to wait before connecting again: full jitter without an end, reset only by `synced`."""

from __future__ import annotations

import random
import time
from typing import Optional, Sequence

_FIRST = 2.0
_BASE = 0.5
_LONGEST = 30.0
_LONGEST_HINT = 300.0


class Pause:
    def __init__(self) -> None:
        self._attempt = 0
        self._window: Optional[Sequence[float]] = None
        self._window_began = 0.0

    def hint(self, window_ms: Sequence[float]) -> None:
        """The server said when to come back: it counts for the next wait alone."""
        self._window = [min(ms / 1000, _LONGEST_HINT) for ms in window_ms]
        self._window_began = time.monotonic()

    def synced(self) -> None:
        self._attempt = 0
        self._window = None

    def next(self, at_once: bool = False) -> float:
        attempt, window = self._attempt, self._window
        self._attempt += 1
        self._window = None
        if window is not None:
            low, high = window
            return max(0.0, random.uniform(low, high) - (time.monotonic() - self._window_began))
        if at_once and attempt == 0:
            return 0.0
        longest = _FIRST if attempt == 0 else min(_LONGEST, _BASE * 2 ** min(attempt - 1, 16))
        return random.uniform(0, longest)
