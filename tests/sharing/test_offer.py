"""What a phone is answered, without a network: two things for the very request, one empty answer for everything else."""

from __future__ import annotations

import hmac
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import handouts

from titrate.export import render
from titrate.export.handout import html
from titrate.model import Plan
from titrate.sharing import offer as offers
from titrate.sharing.network import new_token
from titrate.sharing.offer import CALENDAR, LARGEST, MOST_FIELDS, NOTHING, PAGE, Offer, answer, offer

HOST, TOKEN = "192.168.1.23:49321", "abcdefghijklmnopqrstuvwxyz"
SHARED = Offer(HOST, TOKEN, html.Page(b"<p>page</p>", "default-src 'none'"), b"BEGIN:VCALENDAR\r\n", b"<p>kept</p>")


def request(target: str = f"/{TOKEN}", method: str = "GET", host: str | None = HOST, *more: str) -> bytes:
    fields = [*([] if host is None else [f"Host: {host}"]), *more]
    return "\r\n".join((f"{method} {target} HTTP/1.1", *fields, "", "")).encode()


def parts(data: bytes) -> tuple[str, dict[str, str], bytes]:
    head, _, body = data.partition(b"\r\n\r\n")
    status, *fields = head.decode().split("\r\n")
    return status, dict(field.split(": ", 1) for field in fields), body


def discreet(plan: Plan) -> Plan:
    output = plan.current.output._replace(discreet=True, label="Blue <pills>")
    return plan._replace(settings=(*plan.settings[:-1], plan.current._replace(output=output)))


# --- What is answered ---


@pytest.mark.parametrize("target", [f"/{TOKEN}", f"/{TOKEN}/"])
def test_the_address_of_the_code_is_a_page_with_the_headers_that_keep_it_private(target: str) -> None:
    data, sends = answer(SHARED, request(target))
    assert parts(data) == (
        "HTTP/1.1 200 OK",
        {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
            "Content-Length": "11",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Connection": "close",
        },
        SHARED.page.content,
    )
    assert sends == PAGE


def test_the_calendar_comes_with_the_headers_that_phones_need_to_import_it() -> None:
    data, sends = answer(SHARED, request(f"/{TOKEN}/plan.ics"))
    status, fields, body = parts(data)
    assert (status, body, sends) == ("HTTP/1.1 200 OK", SHARED.calendar, CALENDAR)
    assert fields == {
        "Content-Type": "text/calendar; charset=utf-8",
        "Content-Disposition": "inline; filename=plan.ics",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Content-Length": "17",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Connection": "close",
    }


@pytest.mark.parametrize("target", [f"/{TOKEN}", f"/{TOKEN}/plan.ics"])
def test_head_is_answered_as_get_without_the_body_and_sends_nothing(target: str) -> None:
    whole, head = answer(SHARED, request(target)), answer(SHARED, request(target, "HEAD"))
    assert head.data == whole.data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    assert head.sends == ""


def test_what_phones_send_besides_changes_nothing() -> None:
    more = ("Accept: text/html,*/*;q=0.8", "accept-language:de", "Cookie: \xe9", "Upgrade-Insecure-Requests: 1", "X-A:")
    assert answer(SHARED, request(f"/{TOKEN}", "GET", HOST, *more)) == answer(SHARED, request())
    assert answer(SHARED, request().replace(b"Host: ", b"hOST:\t ")) == answer(SHARED, request())
    assert answer(SHARED, request().replace(b"HTTP/1.1", b"HTTP/1.0")) == answer(SHARED, request())
    assert answer(SHARED, request() + b"more") == answer(SHARED, request())


# --- What is not ---

WRONG = {
    "another token": request(f"/{TOKEN[:-1]}a"),
    "half a token": request(f"/{TOKEN[:13]}"),
    "a token and more": request(f"/{TOKEN}a"),
    "a token in capitals": request(f"/{TOKEN.upper()}"),
    "no token": request("/"),
    "no token before the calendar": request("/plan.ics"),
    "another file": request(f"/{TOKEN}/plan.json"),
    "the icon that browsers ask for": request("/favicon.ico"),
    "a file beside": request(f"/{TOKEN}/../plan.json"),
    "a way up and back": request(f"/x/../{TOKEN}"),
    "a dot": request(f"/./{TOKEN}"),
    "an encoded dot": request(f"/%2e/{TOKEN}"),
    "an encoded way up": request(f"/{TOKEN}/%2e%2e/{TOKEN}"),
    "an encoded letter": request(f"/%61{TOKEN[1:]}"),
    "an encoded slash": request(f"/{TOKEN}%2fplan.ics"),
    "two slashes before": request(f"//{TOKEN}"),
    "two slashes between": request(f"/{TOKEN}//plan.ics"),
    "two slashes behind": request(f"/{TOKEN}//"),
    "a slash behind the calendar": request(f"/{TOKEN}/plan.ics/"),
    "a backslash": request(f"/{TOKEN}\\plan.ics"),
    "a query": request(f"/{TOKEN}?x=1"),
    "an empty query": request(f"/{TOKEN}/plan.ics?"),
    "a fragment": request(f"/{TOKEN}#top"),
    "a whole address": request(f"http://{HOST}/{TOKEN}"),
    "another host's whole address": request(f"http://example.org/{TOKEN}"),
    "no slash": request(TOKEN),
    "a star": request("*", "OPTIONS"),
    "a NUL in the path": request(f"/{TOKEN}\0"),
    "a NUL in a field": request(f"/{TOKEN}", "GET", HOST, "X: a\0b"),
    "a line feed in a field": request(f"/{TOKEN}", "GET", HOST, "X: a\nb"),
    "a folded field": request(f"/{TOKEN}", "GET", HOST, "X: a", " b"),
    "a space before a colon": request(f"/{TOKEN}", "GET", HOST, "X : a"),
    "a field without a name": request(f"/{TOKEN}", "GET", HOST, ": a"),
    "a field without a colon": request(f"/{TOKEN}", "GET", HOST, "X"),
    "no host": request(host=None),
    "an empty host": request(host=""),
    "a name for the host": request(host="localhost:49321"),
    "a name that somebody leads here": request(host="evil.example:49321"),
    "a host without its port": request(host="192.168.1.23"),
    "another port": request(host="192.168.1.23:80"),
    "a host with a dot behind": request(host="192.168.1.23.:49321"),
    "another writing of the host": request(host="192.168.001.023:49321"),
    "two hosts": request(f"/{TOKEN}", "GET", HOST, f"Host: {HOST}"),
    "two hosts, the second one another": request(f"/{TOKEN}", "GET", HOST, "host: evil.example"),
    "many fields": request(f"/{TOKEN}", "GET", HOST, *["X: a"] * MOST_FIELDS),
    "a long field": request(f"/{TOKEN}", "GET", HOST, "X: " + "a" * LARGEST),
    "many spaces": request(f"/{TOKEN}", "GET", HOST, "X: " + " " * (LARGEST - 200) + "\0"),
    "a long path": request("/" + "a" * LARGEST),
    "no end": request()[:-2],
    "line feeds alone": request().replace(b"\r\n", b"\n"),
    "two spaces": request().replace(b" HTTP", b"  HTTP"),
    "a tab": request().replace(b" HTTP", b"\tHTTP"),
    "another protocol": request().replace(b"HTTP/1.1", b"HTTP/2.0"),
    "no protocol": request().replace(b" HTTP/1.1", b""),
    "HTTP/2 without asking": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": bytes.fromhex("16030100") + b"\0" * 200 + b"\r\n\r\n",
    "nothing": b"",
    "an end alone": b"\r\n\r\n",
    "an empty line before": b"\r\n" + request(),
    **{
        method: request(f"/{TOKEN}/plan.ics", method)
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "PROPFIND", "get", "G\xe9T")
    },
}


@pytest.mark.parametrize("case", WRONG)
def test_whatever_is_not_the_very_request_gets_one_empty_answer(case: str) -> None:
    assert answer(SHARED, WRONG[case]) is NOTHING


def test_the_empty_answer_tells_neither_who_answers_nor_when() -> None:
    assert parts(NOTHING.data) == (
        "HTTP/1.1 404 Not Found",
        {
            "Content-Length": "0",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Connection": "close",
        },
        b"",
    )
    assert NOTHING.sends == ""
    for data in (NOTHING.data, answer(SHARED, request()).data, answer(SHARED, request(f"/{TOKEN}/plan.ics")).data):
        head = data.partition(b"\r\n\r\n")[0].lower()
        assert not any(word in head for word in (b"server", b"date:", b"titrate", b"python", b"access-control"))


def test_one_byte_changed_anywhere_in_the_first_line_or_the_host_gets_nothing() -> None:
    whole = request(f"/{TOKEN}/plan.ics")
    name = whole.index(b"Host: ")
    for place in range(len(whole) - 4):
        if name <= place < name + 6 or whole[place : place + 3] in (b"1\r\n", b"1\r"):  # a case of a name; HTTP/1.0
            continue
        for other in (whole[place] ^ 1, whole[place] ^ 0x20, 0):
            changed = whole[:place] + bytes([other]) + whole[place + 1 :]
            assert answer(SHARED, changed) is NOTHING, changed


@given(st.binary(max_size=300))
def test_no_garbage_is_answered_and_none_breaks_it(data: bytes) -> None:
    assert answer(SHARED, data) is NOTHING
    assert answer(SHARED, data + b"\r\n\r\n") is NOTHING
    assert answer(SHARED, request()[:-2] + data + b"\r\n\r\n").sends in ("", PAGE)


def test_tokens_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared, real = [], hmac.compare_digest

    def compare(given: bytes, right: bytes) -> bool:
        compared.append((given, right))
        return real(given, right)

    monkeypatch.setattr(offers.hmac, "compare_digest", compare)
    assert answer(SHARED, request("/guessed")) is NOTHING
    assert answer(SHARED, request()).sends == PAGE
    assert compared == [(b"guessed", TOKEN.encode()), (TOKEN.encode(), TOKEN.encode())]


def test_a_token_is_128_random_bits_that_a_path_takes() -> None:
    tokens = {new_token() for _ in range(200)}
    assert len(tokens) == 200
    for token in tokens:
        assert len(token) == 26  # of 5 bits, the last one of 3
        assert answer(SHARED._replace(token=token), request(f"/{token}")).sends == PAGE


# --- What is shared of a plan ---


def test_the_page_is_the_handout_with_a_link_to_the_calendar_whose_bytes_are_those_of_the_file() -> None:
    plan = handouts()["standard"]
    shared = offer(plan, HOST, TOKEN)
    assert shared.address == f"http://{HOST}/{TOKEN}"
    assert shared.calendar == render(plan, "ics")
    assert shared.page == html.pocket_page(plan, f"/{TOKEN}")
    assert shared.page.content.count(f'href="/{TOKEN}/plan.ics"'.encode()) == 1
    assert shared.page.content.count(f'href="/{TOKEN}/handout.html"'.encode()) == 1


def test_the_page_to_keep_is_the_handout_with_its_calendar_in_it_and_no_link_to_what_is_shared() -> None:
    plan = handouts()["standard"]
    shared = offer(plan, HOST, TOKEN)
    assert shared.kept == html.render(plan) == html.pocket_page(plan).content
    assert b64encode(render(plan, "ics")) in shared.kept
    assert TOKEN.encode() not in shared.kept
    answered = answer(shared, request(f"/{TOKEN}/handout.html"))
    assert b"Content-Disposition: attachment; filename=handout.html\r\n" in answered.data
    assert answered.data.endswith(shared.kept)


def test_a_discreet_plan_shares_a_page_that_names_no_drug_dose_or_illness() -> None:
    plan = discreet(handouts()["many-findings"])
    shared = offer(plan, HOST, TOKEN)
    text = shared.page.content.decode()
    assert "<title>Blue &lt;pills&gt;</title>" in text
    assert text.count("href=") == text.count(f'href="/{TOKEN}/plan.ics"') == 1
    assert shared.calendar == render(plan, "ics")
    assert answer(shared, request(f"/{TOKEN}/handout.html")) == NOTHING
    for target in (f"/{TOKEN}", f"/{TOKEN}/plan.ics"):
        said = answer(shared, request(target)).data.decode().lower()
        assert not any(word in said for word in ("baclofen", "raynaud", " mg", "prescriber", "kidney", "titrate plan"))


def test_a_discreet_plan_without_a_label_is_called_a_plan() -> None:
    plan = discreet(handouts()["standard"])
    now = plan.current
    unnamed = plan._replace(settings=(*plan.settings[:-1], now._replace(output=now.output._replace(label=None))))
    assert "<h1>Plan</h1>" in offer(unnamed, HOST, TOKEN).page.content.decode()


def test_a_page_loads_nothing_and_runs_nothing_from_elsewhere() -> None:
    for plan in (handouts()["standard"], discreet(handouts()["standard"])):
        policy = offer(plan, HOST, TOKEN).page.policy
        assert policy.startswith("default-src 'none'")
        assert not any(word in policy for word in ("http", "*", "unsafe-eval", "'self'"))
        assert "script-src 'unsafe-inline'" not in policy
