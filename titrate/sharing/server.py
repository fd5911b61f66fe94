"""An offer on the network: one listening socket, few connections at once, one request each, little time, and no trace."""

from __future__ import annotations

import asyncio
import errno
import socket
from functools import partial
from typing import TYPE_CHECKING

from titrate.errors import OutputError
from titrate.sharing import network
from titrate.sharing.offer import CALENDAR, END, LARGEST, PAGE, Offer, answer

if TYPE_CHECKING:
    from collections.abc import Callable

LIFE = 300  # seconds until it ends
DOWNLOADS = 3  # of the calendar until it ends: browsers ask twice
SILENCE = 60  # seconds without a phone after which it says what to check
LOOK = 5  # seconds between two looks at whether the address is still there
ASKING, ANSWERING = 10, 30  # seconds that a phone may take to ask, and to fetch what it asked for
MOST = 16  # connections at once
GONE = {errno.ENETDOWN, errno.ENETUNREACH, errno.ENETRESET}  # not one phone, but all of the network
SILENT = "silence"


class Sharing:
    """An offer while it is shared: how often its page and its calendar were fetched whole.

    `notice` is called with CALENDAR each time, with PAGE and KEPT the first time, and once with SILENT where nobody came.
    """

    def __init__(self, listener: socket.socket, offer: Offer, notice: Callable[[str], None]) -> None:
        self.fetched = {PAGE: 0, CALENDAR: 0}
        self._listener, self._offer, self._notice = listener, offer, notice
        # Who has not yet asked, or not for what is shared, the longest first; and who is being answered.
        self._asking: dict[socket.socket, asyncio.Task[None]] = {}
        self._answering: dict[socket.socket, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Answer until the time is over or the calendar was fetched often enough, and end what was begun.

        Raises OutputError where the network is gone.
        """
        loop = asyncio.get_running_loop()
        self._listener.setblocking(False)
        self._over: asyncio.Future[None] = loop.create_future()
        accepting = asyncio.create_task(self._accept())
        try:
            await self._until_over(loop.time())
        except OSError as error:
            raise _failed(str(error.strerror)) from None
        finally:
            self._end()
            accepting.cancel()
            await asyncio.wait({accepting})
            self._listener.close()
            for task in self._asking.values():
                task.cancel()
        if begun := [*self._asking.values(), *self._answering.values()]:
            await asyncio.wait(begun)

    async def _until_over(self, began: float) -> None:
        """Wait for the end; raise OSError, or OutputError, as soon as the network is gone."""
        loop, address, silent = asyncio.get_running_loop(), self._listener.getsockname()[0], False
        while (passed := loop.time() - began) < LIFE:
            done, _ = await asyncio.wait({self._over}, timeout=min(LOOK, LIFE - passed))
            if done:
                self._over.result()
                return
            if not network.is_here(address):
                raise _failed(f"{address} is no longer this computer's")
            if not silent and loop.time() - began >= SILENCE and not any(self.fetched.values()):
                silent = True
                self._notice(SILENT)

    async def _accept(self) -> None:
        """Answer each connection in a task of its own; who has waited longest without asking makes room for who comes."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(self._listener)
            except ConnectionAbortedError:
                continue
            except OSError as error:
                self._end(error)
                return
            if len(self._asking) + len(self._answering) >= MOST:
                if not self._asking:
                    connection.close()
                    continue
                self._asking.pop(next(iter(self._asking))).cancel()
            self._asking[connection] = asyncio.create_task(self._converse(connection))
            self._asking[connection].add_done_callback(partial(self._hang_up, connection))

    async def _converse(self, connection: socket.socket) -> None:
        """Read one request and answer it; whoever is slow, or breaks off, is hung up on."""
        try:
            async with asyncio.timeout(ASKING):
                request = await _request(connection)
            data, sends = answer(self._offer, request)
            if sends:  # whoever asks for nothing that is shared goes on to make room for who comes
                self._answering[connection] = self._asking.pop(connection)
            async with asyncio.timeout(ANSWERING):
                if await _is_fetched(connection, data) and sends:
                    self._count(sends)
        except OSError as error:  # TimeoutError is one too
            if error.errno in GONE:
                self._end(error)

    def _count(self, sent: str) -> None:
        self.fetched[sent] = self.fetched.get(sent, 0) + 1
        if sent == CALENDAR or self.fetched[sent] == 1:
            self._notice(sent)
        if self.fetched[CALENDAR] >= DOWNLOADS:
            self._end()

    def _hang_up(self, connection: socket.socket, task: asyncio.Task[None]) -> None:
        connection.close()
        self._asking.pop(connection, None)
        self._answering.pop(connection, None)
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._end(error)

    def _end(self, error: Exception | None = None) -> None:
        if not self._over.done():
            self._over.set_exception(error) if error else self._over.set_result(None)


def _failed(reason: str) -> OutputError:
    todo = "connect this computer again, then give the command again: the code will be another one"
    return OutputError("share", "the network is gone: {reason}", todo, reason=reason)


async def _request(connection: socket.socket) -> bytes:
    """Return what a phone asks: up to the end of its request, where it hangs up, or as much as is looked at."""
    data = b""
    while END not in data and len(data) <= LARGEST:
        part = await asyncio.get_running_loop().sock_recv(connection, LARGEST)
        if not part:
            break
        data += part
    return data


async def _is_fetched(connection: socket.socket, data: bytes) -> bool:
    """Send all data and return whether the phone took it: it hung up after the last byte, and not before.

    OSError where it breaks off, as when it closes a connection in which there is something to read.
    """
    loop = asyncio.get_running_loop()
    hung_up = _has_hung_up(connection)
    await loop.sock_sendall(connection, data)
    connection.shutdown(socket.SHUT_WR)
    while await loop.sock_recv(connection, LARGEST):
        pass  # what it says besides is not heard
    return not hung_up


def _has_hung_up(connection: socket.socket) -> bool:
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
