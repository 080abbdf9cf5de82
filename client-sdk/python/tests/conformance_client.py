"""The package, hooked up to `hostbeat conformance serve`: it prints its decisions."""

import asyncio
import json
import os
import sys
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../src"))
from hostbeat import Change, HostbeatError, Reset, watch  # noqa: E402

env = os.environ
tokens = json.loads(env.get("HOSTBEAT_TOKENS", "[]"))
token_in = env.get("HOSTBEAT_TOKEN_IN", "hello")
asked = 0


def say(**decision: object) -> None:
    print(json.dumps(decision), flush=True)


def ticket_for(token: str) -> str:
    request = urllib.request.Request(f"{env['HOSTBEAT_URL'].split(',')[0]}/v1/tickets", b"", {"X-Auth-Token": token})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)["ticket"]


async def token() -> str:
    global asked
    asked += 1
    secret = tokens[asked - 1] if asked <= len(tokens) else f"token-{asked}"
    if secret == "!fail":
        raise RuntimeError("the token provider failed")
    if secret == "!hang":
        await asyncio.Event().wait()
    return secret if token_in == "hello" else await asyncio.to_thread(ticket_for, secret)


async def main() -> None:
    items = watch(
        env["HOSTBEAT_URL"].split(","),
        token,
        cursor=env.get("HOSTBEAT_CURSOR"),
        on_cursor=lambda cursor: say(cursor=cursor),
        on_tracker=lambda tracker: say(tracker=tracker),
        token_in=token_in,
        open_timeout=max(1.0, float(env.get("HOSTBEAT_TOKEN_TIMEOUT_MS", "10000")) / 1000),
    )
    try:
        async for item in items:
            if isinstance(item, Change):
                say(change={"server_id": item.server_id, "name": item.name, "to": item.to}, seq=item.seq)
            else:
                state = {server.server_id: server.host_status for server in item.servers}
                say(state=state, how="reset" if isinstance(item, Reset) else "snapshot")
    except HostbeatError as error:
        say(stopped=type(error).__name__)


asyncio.run(main())
