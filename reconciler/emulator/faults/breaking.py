"""Connections that break: before an answer, instead of it, or in the middle of it."""

import asyncio
import socket
import struct

from starlette.types import Message, Scope, Send

from .deciding import Fate

# Where a request's scope keeps the connection that it came by, put there by the server.
LINE = "line"
_AT_ONCE = struct.pack("ii", 1, 0)


def broken(fate: Fate, send: Send, scope: Scope) -> Send:
    """Return what sends a response as its *fate* will have it."""
    if fate.strikes("reset") or fate.strikes("reset", after=True):

        async def reset(message: Message) -> None:
            if message["type"] == "http.response.start":
                await _break(scope, at_once=True)

        return reset
    if fate.strikes("truncated"):

        async def cut(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                return
            body = message.get("body", b"")
            await send({**message, "body": body[: len(body) // 2], "more_body": True})
            await _break(scope)

        return cut
    return send


async def _break(scope: Scope, at_once: bool = False) -> None:
    """Close the connection once all is sent, or reset it *at_once*.

    Errors: ConnectionResetError where there is none: a caller in the same process is told so.
    """
    line: asyncio.Transport | None = scope.get("state", {}).get(LINE)
    if line is None:
        raise ConnectionResetError("the connection was reset")
    if at_once:
        line.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        line.abort()
    else:
        line.close()
    # Once the server knows of it, it does not miss the rest of the answer.
    while line.get_write_buffer_size():
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.001)
