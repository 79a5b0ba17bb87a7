"""What stands in deploy/ and in the pages on it: every command is one that there is, every secret is one that is read."""

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from segue.cli.main import app, commands
from segue.web.environment import VARIABLES

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PAGES = sorted(
    {
        *(ROOT / "docs").glob("deploy-*.md"),
        *(ROOT / "docs" / name for name in ("backup.md", "upgrading.md", "capacity.md")),
    }
)


def compose() -> dict:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def shown() -> list[list[str]]:
    """Every command of Segue that an image, a unit or a page has."""
    found = [
        json.loads(line[4:]) for line in (DEPLOY / "Dockerfile").read_text().splitlines() if line.startswith("CMD ")
    ]
    found += [one["command"] for one in compose()["services"].values() if one.get("command", [""])[0] == "segue"]
    for unit in (DEPLOY / "systemd").glob("*.service"):
        found += [
            shlex.split(line)
            for line in re.findall(r"^ExecStart=\S*/(segue .*)$", unit.read_text(), flags=re.MULTILINE)
        ]
    for page in PAGES:
        for block in re.findall(r"```sh\n(.*?)```", page.read_text(), flags=re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                if found_here := re.search(r"(?:^|bin/|-T \w+ |web |worker |\| )(segue [a-z].*)$", line.split(" #")[0]):
                    found.append(shlex.split(re.split(r" [|>&]", found_here[1])[0]))
    return found


def test_every_command_is_one_that_segue_has():
    commands()
    group = get_command(app)
    every = shown()
    assert len(every) > 25
    for _, *words in every:
        command, said = group, list(words)
        while hasattr(command, "commands") and said and said[0] in command.commands:
            command = command.commands[said.pop(0)]
        assert command is not group, words
        try:
            command.make_context(words[0], [word for word in said if word != "--json"])
        except Exception as error:  # noqa: BLE001
            pytest.fail(f"{' '.join(words)}: {error}")


def test_secrets_come_from_files_only():
    made = compose()
    for name, service in made["services"].items():
        settings = service.get("environment", {})
        for key, value in settings.items():
            if key.endswith("_FILE"):
                secret = value.removeprefix("/run/secrets/")
                assert secret in service["secrets"], f"{name}: {key}"
                assert secret in made["secrets"]
            if name in {"web", "worker"}:
                variable = VARIABLES[key.removesuffix("_FILE")]
                assert key.endswith("_FILE") == variable.secret or key == "REDIS_URL", key


def test_what_runs_may_do_little():
    for name in ("web", "worker", "redis"):
        service = compose()["services"][name]
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
    ports = {name: one.get("ports", []) for name, one in compose()["services"].items()}
    assert ports == {"web": ["127.0.0.1:8000:8000"], "worker": [], "database": [], "redis": []}
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    assert dockerfile.rindex("USER 10001") > dockerfile.rindex("RUN ")
    assert re.findall(r"^VOLUME (.*)$", dockerfile, flags=re.MULTILINE) == ["/srv/segue"]
    for image in re.findall(r"^FROM (\S+)", dockerfile, flags=re.MULTILINE):
        assert re.fullmatch(r"python:3\.\d+-slim-\w+", image)
    for unit in (DEPLOY / "systemd").glob("*.service"):
        text = unit.read_text()
        for line in (
            "User=segue",
            "ProtectSystem=strict",
            "NoNewPrivileges=yes",
            "CapabilityBoundingSet=",
            "UMask=0077",
        ):
            assert line in text.splitlines(), f"{unit.name} lacks {line}"


def test_what_the_image_installs_is_pinned_as_the_tests_have_it():
    def pinned(name: str) -> set[str]:
        return set(re.findall(r"^([\w.-]+==[\w.]+)", (ROOT / "requirements" / name).read_text(), flags=re.MULTILINE))

    assert pinned("service.txt") | pinned("build.txt") <= pinned("dev.txt")
    assert {one.split("==")[0] for one in pinned("service.txt")} >= {
        "django",
        "granian",
        "numba",
        "psycopg",
        "soundfile",
    }
