"""The emulator on a port of this machine."""

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from .app import Azure
from .errors import EmulatorError
from .estate import empty
from .faults import profiles
from .faults.breaking import LINE
from .files import EstateFile, load

HOST = "127.0.0.1"


def serve(estate: Path | None, port: int, at: datetime | None, ephemeral: bool, faults: str | None = None) -> None:
    """Serve an estate on loopback until SIGTERM or SIGINT; the only line on stdout says where.

    Without *estate* the world is empty and nothing is saved; otherwise each change is, unless *ephemeral*.
    *faults* is a file that says what goes wrong, or the name of a built-in one.
    Errors: EmulatorError if the estate cannot be read or saved, the faults cannot be read, or the port cannot be taken.
    """
    profile = profiles.load(faults) if faults else None
    if estate is None:
        azure = Azure(empty(at or datetime.now(UTC)), at, faults=profile)
    else:
        try:
            azure = Azure(load(estate), at, None if ephemeral else EstateFile(estate).save, profile)
        except EmulatorError as error:
            raise EmulatorError(_placed(estate, error)) from None
    listener = _listen(port)
    config = uvicorn.Config(
        azure.app,
        log_level="error",
        access_log=False,
        lifespan="off",
        loop="asyncio",
        http=_Protocol,
        interface="asgi3",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    with listener:
        _Server(config).run(sockets=[listener])


class _Protocol(H11Protocol):
    """HTTP whose requests know the connection that they came by, for a fault to break."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, LINE: transport}


class _Server(uvicorn.Server):
    """A server that says when it listens and ends quietly when told to."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if sockets and not self.should_exit:
            print(f"listening on http://{HOST}:{sockets[0].getsockname()[1]}", flush=True)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Stop at a signal without raising it again afterwards, so that the process ends with 0."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        wanted = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in wanted}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _listen(port: int) -> socket.socket:
    # asyncio switches delays off (TCP_NODELAY) for what names its protocol alone: else each answer takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise EmulatorError(f"port {port} of {HOST} cannot be taken: {error}") from None
    return listener


def _placed(estate: Path, error: EmulatorError) -> str:
    text = str(error)
    return text if text.startswith(str(estate)) else f"{estate}: {text}"
