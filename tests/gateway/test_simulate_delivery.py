import httpx
import pytest

from gateway.simulator import PROVIDERS, Request, Verdict, deliver

REQUEST = Request("http://127.0.0.1/", {}, b"")
OK, AGAIN, GIVEN_UP = Verdict.DELIVERED, Verdict.AGAIN, Verdict.GIVEN_UP


class Gateway:
    """Answers what it is told to, one after the other, the last for ever; an exception is raised."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.timeouts = []
        self.waits = []

    def send(self, request, timeout):
        self.timeouts.append(timeout)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer[0], content=answer[1])

    def take(self, provider, faster=1.0):
        return deliver(REQUEST, PROVIDERS[provider].patience, self.send, faster=faster, wait=self.waits.append)


@pytest.mark.parametrize(
    ("provider", "status", "body", "verdict"),
    [
        *(("8x8", status, b"", OK) for status in (200, 202, 204)),
        *(("8x8", status, b"", AGAIN) for status in (302, 400, 401, 413, 429, 500, 503)),
        ("url-networks", 200, b"", OK),
        *(("url-networks", status, b"", AGAIN) for status in (201, 204, 302, 401, 413, 503)),
        ("agile-telecom", 200, b"+OK", OK),
        *(("agile-telecom", 200, body, AGAIN) for body in (b"", b"OK", b"+OK\n", b'"+OK"')),
        ("agile-telecom", 503, b"+OK", AGAIN),
        *(("sinch", status, b"", OK) for status in (200, 201, 204)),
        *(("sinch", status, b"", AGAIN) for status in (429, 500, 502, 503)),
        *(("sinch", status, b"", GIVEN_UP) for status in (302, 400, 401, 404, 413)),
    ],
)
def test_each_provider_reads_an_answer_in_its_own_way(provider, status, body, verdict):
    [first, *_] = Gateway((status, body)).take(provider).attempts
    assert (first.status, first.body, first.verdict) == (status, body, verdict)


@pytest.mark.parametrize(
    ("provider", "waits"),
    [
        ("8x8", [1, 10, 30, 90]),
        ("url-networks", [60] * 9),
        ("agile-telecom", [900] * 2),
        ("sinch", [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10240, 20480, 40960, 81920]),
    ],
)
@pytest.mark.parametrize("answer", [(503, b""), httpx.ReadTimeout("nothing came"), httpx.ConnectError("refused")])
def test_gives_up_after_its_own_schedule(provider, waits, answer):
    gateway = Gateway(answer)
    delivery = gateway.take(provider)
    assert not delivery.delivered
    assert len(delivery.attempts) == len(waits) + 1
    assert gateway.waits == waits
    assert gateway.timeouts == [PROVIDERS[provider].patience.timeout] * len(delivery.attempts)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_stops_at_the_first_success(provider):
    gateway = Gateway((503, b""), httpx.ReadTimeout("nothing came"), (200, b"+OK"))
    delivery = gateway.take(provider, faster=100)
    assert delivery.delivered
    assert [attempt.status or attempt.error for attempt in delivery.attempts] == [503, "ReadTimeout", 200]
    assert gateway.waits == [wait / 100 for wait in PROVIDERS[provider].patience.waits[:2]]


def test_sinch_never_repeats_a_4xx():
    delivery = Gateway((401, b""), (200, b"")).take("sinch")
    assert not delivery.delivered
    assert len(delivery.attempts) == 1
