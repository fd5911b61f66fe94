"""Where this computer is reached: a private address that its routes lead over, never all of them, found without sending."""

from __future__ import annotations

import errno
import socket
import subprocess
import sys

import pytest
from command import need, program

from titrate.errors import BadInput, OutputError
from titrate.sharing import network

# What a network namespace without devices of its own has, and what is printed in it.
IN_A_NETWORK = """
ip link set lo up
{setup}
exec {python} -c "from titrate.sharing import network; print(*network.addresses())"
"""


def inside(setup: str) -> list[str]:
    """The addresses that are found in a network namespace of one's own, after commands that set it up."""
    if subprocess.run([program("unshare"), "-rn", "true"], capture_output=True, check=False).returncode:
        need(None, "a network namespace of one's own")
    program("ip")
    script = IN_A_NETWORK.format(setup=setup, python=sys.executable)
    ran = subprocess.run(["unshare", "-rn", "sh", "-ec", script], capture_output=True, text=True, check=True)
    return ran.stdout.split()


linux = pytest.mark.skipif(sys.platform != "linux", reason="network namespaces of Linux")


@linux
@pytest.mark.parametrize(
    ("setup", "found"),
    [
        ("", []),
        ("ip addr add 192.168.1.7/32 dev lo; ip route add default dev lo src 192.168.1.7", ["192.168.1.7"]),
        ("ip addr add 10.0.0.7/32 dev lo; ip route add default dev lo src 10.0.0.7", ["10.0.0.7"]),
        ("ip addr add 8.8.4.7/32 dev lo; ip route add default dev lo src 8.8.4.7", []),
        ("ip addr add 169.254.3.7/32 dev lo; ip route add default dev lo src 169.254.3.7", []),
        (
            "ip addr add 10.8.0.2/32 dev lo; ip route add default dev lo src 10.8.0.2; ip addr add 192.168.178.20/32 dev lo; ip route add 192.168.178.0/24 dev lo src 192.168.178.20",
            ["192.168.178.20", "10.8.0.2"],
        ),
        ("ip -6 addr add fd12::7/128 dev lo nodad; ip -6 route add default dev lo src fd12::7", ["fd12::7"]),
    ],
    ids=["no network", "a home", "an office", "the internet itself", "no router", "a VPN over a home", "IPv6"],
)
def test_the_private_addresses_on_the_way_to_a_network_are_found_the_likeliest_first(
    setup: str, found: list[str]
) -> None:
    assert inside(setup) == found


def test_looking_for_addresses_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Asked(socket.socket):
        def connect(self, address: object) -> None:
            asked.append(self.type)
            super().connect(address)

        def send(self, *_: object) -> int:
            raise AssertionError("something is sent")

        sendto = sendall = sendmsg = send

    monkeypatch.setattr(network.socket, "socket", Asked)
    network.addresses()
    assert asked
    assert set(asked) == {socket.SOCK_DGRAM}


def test_the_likeliest_address_is_taken_and_the_others_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "addresses", lambda: ("192.168.1.7", "10.8.0.2"))
    assert network.chosen(None) == ("192.168.1.7", ("10.8.0.2",))
    assert network.chosen("10.8.0.2") == ("10.8.0.2", ())


def test_without_a_network_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "addresses", tuple)
    with pytest.raises(OutputError, match=r"in no network of its own.*; join the phone's Wi-Fi"):
        network.chosen(None)


@pytest.mark.parametrize(
    "typed",
    [
        *("0.0.0.0", "::", "255.255.255.255", "224.0.0.1", "ff02::1", "::ffff:0.0.0.0", "::ffff:192.168.1.7"),
        *(
            "fe80::1",
            "fe80::1%lo",
            "",
            " ",
            "localhost",
            "192.168.1",
            "0",
            "0x7f000001",
            "192.168.01.7",
            "192.168.1.7:80",
        ),
        *("*", "http://192.168.1.7", "١٢٧.0.0.1"),
    ],
)
def test_what_is_no_address_of_one_computer_is_refused(typed: str) -> None:
    with pytest.raises(BadInput, match="give an address of this computer"):
        network.read_address(typed)


def test_an_address_is_written_as_browsers_write_it() -> None:
    assert network.read_address(" 192.168.1.7 ") == "192.168.1.7"
    assert network.read_address("FD12:0:0::7") == "fd12::7"


@pytest.mark.parametrize(
    ("address", "warning"),
    [
        *(("192.168.1.7", ""), ("172.20.10.2", ""), ("10.0.0.7", ""), ("fd12::7", "")),
        *(("127.0.0.1", "only this computer itself"), ("::1", "only this computer itself")),
        *(("8.8.4.7", "others than those"), ("2001:4860::7", "others than those"), ("172.32.0.1", "others than those")),
        *(("100.64.0.7", "others than those"), ("192.169.0.1", "others than those")),
    ],
)
def test_an_address_that_others_come_to_or_nobody_is_warned_of(address: str, warning: str) -> None:
    assert network.warning(address).startswith(warning)
    assert bool(network.warning(address)) == bool(warning)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_it_listens_at_one_address_alone(address: str) -> None:
    if not network.is_here(address):
        need(None, f"the address {address}")
    with network.listener(address) as listening:
        bound, port = listening.getsockname()[:2]
        assert bound == address
        assert network.host(listening) == (f"[::1]:{port}" if ":" in address else f"127.0.0.1:{port}")
        socket.create_connection((address, port), timeout=5).close()
        other = "127.0.0.2" if address == "127.0.0.1" else "127.0.0.1"
        with pytest.raises(OSError, match=r"refused|assign"):
            socket.create_connection((other, port), timeout=5)


def test_an_address_of_another_computer_cannot_be_listened_at() -> None:
    with pytest.raises(OutputError) as refused:
        network.listener("192.0.2.7")
    assert str(refused.value).startswith("share: cannot listen at 192.0.2.7: Cannot assign requested address; give ")
    assert not network.is_here("192.0.2.7")


def test_a_port_in_use_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def in_use(*_: object, **__: object) -> socket.socket:
        raise OSError(errno.EADDRINUSE, "Address already in use (while attempting to bind on ...)")

    monkeypatch.setattr(network.socket, "create_server", in_use)
    with pytest.raises(OutputError, match=r"^share: cannot listen at 127\.0\.0\.1: Address already in use; give "):
        network.listener("127.0.0.1")


def test_two_that_share_at_one_address_have_ports_of_their_own() -> None:
    with network.listener("127.0.0.1") as first, network.listener("127.0.0.1") as second:
        assert network.host(first) != network.host(second)
