"""Evidence files under scrutiny: TOML, of the right form, every number cited, and no number against another."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from decimal import Decimal
from typing import Any

from titrate.errors import BadInput, did_you_mean
from titrate.evidence.forms import EQUATIONS, FINDING, PROTOCOL
from titrate.evidence.shape import Table, check, line_of
from titrate.model import GATES, UNSIGNED, Protocol

PLACEHOLDERS = {"name", "profession"}  # the words in which the form of a signature is told


def protocol_data(raw: bytes, name: str, sources: frozenset[str]) -> dict[str, Any]:
    """Return the tables of a protocol file; BadInput names every fault at once, with its line."""
    data = parse(raw, name)
    check(data, PROTOCOL, file=name, text=raw.decode(), sources=sources)
    for row in (*data["step"], *data["extension"]):
        gate = row.get("gate")
        if gate is not None and gate not in data["gates"]:
            raise BadInput(f"{name}: gate {gate} is not under [gates]{did_you_mean(gate, data['gates'])}")
    if not is_signature(by := data["reviewed_by"]) and by != UNSIGNED:
        place = f"{name}:{line_of(raw.decode(), ('reviewed_by',))}: reviewed_by"
        raise BadInput(
            f'{place}: {by} is no signature; write "{UNSIGNED}", or who signed: "name, profession, YYYY-MM-DD" with a real date'
        )
    return data


def is_signature(text: str) -> bool:
    """Return whether a text says who signed a protocol: `name, profession, YYYY-MM-DD`, with a real date.

    >>> is_signature("Dr. A. Miller, physician, 2026-12-01"), is_signature("NAME, PROFESSION, 2026-12-01")
    (True, False)
    """
    name, profession, day = [*text.split(", "), "", ""][:3]
    if (
        not text.isprintable()
        or text != f"{name}, {profession}, {day}"
        or not re.fullmatch("[0-9]{4}(-[0-9]{2}){2}", day)
    ):
        return False
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return not name.lower().startswith("not ") and all(map(_is_word, (name, profession)))


def _is_word(text: str) -> bool:
    """Whether a text can be a name or a profession: two letters or more, and not what stands for one."""
    return sum(map(str.isalpha, text)) >= 2 and text == text.strip() and text.lower() not in PLACEHOLDERS


def finding_data(raw: bytes, name: str, sources: frozenset[str]) -> dict[str, Any]:
    """Return the tables of a findings file; BadInput names every fault at once, with its line."""
    data = parse(raw, name)
    check(data, Table(dict.fromkeys(data, FINDING)), file=name, text=raw.decode(), sources=sources)
    return data


def equation_data(raw: bytes, name: str, sources: frozenset[str]) -> dict[str, Any]:
    """Return the tables of a kidney file; BadInput names every fault at once, with its line."""
    data = parse(raw, name)
    check(data, EQUATIONS, file=name, text=raw.decode(), sources=sources)
    return data


def parse(raw: bytes, name: str) -> dict[str, Any]:
    """Return what the bytes of a TOML file say, numbers exact; BadInput if they are not UTF-8 or no TOML."""
    try:
        return tomllib.loads(raw.decode(), parse_float=Decimal)
    except UnicodeDecodeError as error:
        raise BadInput(f"{name}: not UTF-8 at byte {error.start}; save the file as UTF-8") from None
    except ValueError as error:  # TOMLDecodeError, and a number of more digits than Python reads
        raise BadInput(f"{name}: not TOML: {error}") from None
    except RecursionError:
        raise BadInput(f"{name}: not TOML of this kind: it is nested too deep") from None


def check_consistency(protocol: Protocol, first_days: list[int], name: str) -> None:
    """Return nothing if no number of a protocol stands against another; BadInput names what does."""
    if wrong := contradictions(protocol, first_days):
        raise BadInput("\n".join(f"{name}: {what}" for what in wrong))


def contradictions(protocol: Protocol, first_days: list[int]) -> list[str]:
    """Return what in a protocol contradicts itself; `first_days` are the days on which its steps begin."""
    rules, ladder = protocol.rules, protocol.ladder
    totals = [rung.total for rung in ladder]
    lows = [band.low for band in protocol.bands]
    starts = [1]
    for rung in ladder[: len(first_days) - 1]:
        starts.append(starts[-1] + rung.hold_days)
    wrong = []
    if first_days != starts:
        wrong.append(f"step: first days {first_days} are not what the hold days give, {starts}; mend one")
    if totals != [rules.rise_mg * (i + 1) for i in range(len(totals))]:
        wrong.append(
            f"step, extension: each rise must be {rules.rise_mg} mg; the doses are {', '.join(map(str, totals))}"
        )
    if totals[-1] != rules.cap_mg_per_day:
        wrong.append(f"extension: the last dose {totals[-1]} mg is not the cap {rules.cap_mg_per_day} mg; mend one")
    if lows != sorted(set(lows), reverse=True) or lows[-1] != 0:
        wrong.append("band: must fall from the highest to one from 0")
    for band in protocol.bands:
        if not {band.default_target, band.ceiling} <= {Decimal(0), *totals} or band.default_target > band.ceiling:
            wrong.append(
                f"band {band.name}: target and ceiling must be doses of the ladder, the target not above the ceiling"
            )
    if len({band.name for band in protocol.bands}) != len(protocol.bands):
        wrong.append("band: a name stands twice; rename one")
    if any(bool(band.default_target) != bool(band.ceiling) for band in protocol.bands):
        wrong.append("band: target and ceiling must both be 0, or neither")
    if len({tablet.mg for tablet in protocol.tablets}) != len(protocol.tablets):
        wrong.append("tablet: a strength stands twice; leave one out")
    if any(rung.gate is not None and "{" in rung.gate.text.replace("{present}", "") for rung in ladder):
        wrong.append("gates: only {present} may stand in braces; mend the text")
    unknown = dict.fromkeys(rung.gate.name for rung in ladder if rung.gate and rung.gate.name not in GATES)
    wrong += [f"gates.{gate}: the program does not know such a gate; name it {' or '.join(GATES)}" for gate in unknown]
    if any(above.ceiling < below.ceiling for above, below in zip(protocol.bands, protocol.bands[1:], strict=False)):
        wrong.append("band: a weaker kidney cannot have a higher ceiling")
    return wrong
