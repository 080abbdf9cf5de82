"""`watch`: the stream as an asynchronous iterator, over any number of connections."""

from __future__ import annotations

import asyncio
import inspect
import json
import random
import ssl as tls
from typing import Any, AsyncIterator, Awaitable, Callable, Dict, List, Optional, Sequence, Union

import websockets
from websockets.exceptions import ConnectionClosed, WebSocketException

from ._errors import Forbidden, Gap, ProtocolError, Refused, TokenRefused
from ._nodes import look_for_better
from ._pause import Nodes
from ._subscription import Delivery, Item, Subscription
from ._tracker import Tracker

TokenProvider = Union[str, Callable[[], Union[str, Awaitable[str]]]]

# The package finds it when it is asked for, which older type checkers do not see.
_connect: Any = getattr(websockets, "connect")

_ID = "main"
_CLIENT = "hostbeat-python/0.1.0"
_LARGEST_FRAME = 64 * 2**20
#: Of health intervals: the peer, or the network to it, is dead.
_SILENCE = 2.5
#: Seconds within which all clients of a node that drains go to another one.
_MOVE_WITHIN = 1.0
_TOKEN_EXPIRED, _BAD_TOKEN, _FORBIDDEN = 4103, 4401, 4403
_REFUSED = {4400, 4406, 4409}


async def watch(
    url: Union[str, Sequence[str]],
    token: TokenProvider,
    *,
    cursor: Optional[str] = None,
    servers: Optional[Sequence[str]] = None,
    host_status: Optional[Sequence[str]] = None,
    project_id: Optional[str] = None,
    on_cursor: Optional[Callable[[str], object]] = None,
    on_tracker: Optional[Callable[[str], object]] = None,
    token_in: str = "hello",
    open_timeout: float = 10.0,
    ssl: Optional[tls.SSLContext] = None,
) -> AsyncIterator[Item]:
    """Yields a Snapshot or Reset, then each Change, for ever.

    An item counts as taken when you ask for the next one; `on_cursor` then gets the cursor to start with another time.
    A program that takes its time is disconnected by the server and resumes: nothing is lost, and nothing piles up here.

    :param url: the service, or its nodes: one is used at a time, in this order; the token goes to no other address.
    :param token: a watch key, a token, or a function (also an async one) that gives a token; it is asked before each
        connection and before a token ends. If it has a method `invalidate`, that is called when a token was refused.
    :param on_tracker: gets ok, degraded, paused or unknown: how well hostbeat itself sees. A quiet stream proves nothing
        unless it is ok.
    :param token_in: `hello`, or `ticket` if `token` gives tickets of `POST /v1/tickets`.
    :raises HostbeatError: when going on makes no sense
    """
    subscribe: Dict[str, Any] = {"type": "subscribe", "id": _ID}
    for name, value in (("servers", servers), ("host_status", host_status), ("project_id", project_id)):
        if value is not None:
            subscribe[name] = value if isinstance(value, str) else list(value)
    follower = _Follower(url, token, subscribe, cursor, on_tracker, token_in, open_timeout, ssl)
    try:
        while True:
            async for delivery in follower.connection():
                for item in delivery.items:
                    yield item
                if delivery.cursor is not None and on_cursor is not None:
                    on_cursor(delivery.cursor)
            if not follower.moved:
                await asyncio.sleep(follower.nodes.next(follower.at_once))
    finally:
        follower.tracker.close()


class _Follower:
    def __init__(
        self,
        url: Union[str, Sequence[str]],
        token: TokenProvider,
        subscribe: Dict[str, Any],
        cursor: Optional[str],
        on_tracker: Optional[Callable[[str], object]],
        token_in: str,
        open_timeout: float,
        ssl: Optional[tls.SSLContext],
    ) -> None:
        self.nodes = Nodes([url] if isinstance(url, str) else url)
        #: Whether another node was chosen, which is tried without a wait.
        self.moved = False
        self._token = token
        self._token_in = token_in
        self._subscribe = subscribe
        self._open_timeout = open_timeout
        self._ssl: Dict[str, Any] = {"ssl": ssl} if ssl is not None else {}
        self._subscription = Subscription(cursor, "servers" in subscribe or "host_status" in subscribe)
        self.tracker = Tracker(on_tracker)
        #: Whether the next attempt need not wait: a fresh token is all it takes.
        self.at_once = False
        self._token_refused = False

    async def connection(self) -> AsyncIterator[Delivery]:
        """What one connection brings. Ends when it is over and another may be tried."""
        self.at_once = self.moved = False
        url = self.nodes.url.rstrip("/").replace("http", "ws", 1) + "/v1/stream"
        try:
            secret = await asyncio.wait_for(self._ask(), self._open_timeout)
        except Exception:
            return  # The program's own provider failed: it is asked again after a pause.
        ticket = [f"ticket.{secret}"] if self._token_in == "ticket" else []
        protocols: List[Any] = ["hostbeat.v1", *ticket]
        try:
            socket = await asyncio.wait_for(
                _connect(url, subprotocols=protocols, max_size=_LARGEST_FRAME, **self._ssl),
                self._open_timeout,
            )
        except (OSError, asyncio.TimeoutError, WebSocketException):
            return
        conversation = _Conversation(socket, self, secret if not ticket else None)
        try:
            async for delivery in conversation.run():
                yield delivery
        except ConnectionClosed as closed:
            self._judge(*_code_of(closed))
        except (Gap, ProtocolError, KeyError, TypeError, ValueError, OSError, asyncio.TimeoutError):
            pass
        finally:
            await conversation.end()

    def _judge(self, code: int, reason: str) -> None:
        """Raises where trying again does not help."""
        if code in _REFUSED:
            raise Refused(f"the server closed with {code}: {reason}")
        if code in (_BAD_TOKEN, _FORBIDDEN):
            if self._token_refused:
                kind = TokenRefused if code == _BAD_TOKEN else Forbidden
                raise kind(f"the server refused two tokens in a row ({code}): {reason}")
            self._token_refused = True
            invalidate = getattr(self._token, "invalidate", None)
            if invalidate is not None:
                invalidate()
        self.at_once = code in (_BAD_TOKEN, _FORBIDDEN, _TOKEN_EXPIRED)

    async def _ask(self) -> str:
        given = self._token() if callable(self._token) else self._token
        token = await given if inspect.isawaitable(given) else given
        if not isinstance(token, str) or token == "":
            raise ValueError("the token provider gave no token")
        return token.strip()

    def in_step(self) -> None:
        self.nodes.synced()
        self._token_refused = False


class _Conversation:
    """One open connection."""

    def __init__(self, socket: Any, follower: _Follower, secret: Optional[str]) -> None:
        self._socket = socket
        self._follower = follower
        self._secret = secret
        self._silence = follower._open_timeout
        self._interval = 5.0
        self._renewal: Optional[asyncio.Task[None]] = None
        self._moving: Optional[asyncio.Task[None]] = None

    async def run(self) -> AsyncIterator[Delivery]:
        subscription = self._follower._subscription
        subscription.connected()
        hello = {"type": "hello", "client": _CLIENT}
        await self._send({**hello, "token": self._secret} if self._secret is not None else hello)
        while True:
            frame = json.loads(await asyncio.wait_for(self._socket.recv(), self._silence))
            kind = frame["type"]
            deliveries: List[Delivery] = []
            if kind == "welcome":
                self._interval = frame["health_interval_ms"] / 1000
                self._silence = _SILENCE * self._interval
                self._follower.tracker.hear(frame.get("observer"), self._interval)
                place = {} if subscription.cursor is None else {"cursor": subscription.cursor}
                await self._send({**self._follower._subscribe, **place})
            elif kind == "snapshot":
                subscription.on_snapshot(frame)
            elif kind == "synced":
                deliveries = subscription.on_synced(frame)
                self._follower.in_step()
            elif kind == "event":
                deliveries = subscription.on_event(frame)
            elif kind == "health":
                self._follower.tracker.hear(frame.get("observer"), self._interval)
                self._prefer(frame.get("observer"))
                for one in frame.get("subscriptions", []):
                    if one.get("id") == _ID:
                        deliveries += subscription.on_health(one["cursor"])
            elif kind == "auth_expiring":
                self._renewal = asyncio.ensure_future(self._renew())
            elif kind == "drain":
                window = frame["reconnect_in_ms"]
                self._follower.nodes.hint(window)
                if self._follower.nodes.are_several:
                    self._move_after(random.uniform(0, min(_MOVE_WITHIN, window[1] / 1000)))
            elif kind == "unsubscribed":
                raise Forbidden(f"this token may not follow the stream: {frame.get('reason')}")
            for delivery in deliveries:
                yield delivery

    def _prefer(self, observer: Optional[str]) -> None:
        """A node that has been degraded for a while is left for one that is well."""
        if observer == "ok":
            self._stop_moving()
        elif self._moving is None and self._follower.nodes.are_several:
            self._moving = asyncio.ensure_future(self._find_better())

    async def _find_better(self) -> None:
        nodes = self._follower.nodes
        url = await look_for_better(lambda: nodes.others, self._follower._ssl.get("ssl"))
        nodes.use(url)
        await self._leave()

    def _move_after(self, seconds: float) -> None:
        self._stop_moving()

        async def move() -> None:
            await asyncio.sleep(seconds)
            self._follower.nodes.next()
            await self._leave()

        self._moving = asyncio.ensure_future(move())

    async def _leave(self) -> None:
        self._follower.moved = True
        self._moving = None
        await self._socket.close()

    def _stop_moving(self) -> None:
        if self._moving is not None:
            self._moving.cancel()
            self._moving = None

    async def end(self) -> None:
        self._stop_moving()
        if self._renewal is not None:
            self._renewal.cancel()
        try:
            # A dead peer does not answer a close.
            await asyncio.wait_for(self._socket.close(), 1)
        except (asyncio.TimeoutError, OSError, WebSocketException):
            pass

    async def _renew(self) -> None:
        """If that fails the token ends, and the next connection asks again."""
        try:
            token = await asyncio.wait_for(self._follower._ask(), self._follower._open_timeout)
            await self._send({"type": "auth", "token": token})
        except Exception:
            pass

    async def _send(self, frame: Dict[str, Any]) -> None:
        await self._socket.send(json.dumps(frame))


def _code_of(closed: ConnectionClosed) -> "tuple[int, str]":
    frame = closed.rcvd
    return (1006, "") if frame is None else (frame.code, frame.reason)
