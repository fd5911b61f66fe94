"""A batch: a roster of patients in, a folder of plans out; who shares the work is the caller's, the files are the same."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from voluptuous import Schema

from titrate import __version__
from titrate.batch import row_ids
from titrate.batch.defaults import NAMES as DEFAULTS
from titrate.batch.folder import BATCH, SCHEMA, Chunk, Task, batch_folder, write_document
from titrate.batch.manifest import Manifest, ManifestRow, read_manifest
from titrate.batch.row import OUTCOMES, Settings, check_defaults, id_of
from titrate.batch.row_ids import Repeats
from titrate.batch.workers import Work
from titrate.errors import BadInput, OutputError, in_file
from titrate.evidence import reader
from titrate.export import EXPORTERS
from titrate.inputs import schema
from titrate.inputs.parse import read_choice
from titrate.inputs.roster import Fault, Header, Row, reading
from titrate.inputs.schema import Validator, checked
from titrate.storage.files import output_errors
from titrate.wording.phrases import stamp

FORMATS = ("json", "ics")
DAMAGED = "the file is damaged, so give {out} a new folder"
# What batch.json says that rows are planned with; the rest is compared with what a run would write now.
GIVEN: dict[str, Validator] = {
    "id": schema.uuid,
    "created": schema.moment,
    "formats": schema.names,
    "defaults": schema.table(dict.fromkeys(("tz", *DEFAULTS), schema.text), needed=("tz",)),
}
SHARED = Schema(schema.table(GIVEN))
CHUNK, CHUNK_PRINTED = 64, 8  # rows in a chunk: a fraction of a second's work, also for a handout


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


def run_batch(order: Order, work: Work) -> Generator[Progress, None, None]:
    """Plan the rows, chunk by chunk, saying after each how far it is; the folder is whole at the end, else to be continued.

    Raises BadInput for a roster or a batch that cannot be read as one, OutputError for what cannot be written.
    """
    before = _state(order.roster)
    with reading(order.roster) as (header, rows), Repeats() as repeats, batch_folder(order.folder) as earlier:
        total = _survey(rows, header, repeats)
        if not total:
            raise BadInput(order.roster, "there is no row under the header", "give one patient a row")
        settings, document = _settled(order, header, earlier, {**_digest(order.roster), "rows": total})
        if earlier is None:
            check_defaults(settings)
            write_document(order.folder, document)
        done = 0
        yield Progress(done, total, dict.fromkeys(OUTCOMES, 0))
        planned = read_manifest(order.folder, settings.formats) if earlier else iter(())
        chunks = _chunks(order.roster, repeats, planned, settings)
        with closing(Manifest(order.folder, header)) as manifest, closing(work(settings, chunks)) as working:
            for chunk, results in working:
                manifest.add([row for row, _ in chunk], results)
                done += len(chunk)
                yield Progress(done, total, manifest.counts)
            if done != total or _state(order.roster) != before:
                raise _changed(order.roster)
            manifest.finish()


def formats_of(typed: str) -> tuple[str, ...]:
    """Return the formats in a list such as `json,ics`, each once, in one order however they are typed; BadInput for others."""
    names = {read_choice(name.strip().removeprefix("."), "format", tuple(EXPORTERS)) for name in typed.split(",")}
    return tuple(name for name in EXPORTERS if name in names)


def _changed(roster: Path) -> RosterChanged:
    return RosterChanged(roster, "it changed while it was read", "give {out} a new folder")


def _state(roster: Path) -> tuple[int, int]:
    """How long the roster is and when it was last changed."""
    with output_errors(roster, "cannot be read", "give a file written as CSV UTF-8"):
        stat = roster.stat()
    if roster.is_dir():
        raise BadInput(roster, "this is a folder", "give a roster, which is a CSV file")
    if not roster.is_file():
        twice = "a roster is read more than once, which a pipe or a device cannot be"
        raise BadInput(roster, twice, "give a file")
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
    order: Order, header: Header, earlier: Mapping[str, Any] | None, roster: Mapping[str, Any]
) -> tuple[Settings, dict[str, Any]]:
    """What all rows share, and batch.json: as it was begun where there is one, whatever the clock says now."""
    settings = Settings(
        id=order.id or uuid4(),
        created=order.created.astimezone(UTC),
        formats=order.formats or FORMATS,
        header=header,
        defaults=tuple(order.defaults.items()),
    )
    if earlier is not None:
        settings = _continued(order, settings, earlier)
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
        if earlier is not None and earlier.get(name) != value:
            wrong = "{name} is not what this batch was begun with"
            raise BadInput("resume", wrong, "give {out} a new folder", name=name)
    return settings, document


def _continued(order: Order, settings: Settings, earlier: Mapping[str, Any]) -> Settings:
    """What all rows share as the batch was begun; BadInput for a damaged file, OutputError where nobody asked to resume."""
    if not order.resume:
        todo = "finish it with {resume}, or give another {out}"
        raise OutputError(order.folder, "it holds a batch already", todo)
    try:
        begun = _read_settings(settings, earlier)
        check_defaults(begun)
    except BadInput as error:
        raise in_file(order.folder / BATCH, error, DAMAGED) from None
    return begun._replace(id=order.id or begun.id, formats=order.formats or begun.formats)


def _read_settings(settings: Settings, document: Mapping[str, Any]) -> Settings:
    """What all rows share as batch.json has it; BadInput for what no run of ours can have written."""
    given = checked({key: document.get(key) for key in GIVEN}, SHARED, DAMAGED)
    return settings._replace(
        id=given["id"],
        created=given["created"],
        formats=formats_of(",".join(given["formats"])),
        defaults=tuple(given["defaults"].items()),
    )


def _chunks(roster: Path, repeats: Repeats, planned: Iterator[ManifestRow], settings: Settings) -> Iterator[Chunk]:
    """The rows again, in chunks, each with what an earlier run made of it."""
    header = settings.header
    size = CHUNK_PRINTED if any(EXPORTERS[name].printed for name in settings.formats) else CHUNK
    chunk: list[Task] = []
    earlier = next(planned, None)
    with reading(roster) as (again, rows):
        if again != header:
            raise _changed(roster)
        for row in rows:
            while earlier and earlier.row < row.number:
                earlier = next(planned, None)
            checked = _check_unique(row, header, repeats)
            stands = earlier and not checked.fault and (earlier.row, earlier.id) == (row.number, id_of(row, header))
            chunk.append((checked, earlier if stands else None))
            if len(chunk) == size:
                yield tuple(chunk)
                chunk = []
    if chunk:
        yield tuple(chunk)


def _check_unique(row: Row, header: Header, repeats: Repeats) -> Row:
    """The row, faulty where its id stands in another row too: nobody knows which of the two a file would be for."""
    both = None if row.fault else repeats.rows(id_of(row, header))
    if both is None:
        return row
    message = f"it stands in rows {both[0]} and {both[1]}; give each row a name of its own"
    return row._replace(fault=Fault(header.names[header.options.index("id")], "repeated", message))
