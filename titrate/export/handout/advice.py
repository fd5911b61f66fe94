"""What the patient's pages say after the chart: missed doses, when to call, stopping, living with it, the review."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from titrate.export.handout.patient import Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from titrate.evidence.claims import SideEffect
    from titrate.export.handout.patient import View
    from titrate.wording import Words


def sections(view: View) -> tuple[Section, ...]:
    """Return the advice of a plan after the first page, in the order in which it is printed."""
    if view.suspended:
        return (_stop(view), _call_today(view), _living(view), _attacks(view))
    taper = view.plan.ending == "taper"
    return (
        _missed(view),
        _too_much(view),
        _call_today(view),
        _stop(view),
        *((_taper(view),) if taper else ()),
        _living(view),
        _attacks(view),
        *(() if taper else (_review(view),)),
    )


def about(view: View, effects: Sequence[SideEffect]) -> tuple[Section, ...]:
    """Return what the medicine is and what it is hoped to do here, and its usual side effects with how usual they are."""
    words, drug = view.words, view.plan.protocol.drug
    what = ("muscles", "hope", "attack", "unproven")
    return (
        Section(words.say("about.heading", drug=drug), tuple(words.say(f"about.{name}", drug=drug) for name in what)),
        Section(
            words.say("effects.heading"),
            (words.say("effects.passes"), words.say("effects.source")),
            lead=words.say("effects.lead"),
            signs=tuple(words.say(f"effects.{effect.id}", low=effect.low, high=effect.high) for effect in effects),
        ),
    )


def _missed(view: View) -> Section:
    words, rules = view.words, view.plan.protocol.rules
    doses_a_day = {len(step.doses) for step in view.steps}
    sentences = [
        words.say("missed.late"),
        words.say("missed.skip", hours=rules.missed_skip_hours),
        words.say("common.never_two"),
    ]
    if 1 in doses_a_day:
        # Narrower than the hours above, on purpose: first doses cause sleepiness, so none is moved into the day.
        sentences += [
            words.say("missed.next_morning"),
            words.say("missed.evenings", evenings=rules.missed_evenings),
        ]
    if doses_a_day - {1}:
        sentences.append(words.say("missed.all_day", hours=rules.missed_all_hours))
    return Section(words.say("missed.heading"), tuple(sentences))


def _too_much(view: View) -> Section:
    words = view.words
    return Section(words.say("too_much.heading"), (words.say("too_much.call"), words.say("too_much.tell")))


def call_now(words: Words) -> Section:
    """Return when to call for help at once."""
    return Section(
        words.say("call_now.heading"),
        lead=words.say("call_now.lead"),
        signs=words.lines("call_now.signs"),
        kind="urgent",
    )


def _call_today(view: View) -> Section:
    words, days = view.words, view.plan.protocol.rules.watch_days
    sentences = [words.say("call_today.fluids")]
    if view.first <= view.plan.inputs.start + timedelta(days=days - 1) and not view.suspended:
        sentences.append(words.say("call_today.watch_start", days=days))
    elif view.rises:
        sentences.append(words.say("call_today.watch_up", days=days))
    return Section(
        words.say("call_today.heading"),
        tuple(sentences),
        lead=words.say("call_today.lead"),
        signs=words.lines("call_today.signs"),
        kind="today",
    )


def _stop(view: View) -> Section:
    words, plan = view.words, view.plan
    sentences = [words.say("stop.danger")]
    if plan.ending == "open":
        last = words.day(plan.days[-1].date)
        sentences += [words.say("stop.want"), words.say("stop.end", date=last)]
    elif view.suspended:
        sentences += [words.say("suspended.now") + ".", words.say("suspended.doctor")]
    return Section(words.say("common.do_not_stop").removesuffix("."), tuple(sentences))


def _taper(view: View) -> Section:
    words, plan = view.words, view.plan
    last = plan.days[-1]
    after = last.date + timedelta(days=plan.protocol.rules.check_in_days)
    return Section(
        words.say("taper.heading"),
        (
            words.say("taper.slowly"),
            words.say("taper.worse"),
            words.say("taper.last_dose", date=words.day(last.date)),
            words.say("taper.after", date=words.day(after)),
            words.say("taper.danger"),
        ),
    )


def _living(view: View) -> Section:
    words, drug = view.words, view.plan.protocol.drug
    return Section(
        words.say("living.heading"),
        (
            words.say("living.alcohol", drug=drug),
            words.say("living.driving", drug=drug),
            words.say("living.operation"),
            f"{words.say('living.medicines')} {words.say('common.lists')}",
        ),
    )


def _attacks(view: View) -> Section:
    words = view.words
    advice = ("warm", "smoke", "move", "wounds")
    return Section(words.say("attacks.heading"), tuple(words.say(f"attacks.{name}") for name in advice))


def _review(view: View) -> Section:
    words, review = view.words, view.plan.review
    if review is None or review.date < view.first:
        return Section(words.say("review.heading"), (words.say("review.none"),))
    return Section(
        words.say("review.heading"),
        (
            words.say("review.when", date=words.day(review.date), day=review.day),
            words.say("review.ask"),
            words.say("review.stay"),
            words.say("review.weather"),
        ),
    )
