"""The surroundings of the service's tests: a home of their own; SQLite, or a real PostgreSQL with SEGUE_TEST_DATABASE=postgresql.

A pytest plugin, loaded before Django's settings are. The PostgreSQL server is started once and shared by all processes of a run.
"""

import atexit
import os
import shutil
import tempfile

for name in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SEGUE_SECRET_KEY", "SEGUE_URL", "SEGUE_SINGLE_USER"):
    if "PYTEST_XDIST_WORKER" not in os.environ or name != "DATABASE_URL":
        os.environ.pop(name, None)

_home = tempfile.mkdtemp(prefix="segue-tests-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ["SEGUE_HOME"] = _home

if os.environ.get("SEGUE_TEST_DATABASE") == "postgresql" and "PYTEST_XDIST_WORKER" not in os.environ:
    import psycopg

    from benchmarks.postgresql import Postgresql

    os.environ["DATABASE_URL"] = Postgresql().url
    # Tests outlive no loss of power: nothing waits for the disk.
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute("ALTER SYSTEM SET fsync = off")
        server.execute("SELECT pg_reload_conf()")
