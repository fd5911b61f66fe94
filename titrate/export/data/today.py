"""What a plan has for one day as JSON, `titrate/today/1`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from titrate.export.agenda import total

if TYPE_CHECKING:
    from decimal import Decimal

    from titrate.export.agenda import Agenda, Taking
    from titrate.model import Plan, Step


def document(plan: Plan, day: Agenda) -> dict[str, Any]:
    """Return the agenda of a day as JSON values; mg and counts are exact numbers."""
    protocol = plan.protocol
    return {
        "schema": "titrate/today/1",
        "protocol": {"id": protocol.id, "version": protocol.version, "reviewed_by": protocol.reviewed_by},
        "date": day.date.isoformat(),
        "state": day.state,
        "urgent": list(day.urgent),
        "next": {"date": day.next.date.isoformat(), **_dose(day.next.taking)} if day.next else None,
        "doses": [_taking(taking) for taking in day.doses],
        "missed": [_missed(taking) for taking in day.doses if taking.advice],
        "yesterday": [_missed(taking) for taking in day.yesterday],
        "call_if": list(day.call_if),
        "change": _mg_of(day.change),
        "gate": _gate(day.change),
        "tomorrow": None if day.tomorrow is None else [_taking(taking) for taking in day.tomorrow],
        "change_tomorrow": _mg_of(day.change_tomorrow),
        "gate_tomorrow": _gate(day.change_tomorrow),
        "ends": day.ends,
        "watch": day.watch,
        "stay": {"total_mg": total(day.stay), "doses": [_dose(taking) for taking in day.stay]} if day.stay else None,
        "for_you": list(day.for_you),
        "days_to_review": day.days_to_review,
        "days_to_check_in": day.days_to_check_in,
        "tablets_left": [{"tablet_mg": count.tablet_mg, "count": count.count} for count in day.left],
        "tablets_last_days": day.lasts,
    }


def _gate(change: tuple[Step, Step] | None) -> str | None:
    return change[1].gate.text if change and change[1].gate else None


def _mg_of(change: tuple[Step, Step] | None) -> dict[str, Decimal] | None:
    return {"from_mg": change[0].total, "to_mg": change[1].total} if change else None


def _dose(taking: Taking) -> dict[str, Any]:
    return {
        "slot": taking.slot,
        "time": f"{taking.time:%H:%M}",
        "dose_mg": taking.mg,
        "tablets": [{"tablet_mg": count.tablet_mg, "count": count.count} for count in taking.tablets],
    }


def _taking(taking: Taking) -> dict[str, Any]:
    return {**_dose(taking), "past": taking.past}


def _missed(taking: Taking) -> dict[str, Any]:
    return {**_dose(taking), "advice": taking.advice}
