"""The socket part, on loopback: who is slow, wrong or many stops nobody; it ends in time, after three downloads, or with the network.

Longer than other files: all of it plays on one street, which is made here.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress

import pytest

from titrate.errors import OutputError
from titrate.export.handout.html import Page
from titrate.sharing import network, server
from titrate.sharing.offer import CALENDAR, LARGEST, NOTHING, PAGE, Offer, answer
from titrate.sharing.server import ANSWERING, ASKING, DOWNLOADS, LIFE, LOOK, MOST, SILENCE, SILENT, Sharing

TOKEN = "abcdefghijklmnopqrstuvwxyz"
LARGE = b"BEGIN:VCALENDAR\r\n" * 1_000_000  # more than any socket holds on the way
PATIENCE = 20  # seconds, on a clock that nobody moves, for what takes milliseconds


class Clock(asyncio.SelectorEventLoop):
    """An event loop whose clock the test moves on."""

    ahead = 0.0

    def time(self) -> float:
        return super().time() + self.ahead


class Street:
    """An offer that is being shared, and phones that come to it."""

    def __init__(self, sharing: Sharing, offer: Offer, port: int, notices: list[str]) -> None:
        self.sharing, self.offer, self.port, self.notices = sharing, offer, port, notices
        self.running = asyncio.create_task(sharing.run())
        self.loop: Clock = asyncio.get_running_loop()  # type: ignore[assignment]

    async def pass_time(self, seconds: float) -> None:
        self.loop.ahead += seconds
        await self.settle()

    async def settle(self) -> None:
        """Let everybody do what is to be done by now."""
        for _ in range(20):
            await asyncio.sleep(0)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    def request(self, path: str = "", method: str = "GET", host: str = "") -> bytes:
        return f"{method} /{TOKEN}{path} HTTP/1.1\r\nHost: {host or self.offer.host}\r\n\r\n".encode()

    async def fetch(self, path: str = "", method: str = "GET", host: str = "") -> bytes:
        return await self.send(self.request(path, method, host))

    async def send(self, data: bytes) -> bytes:
        """What comes back for some bytes until the other side hangs up."""
        reader, writer = await self.connect()
        writer.write(data)
        came = await self.rest(reader, writer)
        await self.settle()
        return came

    async def rest(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        try:
            return await reader.read()
        finally:
            writer.close()
            await writer.wait_closed()

    async def until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            await asyncio.sleep(0.001)


def on_a_street(
    scenario: Callable[[Street], Coroutine[None, None, None]], calendar: bytes = b"BEGIN:VCALENDAR\r\n"
) -> Street:
    """Play a scenario while an offer is shared on loopback, and end it."""

    async def play() -> Street:
        listener = network.listener("127.0.0.1")
        with listener:
            offer = Offer(
                network.host(listener), TOKEN, Page(b"<p>page</p>", "default-src 'none'"), calendar, b"<p>kept</p>"
            )
            notices: list[str] = []
            street = Street(Sharing(listener, offer, notices.append), offer, listener.getsockname()[1], notices)
            playing = asyncio.create_task(scenario(street))
            hanging = threading.Timer(PATIENCE, street.loop.call_soon_threadsafe, [playing.cancel])
            hanging.start()
            try:
                await playing
            finally:
                hanging.cancel()
                street.running.cancel()
                await asyncio.wait({street.running})
        return street

    with asyncio.Runner(loop_factory=Clock) as runner:
        runner.get_loop().set_exception_handler(lambda _, context: pytest.fail(str(context)))
        return runner.run(play())


async def ended(street: Street) -> None:
    """Wait for the end, and find that nobody is answered any more."""
    await asyncio.wait({street.running})
    assert street.running.done()
    with pytest.raises(ConnectionRefusedError):
        await street.connect()


# --- What is fetched ---


def test_the_page_and_the_calendar_come_byte_for_byte() -> None:
    async def scenario(street: Street) -> None:
        page, calendar = answer(street.offer, street.request()), answer(street.offer, street.request("/plan.ics"))
        assert await street.fetch() == page.data
        assert await street.fetch("/plan.ics") == calendar.data
        assert street.sharing.fetched == {PAGE: 1, CALENDAR: 1}

    on_a_street(scenario)


def test_a_request_that_comes_in_pieces_is_answered() -> None:
    async def scenario(street: Street) -> None:
        reader, writer = await street.connect()
        for byte in street.request():
            writer.write(bytes([byte]))
            await asyncio.sleep(0)
        assert await street.rest(reader, writer) == answer(street.offer, street.request()).data

    on_a_street(scenario)


def test_one_connection_has_one_request() -> None:
    async def scenario(street: Street) -> None:
        assert await street.send(street.request() * 3) == answer(street.offer, street.request()).data
        assert street.sharing.fetched == {PAGE: 1, CALENDAR: 0}

    on_a_street(scenario)


def test_what_a_phone_says_behind_its_request_is_not_heard_and_its_answer_arrives() -> None:
    async def scenario(street: Street) -> None:
        data = street.request("/plan.ics") + b"x" * 100_000
        assert await street.send(data) == answer(street.offer, street.request("/plan.ics")).data

    on_a_street(scenario)


# --- When it ends ---


def test_it_ends_after_three_downloads_of_the_calendar() -> None:
    async def scenario(street: Street) -> None:
        for number in range(DOWNLOADS):
            assert not street.running.done()
            await street.fetch("/plan.ics")
            await street.until(lambda number=number: street.sharing.fetched[CALENDAR] == number + 1)
        await ended(street)
        assert street.running.exception() is None
        assert street.notices == [CALENDAR] * DOWNLOADS

    on_a_street(scenario)


def test_looking_at_the_page_and_at_heads_never_ends_it() -> None:
    async def scenario(street: Street) -> None:
        for _ in range(10):
            await street.fetch()
            assert (await street.fetch("/plan.ics", "HEAD")).endswith(b"\r\n\r\n")
        assert street.sharing.fetched == {PAGE: 10, CALENDAR: 0}
        assert street.notices == [PAGE]  # told once
        assert not street.running.done()

    on_a_street(scenario)


def test_it_ends_when_its_time_is_over_and_not_before() -> None:
    async def scenario(street: Street) -> None:
        await street.pass_time(LIFE - 1)
        await street.fetch()
        assert not street.running.done()
        await street.pass_time(2)
        await ended(street)
        assert street.running.exception() is None
        assert street.sharing.fetched == {PAGE: 1, CALENDAR: 0}

    on_a_street(scenario)


def test_what_is_being_fetched_when_the_time_is_over_is_finished_and_who_has_not_asked_is_hung_up_on() -> None:
    async def scenario(street: Street) -> None:
        await street.pass_time(LIFE - 5)
        idle = await street.connect()
        reader, writer = await street.connect()
        writer.write(street.request("/plan.ics"))
        begun = await reader.read(1000)
        await street.pass_time(6)
        assert not street.running.done()
        assert await idle[0].read() == b""
        idle[1].close()
        whole = begun + await street.rest(reader, writer)
        assert whole == answer(street.offer, street.request("/plan.ics")).data
        await ended(street)
        assert street.sharing.fetched[CALENDAR] == 1

    on_a_street(scenario, LARGE)


def test_two_downloads_at_once_are_both_whole_and_both_count() -> None:
    async def scenario(street: Street) -> None:
        both = [await street.connect() for _ in range(2)]
        for _, writer in both:
            writer.write(street.request("/plan.ics"))
        begun = [await reader.read(1000) for reader, _ in both]
        came = await asyncio.gather(*(street.rest(*phone) for phone in both))
        whole = answer(street.offer, street.request("/plan.ics")).data
        assert [first + rest for first, rest in zip(begun, came, strict=True)] == [whole, whole]
        await street.until(lambda: street.sharing.fetched[CALENDAR] == 2)
        assert not street.running.done()

    on_a_street(scenario, LARGE)


def test_a_fourth_download_that_was_begun_before_the_third_was_done_is_finished() -> None:
    async def scenario(street: Street) -> None:
        phones = [await street.connect() for _ in range(DOWNLOADS + 1)]
        for _, writer in phones:
            writer.write(street.request("/plan.ics"))
        begun = [await reader.read(1000) for reader, _ in phones]
        for phone in phones[:-1]:
            await street.rest(*phone)
        await street.until(lambda: street.sharing.fetched[CALENDAR] == DOWNLOADS)
        await street.settle()
        with pytest.raises(ConnectionRefusedError):
            await street.connect()
        last = begun[-1] + await street.rest(*phones[-1])
        assert last == answer(street.offer, street.request("/plan.ics")).data
        await ended(street)

    on_a_street(scenario, LARGE)


# --- What does not count ---


def test_a_download_that_is_broken_off_does_not_count() -> None:
    async def scenario(street: Street) -> None:
        for _ in range(DOWNLOADS):
            reader, writer = await street.connect()
            writer.write(street.request("/plan.ics"))
            await reader.read(1000)
            writer.transport.abort()
            await street.until(lambda: not street.sharing._answering)
        assert street.sharing.fetched[CALENDAR] == 0
        assert not street.running.done()

    on_a_street(scenario, LARGE)


@pytest.mark.parametrize("calendar", [b"BEGIN:VCALENDAR\r\n" * 500, LARGE], ids=["small", "large"])
def test_a_phone_that_asks_and_hangs_up_without_listening_has_fetched_nothing(calendar: bytes) -> None:
    async def scenario(street: Street) -> None:
        for _ in range(DOWNLOADS):
            with socket.create_connection(("127.0.0.1", street.port)) as phone:
                phone.sendall(street.request("/plan.ics"))
            await street.settle()
            await street.until(lambda: not street.sharing._answering and not street.sharing._asking)
        assert street.sharing.fetched[CALENDAR] == 0

    on_a_street(scenario, calendar)


def test_who_will_say_no_more_is_answered_but_not_counted_since_nobody_hears_whether_it_arrived() -> None:
    async def scenario(street: Street) -> None:
        reader, writer = await street.connect()
        writer.write(street.request("/plan.ics"))
        writer.write_eof()
        assert await street.rest(reader, writer) == answer(street.offer, street.request("/plan.ics")).data
        await street.settle()
        assert street.sharing.fetched[CALENDAR] == 0

    on_a_street(scenario)


@pytest.mark.parametrize("calendar", [b"BEGIN:VCALENDAR\r\n" * 500, LARGE], ids=["small", "large"])
def test_a_phone_that_goes_silent_while_it_is_answered_has_fetched_nothing(calendar: bytes) -> None:
    async def scenario(street: Street) -> None:
        reader, writer = await street.connect()
        writer.write(street.request("/plan.ics"))
        await reader.read(1000)
        await street.until(lambda: bool(street.sharing._answering))
        await street.pass_time(ANSWERING - 1)
        assert street.sharing._answering
        await street.pass_time(2)
        assert not street.sharing._answering
        assert street.sharing.fetched[CALENDAR] == 0
        writer.transport.abort()

    on_a_street(scenario, calendar)


# --- Who is wrong, slow or many ---


def test_twenty_wrong_requests_get_nothing_and_stop_no_right_one() -> None:
    async def scenario(street: Street) -> None:
        for number in range(20):
            wrong = b"GET /%026d HTTP/1.1\r\nHost: %s\r\n\r\n" % (number, street.offer.host.encode())
            assert await street.send(wrong) == NOTHING.data
        assert await street.fetch(host="evil.example") == NOTHING.data
        assert await street.fetch(method="POST") == NOTHING.data
        assert await street.send(b"\x16\x03\x01" + bytes(LARGEST)) == NOTHING.data
        assert await street.fetch("/plan.ics") == answer(street.offer, street.request("/plan.ics")).data
        assert street.sharing.fetched == {PAGE: 0, CALENDAR: 1}

    on_a_street(scenario)


def test_a_request_without_an_end_is_not_read_for_ever() -> None:
    async def scenario(street: Street) -> None:
        reader, writer = await street.connect()
        writer.write(b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 10_000)
        assert await street.rest(reader, writer) == NOTHING.data

    on_a_street(scenario)


@pytest.mark.parametrize("said", [b"", b"GET /"], ids=["idle", "slow"])
def test_who_does_not_ask_in_time_is_hung_up_on_without_a_word(said: bytes) -> None:
    async def scenario(street: Street) -> None:
        reader, writer = await street.connect()
        writer.write(said)
        await street.pass_time(ASKING - 1)
        assert street.sharing._asking
        writer.write(said)  # each byte wins no more time
        await street.pass_time(2)
        assert not street.sharing._asking
        assert await street.rest(reader, writer) == b""
        assert await street.fetch()

    on_a_street(scenario)


def test_however_many_wait_without_asking_a_phone_that_asks_is_answered() -> None:
    async def scenario(street: Street) -> None:
        idle = [await street.connect() for _ in range(3 * MOST)]
        await street.until(lambda: len(street.sharing._asking) == MOST)
        await street.settle()
        assert len(street.sharing._asking) <= MOST
        assert await street.fetch("/plan.ics") == answer(street.offer, street.request("/plan.ics")).data
        for reader, _ in idle[: 2 * MOST]:  # who has waited longest made room
            assert await reader.read() == b""
        for _, writer in idle:
            writer.close()

    on_a_street(scenario)


def test_no_more_than_a_few_are_answered_at_once() -> None:
    async def scenario(street: Street) -> None:
        phones = [await street.connect() for _ in range(MOST)]
        for reader, writer in phones:
            writer.write(street.request("/plan.ics"))
            await reader.read(1000)
        assert len(street.sharing._answering) == MOST
        reader, writer = await street.connect()
        assert await street.rest(reader, writer) == b""
        for _, writer in phones:
            writer.transport.abort()
        await street.until(lambda: not street.sharing._answering)
        assert await street.fetch()

    on_a_street(scenario, LARGE)


# --- Silence ---


def test_after_a_minute_without_a_phone_it_says_so_once() -> None:
    async def scenario(street: Street) -> None:
        await street.pass_time(SILENCE - LOOK - 1)
        assert street.notices == []
        for _ in range(4):
            await street.pass_time(LOOK)
        assert street.notices == [SILENT]
        await street.send(b"GET /favicon.ico HTTP/1.1\r\n\r\n")
        await street.pass_time(SILENCE)
        assert street.notices == [SILENT]

    on_a_street(scenario)


def test_where_a_phone_came_nobody_is_told_of_silence() -> None:
    async def scenario(street: Street) -> None:
        await street.fetch()
        for _ in range(4):
            await street.pass_time(SILENCE)
        assert street.notices == [PAGE]

    on_a_street(scenario)


# --- A network that vanishes ---


def test_an_address_that_this_computer_no_longer_has_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(street: Street) -> None:
        await street.pass_time(LOOK)
        assert not street.running.done()
        monkeypatch.setattr(network, "is_here", lambda _: False)
        await street.pass_time(LOOK)
        await asyncio.wait({street.running})
        error = street.running.exception()
        assert isinstance(error, OutputError)
        assert (error.exit_code, str(error)) == (
            1,
            "share: the network is gone: 127.0.0.1 is no longer this computer's; connect this computer again, then give the command again: the code will be another one",
        )

    on_a_street(scenario)


@pytest.mark.parametrize("doing", ["sock_accept", "sock_recv", "sock_sendall"])
def test_a_network_that_is_down_ends_it(doing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(street: Street) -> None:
        monkeypatch.setattr(Clock, doing, failing(errno.ENETDOWN))
        for _ in range(2):  # the first accept was begun before
            await street.settle()
            await come_and_go(street)
        await asyncio.wait({street.running})
        error = street.running.exception()
        assert isinstance(error, OutputError)
        assert str(error).startswith("share: the network is gone: Network is down; ")

    on_a_street(scenario)


@pytest.mark.parametrize("doing", ["sock_recv", "sock_sendall"])
@pytest.mark.parametrize("number", [errno.ECONNRESET, errno.EPIPE, errno.EHOSTUNREACH, errno.ETIMEDOUT])
def test_a_phone_that_is_gone_ends_nothing(doing: str, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(street: Street) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(Clock, doing, failing(number))
            await come_and_go(street)
            await street.until(lambda: not street.sharing._asking and not street.sharing._answering)
        assert await street.fetch("/plan.ics")
        assert street.sharing.fetched == {PAGE: 0, CALENDAR: 1}

    on_a_street(scenario)


def test_a_phone_that_gave_up_before_it_was_heard_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(street: Street) -> None:
        real, tried = Clock.sock_accept, []

        async def aborted_once(loop: Clock, listener: socket.socket) -> object:
            tried.append(1)
            if len(tried) == 1:
                raise ConnectionAbortedError(errno.ECONNABORTED, "aborted")
            return await real(loop, listener)

        monkeypatch.setattr(Clock, "sock_accept", aborted_once)
        await street.fetch()
        assert await street.fetch()
        assert len(tried) >= 2

    on_a_street(scenario)


def test_a_fault_of_its_own_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(street: Street) -> None:
        monkeypatch.setattr(server, "answer", lambda *_: 1 / 0)
        await come_and_go(street)
        await asyncio.wait({street.running})
        assert isinstance(street.running.exception(), ZeroDivisionError)

    on_a_street(scenario)


async def come_and_go(street: Street) -> None:
    """A phone that asks, and minds nothing."""
    with suppress(ConnectionError):
        await street.fetch()


def failing(number: int) -> Callable[..., Awaitable[None]]:
    async def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def test_every_wait_has_an_end_within_its_life() -> None:
    assert ASKING < ANSWERING < SILENCE < LIFE == 300
    assert DOWNLOADS == 3
