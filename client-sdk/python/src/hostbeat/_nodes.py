"""Looks for a node that sees the hosts better than the one in use."""

from __future__ import annotations

import asyncio
import json
import ssl as tls
import urllib.request
from typing import Any, Callable, Optional, Sequence

#: Seconds for which a node may be degraded until another is looked for; while none is better, ever longer.
_DEGRADED, _LONGEST = 10.0, 80.0
_ANSWER = 3.0


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


async def look_for_better(others: Callable[[], Sequence[str]], ssl: Optional[tls.SSLContext]) -> str:
    """Ends when one of the others says that it is ready and sees the hosts well. They are asked without the token."""
    wait = _DEGRADED
    while True:
        await asyncio.sleep(wait)
        wait = min(_LONGEST, 2 * wait)
        for url in others():
            if await asyncio.to_thread(_is_well, url, ssl):
                return url


def _is_well(url: str, ssl: Optional[tls.SSLContext]) -> bool:
    handlers = [_NoRedirect(), *([urllib.request.HTTPSHandler(context=ssl)] if ssl is not None else [])]
    try:
        with urllib.request.build_opener(*handlers).open(f"{url.rstrip('/')}/readyz", timeout=_ANSWER) as answer:
            body = json.loads(answer.read(1 << 16))
            return body.get("ready") is True and body.get("observer") == "ok"
    except (OSError, ValueError, AttributeError):
        return False
