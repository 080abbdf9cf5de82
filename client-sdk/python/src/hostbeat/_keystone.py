"""Tokens of a keystoneauth session."""

from __future__ import annotations

import asyncio
from typing import Any


class KeystoneToken:
    """A token provider over a `keystoneauth1.session.Session`, as openstacksdk and all clients have one.

    Asked shortly before a token ends it fetches another, so that the stream goes on without a break.
    """

    def __init__(self, session: Any, margin: float = 120) -> None:
        self._session = session
        self._margin = margin

    async def __call__(self) -> str:
        return await asyncio.to_thread(self._ask)

    def invalidate(self) -> None:
        """The server refused the last token."""
        self._session.invalidate()

    def _ask(self) -> str:
        session = self._session
        if session.auth.get_access(session).will_expire_soon(self._margin):
            session.invalidate()
        token = session.get_token()
        if not isinstance(token, str):
            raise ValueError("the keystoneauth session gave no token")
        return token
