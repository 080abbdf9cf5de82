"""What the stream says, as values. `raw` has every key, also those that this version does not know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional, Tuple


@dataclass(frozen=True)
class Facts:
    """The facts that host_status is derived from; any order of precedence hides one."""

    forced_down: bool
    disabled: bool
    live: bool


@dataclass(frozen=True)
class Server:
    """One of your servers as it is now."""

    server_id: str
    name: str
    #: UP, UNKNOWN, DOWN, MAINTENANCE or "". None where the policy hides it.
    host_status: Optional[str]
    host_id: str
    facts: Optional[Facts]
    #: none, requested or confirmed: how far the fencing of a host is that was declared down.
    fence: Optional[str]
    #: The host was declared down and still reports: what was to be fenced may still run.
    heard_while_forced_down: bool
    since: Optional[str]
    raw: Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """One thing that happened to one server."""

    #: Its place in the stream: with the epoch it names this change for ever.
    seq: int
    kind: str
    server_id: str
    name: Optional[str]
    from_: Optional[str]
    #: None for a server that is gone.
    to: Optional[str]
    cause: Optional[str]
    at: Optional[str]
    facts: Optional[Facts]
    fence: Optional[str]
    heard_while_forced_down: bool
    raw: Mapping[str, Any]

    @property
    def is_safe_to_replace(self) -> bool:
        """Declared down, fenced, and not heard: nothing runs there."""
        return self.to == "DOWN" and self.fence == "confirmed" and not self.heard_while_forced_down


@dataclass(frozen=True)
class Snapshot:
    """All of your servers, at the beginning."""

    servers: Tuple[Server, ...]


@dataclass(frozen=True)
class Reset:
    """All of your servers again: it replaces everything you knew, because what was missed cannot be replayed."""

    servers: Tuple[Server, ...]
    reason: str


def facts_of(item: Mapping[str, Any]) -> Optional[Facts]:
    facts = item.get("facts")
    if not isinstance(facts, dict):
        return None
    return Facts(*(facts.get(name) is True for name in ("forced_down", "disabled", "live")))


def server_of(item: Mapping[str, Any]) -> Server:
    return Server(
        server_id=item["server_id"],
        name=item["name"],
        host_status=item.get("host_status"),
        host_id=item.get("host_id", ""),
        facts=facts_of(item),
        fence=item.get("fence"),
        heard_while_forced_down=item.get("heard_while_forced_down") is True,
        since=item.get("since"),
        raw=item,
    )


def change_of(item: Mapping[str, Any], seq: int) -> Change:
    return Change(
        seq=seq,
        kind=item["kind"],
        server_id=item["server_id"],
        name=item.get("name"),
        from_=item.get("from"),
        to=item.get("to"),
        cause=item.get("cause"),
        at=item.get("at"),
        facts=facts_of(item),
        fence=item.get("fence"),
        heard_while_forced_down=item.get("heard_while_forced_down") is True,
        raw=item,
    )
