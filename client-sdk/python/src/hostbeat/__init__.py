"""Follows the host_status of your servers over hostbeat's stream, every change once and in order."""

from ._errors import Forbidden, HostbeatError, Refused, TokenRefused
from ._items import Change, Facts, Reset, Server, Snapshot
from ._keystone import KeystoneToken
from ._watch import watch

__all__ = [
    "Change",
    "Facts",
    "Forbidden",
    "HostbeatError",
    "KeystoneToken",
    "Refused",
    "Reset",
    "Server",
    "Snapshot",
    "TokenRefused",
    "watch",
]
