"""The command that sends a request again: it is pasted into a terminal, whatever somebody put into the request."""

import subprocess
from pathlib import Path

import pytest

from gateway.simulator import Post

URL = "http://127.0.0.1:1/acme"
CURL = """#!/bin/sh
for word; do
    case $before in
        -H) header=$word ;;
        --data-raw) printf %s "$word" >body ;;
        --data-binary) [ "$word" = @- ] && cat >body ;;
    esac
    before=$word
done
printf '%s\\n' "$header" "$before" "$*" >words
"""

BODIES = [
    (b'{"text": "it\'s $HOME `id` !1 \\n"}', True),
    ("two\nlines, gr\u00fcn \U0001f44d".encode(), True),
    (b"@/etc/passwd", True),
    (b"paste ends \x1b[201~\x03\nrm -rf ~\n", False),
    (b"a\tb", False),  # a shell completes a file's name
    (b"--boundary\r\n", False),  # a terminal makes a line feed of it
    ("\u202egnp.exe \x9b201~".encode(), False),  # looks like something else
    (b"nothing\0 \xff\xfe", False),
]


@pytest.mark.parametrize(("body", "is_legible"), BODIES)
def test_a_body_is_sent_to_the_byte_and_a_terminal_obeys_nothing_in_it(
    body: bytes, is_legible: bool, tmp_path: Path
) -> None:
    command = Post(URL, {"Content-Type": "it's"}, body).as_curl()
    assert command.replace("\n", "").isprintable()
    assert command.startswith("curl ") == is_legible
    (tmp_path / "curl").write_text(CURL)
    (tmp_path / "curl").chmod(0o755)
    path = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    subprocess.run(["sh", "-c", command], cwd=tmp_path, env=path, timeout=10, check=True)
    assert (tmp_path / "body").read_bytes() == body
    assert (tmp_path / "words").read_text().split("\n")[:2] == ["Content-Type: it's", URL]


def test_a_url_is_one_request_whatever_is_in_its_query() -> None:
    command = Post(f"{URL}?text=[1-100000]{{a,b}}", method="GET").as_curl()
    assert " -g " in command
    assert "--data" not in command


@pytest.mark.parametrize("post", [Post(f"{URL}?a=\x1b[201~", method="GET"), Post(URL, {"Content-Type": "a\nb"})])
def test_there_is_no_command_where_a_url_or_a_header_holds_what_a_terminal_obeys(post: Post) -> None:
    with pytest.raises(ValueError, match="control character"):
        post.as_curl()
