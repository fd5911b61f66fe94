"""What the patient's pages say after the chart: missed doses, when to call, stopping, living with it, the review."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from titrate.export.handout.patient import Section

if TYPE_CHECKING:
    from titrate.export.handout.patient import View


def sections(view: View) -> tuple[Section, ...]:
    """Return the advice of a plan, in the order in which it is printed."""
    if view.suspended:
        return (_call_now(view), _call_today(view), _stop(view), _living(view))
    printed = [_missed(view), _call_now(view), _call_today(view), _stop(view)]
    if view.plan.ending == "taper":
        printed.append(_taper(view))
    return (*printed, _living(view), *(() if view.plan.ending == "taper" else (_review(view),)))


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


def _call_now(view: View) -> Section:
    words = view.words
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
            f"{words.say('living.medicines')} {words.say('common.lists')}",
        ),
        kind="narrow",
    )


def _review(view: View) -> Section:
    words, review = view.words, view.plan.review
    if review is None or review.date < view.first:
        return Section(words.say("review.heading"), (words.say("review.none"),), kind="narrow")
    return Section(
        words.say("review.heading"),
        (
            words.say("review.when", date=words.day(review.date), day=review.day),
            words.say("review.ask"),
            words.say("review.stay"),
            words.say("review.weather"),
        ),
        kind="narrow",
    )
