"""Where this computer is reached by a phone beside it, asked of its own table of routes: nothing is sent to find it."""

from __future__ import annotations

import os
import socket
from base64 import b32encode
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv6Address, ip_address, ip_network
from secrets import token_bytes

from titrate.errors import BadInput, OutputError

# What no router passes on to the internet, the networks of most homes first.
PRIVATE = tuple(map(ip_network, ("192.168.0.0/16", "172.16.0.0/12", "10.0.0.0/8", "fc00::/7")))
# Whereto a way is looked up: anywhere (two addresses that belong to nobody), and where routers and phones that share their
# connection often are, since a VPN may have taken the way to anywhere.
DESTINATIONS = (
    *("192.0.2.1", "192.168.0.1", "192.168.1.1", "192.168.2.1", "192.168.178.1", "192.168.43.1", "172.20.10.1"),
    *("10.0.0.1", "2001:db8::1"),
)
PORT = 9  # of no meaning: nothing is sent
TOKEN_BYTES = 16
WAITING = 16  # connections that the system lets wait
OWN = "give an address of this computer, such as 192.168.1.23"


def new_token() -> str:
    """Return 128 random bits as 26 letters and digits that are easy to type."""
    return b32encode(token_bytes(TOKEN_BYTES)).decode().rstrip("=").lower()


def addresses() -> tuple[str, ...]:
    """Return the private addresses of this computer that are on the way to a network, the likeliest first; none in no network."""
    found = dict.fromkeys(filter(None, map(_address_toward, DESTINATIONS)))
    return tuple(sorted((each for each in found if _rank(each) < len(PRIVATE)), key=_rank))


def chosen(asked: str | None) -> tuple[str, tuple[str, ...]]:
    """Return the address to be reached at, as asked for or else the likeliest, and the others that there are.

    Raises BadInput for what is no address of one computer, OutputError where there is none.
    """
    if asked is not None:
        return read_address(asked), ()
    likeliest, *others = addresses() or ("",)
    if not likeliest:
        wrong = "this computer is in no network of its own that a phone could be in too"
        raise OutputError(
            "share", wrong, "join the phone's Wi-Fi, or give the address that it is reached at with {bind}"
        )
    return likeliest, tuple(others)


def read_address(typed: str) -> str:
    """Return an address as browsers write it; BadInput for what is none, or stands for more than one computer or network."""
    try:
        address = ip_address(typed.strip())
    except ValueError:
        raise BadInput("bind", "{typed!r} is no address", OWN, typed=typed) from None
    if address.is_unspecified or address.is_multicast or address == ip_address("255.255.255.255"):
        raise BadInput("bind", "{typed} stands for more than one address", OWN, typed=typed)
    if isinstance(address, IPv6Address) and (address.is_link_local or address.ipv4_mapped):
        raise BadInput("bind", "{typed} is an address that no browser opens", OWN, typed=typed)
    return str(address)


def warning(address: str) -> str:
    """Return, in words, what keeps a phone from an address or who else may come to it; nothing for a private one."""
    if ip_address(address).is_loopback:
        return f"only this computer itself comes to {address}, no phone"
    return "" if _rank(address) < len(PRIVATE) else f"others than those in this network may come to {address}"


def listener(address: str) -> socket.socket:
    """Return a socket that listens at an address, on a port that the system picks; OutputError where it cannot."""
    try:
        return socket.create_server((address, 0), family=_family(address), backlog=WAITING)
    except OSError as error:
        wrong = "cannot listen at {address}: {reason}"
        raise OutputError("share", wrong, OWN, address=address, reason=os.strerror(error.errno or 0)) from None


def host(listening: socket.socket) -> str:
    """Return the address and port of a listening socket, as a browser names them."""
    address, port = listening.getsockname()[:2]
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def is_here(address: str) -> bool:
    """Return whether an address is still one of this computer's."""
    with socket.socket(_family(address), socket.SOCK_DGRAM) as asking:
        try:
            asking.bind((address, 0))
        except OSError:
            return False
    return True


def _address_toward(destination: str) -> str:
    """Which address would be the sender's of what was sent there; nothing where there is no way."""
    with suppress(OSError), socket.socket(_family(destination), socket.SOCK_DGRAM) as asking:
        asking.connect((destination, PORT))  # of a datagram socket: it only looks up the way
        return str(asking.getsockname()[0])
    return ""


def _rank(address: str) -> int:
    """The place of the private network that an address is in; after all of them for one in none."""
    return next(_networks_with(address), len(PRIVATE))


def _networks_with(address: str) -> Iterator[int]:
    return (rank for rank, network in enumerate(PRIVATE) if ip_address(address) in network)


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET
