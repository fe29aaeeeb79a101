"""Processes that record by each tier, and what differs between them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from native import child_environment

TIERS = ("default", "stub", "prebuilt", "plan", "careful")
ENDED = "the process ended with"


class Process:
    """Records by one tier. A new one is started when the last has died."""

    def __init__(self, tier: str, libraries: tuple[Path, Path]) -> None:
        self.tier = tier
        self.command = [sys.executable, "-m", "values.recording", *map(str, libraries)]
        self._process: subprocess.Popen[str] | None = None

    def send(self, request: dict[str, Any]) -> None:
        if self._process is None:
            environment = child_environment()
            environment.pop("ZFFI_TIER", None)
            if self.tier != "default":
                environment["ZFFI_TIER"] = self.tier
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=environment,
            )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()

    def receive(self) -> Any:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if line:
            return json.loads(line)
        code = self.close()
        return f"{ENDED} {code}"

    def close(self) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        process.stdout.close()
        return process.wait()


class Processes:
    """One of each tier."""

    def __init__(self, callees: Path, capturing: Path) -> None:
        self.processes = [Process(tier, (callees, capturing)) for tier in TIERS]

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """What each tier answers; they work at the same time."""
        for process in self.processes:
            process.send(request)
        return {process.tier: process.receive() for process in self.processes}

    def close(self) -> None:
        for process in self.processes:
            process.close()


def differences(answers: dict[str, Any]) -> str:
    """Of the other tiers from the plan, as lines to read; "" if there are none."""
    plan = answers["plan"]
    lines = [
        f"{tier}: {answer}" for tier, answer in answers.items() if str(answer).startswith(ENDED)
    ]
    for tier, answer in answers.items():
        if answer == plan:
            continue
        if not (isinstance(plan, dict) and isinstance(answer, dict)):
            lines += [f"plan: {plan}", f"{tier}: {answer}"]
            continue
        for key in [key for key in plan if plan[key] != answer.get(key)][:10]:
            lines += [key, f"    plan: {plan[key]}", f"    {tier}: {answer.get(key)}"]
        if list(plan) != list(answer):
            lines.append(f"{tier} has other keys")
    return "\n".join(lines)
