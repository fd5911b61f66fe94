"""`titrate share` as a person has it: a code in the terminal, a phone that fetches, an end that is told.

Longer than other files: one command from its start to each of its ends.
"""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zxingcpp
from command import Desk, at, environment, need, program
from plans import again
from terminal_picture import DARK, LIGHT, picture
from terminal_session import CTRL_C, OWN_TERMINAL, all_shown

from titrate.export.handout import html
from titrate.sharing import network, server

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a pseudo-terminal and signals of a POSIX system")
NOW = 1796030100  # 2026-11-30
PLAN = "plan --start 2026-12-01 --egfr 85 --age 40 --taking codeine --confirm cns-depressant --prescriber 'Dr A' --tz Europe/Berlin -o plan.json -o plan.ics"
ADDRESS = re.compile(rb"http://127\.0\.0\.1:\d+/[a-z2-7]{26}")
PATIENCE = 30  # seconds


@pytest.fixture
def desk(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk(tmp_path, capfd, monkeypatch)
    assert desk.titrate(PLAN).code == 0
    monkeypatch.setattr(network, "addresses", lambda: ("127.0.0.1",))
    monkeypatch.setattr(server, "LIFE", 0)
    return desk


class Shared:
    """`titrate share` at a pseudo-terminal: the address that it shows, and in the end its exit code and all that it showed."""

    def __init__(self, running: subprocess.Popen[bytes], ours: int) -> None:
        self._running, self._ours = running, ours
        self.shown, self.code = b"", -1
        self.until(ADDRESS.pattern + rb"\s")
        self.address = ADDRESS.findall(self.shown)[-1].decode()

    @property
    def said(self) -> str:
        return re.sub(r"\x1b\[[0-9;]*m", "", self.shown.decode()).replace("\r\n", "\n")

    def until(self, pattern: bytes) -> None:
        """Wait until a pattern stands in the terminal."""
        deadline = time.monotonic() + PATIENCE
        while not re.search(pattern, self.shown):
            ready, _, _ = select.select([self._ours], [], [], max(0, deadline - time.monotonic()))
            assert ready, self.shown
            self.shown += os.read(self._ours, 65536)

    def press(self, keys: bytes) -> None:
        os.write(self._ours, keys)

    def send(self, number: int) -> None:
        self._running.send_signal(number)

    def end(self) -> None:
        """Wait for the end."""
        hanging = threading.Timer(PATIENCE, self._running.kill)
        hanging.start()
        self.shown += all_shown(self._ours)
        hanging.cancel()
        self.code = self._running.wait(PATIENCE)


@contextmanager
def shared(folder: Path, *words: str, before: str = "", columns: int = 80, **told: str) -> Iterator[Shared]:
    """Run `titrate share plan.json` on loopback at a pseudo-terminal in a folder."""
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [*at(NOW, f"{OWN_TERMINAL}\n{before}"), "share", "plan.json", "--bind", "127.0.0.1", *words],
        cwd=folder,
        env={**environment(), "TERM": "xterm-256color", "COLUMNS": str(columns), **told},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Shared(running, ours)
    finally:
        running.kill()
        running.wait()
        os.close(ours)


def fetch(address: str, **fields: str) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(address, headers=fields), timeout=PATIENCE) as answer:
        return bytes(answer.read())


# --- At a terminal ---


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_the_code_on_the_screen_leads_to_the_page_and_its_link_to_the_calendar(theme: object, desk: Desk) -> None:
    before = {name: desk.read(name) for name in desk.files()}
    with shared(desk.folder) as sharing:
        (code,) = zxingcpp.read_barcodes(picture(sharing.shown.decode(), theme, 80), try_invert=False)
        assert code.text == sharing.address
        page = fetch(code.text)
        path = code.text.rpartition("/")[2]
        assert page == html.pocket_page(again(desk.read("plan.json")), f"/{path}").content
        (link,) = re.findall(r'href="(/[^"]*\.ics)"', page.decode())
        for _ in range(3):
            assert fetch(f"{code.text.rpartition('/')[0]}{link}") == desk.read("plan.ics")
        sharing.end()
    assert sharing.code == 0
    assert sharing.said.endswith(
        "A phone has opened the page.\n"
        + 3 * "A phone has fetched the calendar.\n"
        + "That was enough. The calendar was fetched 3 times; nothing is shared any more.\n"
    )
    assert {name: desk.read(name) for name in desk.files()} == before


def test_it_says_before_what_everybody_must_know(desk: Desk) -> None:
    with shared(desk.folder, columns=100) as sharing:
        said = " ".join(sharing.said.partition("http://")[0].split())
        sharing.press(CTRL_C)
        sharing.end()
    assert (
        "Whoever can listen on this network can read what is fetched: it is sent by plain http, without encryption."
        in said
    )
    assert "It ends after 5 minutes, once the calendar was fetched 3 times, or with Ctrl-C." in said
    assert "With a phone in the same network as this computer (127.0.0.1), point the camera at the code" in said
    assert "hint: make a new, empty calendar for this plan and import the file into it" in said
    assert "only this computer itself comes to 127.0.0.1, no phone" in said


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whoever_stops_it_is_told_what_was_fetched_and_it_is_done(stop: int, desk: Desk) -> None:
    with shared(desk.folder) as sharing:
        fetch(f"{sharing.address}/plan.ics")
        sharing.until(rb"fetched the calendar\.")
        if stop == signal.SIGINT:
            sharing.press(CTRL_C)
        else:
            sharing.send(stop)
        sharing.end()
        with pytest.raises(urllib.error.URLError):
            fetch(sharing.address)
    assert sharing.code == 0
    assert sharing.said.endswith("\nIt was stopped. The calendar was fetched once; nothing is shared any more.\n")
    assert "Traceback" not in sharing.said
    assert "never retrieved" not in sharing.said


def test_a_stop_while_somebody_fetches_is_as_clean(desk: Desk) -> None:
    with shared(desk.folder) as sharing:
        host, _, path = sharing.address.removeprefix("http://").partition("/")
        name, _, port = host.partition(":")
        with socket.create_connection((name, int(port))) as idle, socket.create_connection((name, int(port))) as busy:
            busy.sendall(f"GET /{path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            assert busy.recv(100).startswith(b"HTTP/1.1 200 OK")
            idle.sendall(b"GET")
            sharing.send(signal.SIGTERM)
            sharing.end()
    assert sharing.code == 0
    assert sharing.said.count("It was stopped.") == 1
    assert "Traceback" not in sharing.said
    assert "never retrieved" not in sharing.said


def test_a_narrow_window_gets_the_address_alone(desk: Desk) -> None:
    with shared(desk.folder, columns=30) as sharing:
        assert "The code needs 37 columns" in " ".join(sharing.said.split())
        assert sharing.address.encode() in sharing.shown  # unbroken, to be typed or copied
        assert fetch(sharing.address)


def test_a_phone_with_another_name_for_this_computer_gets_nothing(desk: Desk) -> None:
    with shared(desk.folder) as sharing:
        for address, fields in (
            (sharing.address, {"Host": "evil.example"}),
            (f"{sharing.address[:-1]}{'a' if sharing.address[-1] != 'a' else 'b'}", {}),
            (sharing.address.rpartition("/")[0], {}),
        ):
            with pytest.raises(urllib.error.HTTPError) as refused:
                fetch(address, **fields)
            assert refused.value.code == 404
            assert refused.value.read() == b""
            assert "Server" not in refused.value.headers
        assert fetch(sharing.address)


def test_a_browser_shows_the_page_and_its_link(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> None:
    profile = tmp_path_factory.mktemp("profile")
    browser = [program("chromium"), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
    with shared(desk.folder) as sharing:
        ran = subprocess.run(
            [*browser, "--disable-background-networking", "--enable-logging=stderr", "--dump-dom", sharing.address],
            capture_output=True,
            check=True,
            timeout=120,
        )
        link = f"/{sharing.address.rpartition('/')[2]}/plan.ics"
        assert f'href="{link}"' in ran.stdout.decode()
        assert "baclofen" in ran.stdout.decode()
        assert b"Content Security Policy" not in ran.stderr  # nothing of the page is held back
        sharing.until(rb"A phone has opened the page\.")


def test_a_browser_downloads_the_calendar_once_and_byte_for_byte(
    desk: Desk, tmp_path_factory: pytest.TempPathFactory
) -> None:
    profile = tmp_path_factory.mktemp("profile")
    (profile / "Default").mkdir()
    wishes = {"download": {"default_directory": str(profile), "prompt_for_download": False}}
    (profile / "Default" / "Preferences").write_text(json.dumps(wishes), encoding="utf-8")
    browser = [program("chromium"), "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
    with shared(desk.folder) as sharing:
        running = subprocess.Popen(
            [*browser, "--disable-background-networking", f"{sharing.address}/plan.ics"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            sharing.until(rb"A phone has fetched the calendar\.")
            deadline = time.monotonic() + PATIENCE
            while not (profile / "plan.ics").exists() and time.monotonic() < deadline:
                time.sleep(0.05)
            assert (profile / "plan.ics").read_bytes() == desk.read("plan.ics")
        finally:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
        sharing.press(CTRL_C)
        sharing.end()
    assert sharing.said.count("A phone has fetched the calendar.") == 1


# --- Discreet ---


def test_a_discreet_plan_stays_discreet_in_all_that_is_shown_and_fetched(desk: Desk) -> None:
    assert desk.titrate("revise plan.json --discreet --label 'Blue pill' -o plan.ics").code == 0
    with shared(desk.folder, columns=100) as sharing:
        page, calendar = fetch(sharing.address), fetch(f"{sharing.address}/plan.ics")
        sharing.press(CTRL_C)
        sharing.end()
    assert b"<h1>Blue pill</h1>" in page
    assert calendar == desk.read("plan.ics")
    assert "This plan is discreet: the page names nothing and has only the link to the calendar." in sharing.said
    for text in (page.decode(), sharing.said):
        assert not any(word in text.lower() for word in ("baclofen", "raynaud", "codeine", " mg", "dr a", "kidney"))


# --- In a pipe, and in this process ---


def test_in_a_pipe_the_address_alone_goes_to_standard_output(desk: Desk) -> None:
    told = desk.titrate("share plan.json")
    assert told.code == 0
    assert re.fullmatch(ADDRESS.pattern + rb"\n", told.data)
    assert told.err.endswith("The time is over. The calendar was not fetched; nothing is shared any more.\n")
    assert "\x1b" not in told.err


def test_a_plan_may_come_through_a_pipe(desk: Desk) -> None:
    ran = subprocess.run(
        [*at(NOW, "from titrate.sharing import server; server.LIFE = 0"), "share", "-", "--bind", "127.0.0.1"],
        input=desk.read("plan.json"),
        capture_output=True,
        check=True,
    )
    assert ADDRESS.match(ran.stdout)


def test_each_run_has_a_token_of_its_own(desk: Desk) -> None:
    assert len({desk.titrate("share plan.json").data.rpartition(b"/")[2] for _ in range(3)}) == 3


def test_other_addresses_are_named_with_the_option_that_takes_them(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "addresses", lambda: ("127.0.0.1", "10.8.0.2", "10.0.0.7"))
    said = " ".join(desk.titrate("share plan.json").err.split())
    assert "This computer is also 10.8.0.2 and 10.0.0.7: where no phone gets through, give that with --bind." in said
    assert "--bind." not in desk.titrate("share plan.json --bind 127.0.0.1").err


def test_without_a_network_nothing_is_shared(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "addresses", tuple)
    told = desk.titrate("share plan.json")
    assert (told.code, told.out) == (1, "")
    assert told.err == (
        "titrate: share: this computer is in no network of its own that a phone could be in too; "
        "join the phone's Wi-Fi, or give the address that it is reached at with --bind\n"
    )


def test_after_a_minute_of_silence_it_says_what_to_check(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SILENCE", 0)
    monkeypatch.setattr(server, "LOOK", 0.01)
    monkeypatch.setattr(server, "LIFE", 0.1)
    told = desk.titrate("share plan.json")
    port = told.out.rpartition("/")[0].rpartition(":")[2]
    said = " ".join(told.err.split())
    assert said.count("No phone has come for a minute.") == 1
    for what in ("same Wi-Fi", "guest network", f"lets connections to port {port} in", "no VPN", "http and not https"):
        assert what in said


# --- A network that vanishes ---

VANISHING = """
ip link set lo up
ip addr add 192.168.1.7/32 dev lo
ip route add default dev lo src 192.168.1.7
"$@" &
while ! [ -s address ]; do sleep 0.02; done
ip addr del 192.168.1.7/32 dev lo
wait $!
"""
IN_A_NETWORK = ("unshare", "-rn", "sh", "-c", VANISHING, "sh")


@pytest.mark.skipif(sys.platform != "linux", reason="network namespaces of Linux")
def test_an_address_that_is_taken_away_ends_it_with_a_message(desk: Desk) -> None:
    if subprocess.run([program("unshare"), "-rn", "true"], capture_output=True, check=False).returncode:
        need(None, "a network namespace of one's own")
    with (desk.folder / "address").open("wb") as address:
        ran = subprocess.run(
            [*IN_A_NETWORK, *at(NOW, "from titrate.sharing import server; server.LOOK = 0.1"), "share", "plan.json"],
            cwd=desk.folder,
            stdout=address,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
            timeout=PATIENCE,
        )
    assert ran.returncode == 1
    assert desk.read("address").startswith(b"http://192.168.1.7:")  # found by itself
    assert ran.stderr.endswith(
        "It has failed. The calendar was not fetched; nothing is shared any more.\n"
        "titrate: share: the network is gone: 192.168.1.7 is no longer this computer's; connect this computer again, "
        "then give the command again: the code will be another one\n"
    )
