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
    told = [_missed(view), _call_now(view), _call_today(view), _stop(view)]
    if view.plan.ending == "taper":
        told.append(_taper(view))
    return (*told, _living(view), *(() if view.plan.ending == "taper" else (_review(view),)))


def _missed(view: View) -> Section:
    say, rules = view.say, view.plan.protocol.rules
    doses_a_day = {len(step.doses) for step in view.steps}
    sentences = [
        say.say("missed.late"),
        say.say("missed.skip", hours=rules.missed_skip_hours),
        say.say("common.never_two"),
    ]
    if 1 in doses_a_day:
        # Narrower than the hours above, on purpose: first doses cause sleepiness, so none is moved into the day.
        sentences += [
            say.say("missed.next_morning"),
            say.say("missed.evenings", evenings=rules.missed_evenings),
        ]
    if doses_a_day - {1}:
        sentences.append(say.say("missed.all_day", hours=rules.missed_all_hours))
    return Section(say.say("missed.heading"), tuple(sentences))


def _call_now(view: View) -> Section:
    say = view.say
    return Section(
        say.say("call_now.heading"), lead=say.say("call_now.lead"), signs=say.lines("call_now.signs"), kind="urgent"
    )


def _call_today(view: View) -> Section:
    say, days = view.say, view.plan.protocol.rules.watch_days
    sentences = [say.say("call_today.fluids")]
    if view.first <= view.plan.inputs.start + timedelta(days=days - 1) and not view.suspended:
        sentences.append(say.say("call_today.watch_start", days=days))
    elif view.rises:
        sentences.append(say.say("call_today.watch_up", days=days))
    return Section(
        say.say("call_today.heading"),
        tuple(sentences),
        lead=say.say("call_today.lead"),
        signs=say.lines("call_today.signs"),
        kind="today",
    )


def _stop(view: View) -> Section:
    say, plan = view.say, view.plan
    sentences = [say.say("stop.danger")]
    if plan.ending == "open":
        last = say.day(plan.days[-1].date)
        sentences += [say.say("stop.want"), say.say("stop.end", date=last)]
    elif view.suspended:
        sentences += [say.say("suspended.now") + ".", say.say("suspended.doctor")]
    return Section(say.say("common.do_not_stop").removesuffix("."), tuple(sentences))


def _taper(view: View) -> Section:
    say, plan = view.say, view.plan
    last = plan.days[-1]
    after = last.date + timedelta(days=plan.protocol.rules.check_in_days)
    return Section(
        say.say("taper.heading"),
        (
            say.say("taper.slowly"),
            say.say("taper.worse"),
            say.say("taper.last_dose", date=say.day(last.date)),
            say.say("taper.after", date=say.day(after)),
            say.say("taper.danger"),
        ),
    )


def _living(view: View) -> Section:
    say, drug = view.say, view.plan.protocol.drug
    return Section(
        say.say("living.heading"),
        (
            say.say("living.alcohol", drug=drug),
            say.say("living.driving", drug=drug),
            f"{say.say('living.medicines')} {say.say('common.lists')}",
        ),
        kind="narrow",
    )


def _review(view: View) -> Section:
    say, review = view.say, view.plan.review
    if review is None or review.date < view.first:
        return Section(say.say("review.heading"), (say.say("review.none"),), kind="narrow")
    return Section(
        say.say("review.heading"),
        (
            say.say("review.when", date=say.day(review.date), day=review.day),
            say.say("review.ask"),
            say.say("review.stay"),
            say.say("review.weather"),
        ),
        kind="narrow",
    )
