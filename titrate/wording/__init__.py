"""The sentences a patient reads, one TOML file a language: `words("en")` says them with the plan's numbers filled in."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from titrate.errors import TitrateError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

FOLDER = Path(__file__).parent


class Words(NamedTuple):
    """The sentences of one language, by section and name."""

    file: str
    sections: Mapping[str, Mapping[str, Any]]

    def say(self, name: str, **values: object) -> str:
        """Return the sentence `section.name` with its placeholders filled.

        Raises TitrateError for a sentence that the file does not have, or one that needs a value not given.

        >>> words("en").say("dose.mg", mg=5)
        '5 mg'
        """
        return self._fill(name, self._entry(name, str), values)

    def lines(self, name: str, **values: object) -> tuple[str, ...]:
        """Return the entries of the list `section.name`, each filled; errors as `say`."""
        return tuple(self._fill(name, entry, values) for entry in self._entry(name, list))

    def listed(self, parts: Sequence[str]) -> str:
        """Return several texts as a person would say them.

        >>> words("en").listed(["codeine", "diazepam", "ramipril"])
        'codeine, diazepam and ramipril'
        """
        *most, last = parts or ("",)
        return self.say("language.and").join(filter(None, (", ".join(most), last)))

    def day(self, day: date, form: str = "language.date") -> str:
        """Return a date in words, the same in every locale; `form` names the sentence that puts its parts together.

        >>> from datetime import date
        >>> words("en").day(date(2026, 12, 8))
        'Tuesday 8 December 2026'
        """
        weekday = self.lines("language.weekdays")[day.weekday()]
        month = self.lines("language.months")[day.month - 1]
        return self.say(form, weekday=weekday, day=day.day, month=month, year=day.year)

    def _entry(self, name: str, kind: type[Any]) -> Any:
        section, _, key = name.partition(".")
        entry = self.sections.get(section, {}).get(key)
        if not isinstance(entry, kind) or not entry:
            raise TitrateError(Path(self.file), "{entry} is missing", "add it, as in en.toml", entry=name)
        return entry

    def _fill(self, name: str, template: str, values: Mapping[str, object]) -> str:
        try:
            return template.format_map(values)
        except (KeyError, IndexError, ValueError) as error:
            wrong, known = "{entry} cannot be filled ({reason})", ", ".join(values) or "no value"
            raise TitrateError(
                Path(self.file), wrong, "known here: {known}", entry=name, reason=error, known=known
            ) from None


class Edition(NamedTuple):
    """An edition of a language's sentences in the calendar: its number, its day, and the first version of titrate with it."""

    number: int
    date: date
    since: str


def edition(language: str = "en") -> Edition:
    """Return the newest edition of a language's calendar sentences.

    >>> edition().number > 1
    True
    """
    return _editions(language)[-1]


def edition_of(version: str, language: str = "en") -> Edition:
    """Return the edition that a version of titrate had; of one that is later than all it is the newest.

    >>> edition_of("0.1.0").number, edition_of("0.2.0.dev1").number, edition_of("7.0") == edition()
    (1, 2, True)
    """
    first, *later = _editions(language)
    return next((each for each in reversed(later) if _numbers(version) >= _numbers(each.since)), first)


@lru_cache(maxsize=4)
def _editions(language: str) -> tuple[Edition, ...]:
    editions = tomllib.loads((FOLDER / "editions.toml").read_text(encoding="utf-8"))
    return tuple(Edition(**each) for each in editions[language])


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")[:2] if part.isdigit()]


@lru_cache(maxsize=4)
def words(language: str = "en") -> Words:
    """Return the words of a language; TitrateError if there is no such file or it is damaged."""
    return read(FOLDER / f"{language}.toml")


def read(path: Path) -> Words:
    """Return the words in a file; TitrateError if it cannot be read, naming the place."""
    try:
        return Words(path.name, tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise TitrateError(Path(path.name), "there is no such file", "write it after en.toml") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TitrateError(Path(path.name), "{reason}", "mend the file", reason=error) from None
