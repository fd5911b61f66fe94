// Prints every occurrence of every event in the files named, as ical.js (Thunderbird, Nextcloud) expands them:
// file, UID, STATUS, start, SUMMARY, number of alarms, each in quotes; the start in UTC, without Z where it has no zone.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const MOST = 2000;

function when(time) {
  if (time.isDate) return time.toString();
  if (time.zone === ICAL.Timezone.localTimezone) return time.toString();
  return time.convertToZone(ICAL.Timezone.utcTimezone).toString();
}

for (const file of process.argv.slice(2)) {
  const calendar = new ICAL.Component(ICAL.parse(readFileSync(file, "utf8")));
  ICAL.TimezoneService.reset(); // only what the file itself says of its zones
  for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
  for (const component of calendar.getAllSubcomponents("vevent")) {
    const event = new ICAL.Event(component);
    const status = component.getFirstPropertyValue("status");
    const alarms = component.getAllSubcomponents("valarm").length;
    const occurrences = event.iterator();
    for (let n = 0, next; n < MOST && (next = occurrences.next()); n++) {
      console.log(JSON.stringify([file, event.uid, status, when(next), event.summary, alarms]));
    }
  }
}
