"""The handout as values: what a patient and a prescriber are told follows from the plan, and from nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from plans import CREATED, DOCTOR, agreed, handouts, in_london, revise_in_december

from titrate.engine.plan import make_plan
from titrate.errors import BadInput
from titrate.evidence import reader
from titrate.evidence.protocol import Evidence
from titrate.export.for_you import made_on
from titrate.export.handout.document import Handout, handout, texts
from titrate.export.handout.patient import Section
from titrate.model import GATES, Gate, Output, Plan, Slots

CASES = sorted(handouts())
ORDINALS = (
    *("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth", "Eleventh"),
    "Twelfth",
)
WITH_DOSES = [name for name in CASES if name not in ("clinician-only", "suspended")]


def section(sheet: Handout, heading: str) -> Section:
    assert sheet.patient is not None
    return next(one for one in sheet.patient.sections if one.heading == heading)


def told(sheet: Handout) -> str:
    return " ".join(texts(sheet.patient)).replace("\u00a0", " ")


def with_rules(plan: Plan, **rules: object) -> Plan:
    protocol = plan.protocol
    return plan._replace(protocol=protocol._replace(rules=protocol.rules._replace(**rules)))


@pytest.mark.parametrize("name", CASES)
def test_the_same_plan_gives_the_same_handout(name: str) -> None:
    assert handout(handouts()[name]) == handout(handouts()[name])


@pytest.mark.parametrize("name", WITH_DOSES)
def test_the_chart_has_every_day_ahead_with_its_doses_and_no_other(name: str) -> None:
    plan, sheet = handouts()[name], handout(handouts()[name])
    assert sheet.patient is not None
    assert sheet.patient.chart is not None
    rows = sheet.patient.chart.rows
    ahead = plan.days[-len(rows) :]
    assert [int(row.day) for row in rows] == [day.number for day in ahead]
    assert rows[0].day == ("1" if not plan.revisions else rows[0].day)
    slots = [slot.lower() for slot, _ in sheet.patient.chart.slots]
    for row, day in zip(rows, ahead, strict=True):
        doses = {dose.slot: f"{dose.mg:f} mg" for dose in day.doses}
        assert dict(zip(slots, row.boxes, strict=True)) == {slot: doses.get(slot, "") for slot in slots}
        assert (row.weekday, row.date) == (f"{day.date:%A}", f"{day.date.day} {day.date:%B}")
        assert str(day.date.year) in sheet.patient.chart.date


@pytest.mark.parametrize("name", WITH_DOSES)
def test_the_drawn_tablets_add_up_to_the_dose_beside_them(name: str) -> None:
    sheet = handout(handouts()[name])
    assert sheet.patient is not None
    assert sheet.patient.steps is not None
    doses = [dose for card in sheet.patient.steps.cards for dose in card.doses if dose.pictures]
    for dose in doses:
        drawn = sum(Decimal(one.strength) * (one.whole + Decimal(one.half) / 2) for one in dose.pictures)
        assert f"{drawn.normalize():f} mg" == dose.mg
    assert bool(doses) == bool(handouts()[name].inputs.tablets)


@pytest.mark.parametrize("name", WITH_DOSES)
def test_every_rise_ahead_prints_both_branches_and_every_fall_says_go_down(name: str) -> None:
    plan, sheet = handouts()[name], handout(handouts()[name])
    assert sheet.patient is not None
    assert sheet.patient.steps is not None
    cards = sheet.patient.steps.cards
    for step, card in list(zip(plan.steps[-len(cards) :], cards, strict=True))[1:]:
        before = plan.steps[step.number - 2].total
        if step.total > before:
            assert card.gate[0].startswith("Go up on ")
            assert f"only if you feel well on {before:f} mg a day" in card.gate[0]
            assert card.gate[-1] == f"If not, stay on {before:f} mg a day and call your prescriber."
            assert ("Your prescriber must say yes too." in card.gate) == (step.total > 15)
        elif step.total == before:
            assert card.gate[0].endswith(": the same dose.")
            assert card.gate[1:]
        else:
            assert card.gate[0].endswith(f"from {before:f} mg to {step.total:f} mg a day.")


@pytest.mark.parametrize("texts_of_gates", [("one", "another"), ("the same", "the same"), ("another", "one")])
def test_rewording_every_gate_changes_no_dose_and_no_sentence_that_a_patient_reads(
    texts_of_gates: tuple[str, str],
) -> None:
    reworded = dict(zip(GATES, texts_of_gates, strict=True))
    plan, (protocol, *rest) = handouts()["target-30"], reader.evidence(in_london().inputs.patient)
    ladder = (
        rung._replace(gate=rung.gate and Gate(rung.gate.name, reworded[rung.gate.name])) for rung in protocol.ladder
    )
    evidence = Evidence(protocol._replace(ladder=tuple(ladder)), *rest)
    other = make_plan(evidence, plan.inputs, id=plan.id, created=plan.created)
    assert [step.gate.text for step in other.steps if step.gate] == [
        reworded[step.gate.name] for step in plan.steps if step.gate
    ]
    assert [step._replace(gate=None) for step in other.steps] == [step._replace(gate=None) for step in plan.steps]
    assert (other.days, other.findings, other.supply) == (plan.days, plan.findings, plan.supply)
    assert handout(other).patient == handout(plan).patient


def test_the_first_thing_is_the_first_step_with_its_clock_time() -> None:
    sheet = handout(handouts()["halves"])
    assert sheet.patient is not None
    now = sheet.patient.now
    assert now.when == "Your dose each day from Tuesday 1 December 2026 to Thursday 3 December 2026"
    assert [(dose.slot, dose.mg, dose.tablets, dose.at) for dose in now.doses] == [
        ("Evening", "5 mg", "half a 10 mg tablet", "at 20:00")
    ]


def test_clock_times_are_the_patients_own() -> None:
    plan = in_london(slots=Slots(time(7, 30), time(13), time(21, 15)))
    assert "21:15" in told(handout(plan))
    assert "20:00" not in told(handout(plan))


def test_the_sections_stand_in_their_order() -> None:
    sheet = handout(handouts()["standard"])
    assert sheet.patient is not None
    assert [one.heading for one in sheet.patient.sections] == [
        "If you miss a dose",
        "If you take too much",
        "Call the same day",
        "Do not stop suddenly",
        "Alcohol, driving, operations, other drugs",
        "Keep attacks away",
        "Your next review",
    ]
    assert [one.heading for one in sheet.patient.about] == ["What baclofen is for", "Usual side effects"]
    assert sheet.patient.call_now.heading == "Call for help now"
    assert Handout._fields[-2:] == ("patient", "clinician")


def test_the_rules_numbers_are_those_of_the_protocol() -> None:
    plan = with_rules(
        in_london(),
        missed_skip_hours=97,
        missed_all_hours=98,
        missed_evenings=99,
        watch_days=95,
        cap_mg_per_day=Decimal(96),
    )
    sheet = handout(plan)
    words = told(sheet) + " ".join(texts(sheet.small_print))
    for number in ("97 hours", "98 hours", "99 evenings", "for 95 days", "96 mg a day"):
        assert number in words


def test_missed_doses_speak_of_the_doses_that_are_ahead() -> None:
    one_a_day = " ".join(section(handout(handouts()["one-step"]), "If you miss a dose").sentences)
    assert "next morning" in one_a_day
    assert "2 evenings in a row" in one_a_day
    assert "24 hours" not in one_a_day
    held = revise_in_december(in_london(days=40), 20, "hold", days=3)
    three_a_day = " ".join(section(handout(held), "If you miss a dose").sentences)
    assert "24 hours" in three_a_day
    assert "evenings" not in three_a_day


def test_the_end_of_a_plan_is_not_a_stop() -> None:
    stop = section(handout(handouts()["standard"]), "Do not stop suddenly")
    assert "This plan ends on Monday 28 December 2026. Call before your tablets run out. Do not stop." in stop.sentences


def test_a_revised_plan_says_that_it_replaces_the_old_page() -> None:
    sheet = handout(handouts()["taper"])
    assert sheet.patient is not None
    assert sheet.patient.revised is not None
    assert sheet.patient.revised.sentences == (
        "It replaces your earlier page, made on Monday 30 November 2026.",
        "Throw the old page away.",
        "The plan changes on Wednesday 16 December 2026.",
    )
    first = handout(in_london())
    assert first.patient is not None
    assert first.patient.revised is None


def test_the_days_between_making_and_changing_stay_on_the_new_page() -> None:
    plan = handouts()["taper"]  # made on 15 December, from 16 December on
    sheet = handout(plan)
    assert sheet.patient is not None
    assert sheet.patient.chart is not None
    assert sheet.patient.chart.rows[0][1:3] == ("Tuesday", "15 December")
    assert sheet.patient.now.when == "Your dose on Tuesday 15 December 2026"


def test_a_change_that_was_told_late_is_shown_from_its_date() -> None:
    plan = handouts()["held"]
    late = plan._replace(revisions=(plan.revisions[0]._replace(at=datetime(2026, 12, 9, 12, tzinfo=UTC)),))
    sheet = handout(late)
    assert sheet.patient is not None
    assert sheet.patient.chart is not None
    assert sheet.patient.chart.rows[0][1:3] == ("Sunday", "6 December")


def test_a_step_in_progress_has_no_gate_and_only_its_days_ahead() -> None:
    sheet = handout(handouts()["held"])
    assert sheet.patient is not None
    assert sheet.patient.steps is not None
    card = sheet.patient.steps.cards[0]
    assert card.gate == ()
    assert card.days == "Days 5 to 10: Saturday 5 December 2026 to Thursday 10 December 2026"


def test_a_taper_says_its_last_dose_and_asks_for_a_check_in() -> None:
    sheet = handout(handouts()["taper"])
    assert "The last dose is on Tuesday 29 December 2026." in told(sheet)
    assert "On Friday 1 January 2027, tell your prescriber how you are." in told(sheet)
    assert "Do not go faster than this plan." in told(sheet)
    assert sheet.patient is not None
    assert sheet.patient.chart is not None
    assert [row.mark for row in sheet.patient.chart.rows if row.mark] == [
        "Go down",
        "Go down",
        "Last dose",
    ]
    assert "Your next review" not in told(sheet)


def test_a_suspended_plan_prints_no_dose_and_a_call() -> None:
    sheet = handout(handouts()["suspended"])
    assert sheet.patient is not None
    assert sheet.patient.now.when == "Call before the next dose"
    assert "Your doctor decides how to stop." in sheet.patient.now.advice
    assert sheet.patient.now.doses == ()
    assert sheet.patient.steps is None
    assert sheet.patient.chart is None
    assert " mg" not in told(sheet)


def for_you_on(plan: Plan) -> tuple[str, ...]:
    patient = handout(plan).patient
    assert patient is not None
    assert patient.for_you is not None
    return patient.for_you.sentences


def test_a_suspended_plan_and_a_taper_say_what_still_matters_to_this_patient() -> None:
    before = agreed(target=30, breastfeeding=True, conditions=("epilepsy",), taking=("codeine", "ibuprofen"))
    still = {
        "Watch your baby for sleepiness. A baby can feel ill when you stop baclofen or stop breastfeeding: call first.",
        "Fits may come more often. Go on with your drugs for fits.",
        "You take codeine too. With baclofen it can make you very sleepy and slow your breathing.",
        "You take ibuprofen too. It can strain your kidneys. Keep your blood test days.",
    }
    suspended = revise_in_december(before, 10, "kidney", egfr=12)
    taper = revise_in_december(before, 31, "stop")
    assert still <= {*for_you_on(suspended)}
    assert still <= {*for_you_on(taper)}


def test_a_high_dose_is_spoken_of_while_one_lies_ahead() -> None:
    high = "A dose as high as this can make you tired and weak. Tell your prescriber if it does."
    before = agreed(target=30, breastfeeding=True)
    assert high in for_you_on(before)
    assert high in for_you_on(revise_in_december(before, 31, "hold", days=3))
    assert high not in for_you_on(revise_in_december(before, 10, "stop"))
    assert high not in for_you_on(revise_in_december(before, 10, "kidney", egfr=12))


def test_a_suspended_plan_says_once_to_call_and_all_else_that_cannot_wait_first() -> None:
    before = agreed(target=30)
    plain = handout(revise_in_december(before, 10, "kidney", egfr=12)).patient
    assert plain is not None
    assert plain.urgent is None
    pregnant = handout(revise_in_december(before, 10, "kidney", egfr=12, pregnant=True)).patient
    assert pregnant is not None
    assert pregnant.urgent is not None
    assert pregnant.urgent.sentences == (
        "You are pregnant, or may be. Call your prescriber today. Do not stop baclofen on your own.",
    )


@pytest.mark.parametrize(("name", "warned"), [("fall", True), ("taper-30", False)])
def test_only_a_fall_of_more_than_ten_in_one_day_warns(name: str, warned: bool) -> None:
    assert ("This is a big step down." in told(handout(handouts()[name]))) == warned


def test_a_review_that_is_over_is_not_announced() -> None:
    review = section(handout(handouts()["after-review"]), "Your next review")
    assert review.sentences == ("No review day is set. Ask your prescriber when to talk again.",)


@pytest.mark.parametrize(
    ("audience", "has"), [("patient", (True, False)), ("clinician", (False, True)), ("both", (True, True))]
)
def test_the_audience_gets_its_pages(audience: str, has: tuple[bool, bool]) -> None:
    sheet = handout(in_london(output=Output(audience=audience)))
    assert (sheet.patient is not None, sheet.clinician is not None) == has


def test_the_clinician_reads_every_finding_with_its_source_and_who_confirmed_it() -> None:
    plan = handouts()["older"]
    sheet = handout(plan)
    assert sheet.clinician is not None
    assert {(one.code, one.message, one.source) for one in sheet.clinician.findings} == {
        (finding.code, finding.message, finding.source) for finding in plan.findings
    }
    confirmed = {one.code: one.confirmed for one in sheet.clinician.findings if one.confirmed}
    assert confirmed == dict.fromkeys(("beers-kidney", "age-65-plus", "cns-depressant"), "confirmed by Dr A. Müller")


def test_the_clinician_reads_inputs_kidney_band_steps_supply_and_taper() -> None:
    sheet = handout(handouts()["older"])
    assert sheet.clinician is not None
    facts = {fact.label: fact.text for fact in sheet.clinician.facts}
    assert "age 78; sex male; weight 70 kg; kidney result 150 umol/L" in facts["Patient"]
    assert "other medicines ibuprofen, codeine" in facts["Patient"]
    assert "Cockcroft-Gault" in facts["Kidney value"]
    assert facts["Band and ceiling"].startswith("G3b: at most 10 mg a day. Grounds: ")
    assert facts["To dispense"] == "28 tablets of 5 mg, or 14 tablets of 10 mg"
    assert "S-ARTICLE" in sheet.clinician.steps[0].cells[2]
    standard = handout(in_london()).clinician
    assert standard is not None
    assert (
        standard.taper[0]
        == "Never at once. From 15 mg a day: 10 mg a day for 7 days, then 5 mg a day for 7 days, then none."
    )


def clinicians_facts(plan: Plan) -> dict[str, str]:
    clinician = handout(plan).clinician
    assert clinician is not None
    return {fact.label: fact.text for fact in clinician.facts}


def test_the_clinician_reads_each_revision() -> None:
    facts = clinicians_facts(handouts()["fall"])
    assert facts["Revision 1"] == "from Sunday 20 December 2026: new kidney result; kidney result eGFR 20"


def test_the_clinician_reads_what_was_learned_and_which_medicine_is_no_longer_taken() -> None:
    plan = in_london(taking=("codeine",), confirmed=("cns-depressant",), prescriber=DOCTOR)
    plan = revise_in_december(plan, 5, "news", taking=("ramipril",), pregnant=False, stopped=("codeine",))
    told = "new facts about the patient; other medicines ramipril; pregnant no; no longer taken codeine"
    assert clinicians_facts(plan)["Revision 1"] == f"from Saturday 5 December 2026: {told}"


def test_the_clinician_reads_none_and_no_apart_from_what_nobody_asked() -> None:
    asked = in_london(taking=(), conditions=(), pregnant=False, breastfeeding=False, dialysis=False)
    answers = "other medicines none; conditions none; pregnant no; breastfeeding no; dialysis no"
    assert clinicians_facts(asked)["Patient"].endswith(f"; {answers}")
    unasked = in_london(taking=None, conditions=None, pregnant=None)
    questions = ("other medicines", "conditions", "pregnant", "breastfeeding", "dialysis")
    assert clinicians_facts(unasked)["Patient"].endswith("".join(f"; {question} not asked" for question in questions))


def test_the_clinician_reads_the_band_that_is_in_force() -> None:
    facts = clinicians_facts(in_london(egfr=61))
    assert facts["Band and ceiling"].startswith("G2: at most 20 mg a day. Grounds: ")
    assert "30 mg would act like 45" in facts["Band and ceiling"]


@pytest.mark.parametrize("name", WITH_DOSES)
def test_a_step_is_called_by_a_word_and_says_its_dose_and_when_it_is_taken(name: str) -> None:
    plan, sheet = handouts()[name], handout(handouts()[name])
    assert sheet.patient is not None
    assert sheet.patient.steps is not None
    cards = sheet.patient.steps.cards
    for step, card in zip(plan.steps[-len(cards) :], cards, strict=True):
        place, dose = card.title.split(": ")
        assert place == f"{dict(enumerate(ORDINALS, 1)).get(step.number, 'Next')} step"
        assert dose.startswith(f"{step.total:f} mg a day, ")
        assert [slot for slot in ("morning", "midday", "evening") if slot in dose] == [one.slot for one in step.doses]


def test_the_usual_side_effects_are_those_of_the_evidence_with_how_usual_they_are_and_where_that_stands() -> None:
    sheet = handout(in_london())
    assert sheet.patient is not None
    _, effects = sheet.patient.about
    assert effects.signs[0] == "feeling sleepy: 10 to 63 people"
    assert len(effects.signs) == len(reader.side_effects())
    for sign, effect in zip(effects.signs, reader.side_effects(), strict=True):
        assert sign.endswith(f": {effect.low} to {effect.high} people")
        assert effect.ground.line.startswith("S-FDA-TAB")
        assert f"({effect.low} to {effect.high}%)" in effect.ground.words
    assert any("label in the United States" in sentence for sentence in effects.sentences)


def test_what_is_not_proven_is_not_promised() -> None:
    sheet = handout(in_london())
    assert sheet.patient is not None
    what, _ = sheet.patient.about
    assert "We found no study that shows it helps." in what.sentences
    assert any("in the hope of" in sentence for sentence in what.sentences)


def test_whoever_breastfeeds_reads_what_it_means_for_the_baby() -> None:
    for name, told_so in (("many-findings", True), ("standard", False)):
        assert ("A baby can feel ill when you stop" in told(handout(handouts()[name]))) is told_so


def test_name_and_date_of_birth_are_lines_for_a_pen_on_the_first_page_and_on_the_one_that_is_signed() -> None:
    sheet = handout(in_london())
    assert sheet.patient is not None
    assert sheet.clinician is not None
    assert sheet.patient.pen == ("Your name:", "Date of birth:")
    assert sheet.clinician.patient == ("Patient's name", "Patient's date of birth")


def test_the_foot_of_a_page_says_whom_to_call_or_where_a_pen_wrote_it() -> None:
    assert handout(handouts()["fives"]).footer.call == "Who to call: Clinic, 020 7946 0123"
    assert handout(handouts()["pen"]).footer.call == "Who to call: look at the first page."


@pytest.mark.parametrize("name", CASES)
def test_every_page_carries_its_plan_revision_day_and_maker(name: str) -> None:
    plan = handouts()[name]
    footer = handout(plan).footer
    assert footer.do_not_stop == "Do not stop suddenly."
    assert f"Plan {plan.id}, revision {len(plan.revisions)}." in footer.origin
    assert f"with titrate {plan.version}, protocol raynaud 2026.12" in footer.origin
    assert "it does not prescribe" in footer.warning


def test_the_day_of_making_is_the_patients() -> None:
    plan = in_london()
    late = plan._replace(created=CREATED.replace(hour=23, minute=30))
    auckland = late._replace(settings=(late.current._replace(zone="Pacific/Auckland"),))
    assert made_on(late) == date(2026, 11, 30)
    assert made_on(auckland) == date(2026, 12, 1)


def test_the_small_print_says_what_every_output_says() -> None:
    small_print = " ".join(handout(in_london()).small_print.sentences)
    for part in (
        "not licensed for Raynaud's phenomenon",
        "one web article",
        "could not confirm any trial",
        "30 mg a day is a safety limit of this tool",
        "stricter than in the article",
        "It does not prescribe.",
        "Do not stop suddenly.",
        "never complete",
        "not yet reviewed by a prescriber",
    ):
        assert part in small_print


def test_a_contact_may_have_several_lines() -> None:
    sheet = handout(handouts()["fives"])
    assert sheet.patient is not None
    assert sheet.patient.contact.lines == ("Clinic", "020 7946 0123")


@pytest.mark.parametrize(
    ("contact", "message"),
    [
        ("Clinic\x07", r"^contact: U\+0007 cannot be printed; leave such characters out$"),
        ("Clinic \u202e321", r"^contact: U\+202E cannot be printed"),
        ("a\x00b\x1b[31m", r"^contact: U\+0000, U\+001B cannot be printed"),
        ("Cl\udcffinic", r"^contact: U\+DCFF cannot be printed"),
        ("x" * 10_240, r"^contact: 10240 characters on 1 lines do not fit the page; give at most 500"),
        ("a\n" * 9, r"^contact: 18 characters on 9 lines do not fit"),
    ],
)
def test_a_contact_that_cannot_be_printed_is_refused(contact: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        handout(in_london(output=Output(contact=contact)))


def test_a_control_character_in_any_other_text_is_refused() -> None:
    plan = in_london()
    with pytest.raises(BadInput, match=r"^handout: U\+0008 cannot be printed"):
        handout(plan._replace(inputs=plan.inputs._replace(patient=plan.inputs.patient._replace(conditions=("a\bb",)))))
