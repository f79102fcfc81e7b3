"""What `send` measures is the gateway: the sender's own preparations are made once, and connections are used again."""

from dataclasses import replace

from gateway.operations.sending import Pace, send_all
from gateway.simulator import Post, Retries, Verdict
from tests.support.loopback import answer, hang, hang_up, loopback

RETRIES = Retries((5, 10, 20), 10, lambda status, _body: Verdict.DELIVERED if status < 300 else Verdict.AGAIN)
AT_ONCE = 8


def test_connections_are_used_again() -> None:
    with loopback() as server:
        sent = list(send_all([Post(server.url, {}, b"{}")] * 40, RETRIES, Pace(copies=1)))
        assert all(each.delivery.delivered for each in sent)
        assert len(server.requests) == 80
        assert server.connections <= AT_ONCE


def test_a_connection_that_fails_is_another_attempt_on_a_new_one() -> None:
    with loopback(hang_up, answer(status=503)) as server:
        [sent] = send_all([Post(server.url, {}, b"{}")], RETRIES, Pace(faster=1_000_000))
        assert [each.status or each.error for each in sent.delivery.attempts] == ["RemoteProtocolError", 503, 200]
        assert server.connections == 2


def test_no_answer_is_waited_for_longer_than_the_provider_does() -> None:
    with loopback(last=hang) as server:
        [sent] = send_all([Post(server.url, {}, b"{}")], replace(RETRIES, waits=(), timeout=0.05), Pace())
        [attempt] = sent.delivery.attempts
        assert (attempt.error, attempt.verdict) == ("ReadTimeout", Verdict.AGAIN)
