"""From what was typed to the values a plan is made from: one place for the command line and for a roster."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from titrate.errors import BadInput
from titrate.inputs.parse import read_choice, read_clock, read_date, read_number, read_whole
from titrate.model import Output, Patient, Slots

LONGEST_TEXT = 10_000
LONGEST_ALARM = 120  # minutes


def patient(
    *,
    today: date,
    egfr: str | None = None,
    creatinine: str | None = None,
    age: str | None = None,
    sex: str | None = None,
    weight: str | None = None,
    tested: str | None = None,
    taking: Sequence[str] | None = None,
    condition: Sequence[str] | None = None,
    pregnant: bool = False,
    breastfeeding: bool = False,
    dialysis: bool = False,
) -> Patient:
    """Return the patient's facts as typed, each read exactly; ranges are the protocol's to check."""
    return Patient(
        egfr=None if egfr is None else egfr.strip(),
        creatinine=None if creatinine is None else creatinine.strip(),
        age=None if age is None else read_whole(age, "--age", "completed years such as 54"),
        sex=None if sex is None else read_choice(sex, "--sex", ("female", "male")),
        weight=None if weight is None else read_number(weight, "--weight", "kilograms such as 62 or 62.5"),
        tested=None if tested is None else read_date(tested, today, "--tested"),
        taking=_names(taking, "--taking"),
        conditions=_names(condition, "--condition") or (),
        pregnant=pregnant,
        breastfeeding=breastfeeding,
        dialysis=dialysis,
    )


def slots(defaults: Slots, morning: str | None, midday: str | None, evening: str | None) -> Slots:
    """Return the clock times of the slots, the protocol's where none was given."""
    typed = zip(Slots._fields, (morning, midday, evening), defaults, strict=True)
    return Slots(*(usual if text is None else read_clock(text, f"--{slot}") for slot, text, usual in typed))


def strengths(tablet: Sequence[str] | None) -> tuple[Decimal, ...]:
    """Return the tablet strengths in mg, in the order given, each once."""
    given = (read_number(text, "--tablet", "a strength in mg such as 10") for text in tablet or ())
    return tuple(dict.fromkeys(given))


def pack(typed: str | None, tablets: tuple[Decimal, ...]) -> int | None:
    """Return how many tablets are in hand; BadInput unless it is clear which tablet is meant."""
    if typed is None:
        return None
    count = read_whole(typed, "--pack", "the number of tablets in hand, such as 28")
    if len(tablets) != 1:
        raise BadInput("--pack: it counts one kind of tablet; give exactly one --tablet with it")
    if not count:
        raise BadInput("--pack: 0 tablets in hand is no supply; leave --pack out")
    return count


def output(
    kept: Output = Output(),
    *,
    discreet: bool,
    label: str | None,
    alarm: str | None,
    no_alarm: bool,
    paper: str | None,
    large_print: bool,
    audience: str | None,
    contact: str | None,
) -> Output:
    """Return how a plan is told: as `kept`, a new plan's or a saved one's, but for what was asked for."""
    if no_alarm and alarm is not None:
        raise BadInput("--alarm, --no-alarm: they contradict each other; give one")
    if label is not None and not (discreet or kept.discreet):
        raise BadInput("--label: it names a dose in a discreet calendar; give --discreet with it")
    before = None if no_alarm else kept.alarm
    if alarm is not None:
        before = read_whole(alarm, "--alarm", "minutes before the dose, 0 to 120")
        if before > LONGEST_ALARM:
            raise BadInput(f"--alarm: {before} is out of range; give 0 to {LONGEST_ALARM} minutes before the dose")
    return Output(
        discreet=discreet or kept.discreet,
        label=kept.label if label is None else one_line(label, "--label"),
        alarm=before,
        paper=kept.paper if paper is None else read_choice(paper, "--paper", ("a4", "letter")),
        large_print=large_print or kept.large_print,
        audience=kept.audience
        if audience is None
        else read_choice(audience, "--for", ("patient", "clinician", "both")),
        contact=kept.contact if contact is None else lines(contact, "--contact"),
    )


def prescriber(typed: str | None) -> str | None:
    """Return who confirms; BadInput for an empty name."""
    return one_line(typed, "--prescriber")


def one_line(typed: str | None, option: str) -> str | None:
    """Return a text of one line, or None; BadInput for control characters, which no page can print."""
    told = text(typed, option)
    if told is not None and not told.isprintable():
        raise BadInput(f"{option}: it holds control characters; leave them out")
    return told


def text(typed: str | None, option: str) -> str | None:
    """Return a free text as typed, or None; BadInput for an empty or endless one."""
    if typed is None:
        return None
    if not typed.strip():
        raise BadInput(f"{option}: it is empty; give a text or leave it out")
    if len(typed) > LONGEST_TEXT:
        raise BadInput(f"{option}: {len(typed)} characters are too many; give at most {LONGEST_TEXT}")
    return typed.strip()


def lines(typed: str, option: str) -> str | None:
    """Return a text of one line or more; BadInput for other control characters, which no page can print."""
    odd = sorted({f"U+{ord(char):04X}" for char in typed if char != "\n" and (char < " " or "\x7f" <= char < "\xa0")})
    if odd:
        raise BadInput(f"{option}: it holds control characters ({', '.join(odd)}); take them out")
    return text(typed, option)


def _names(typed: Sequence[str] | None, option: str) -> tuple[str, ...] | None:
    """Comma lists and repeats become one tuple; `none` alone says that there are none; nothing said is None."""
    if not typed:
        return None
    if not "".join(typed).isprintable():  # it is printed on a page, which would be refused later
        raise BadInput(f"{option}: it holds control characters; leave them out")
    from titrate.engine.names import asked  # only where something was named

    return asked(typed, option)
