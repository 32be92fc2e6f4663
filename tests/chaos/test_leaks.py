"""That a secret or a query that a run wrote is found, counted and fails it."""

from io import StringIO
from pathlib import Path

from rich.console import Console

from tests.chaos.leaks import QUERY, look_for_leaks
from tests.chaos.plan import Mode, Size, make_plan
from tests.chaos.report import problems_text, table_of
from tests.chaos.run import Outcome
from tests.chaos.verdict import Verdict
from tests.security.leaks import secrets_of

SETTINGS = {
    "SLACK_SIGNING_SECRET": "signing-secret-1",
    "ENCRYPTION_KEYS": "new-key, old-key",
    "DATABASE_URL": "postgresql+asyncpg://me:pass-word@host/db",
    "HOST": "127.0.0.1",
}


def written(folder: Path, name: str, text: str) -> Outcome:
    (folder / "data").mkdir()
    (folder / "web-0.log").write_text("all is well\n")
    (folder / "stand-ins.log").write_text("signing-secret-1 and xoxb-1, which are their own\n")
    (folder / name).write_text(text)
    size = Size(workspaces=1, threads=1, findings=0)
    outcome = Outcome(make_plan(size, Mode.SINGLE, 1), Verdict())
    outcome.leaks = look_for_leaks(folder, secrets_of(SETTINGS))
    return outcome


def table(outcome: Outcome) -> str:
    console = Console(file=StringIO(), width=100)
    with console.capture() as printed:
        console.print(table_of(outcome))
    return " ".join(printed.get().split())


def test_a_run_that_wrote_no_secret_says_so(tmp_path: Path) -> None:
    outcome = written(tmp_path, "worker-0.log", "job done, xox, signing-secret\n")
    assert outcome.problems() == []
    assert "secrets written in clear │ 0" in table(outcome)
    assert "queries or findings in logs │ 0" in table(outcome)


def test_every_secret_is_found_in_logs_and_in_what_is_kept(tmp_path: Path) -> None:
    spilled = "a signing-secret-1 b old-key c pass-word d xoxb-123-abc"
    outcome = written(tmp_path, "data/threadwatch.db", spilled)
    assert outcome.leaks.secrets == [
        "tokens (xoxb-) in data/threadwatch.db",
        "SLACK_SIGNING_SECRET 1 in data/threadwatch.db",
        "ENCRYPTION_KEYS 2 in data/threadwatch.db",
        "password of DATABASE_URL in data/threadwatch.db",
    ]
    assert "secrets written in clear │ 4" in table(outcome)
    told = problems_text(outcome, str(tmp_path))
    assert "secret written: SLACK_SIGNING_SECRET 1 in data/threadwatch.db" in told
    assert "signing-secret-1" not in told


def test_a_query_may_be_kept_and_not_logged(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    assert written(tmp_path / "kept", "data/threadwatch.db", f"{QUERY} 7").problems() == []
    (tmp_path / "logged").mkdir()
    outcome = written(tmp_path / "logged", "worker-0.log", f"{QUERY} 7")
    assert outcome.problems() == ["text logged: a query in worker-0.log"]
