/* Prints every occurrence of every event in the files named, as libical (Evolution, GNOME, KDE) expands them:
 * file, UID, STATUS, start, SUMMARY, number of alarms, between tabs; the start in UTC, without Z where it has no zone.
 * Exits 1 when libical finds an error in a file or a restriction that it breaks. */
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>

static char *slurp(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) { perror(path); exit(2); }
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = malloc(size + 1);
    text[fread(text, 1, size, file)] = 0;
    fclose(file);
    return text;
}

static void print(const char *path, icalcomponent *event, struct icaltimetype at) {
    if (at.zone && !at.is_date) at = icaltime_convert_to_zone(at, icaltimezone_get_utc_timezone());
    icalproperty *status = icalcomponent_get_first_property(event, ICAL_STATUS_PROPERTY);
    char *start = icaltime_as_ical_string_r(at);
    printf("%s\t%s\t%s\t%s\t%s\t%d\n", path, icalcomponent_get_uid(event),
           status ? icalproperty_get_value_as_string(status) : "", start, icalcomponent_get_summary(event),
           icalcomponent_count_components(event, ICAL_VALARM_COMPONENT));
    free(start);
}

int main(int argc, char **argv) {
    int faults = 0;
    for (int i = 1; i < argc; i++) {
        char *text = slurp(argv[i]);
        icalcomponent *calendar = icalparser_parse_string(text);
        if (!calendar) { fprintf(stderr, "%s: not parsed\n", argv[i]); return 1; }
        if (!icalrestriction_check(calendar) || icalcomponent_count_errors(calendar)) {
            char *shown = icalcomponent_as_ical_string_r(calendar);
            fprintf(stderr, "%s: faults\n%s\n", argv[i], shown);
            free(shown);
            faults++;
        }
        for (icalcomponent *event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT); event;
             event = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT)) {
            struct icaltimetype start = icalcomponent_get_dtstart(event);
            icalproperty *rule = icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY);
            if (!rule) { print(argv[i], event, start); continue; }
            icalrecur_iterator *each = icalrecur_iterator_new(icalproperty_get_rrule(rule), start);
            for (struct icaltimetype at = icalrecur_iterator_next(each); !icaltime_is_null_time(at);
                 at = icalrecur_iterator_next(each))
                print(argv[i], event, at);
            icalrecur_iterator_free(each);
        }
        icalcomponent_free(calendar);
        free(text);
    }
    return faults != 0;
}
