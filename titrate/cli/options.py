"""The options that several commands share, each declared once. All are text here: `values` reads them, so that every error
has the same form.
"""

from typing import Annotated

from typer import Argument, Option

Start = Annotated[
    str | None, Option("--start", metavar="DATE", help="First day: 2026-12-01, today, tomorrow, +3d, monday.")
]
Egfr = Annotated[str | None, Option("--egfr", metavar="N", help="eGFR as the lab printed it: 85, 59.5, >60.")]
Creatinine = Annotated[
    str | None, Option("--creatinine", metavar="N UNIT", help="Creatinine with its unit: 88umol/L, 1.0mg/dL.")
]
Age = Annotated[str | None, Option("--age", metavar="N", help="Completed years.")]
Sex = Annotated[str | None, Option("--sex", metavar="female|male", help="For the kidney equations.")]
Weight = Annotated[str | None, Option("--weight", metavar="KG", help="Kilograms; needed from age 75.")]
Tested = Annotated[str | None, Option("--tested", metavar="DATE", help="Day of the blood test.")]
Taking = Annotated[
    list[str] | None,
    Option("--taking", metavar="NAME", help="Another medicine, or none; repeat it or use commas."),
]
Condition = Annotated[
    list[str] | None,
    Option("--condition", metavar="NAME", help="An illness that matters; repeat it or use commas."),
]
Pregnant = Annotated[bool, Option("--pregnant", help="The patient is pregnant.")]
Breastfeeding = Annotated[bool, Option("--breastfeeding", help="The patient is breastfeeding.")]
Dialysis = Annotated[bool, Option("--dialysis", help="The patient is on dialysis.")]
Target = Annotated[str | None, Option("--target", metavar="MG", help="mg a day to climb to: 5, 10 ... 30.")]
Days = Annotated[str | None, Option("--days", metavar="N", help="Length of the plan, 1 to 366 days.")]
Morning = Annotated[
    str | None,
    Option("--morning", metavar="HH:MM", envvar="TITRATE_MORNING", help="Time of the morning dose."),
]
Midday = Annotated[
    str | None, Option("--midday", metavar="HH:MM", envvar="TITRATE_MIDDAY", help="Time of the midday dose.")
]
Evening = Annotated[
    str | None,
    Option("--evening", metavar="HH:MM", envvar="TITRATE_EVENING", help="Time of the evening dose."),
]
Tz = Annotated[
    str | None,
    Option("--tz", metavar="ZONE", envvar="TITRATE_TZ", help="Time zone, such as Europe/Berlin. [the system's]"),
]
Floating = Annotated[bool, Option("--floating", help="Calendar times follow the phone when it travels.")]
Tablet = Annotated[
    list[str] | None, Option("--tablet", metavar="MG", help="A tablet in hand: 5, 10, 15, 20, 25; repeat it.")
]
Pack = Annotated[str | None, Option("--pack", metavar="N", help="How many of the --tablet are in hand.")]
Confirm = Annotated[
    list[str] | None, Option("--confirm", metavar="CODE", help="A finding that the prescriber confirms.")
]
Prescriber = Annotated[str | None, Option("--prescriber", metavar="NAME", help="Who confirms.")]
Id = Annotated[str | None, Option("--id", metavar="UUID", help="The plan's id. [random]")]
Discreet = Annotated[bool, Option("--discreet", help="The calendar names no drug, dose or illness.")]
Label = Annotated[
    str | None, Option("--label", metavar="TEXT", help="Your own word for a dose in a discreet calendar.")
]
Alarm = Annotated[str | None, Option("--alarm", metavar="MIN", help="Ring that many minutes before, 0 to 120. [0]")]
NoAlarm = Annotated[bool, Option("--no-alarm", help="The calendar does not ring.")]
Paper = Annotated[
    str | None,
    Option("--paper", metavar="a4|letter", envvar="TITRATE_PAPER", help="Paper of the handout. [a4]"),
]
LargePrint = Annotated[bool, Option("--large-print", help="Handout in 18 point.")]
For = Annotated[str | None, Option("--for", metavar="patient|clinician|both", help="Pages of the handout. [both]")]
Contact = Annotated[
    str | None,
    Option("--contact", metavar="TEXT", envvar="TITRATE_CONTACT", help="Who to call, for the handout."),
]
Format = Annotated[
    str | None,
    Option("--format", metavar="NAME", help="What is printed: table, csv, md, json, ics, html, pdf. [table]"),
]
OutputFiles = Annotated[
    list[str] | None,
    Option("-o", "--output", metavar="FILE", help="Write a file; its suffix picks the format. Repeat it."),
]

# For a saved plan, which has its own: a clinic's defaults in the environment must not change how it is told.
PaperAgain = Annotated[str | None, Option("--paper", metavar="a4|letter", help="Paper of the handout. [the plan's]")]
ContactAgain = Annotated[
    str | None, Option("--contact", metavar="TEXT", help="Who to call, for the handout. [the plan's]")
]
SavedPlan = Annotated[
    str, Argument(metavar="PLAN.json", help="A plan written with -o plan.json; - reads standard input.")
]
From = Annotated[
    str, Option("--from", metavar="DATE", help="First day of the change: 2026-12-05, today, tomorrow, monday.")
]
