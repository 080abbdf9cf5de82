"""How long to wait before connecting again, and to which node: full jitter without an end, reset only by `synced`."""

from __future__ import annotations

import random
import time
from typing import List, Optional, Sequence

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


class Nodes:
    """The nodes of one hostbeat, one in use at a time. Each has a back-off of its own; the next in order is tried meanwhile."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = list(dict.fromkeys(urls))
        if not self._urls:
            raise ValueError("url is an empty list: give at least one address")
        self._pauses = [Pause() for _ in self._urls]
        self._due = [0.0] * len(self._urls)
        self._at = 0
        self._was_in_step = False
        self._at_once = False

    @property
    def url(self) -> str:
        return self._urls[self._at]

    @property
    def are_several(self) -> bool:
        return len(self._urls) > 1

    @property
    def others(self) -> List[str]:
        return [self._urls[at] for at in self._in_order()]

    def use(self, url: str) -> None:
        """This one is used next, and without a wait."""
        self._at = self._urls.index(url)

    def hint(self, window_ms: Sequence[float]) -> None:
        self._pauses[self._at].hint(window_ms)
        self._at_once = True

    def synced(self) -> None:
        self._pauses[self._at].synced()
        self._was_in_step = True
        self._at_once = False

    def next(self, at_once: bool = False) -> float:
        """The node in use was lost: chooses the one that may be tried first, and says how long to wait for it.

        :param at_once: only a fresh token is needed, at the same node
        """
        is_first, hinted = self._was_in_step, self._at_once
        self._was_in_step = self._at_once = False
        wait = self._pauses[self._at].next(at_once)
        if at_once or not self.are_several:
            return wait
        now = time.monotonic()
        self._due[self._at] = now + wait
        self._at = min([*self._in_order(), self._at], key=lambda at: max(now, self._due[at]))
        left = max(0.0, self._due[self._at] - now)
        if left > 0 or hinted:
            return left
        return random.uniform(0, _FIRST if is_first else _BASE)

    def _in_order(self) -> List[int]:
        count = len(self._urls)
        return [(self._at + n) % count for n in range(1, count)]
