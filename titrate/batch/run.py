"""Filling a folder from a roster: who shares the work is the caller's; what comes out is the same whoever does."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from hashlib import file_digest
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from titrate import __version__
from titrate.batch import row_ids
from titrate.batch.defaults import NAMES as DEFAULTS
from titrate.batch.folder import BATCH, SCHEMA, Kept, Task, begin, entered, write_chunk
from titrate.batch.manifest import Books, kept
from titrate.batch.row import OUTCOMES, Made, Settings, check_defaults, id_of
from titrate.batch.row_ids import Repeats
from titrate.errors import BadInput, OutputError
from titrate.evidence import reader
from titrate.export import EXPORTERS, format_of
from titrate.inputs import fields
from titrate.inputs.roster import Fault, Header, Row, reading
from titrate.wording.phrases import stamp

FORMATS = ("json", "ics")
AT_ONCE, AT_ONCE_PRINTED = 64, 8  # rows in a chunk: a fraction of a second's work, also for a handout
PRINTED = ("pdf", "html")

Chunk = tuple[Task, ...]
Done = Generator[tuple[Chunk, tuple[Made, ...]], None, None]
Work = Callable[[Settings, Iterator[Chunk]], Done]


class Order(NamedTuple):
    """What was asked for: `formats` and `id` are None where nobody said."""

    roster: Path
    folder: Path
    formats: tuple[str, ...] | None
    id: UUID | None
    resume: bool
    created: datetime
    defaults: Mapping[str, str]


class RosterChanged(OutputError):
    """The roster is not the one that the batch was begun with: nothing can finish this one."""


class Progress(NamedTuple):
    """How far it is: rows done and to do, and what became of them."""

    done: int
    total: int
    counts: Mapping[str, int]


def fill(order: Order, work: Work) -> Generator[Progress, None, None]:
    """Fill the folder, chunk by chunk, saying after each how far it is; whole when it ends, and to be continued when not.

    Raises BadInput for a roster or a batch that cannot be read as one, OutputError for what cannot be written.
    """
    before = _look(order.roster)
    with reading(order.roster) as (header, rows), Repeats() as repeats, entered(order.folder) as found:
        total = _survey(rows, header, repeats)
        if not total:
            raise BadInput(f"{order.roster}: there is no row under the header; give one patient a row")
        settings, document = _settled(order, header, found, {**_digest(order.roster), "rows": total})
        if found is None:
            check_defaults(settings)
            begin(order.folder, document)
        done = 0
        yield Progress(done, total, dict.fromkeys(OUTCOMES, 0))
        earlier = kept(order.folder, settings.formats) if found else iter(())
        chunks = _chunks(order.roster, repeats, earlier, settings)
        with closing(Books(order.folder, header)) as books, closing(work(settings, chunks)) as working:
            for chunk, made in working:
                books.add([row for row, _ in chunk], made)
                done += len(chunk)
                yield Progress(done, total, books.counts)
            if done != total or _look(order.roster) != before:
                raise _changed(order.roster)
            books.finish()


def _changed(roster: Path) -> RosterChanged:
    return RosterChanged(f"{roster}: it changed while it was read; give --out a new folder")


def by_processes(jobs: int, folder: Path) -> Work:
    """Return how to share the work between processes of this computer, which write the files themselves."""

    def work(settings: Settings, chunks: Iterator[Chunk]) -> Done:
        write = partial(write_chunk, str(folder), settings)
        if jobs == 1:
            for chunk in chunks:
                yield chunk, write(chunk)
            return
        from concurrent.futures.process import BrokenProcessPool

        from titrate.batch.workers import in_order, processes

        try:
            with processes(jobs) as pool:
                yield from in_order(pool, write, chunks, ahead=3 * jobs)
        except BrokenProcessPool:
            raise OutputError("--jobs: a process ended before its work was done; was the memory short?") from None

    return work


def formats_of(typed: str) -> tuple[str, ...]:
    """Return the formats in a list such as `json,ics`, each once, in one order however they are typed; BadInput for others."""
    names = {format_of(f".{name.strip().removeprefix('.')}") for name in typed.split(",")}
    return tuple(suffix.removeprefix(".") for suffix in EXPORTERS if suffix.removeprefix(".") in names)


def _look(roster: Path) -> tuple[int, int]:
    try:
        stat = roster.stat()
    except OSError as error:
        raise OutputError(f"{roster}: cannot be read: {error.strerror}; give a file written as CSV UTF-8") from None
    if roster.is_dir():
        raise BadInput(f"{roster}: this is a folder; give a roster, which is a CSV file")
    if not roster.is_file():
        raise BadInput(f"{roster}: a roster is read more than once, which a pipe or a device cannot be; give a file")
    return stat.st_size, stat.st_mtime_ns


def _digest(roster: Path) -> dict[str, Any]:
    with roster.open("rb") as file:
        return {"bytes": roster.stat().st_size, "sha256": file_digest(file, "sha256").hexdigest()}


def _survey(rows: Iterator[Row], header: Header, repeats: Repeats) -> int:
    """Go through the roster once, before anything is written: how many rows there are, which ids stand in several."""
    total = 0
    for row in rows:
        total += 1
        if row.fault is None and not row_ids.wrong_with(id := id_of(row, header)):
            repeats.add(id, row.number)
    return total


def _settled(
    order: Order, header: Header, found: Mapping[str, Any] | None, roster: Mapping[str, Any]
) -> tuple[Settings, dict[str, Any]]:
    """What all rows share, and batch.json: as it was begun where there is one, whatever the clock says now."""
    settings = Settings(
        id=order.id or uuid4(),
        created=order.created.astimezone(UTC),
        formats=order.formats or FORMATS,
        header=header,
        defaults=tuple(order.defaults.items()),
    )
    if found is not None:
        settings = _begun(order, settings, found)
    protocol = reader.protocol()
    document = {
        "schema": SCHEMA,
        "id": str(settings.id),
        "created": stamp(settings.created),
        "titrate": __version__,
        "protocol": {"id": protocol.id, "version": protocol.version, "sha256": protocol.sha256},
        "roster": dict(roster),
        "formats": list(settings.formats),
        "defaults": dict(settings.defaults),
    }
    for name, value in document.items():
        if found is not None and found.get(name) != value:
            raise BadInput(f"--resume: {name} is not what this batch was begun with; give --out a new folder")
    return settings, document


def _begun(order: Order, settings: Settings, found: Mapping[str, Any]) -> Settings:
    if not order.resume:
        raise OutputError(f"{order.folder}: it holds a batch already; finish it with --resume, or give another --out")
    try:
        begun = _as_told(settings, found)
        check_defaults(begun)
    except BadInput as error:
        told = str(error).removesuffix(f"; {fields.WAY_OUT}").partition("; ")[0]
        raise BadInput(f"{order.folder / BATCH}: {told}; the file is damaged, so give --out a new folder") from None
    return begun._replace(id=order.id or begun.id, formats=order.formats or begun.formats)


def _as_told(settings: Settings, found: Mapping[str, Any]) -> Settings:
    """What all rows share as batch.json has it; BadInput for what no run of ours can have written."""
    defaults = fields.table(found.get("defaults"), "defaults")
    fields.known_keys(defaults, ("tz", *DEFAULTS), "defaults.")
    fields.text(defaults, "tz", "defaults.")
    return settings._replace(
        id=fields.uuid(fields.text(found, "id")),
        created=fields.stamp(fields.text(found, "created"), "created"),
        formats=formats_of(",".join(fields.names(found, "formats", "") or ())),
        defaults=tuple((name, fields.text(defaults, name, "defaults.")) for name in defaults),
    )


def _chunks(roster: Path, repeats: Repeats, earlier: Iterator[Kept], settings: Settings) -> Iterator[Chunk]:
    """The rows again, in chunks, each with what an earlier run made of it."""
    header = settings.header
    size = AT_ONCE_PRINTED if set(PRINTED) & set(settings.formats) else AT_ONCE
    chunk: list[Task] = []
    known = next(earlier, None)
    with reading(roster) as (again, rows):
        if again != header:
            raise _changed(roster)
        for row in rows:
            while known and known.row < row.number:
                known = next(earlier, None)
            alone = _alone(row, header, repeats)
            stands = known and alone.fault is None and (known.row, known.id) == (row.number, id_of(row, header))
            chunk.append((alone, known if stands else None))
            if len(chunk) == size:
                yield tuple(chunk)
                chunk = []
    if chunk:
        yield tuple(chunk)


def _alone(row: Row, header: Header, repeats: Repeats) -> Row:
    """The row, faulty where its id stands in another row too: nobody knows which of the two a file would be for."""
    both = None if row.fault else repeats.rows(id_of(row, header))
    if both is None:
        return row
    told = f"it stands in rows {both[0]} and {both[1]}; give each row a name of its own"
    return row._replace(fault=Fault(header.names[header.options.index("id")], "repeated", told))
