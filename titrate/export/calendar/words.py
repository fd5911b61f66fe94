"""What a reminder says, in one place: English, at most 20 words a sentence, every clinical number filled in.

Constants and not TOML: a calendar is written in a few milliseconds; reading a file of words costs more.
"""

from __future__ import annotations

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
AT = {"morning": "in the morning", "midday": "at midday", "evening": "in the evening"}

# --- The calendar, and the first line of every description ---

CALENDAR = "{drug} plan (rev {number})"
HIDDEN_CALENDAR = "{word} (rev {number})"
HIDDEN_WORDS = ("Plan", "Dose")  # for the calendar and for a dose, where the user gave no word
STAMP = "Plan rev {number}"
STAMP_STEP = "Plan rev {number}, step {place}"
CANCELLED = "CANCELLED, do not take: {title}"
IS_CANCELLED = (
    "This reminder is cancelled.",
    "Do not take anything because of it.",
    "Follow the newest plan.",
)
HIDDEN_IS_CANCELLED = ("This reminder is cancelled.",)

# --- A dose ---

DOSE = "{drug} {mg} mg, {slot}"
DOSE_WITH_TABLETS = "{drug} {mg} mg, {slot} ({tablets})"
HIDDEN_DOSE = "{word} {slot}, step {step}"
ONLY_IF_UP = (
    "Only if you went up to step {step}.",
    "If not, stay on {present} mg a day and call the prescriber.",
)
HIDDEN_ONLY_IF_UP = ("Only if you went up to step {step}.", "If not, stay on step {before} and call.")
FOOD = "Take it with food or after food."
MISSED = (
    "If you miss a dose, take it when you remember.",
    "If the next dose is less than {skip_hours} hours away, skip the missed one.",
    "Never take two doses at once.",
)
MISSED_ONE_A_DAY = (
    "If you remember it the next morning, skip it.",
    "If you miss it {evenings} evenings in a row, do not start again alone: call.",
)
MISSED_MORE_A_DAY = ("If you miss every dose for {all_hours} hours, do not start again alone: call.",)
DO_NOT_STOP = "Do not stop suddenly."

# --- A day on which the dose changes ---

CHANGE = "From today: step {step}, {total} mg a day"
HIDDEN_CHANGE = "From today: step {step}"
GOING_UP = "If you go up, take {doses}."
GOING_DOWN = ("From today you take less: {total} mg a day.", "Take {doses}.")
WATCH = "Watch for sleepiness, dizziness and confusion for the next {watch_days} days."
WORSE = "Call the same day if you feel worse."
HIDDEN_GOING_UP = (
    "Go on to this step only if the last one went well.",
    "If not, stay on step {before} and call.",
)
SMALL_PRINT = (
    "Not licensed for {indication}: this use is off-label.",
    "Protocol {protocol} {version}: {reviewed_by}.",
    "A plan to take to a prescriber; it does not prescribe.",
)

# --- Review, blood test, refill ---

REVIEW = "Review: does it help?"
HIDDEN_REVIEW = "Review day"
REVIEW_LINES = (
    "The plan looks again today.",
    "Talk to the prescriber: does it help, and what should the dose be now?",
    "Stay on your present dose until then.",
)
TEST = "Blood test due (kidneys)"
HIDDEN_TEST = "Check due"
TEST_LINES = (
    "Your kidneys are tested every {days} days while you take this.",
    "The last known test was on {tested}.",
    "The dose depends on how well your kidneys work.",
)
REFILL = "Get more tablets"
HIDDEN_REFILL = "Refill due"
REFILL_LINES = (
    "You had {pack} tablets on {start}.",
    "At the planned doses they last to {last}.",
)
REFILL_LEAD = "This reminder comes {lead} earlier."
REFILL_NONE_LEFT = "At the planned doses they do not last for the first day."

# --- The end ---

END = "Call before your tablets run out. Do not stop."
HIDDEN_END = "Last day of this plan: call. Do not stop."
END_LINES = (
    "The plan ends today; the medicine does not.",
    "Stay on {total} mg a day and call the prescriber.",
    "Do not stop suddenly.",
)
LAST_DOSE = "Last dose today"
LAST_DOSE_LINES = (
    "The plan ends with today's last dose.",
    "A check-in follows in {check_in_days} days.",
    "Call the same day if you feel worse.",
    "Call now for a seizure, new confusion or seeing things.",
)
CHECK_IN = "Check-in: how are you without {drug}?"
HIDDEN_CHECK_IN = "Check-in: how are you?"
CHECK_IN_LINES = (
    "Your last dose was {check_in_days} days ago.",
    "Call the same day if you feel worse.",
    "Call now for a seizure, new confusion or seeing things.",
)
URGENT = "URGENT: call before the next dose"
URGENT_LINES = (
    "Your new kidney result rules out more {drug} for now.",
    "The doctor decides how to stop.",
    "Do not go on alone and do not stop alone.",
)
HIDDEN_URGENT_LINES = ("Do not go on alone and do not stop alone.",)

# --- Said once on the terminal when a calendar is written ---

HINT_NEW = "calendar: make a new, empty calendar for this plan and import the file into it"
HINT_AGAIN = (
    "calendar: delete the old calendar of this plan, make a new, empty one and import the file into it; "
    "most programs do not update events"
)
HINT_GOOGLE = "calendar: Google drops alarms; set that calendar's default notification to {minutes} minutes before"
HINT_ZONE = "calendar: the times are those of {zone}"
HINT_FLOATING = (
    "calendar: --floating: the reminders follow the phone when you travel; "
    "some programs take their times for UTC, so check one after importing"
)
HINT_ODD_CLOCK = "calendar: the clocks change: {day}, the {wall} dose rings at {rings}"
HINT_ODD_FLOATING = (
    "calendar: the clocks change: {day}, programs disagree on when the {wall} dose rings; leave out --floating"
)
HINT_ODD_ZONE = "calendar: {zone} has irregular clock changes; Outlook knows only yearly ones, so check its times"
