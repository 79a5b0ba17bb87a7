"""Segue's nightly work as an Airflow DAG, for those who run everything from one place.

Put this file into Airflow's folder of DAGs, on a machine that has `segue` and the same environment (SEGUE_HOME, DATABASE_URL, …)
as the service. The worker of the service may go on beside it: whoever begins a job first does it, and no job is done twice. A job
that fails ends its command with status 1, and its problem is the last line of the task's log.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from airflow import DAG

try:
    from airflow.providers.standard.operators.bash import BashOperator
except ImportError:  # Airflow 2
    from airflow.operators.bash import BashOperator

SEGUE = os.environ.get("SEGUE_COMMAND", "segue")
RETRIES = {"retries": 2, "retry_delay": timedelta(minutes=10), "execution_timeout": timedelta(hours=12)}

with DAG(
    dag_id="segue_nightly",
    description="Look for new music, train the models anew, make what depends on them, clear away what is old.",
    schedule="0 3 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=RETRIES,
    tags=["segue"],
) as nightly:
    migrated = BashOperator(task_id="migrated", bash_command=f"{SEGUE} database migrate")
    retrain = BashOperator(task_id="retrain", bash_command=f"{SEGUE} jobs run retrain --wait")
    mixes = BashOperator(task_id="weekly_mixes", bash_command=f"{SEGUE} jobs run weekly-mixes --wait")
    rollups = BashOperator(task_id="rollups", bash_command=f"{SEGUE} jobs run rollups --wait")
    clean_up = BashOperator(task_id="clean_up", bash_command=f"{SEGUE} jobs run clean-up --wait")

    folders = os.environ.get("SEGUE_MUSIC_FOLDERS", "")
    if folders:
        migrated >> BashOperator(task_id="rescan", bash_command=f"{SEGUE} jobs run rescan --wait") >> retrain
    migrated >> retrain >> mixes
    migrated >> rollups
    [mixes, rollups] >> clean_up
