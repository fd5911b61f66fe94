"""The options that several commands share: those of facts follow from `inputs.facts`, the others are declared here, each once.

All are text here: `inputs` reads them, so that every error has the same form. What reads one is declared beside it, so that all
that is wrong with a command line is known before its command runs.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from datetime import date
from functools import wraps
from itertools import chain
from typing import Annotated, Any

from typer import Argument, Option

from titrate.cli import completion
from titrate.cli.command import Command as Command
from titrate.cli.fact_options import option as option
from titrate.cli.values import Needs, Reads, Values, answer, parameter_of
from titrate.engine.actions import ACTIONS
from titrate.engine.kidney import A_RESULT
from titrate.errors import BadInput, faults_of, raise_all
from titrate.export import check_suffix, formats
from titrate.inputs.facts import (
    CONFIRM,
    DOSE,
    EQUATION,
    FACTS,
    OUTPUT,
    OUTPUT_PANEL,
    PANELS,
    PLAN,
    PRACTICAL,
    PRESCRIBER,
    REASON,
    REPORTED,
    REVISION,
    STOPPED,
    TARGET,
    TZ,
    Fact,
    Typed,
    has_kidney_result,
)
from titrate.inputs.parse import read_choice, read_date, read_id

ORDER = [fact.key for fact in (*PLAN, *REVISION)]
FORM = {str: (str | None, None), bool: (bool, False), list: (list[str] | None, None)}


class Options(tuple[Fact, ...]):
    """The facts that a parameter of a command stands for: it is given what was typed for each, by key."""


class Elsewhere(Options):
    """Facts that another command changes: the help does not show them, and whoever types one is told where."""


def with_facts(command: Callable[..., int]) -> Callable[..., int]:
    """Let a command take facts: a parameter annotated with `Options` becomes one option a fact, in its place.

    Its attribute `takes` says what that is, and finds what is wrong with the values of all its options, facts or not.
    """
    signature = inspect.signature(command, eval_str=True)
    facts: dict[str, Options] = {}
    readers: dict[str, Reads] = {}
    needs: list[Needs] = []
    parameters: list[inspect.Parameter] = []
    for parameter in signature.parameters.values():
        parts = getattr(parameter.annotation, "__metadata__", ())
        options = next((part for part in parts if isinstance(part, Options)), None)
        needs += (part for part in parts if isinstance(part, Needs))
        if options is None:
            readers.update((parameter.name, part) for part in parts if isinstance(part, Reads))
            parameters.append(parameter.replace(kind=parameter.KEYWORD_ONLY))
        else:
            facts[parameter.name] = options
            parameters += (_parameter(fact, hidden=isinstance(options, Elsewhere)) for fact in options)

    @wraps(command)
    def run(**words: Any) -> int:
        typed = {
            name: {fact.key: answer(fact, words.pop(parameter_of(fact))) for fact in options}
            for name, options in facts.items()
        }
        return command(**words, **typed)

    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    taken = sorted(
        chain(*(each for each in facts.values() if not isinstance(each, Elsewhere))),
        key=lambda fact: ORDER.index(fact.key),
    )
    run.takes = Values(tuple(taken), readers, tuple(needs))  # type: ignore[attr-defined]
    return run


def _parameter(fact: Fact, *, hidden: bool) -> inspect.Parameter:
    annotation, default = (list[bool] | None, None) if fact.negative else FORM[fact.kind.form]
    names = f"{fact.option}/--{fact.negative}" if fact.negative else fact.option
    environment = f"TITRATE_{fact.key.upper()}" if fact.clinic else None
    help = f"{fact.help} {fact.usual}".rstrip()
    option = Option(
        names,
        metavar=fact.metavar,
        envvar=environment,
        help=help,
        hidden=hidden,
        rich_help_panel=fact.panel,
        autocompletion=completion.of_fact(fact),
    )
    return inspect.Parameter(
        parameter_of(fact), inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[annotation, option]
    )


def _of_saved(fact: Fact) -> Fact:
    """The fact for a saved plan, which has its own: a clinic's defaults in the environment must not change it."""
    return fact._replace(clinic=False, usual="[the plan's]") if fact.clinic else fact


BY_KEY = {fact.key: fact for fact in (*PLAN, *REVISION)}
ASKING = Options(
    fact for action in ACTIONS.values() for fact in map(BY_KEY.get, action.facts) if fact and fact not in PRACTICAL
)


def _without_start(typed: Typed) -> Iterator[BadInput]:
    if typed["start"] is None:
        yield BadInput("start", "a plan needs a first day: give {start} DATE, such as {start} tomorrow")


def _without_result(fault: BadInput) -> Callable[[Typed], Iterator[BadInput]]:
    """Return what yields that fault where nothing tells of the kidneys."""

    def missing(typed: Typed) -> Iterator[BadInput]:
        if not has_kidney_result(typed):
            yield fault

    return missing


PlanFacts = Annotated[
    Typed,
    Options(sorted((fact for fact in PLAN if fact not in OUTPUT), key=lambda fact: PANELS.index(fact.panel))),
    Needs(_without_start, asked=True),
    Needs(_without_result(BadInput("egfr", f"a plan needs a kidney result: give {A_RESULT}")), asked=True),
]
OutputFacts = Annotated[Typed, Options(OUTPUT)]
PAGES = ("paper", "large-print", "for")  # what another print of the same plan may have otherwise
Pages = Annotated[Typed, Options(_of_saved(fact) for fact in OUTPUT if fact.key in PAGES)]
Calendar = Annotated[Typed, Elsewhere(fact._replace(clinic=False) for fact in PRACTICAL if fact.key not in PAGES)]
ScreenedFacts = Annotated[
    Typed,
    Options(sorted((*FACTS, TARGET), key=lambda fact: PANELS.index(fact.panel))),
    Needs(_without_result(BadInput("egfr", "screening needs a kidney result", f"give {A_RESULT}"))),
]
KidneyFacts = Annotated[
    Typed,
    Options((*EQUATION, REPORTED)),
    Needs(_without_result(BadInput("creatinine", "there is no kidney result to look at", f"give {A_RESULT}"))),
]
LEARNED = Options((*(fact for fact in FACTS if fact not in ASKING), STOPPED))
Change = Annotated[Typed, Options((*ASKING, REASON, *LEARNED, CONFIRM, PRESCRIBER))]
Practical = Annotated[Typed, Options(map(_of_saved, PRACTICAL))]
Confirmation = Annotated[Typed, Options((CONFIRM, PRESCRIBER))]
Tz = Annotated[Typed, Options((TZ,))]


def format_option(*names: str) -> Any:
    """Return `--format` of a command that prints in these formats, the first where none is given."""
    return Option(
        "--format",
        metavar="NAME",
        help=f"What is printed: {', '.join(names)}. [{names[0]}]",
        rich_help_panel=OUTPUT_PANEL,
        autocompletion=completion.of(lambda _: names),
    )


def reads_choice(place: str, *names: str) -> Reads:
    """Return what reads an option that is one of a few names; `place` is what an error calls it."""
    return Reads(lambda typed, _: read_choice(typed, place, names))


def reads_date(place: str) -> Reads:
    """Return what reads an option that is a date."""
    return Reads(lambda typed, today: read_date(typed, today, place))


def _check_outputs(output: list[str], _: date) -> None:
    raise_all(fault for path in output for fault in faults_of(check_suffix, path))
    from titrate.storage.files import check_paths

    check_paths(output)


OUTPUT_OPTION = Option(
    "-o",
    "--output",
    metavar="FILE",
    help="Write a file; its suffix picks the format. Repeat it.",
    rich_help_panel=OUTPUT_PANEL,
)
Id = Annotated[
    str | None,
    Option("--id", metavar="UUID", help="The plan's id. [random]", rich_help_panel=OUTPUT_PANEL),
    Reads(lambda typed, _: read_id(typed)),
]
NoChart = Annotated[
    bool,
    Option("--no-chart", help="Without the picture of the dose over the days.", rich_help_panel=OUTPUT_PANEL),
]
Format = Annotated[str | None, format_option(*formats()), reads_choice("--format", *formats())]
OutputFiles = Annotated[list[str] | None, OUTPUT_OPTION, Reads(_check_outputs)]
Force = Annotated[
    bool,
    Option(
        "--force",
        help="Replace a file that holds another plan or none; it is kept beside as FILE.1.bak.",
        rich_help_panel=OUTPUT_PANEL,
    ),
]
SavedPlan = Annotated[
    str,
    Argument(
        metavar="PLAN.json",
        help="A plan written with -o plan.json; - reads standard input.",
        autocompletion=completion.of(completion.plans),
    ),
]
From = Annotated[
    str | None,
    Option(
        "--from",
        metavar="DATE",
        help="First day of the change: 2026-12-05, 5 Dec 2026, tomorrow, +2w, monday. [today, or tomorrow once a dose is due]",
        rich_help_panel=DOSE,
    ),
    reads_date("from"),
]
