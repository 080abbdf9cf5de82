"""The order of one stream over many connections, without I/O: takes frames and gives what to hand on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple, Union

from ._errors import Gap, ProtocolError
from ._items import Change, Reset, Snapshot, change_of, server_of

Frame = Dict[str, Any]
Item = Union[Snapshot, Reset, Change]

#: Kinds that always count. Another counts by its `to` and `facts`; a drill is a rehearsal and never does.
_KINDS = {"transition", "annotation", "server_added", "server_removed", "maintenance"}


@dataclass(frozen=True)
class Delivery:
    """Items of one commit, and the cursor that counts when the last of them is taken."""

    items: Tuple[Item, ...]
    cursor: Optional[str]


class Subscription:
    """Recognises repeats by seq, refuses holes, and knows the cursor with which to resume.

    A stream is dense unless `synced` says that it is sparse: that a filter or the policy leaves items out. Until it has
    said so, items behind a hole wait. A hole in a dense stream is a loss: the connection is resumed from before it. If
    the same hole shows again, the server does not have what is missing, and the stream begins again with a reset.
    """

    def __init__(self, cursor: Optional[str], filtered: bool) -> None:
        self.cursor = cursor
        self._filtered = filtered
        self._sparse: Optional[bool] = None
        self._seq: Optional[int] = None
        self._gap: Optional[Tuple[int, int]] = None
        self._after_gap = False
        self._snapshot: Optional[List[Any]] = None
        self._part = 0
        self._complete = False
        self._held: List[Frame] = []

    def connected(self) -> None:
        self._sparse = True if self._filtered else None
        self._snapshot = None
        self._complete = False
        self._held = []

    def on_snapshot(self, frame: Frame) -> None:
        part = frame["part"]
        if part == 1:
            self._snapshot = []
            self._held = []
        elif self._snapshot is None or self._complete or part != self._part + 1:
            raise ProtocolError(f"part {part} of a snapshot after part {self._part}")
        assert self._snapshot is not None
        self._snapshot.extend(frame["items"])
        self._part = part
        self._complete = frame["last"]

    def on_event(self, frame: Frame) -> List[Delivery]:
        unclear = self._sparse is None and self._is_hole(frame["seq"])
        if self._snapshot is None and not self._held and not unclear:
            return self._accept(frame)
        self._held.append(frame)
        return []

    def on_synced(self, frame: Frame) -> List[Delivery]:
        held, self._held = self._held, []
        self._sparse = self._filtered or frame.get("sparse") is True
        if frame["how"] != "resumed":
            return self._begin(frame, held)
        if self._snapshot is not None:
            raise ProtocolError("a snapshot with a resume")
        deliveries = [one for event in held for one in self._accept(event)]
        self._arrive(frame.get("seq"))
        return deliveries + self.on_health(frame["cursor"])

    def on_health(self, cursor: str) -> List[Delivery]:
        """Only where items are left out does the server's mark move without one."""
        if self._sparse is not True or self._snapshot is not None or self.cursor == cursor:
            return []
        self.cursor = cursor
        return [Delivery((), cursor)]

    def _begin(self, frame: Frame, held: List[Frame]) -> List[Delivery]:
        states = self._snapshot
        if states is None or not self._complete:
            raise ProtocolError('"synced" before the end of its snapshot')
        before = self.cursor
        cursor = None if held else frame["cursor"]
        self._snapshot, self._complete, self._seq, self.cursor = None, False, None, cursor
        try:
            events = [one for event in held for one in self._accept(event)]
            self._arrive(frame.get("seq"))
        except Gap:
            # Nothing of this was handed on, so the next attempt must begin where this one did.
            self.cursor, self._seq = before, None
            raise
        servers = tuple(server_of(state) for state in states)
        item: Item = Snapshot(servers)
        if frame["how"] == "reset":
            item = Reset(servers, frame.get("reason") or "access")
        elif self._after_gap:
            item = Reset(servers, "gap")
        self._after_gap = False
        return [Delivery((item,), cursor), *events]

    def _accept(self, frame: Frame) -> List[Delivery]:
        seq = frame["seq"]
        if self._seq is not None and seq <= self._seq:
            return []
        if self._sparse is not True and self._is_hole(seq):
            self._give_up(seq)
        self._gap = None
        self._seq = seq
        self.cursor = frame["cursor"]
        changes = tuple(change_of(item, seq) for item in frame["items"] if _counts(item))
        return [Delivery(changes, self.cursor)]

    def _arrive(self, seq: Optional[int]) -> None:
        if seq is None or self._sparse:
            return
        if self._seq is not None and self._seq < seq:
            self._give_up(seq)
        self._seq = seq if self._seq is None else self._seq

    def _is_hole(self, seq: int) -> bool:
        return self._seq is not None and seq > self._seq + 1

    def _give_up(self, seq: int) -> None:
        gap = (self._seq or 0, seq)
        if self._gap == gap:
            self.cursor, self._seq, self._gap, self._after_gap = None, None, None, True
        else:
            self._gap = gap
        raise Gap(f"items {gap[0] + 1} to {seq - 1} are missing")


def _counts(item: Dict[str, Any]) -> bool:
    kind = item.get("kind")
    return kind != "drill" and (kind in _KINDS or "to" in item or "facts" in item)
