"""The DAG for Airflow: the commands of its tasks are commands of Segue, and, where Airflow is installed, it runs."""

import ast
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import typer

from segue.cli import main
from segue.web.jobs import schedule

DAG = Path(__file__).parents[2] / "deploy" / "airflow" / "segue_dag.py"


def tasks() -> dict[str, list[str]]:
    """The words of each task's command, by task."""
    found = {}
    for call in ast.walk(ast.parse(DAG.read_text())):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "BashOperator":
            given = {one.arg: one.value for one in call.keywords}
            name, command = given["task_id"], given["bash_command"]
            assert isinstance(name, ast.Constant)
            assert isinstance(command, ast.JoinedStr)
            start, rest = command.values
            assert isinstance(start, ast.FormattedValue)
            assert ast.unparse(start.value) == "SEGUE"
            assert isinstance(rest, ast.Constant)
            found[str(name.value)] = str(rest.value).split()
    return found


def test_every_task_is_a_command_there_is():
    main.commands()
    click = typer.main.get_command(main.app)
    kinds = {one.kind for one in schedule.all_scheduled()}
    found = tasks()
    assert {"retrain", "weekly_mixes", "clean_up", "rescan"} <= found.keys()
    for name, words in found.items():
        group = click.commands[words[0]]
        command = group.commands[words[1]]
        options = {option for one in command.params for option in one.opts}
        assert {word for word in words if word.startswith("--")} <= options
        if words[:2] == ["jobs", "run"]:
            assert words[2] in kinds
            assert words[2].replace("-", "_") == name
            assert words[3:] == ["--wait"], "a task that does not wait says nothing"


def test_every_task_stands_in_the_order():
    tree = ast.parse(DAG.read_text())
    names = {
        target.id: one.value.keywords[0].value.value
        for one in ast.walk(tree)
        if isinstance(one, ast.Assign) and isinstance(one.value, ast.Call)
        for target in one.targets
        if isinstance(target, ast.Name) and ast.unparse(one.value.func) == "BashOperator"
    }
    order = "\n".join(
        ast.unparse(one) for one in ast.walk(tree) if isinstance(one, ast.Expr) and ">>" in ast.unparse(one)
    )
    assert all(variable in order for variable in names)


@pytest.mark.skipif(find_spec("airflow") is None, reason="Airflow is not installed")
def test_airflow_runs_it(tmp_path):
    (tmp_path / "dags").mkdir()
    shutil.copy(DAG, tmp_path / "dags")
    surroundings = {**os.environ, "AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
                    "AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path / "dags"), "SEGUE_COMMAND": "echo segue"}  # fmt: skip
    airflow = [sys.executable, "-m", "airflow"]
    subprocess.run([*airflow, "db", "migrate"], env=surroundings, check=True, capture_output=True)
    subprocess.run([*airflow, "dags", "test", "segue_nightly", "2026-11-21"], env=surroundings, check=True)
