"""A built function in a process of its own, under Lambda's runtime client, as Lambda would start it."""

import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from bench.runtime_api import RuntimeApi
from gateway.paths import ROOT

PYTHON = ROOT / ".venv-bench" / "bin" / "python"
_REGION = "us-east-1"


@dataclass(frozen=True)
class Artifact:
    """What `sam build` made of a function, and what the template says of it."""

    folder: Path  # /var/task
    layers: tuple[Path, ...]  # what is unpacked into /opt
    handler: str
    memory_mb: int
    logging: dict[str, str]  # the template's LoggingConfig; empty where Lambda's defaults apply
    environment: dict[str, str]

    @property
    def is_each_run_logged(self) -> bool:
        """Whether Lambda writes START and REPORT lines beside what the function logs."""
        return self.logging.get("LogFormat", "Text") == "Text" or self.logging["SystemLogLevel"] != "WARN"


class Invocation(NamedTuple):
    """What a function answered, how long that took, and the CPU time that its process used for it (user + system)."""

    response: Any
    wall_seconds: float
    cpu_seconds: float


class Function:
    """A function that runs. Leaving the `with` block ends it.

    What Lambda's machine has and this one has not: a file system that can't be written (so no bytecode appears), and
    /var/runtime, the folder with the runtime client and boto3.
    """

    def __init__(self, artifact: Artifact, aws_endpoint: str, runtime_folder: Path, log: Path) -> None:
        self._artifact = artifact
        self._log = log
        self._endpoint = aws_endpoint
        self._runtime_folder = runtime_folder
        self._api = RuntimeApi()

    def __enter__(self) -> Self:
        self._api.__enter__()
        self._started_at = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [PYTHON, "-S", "-m", "awslambdaric", self._artifact.handler],
                cwd=self._artifact.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGKILL)  # as Lambda does
        self._process.wait()
        self._api.__exit__(kind, error, traceback)

    def first(self, event: object) -> Invocation:
        """Invoke it for the first time: all that it took since the process was started."""
        answered = self._api.invoke(event, self._is_alive)
        return Invocation(answered.response, answered.answered_at - self._started_at, self._cpu_seconds())

    def invoke(self, event: object) -> Invocation:
        """Invoke it once more."""
        before = self._cpu_seconds()
        answered = self._api.invoke(event, self._is_alive)
        return Invocation(answered.response, answered.answered_at - answered.sent_at, self._cpu_seconds() - before)

    @property
    def peak_bytes(self) -> int:
        """The most memory that was resident. (getrusage's ru_maxrss would count the process that forked it, too.)"""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) * 1024

    def _is_alive(self) -> bool:
        return self._process.poll() is None

    def _cpu_seconds(self) -> float:
        """All threads', to the nanosecond: another process's clock, as clock_getcpuclockid(3) makes it on Linux."""
        return time.clock_gettime((~self._process.pid << 3) | 2)

    def _environment(self) -> dict[str, str]:
        artifact = self._artifact
        runtime = artifact.folder, *(layer / "python" for layer in artifact.layers), self._runtime_folder
        return {
            "PATH": os.defpath,
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PYTHONPATH": ":".join(map(str, runtime)),
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
            "_HANDLER": artifact.handler,
            "LAMBDA_TASK_ROOT": str(artifact.folder),
            "LAMBDA_RUNTIME_DIR": str(self._runtime_folder),
            "AWS_LAMBDA_FUNCTION_NAME": "bench",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(artifact.memory_mb),
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/bench",
            "AWS_LAMBDA_LOG_STREAM_NAME": "bench",
            "AWS_LAMBDA_LOG_FORMAT": artifact.logging.get("LogFormat", "Text"),
            **({"AWS_LAMBDA_LOG_LEVEL": level} if (level := artifact.logging.get("ApplicationLogLevel")) else {}),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_EXECUTION_ENV": "AWS_Lambda_python",
            "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
            "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
            "AWS_REGION": _REGION,
            "AWS_DEFAULT_REGION": _REGION,
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_SESSION_TOKEN": "bench" * 100,  # a role's is that long
            "AWS_ENDPOINT_URL": self._endpoint,
            **artifact.environment,
        }
