"""The options that several commands share: those of facts follow from `inputs.facts`, the others are declared here, each once.

All are text here: `inputs` reads them, so that every error has the same form.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

from typer import Argument, Option

from titrate.engine.actions import ACTIONS
from titrate.errors import BadInput
from titrate.export import formats
from titrate.inputs.facts import (
    CONFIRM,
    EQUATION,
    FACTS,
    OUTPUT,
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
)

NAMES = {fact.key: fact.option for fact in (*PLAN, *REVISION)} | {
    **{name: f"--{name}" for name in ("explain", "from", "id", "jobs", "out")},
    "output": "-o",
}
FORM = {str: (str | None, None), bool: (bool, False), list: (list[str] | None, None)}


class Options(tuple[Fact, ...]):
    """The facts that a parameter of a command stands for: it is given what was typed for each, by key."""


class Elsewhere(Options):
    """Facts that another command changes: the help does not show them, and whoever types one is told where."""


def option(name: str) -> str:
    """Return the option of the command line for the name that an error has for a fact or an action."""
    return NAMES.get(name, name)


def with_facts(command: Callable[..., int]) -> Callable[..., int]:
    """Let a command take facts: a parameter annotated with `Options` becomes one option a fact, in its place."""
    signature = inspect.signature(command, eval_str=True)
    facts: dict[str, Options] = {}
    parameters: list[inspect.Parameter] = []
    for parameter in signature.parameters.values():
        options = next(
            (part for part in getattr(parameter.annotation, "__metadata__", ()) if isinstance(part, Options)), None
        )
        if options is None:
            parameters.append(parameter.replace(kind=parameter.KEYWORD_ONLY))
        else:
            facts[parameter.name] = options
            parameters += (_parameter(fact, hidden=isinstance(options, Elsewhere)) for fact in options)

    @wraps(command)
    def run(**words: Any) -> int:
        typed = {
            name: {fact.key: _said(fact, words.pop(_name(fact))) for fact in options} for name, options in facts.items()
        }
        return command(**words, **typed)

    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _parameter(fact: Fact, *, hidden: bool) -> inspect.Parameter:
    annotation, default = (list[bool] | None, None) if fact.negative else FORM[fact.kind.form]
    names = f"{fact.option}/--{fact.negative}" if fact.negative else fact.option
    environment = f"TITRATE_{fact.key.upper()}" if fact.clinic else None
    help = f"{fact.help} {fact.usual}".rstrip()
    option = Option(names, metavar=fact.metavar, envvar=environment, help=help, hidden=hidden)
    return inspect.Parameter(
        _name(fact), inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[annotation, option]
    )


def _said(fact: Fact, value: Any) -> Any:
    """What was typed for a fact; BadInput where it is answered with yes and with no."""
    if not fact.negative:
        return value
    if len(answers := set(value or ())) > 1:
        raise BadInput(fact.key, f"it contradicts --{fact.negative}", "give one")
    return answers.pop() if answers else None


def _name(fact: Fact) -> str:
    return fact.field.replace("-", "_")


def _of_saved(fact: Fact) -> Fact:
    """The fact for a saved plan, which has its own: a clinic's defaults in the environment must not change it."""
    return fact._replace(clinic=False, usual="[the plan's]") if fact.clinic else fact


BY_KEY = {fact.key: fact for fact in (*PLAN, *REVISION)}
ASKING = Options(
    fact for action in ACTIONS.values() for fact in map(BY_KEY.get, action.facts) if fact and fact not in PRACTICAL
)
PlanFacts = Annotated[Typed, Options(fact for fact in PLAN if fact not in OUTPUT)]
OutputFacts = Annotated[Typed, Options(OUTPUT)]
PAGES = ("paper", "large-print", "for")  # what another print of the same plan may have otherwise
Pages = Annotated[Typed, Options(_of_saved(fact) for fact in OUTPUT if fact.key in PAGES)]
Calendar = Annotated[Typed, Elsewhere(fact._replace(clinic=False) for fact in PRACTICAL if fact.key not in PAGES)]
ScreenedFacts = Annotated[Typed, Options((*FACTS, TARGET))]
KidneyFacts = Annotated[Typed, Options((*EQUATION, REPORTED))]
LEARNED = Options((*(fact for fact in FACTS if fact not in ASKING), STOPPED))
Change = Annotated[Typed, Options((*ASKING, REASON, *LEARNED, CONFIRM, PRESCRIBER))]
Practical = Annotated[Typed, Options(map(_of_saved, PRACTICAL))]
Confirmation = Annotated[Typed, Options((CONFIRM, PRESCRIBER))]
Tz = Annotated[Typed, Options((TZ,))]

Id = Annotated[str | None, Option("--id", metavar="UUID", help="The plan's id. [random]")]
Format = Annotated[
    str | None,
    Option("--format", metavar="NAME", help=f"What is printed: {', '.join(formats())}. [table]"),
]
NoChart = Annotated[bool, Option("--no-chart", help="Without the picture of the dose over the days.")]
OutputFiles = Annotated[
    list[str] | None,
    Option("-o", "--output", metavar="FILE", help="Write a file; its suffix picks the format. Repeat it."),
]
Force = Annotated[
    bool, Option("--force", help="Replace a file that holds another plan or none; it is kept beside as FILE.1.bak.")
]
SavedPlan = Annotated[
    str, Argument(metavar="PLAN.json", help="A plan written with -o plan.json; - reads standard input.")
]
From = Annotated[
    str | None,
    Option(
        "--from",
        metavar="DATE",
        help="First day of the change: 2026-12-05, tomorrow, monday. [today, or tomorrow once a dose is due]",
    ),
]
