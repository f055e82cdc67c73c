"""A runner of workflows: reads them, sets the environment as GitHub does, and runs their `run:` steps with bash in a
clean clone. What comes from elsewhere (`uses:`) is replaced by an equivalent of `replacements`, and listed."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from bluedot_assets_tests.actions.expressions import Function, as_text, condition, interpolate

OURS: Final = ("$/", "./")  # an action or workflow of this repository
BASH: Final = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail")  # `shell: bash`
LONGEST_STEP_S: Final = 300
# A runner's own environment has none of these.
FOREIGN: Final = re.compile(
    r"(BLUEDOT|GITHUB|RUNNER|DAGSTER|PYTEST|GOOGLE|GIT|NOTIFICATION|TRADINGVIEW)_|PYTHONPATH|VIRTUAL_ENV"
)
# Of the context github, as variables.
NAMED: Final = ("repository", "server_url", "api_url", "run_id", "event_name", "actor", "sha", "ref_name", "ref_type")
NOTHING_FAILED: Final[Mapping[str, Function]] = {"success": lambda: True, "always": lambda: True}


@dataclass(frozen=True)
class Event:
    """What started the workflow."""

    name: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    payload: Mapping[str, Any] = field(default_factory=dict)
    ref: str = "refs/heads/main"


@dataclass(frozen=True)
class Step:
    """What became of a step."""

    name: str
    outcome: str  # success, failure, skipped
    log: str = ""
    uses: str = ""
    seconds: float = 0


@dataclass
class Job:
    """A job that has run."""

    steps: list[Step] = field(default_factory=list)
    summary: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def conclusion(self) -> str:
        return "failure" if any(step.outcome == "failure" for step in self.steps) else "success"

    @property
    def log(self) -> str:
        return "".join(step.log for step in self.steps)

    @property
    def errors(self) -> list[str]:
        """As the run's page shows them."""
        return re.findall(r"^::error .*$", self.log, re.MULTILINE)

    def outcome(self, name: str) -> str:
        return next(step.outcome for step in self.steps if step.name == name)


@dataclass
class Runner:
    """A repository on a server like GitHub, with its secrets, variables and caches; below `root` its machine."""

    source: Path  # the repository to clone
    root: Path
    server: str
    api: str
    repository: str
    token: str
    secrets: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    programs: Path | None = None  # a folder of programs that the machine has instead of this one's
    runs: int = 0

    @property
    def workspace(self) -> Path:
        return self.root / "work"

    @property
    def temp(self) -> Path:
        return self.root / "temp"

    @property
    def caches(self) -> Path:
        return self.root / "caches"

    def run(self, workflow: str, event: Event) -> Job:
        """The one job of a workflow that the event asks for."""
        (job,) = self.run_jobs(workflow, event).values()
        return job

    def run_jobs(self, workflow: str, event: Event) -> dict[str, Job]:
        """The jobs that the event asks for by their ids, those that others need before them. Each is on a machine that
        is new but for the caches."""
        self.runs += 1
        document = self.document(workflow)
        contexts = self._contexts(workflow, event)
        done: dict[str, Job] = {}
        for name, job in document["jobs"].items():
            needed = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
            known = {one: {"outputs": done[one].outputs} for one in needed if one in done}
            healthy = len(known) == len(needed) and all(done[one].conclusion == "success" for one in needed)
            functions = {**NOTHING_FAILED, "success": lambda healthy=healthy: healthy}
            if condition(job.get("if"), {**contexts, "needs": known}, functions):
                done[name] = self._run_job(job, {**contexts, "needs": known})
        return done

    def _run_job(self, job: Mapping[str, Any], contexts: dict[str, Any]) -> Job:
        for folder in (self.workspace, self.temp):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        if "uses" in job:
            called = self.document(job["uses"].rpartition("/")[2])
            contexts = _called(job, called, contexts)
            (job,) = called["jobs"].values()
        return _Execution(self, {**contexts, "steps": {}}).run(job)

    def document(self, workflow: str) -> dict[str, Any]:
        return load(self.source / ".github" / "workflows" / workflow)

    def _contexts(self, workflow: str, event: Event) -> dict[str, Any]:
        document = self.document(workflow)
        declared = load_inputs(document, "workflow_dispatch")
        inputs = {key: event.inputs.get(key, one.get("default", "")) for key, one in declared.items()}
        return {
            "github": {
                "run_id": str(self.runs),
                "run_attempt": "1",
                "event_name": event.name,
                "event": event.payload,
                "token": self.token,
                "repository": self.repository,
                "server_url": self.server,
                "api_url": self.api,
                "actor": self.repository.partition("/")[0],
                "sha": self._commit(),
                "ref": event.ref,
                "ref_name": event.ref.split("/", 2)[2],
                "ref_type": "tag" if event.ref.startswith("refs/tags/") else "branch",
                "workflow": document["name"],
            },
            "runner": {"os": "Linux", "temp": str(self.temp)},
            "secrets": {**self.secrets, "GITHUB_TOKEN": self.token},
            "vars": self.variables,
            "inputs": inputs if event.name == "workflow_dispatch" else {},
            "needs": {},
        }

    def _commit(self) -> str:
        asked = ["git", "-C", str(self.source), "rev-parse", "HEAD"]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def load(path: Path) -> dict[str, Any]:
    document: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    if True in document:  # YAML 1.1 reads the key `on` as a truth value
        document["on"] = document.pop(True)
    return document


def load_inputs(document: Mapping[str, Any], event: str) -> Mapping[str, Any]:
    """The inputs that an event of the workflow declares."""
    events = document["on"]
    return ((events.get(event) or {}).get("inputs") or {}) if isinstance(events, Mapping) else {}


def _called(job: Mapping[str, Any], called: Mapping[str, Any], contexts: Mapping[str, Any]) -> dict[str, Any]:
    """The contexts within a reusable workflow: its inputs and the secrets that it is given, no others."""
    declared = load_inputs(called, "workflow_call")
    given = {name: interpolate(as_text(text), contexts, {}) for name, text in job.get("with", {}).items()}
    assert set(given) <= set(declared), "an input that the called workflow does not have"
    secrets = {name: interpolate(text, contexts, {}) for name, text in job.get("secrets", {}).items()}
    assert set(secrets) == set(called["on"]["workflow_call"]["secrets"]), "secrets that do not agree"
    inputs = {name: given.get(name, one.get("default", "")) for name, one in declared.items()}
    return {**contexts, "inputs": inputs, "secrets": secrets}


class _Execution:
    """One job on its machine."""

    def __init__(self, runner: Runner, contexts: dict[str, Any]) -> None:
        self.runner, self.contexts = runner, contexts
        self.job = Job()
        self.environment = {name: value for name, value in os.environ.items() if not FOREIGN.match(name)}
        self.at_the_end: list[Any] = []
        self.functions: dict[str, Function] = {
            "success": lambda: self.job.conclusion == "success",
            "failure": lambda: self.job.conclusion == "failure",
            "always": lambda: True,
            "cancelled": lambda: False,
            "toJSON": json.dumps,
            "hashFiles": self._hash_files,
        }

    def run(self, job: Mapping[str, Any]) -> Job:
        files = {
            name: self.runner.temp / name.lower() for name in ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")
        }
        github, runner = self.contexts["github"], self.contexts["runner"]
        self.environment |= {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            **{f"GITHUB_{name.upper()}": github[name] for name in NAMED},
            "GITHUB_WORKSPACE": str(self.runner.workspace),
            "RUNNER_TEMP": runner["temp"],
            "RUNNER_OS": runner["os"],
            **{name: str(path) for name, path in files.items()},
        }
        if self.runner.programs is not None:
            self.environment["PATH"] = f"{self.runner.programs}:{self.environment['PATH']}"
        self.environment |= self._texts(job.get("env", {}))
        self._steps(job["steps"])
        for finish in self.at_the_end:
            finish()
        self.job.summary = _text(files["GITHUB_STEP_SUMMARY"])
        self.job.outputs = self._texts(job.get("outputs", {}))
        return self.job

    def _steps(self, steps: list[Mapping[str, Any]]) -> None:
        for step in steps:
            name = str(step.get("name") or step.get("uses", "run").partition("@")[0])
            if not condition(step.get("if"), self.contexts, self.functions):
                self.job.steps.append(Step(name, "skipped", uses=step.get("uses", "")))
            elif "uses" in step:
                self._use(name, step)
            else:
                self._bash(name, step)

    def _bash(self, name: str, step: Mapping[str, Any]) -> None:
        script = self.runner.temp / "step.sh"
        script.write_text(interpolate(step["run"], self.contexts, self.functions))
        for file in ("github_env", "github_output"):
            (self.runner.temp / file).write_text("")
        began = time.perf_counter()
        done = subprocess.run(
            [*BASH, str(script)],
            cwd=self.runner.workspace,
            env={**self.environment, **self._texts(step.get("env", {}))},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=LONGEST_STEP_S,
        )
        outcome = "success" if done.returncode == 0 else "failure"
        self.job.steps.append(Step(name, outcome, done.stdout, seconds=time.perf_counter() - began))
        self.environment |= dict(_assignments(self.runner.temp / "github_env"))
        self._note(step, outcome, dict(_assignments(self.runner.temp / "github_output")))

    def _use(self, name: str, step: Mapping[str, Any]) -> None:
        from bluedot_assets_tests.actions.replacements import REPLACEMENTS  # noqa: PLC0415  each needs the other

        given = self._texts(step.get("with", {}))
        uses = step["uses"]
        if uses.startswith(OURS):
            self._compose(self.runner.workspace / uses[2:] / "action.yml", given)
            return
        outputs = REPLACEMENTS[uses.partition("@")[0]](self, given)
        self.job.steps.append(Step(name, "success", uses=uses))
        self._note(step, "success", outputs)

    def _compose(self, action: Path, given: Mapping[str, str]) -> None:
        """A composite action: its steps in a scope of their own."""
        document = load(action)
        outer = self.contexts
        inputs = {name: given.get(name, one.get("default", "")) for name, one in document["inputs"].items()}
        self.contexts = {**outer, "inputs": inputs, "steps": {}}
        self._steps(document["runs"]["steps"])
        self.contexts = outer

    def _note(self, step: Mapping[str, Any], outcome: str, outputs: Mapping[str, str]) -> None:
        if "id" in step:
            self.contexts["steps"][step["id"]] = {"outcome": outcome, "outputs": outputs}

    def _texts(self, values: Mapping[str, Any]) -> dict[str, str]:
        return {name: interpolate(as_text(text), self.contexts, self.functions) for name, text in values.items()}

    def _hash_files(self, *patterns: str) -> str:
        files = sorted({path for pattern in patterns for path in self.runner.workspace.glob(pattern)})
        assert files, f"no file is named {' or '.join(patterns)}"
        return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def _text(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


def _assignments(path: Path) -> Iterator[tuple[str, str]]:
    for line in _text(path).splitlines():
        name, sign, value = line.partition("=")
        assert sign, f"{path.name}: {line!r} is no assignment"
        yield name, value
