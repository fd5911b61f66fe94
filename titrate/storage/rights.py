"""Who may read and write a file: owner, group, mode and access list, given on to the file that takes its place."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

ACL = "system.posix_acl_access"
GROUP_BITS = 0o070  # beside an access list: the most that anybody on it may do


class Rights(NamedTuple):
    """Owner, group, mode and, where there is one, the access list as the system stores it."""

    owner: int
    group: int
    mode: int
    acl: bytes | None


def rights_of(path: Path) -> Rights | None:
    """Return the rights of the file at `path` itself, None where nothing is there."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    acl = None
    if hasattr(os, "getxattr"):
        with suppress(OSError):  # a file without one, or a system without any
            acl = os.getxattr(path, ACL, follow_symlinks=False)
    return Rights(status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode) & 0o777, acl)


def give_rights(handle: int, rights: Rights) -> tuple[str, ...]:
    """Give an open file these rights as far as the system lets us; return what it does not have of them, in words.

    A group or a list that cannot be given takes its rights with it: they would be another's.
    """
    lost, mode, acl, status = [], rights.mode, rights.acl, os.fstat(handle)
    if status.st_gid != rights.group and not _changed_owner(handle, -1, rights.group):
        lost.append(f"group {_group_name(rights.group)}")
        mode, acl = mode & ~GROUP_BITS, None
    if hasattr(os, "setxattr") and not _set_acl(handle, acl):
        mode &= ~GROUP_BITS
        acl = None
    if acl != rights.acl:
        lost.append("access list")
    if hasattr(os, "fchmod"):
        os.fchmod(handle, mode)
    if status.st_uid != rights.owner and not _changed_owner(handle, rights.owner, -1):
        lost.append(f"owner {_owner_name(rights.owner)}")
    return tuple(lost)


def _changed_owner(handle: int, owner: int, group: int) -> bool:
    try:
        os.fchown(handle, owner, group)
    except OSError:
        return False
    return True


def _set_acl(handle: int, acl: bytes | None) -> bool:
    """Whether the file now has this list, or none: it may have been given one by its folder."""
    if acl is None:
        with suppress(OSError):
            os.removexattr(handle, ACL)
        return True
    try:
        os.setxattr(handle, ACL, acl)
    except OSError:
        return False
    return True


def _owner_name(number: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group_name(number: int) -> str:
    import grp

    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
