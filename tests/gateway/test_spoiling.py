"""What is broken breaks off; what is forged is the secret, and nothing else."""

import base64

import pytest

from gateway.simulate import PROVIDERS, Request, broken, forged, new_agreement


def request(provider: str) -> tuple[Request, str]:
    """A correct request, and the secret in it."""
    agreement, _ = new_agreement(PROVIDERS[provider])
    url = f"http://gateway/{provider}" + (f"/{agreement.path_secret}" if agreement.path_secret else "")
    headers = {"Host": "api", **agreement.headers}
    secret = agreement.path_secret or headers["Authorization"].partition(" ")[2]
    return PROVIDERS[provider].request(PROVIDERS[provider].new_message("hello"), url, headers), secret


@pytest.mark.parametrize("provider", PROVIDERS)
def test_forged_it_lacks_the_secret_only(provider: str) -> None:
    correct, secret = request(provider)
    wrong = forged(correct)
    assert secret in correct.url + str(correct.headers)
    assert secret not in wrong.url + str(wrong.headers)
    assert wrong.body == correct.body
    assert wrong.headers.keys() == correct.headers.keys()
    assert wrong.headers["Host"] == "api"
    assert wrong.url.rpartition("/")[0] == correct.url.rpartition("/")[0]
    if provider == "sinch":
        assert base64.b64decode(wrong.headers["Authorization"].removeprefix("Basic ")).count(b":") == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_broken_it_lacks_most_of_the_body_only(provider: str) -> None:
    correct, _ = request(provider)
    rest = broken(correct)
    assert (rest.url, rest.headers) == (correct.url, correct.headers)
    assert correct.body.startswith(rest.body)
    assert 0 < len(rest.body) <= len(correct.body) / 4
