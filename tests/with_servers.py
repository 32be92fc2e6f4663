"""Run tests on Debian's Redis and PostgreSQL: `python -m tests.with_servers tests/flows`."""

import os
import subprocess
import sys

from tests.servers import running_postgres, running_redis


def main() -> int:
    """The exit code of pytest."""
    with running_redis() as redis, running_postgres() as postgres:
        environment = {
            **os.environ,
            "TEST_REDIS_URL": redis.url,
            "TEST_DATABASE_URL": postgres.url.render_as_string(hide_password=False),
        }
        command = [sys.executable, "-m", "pytest", *sys.argv[1:]]
        return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 - our own arguments


if __name__ == "__main__":
    sys.exit(main())
