"""How the server is set up, where that can't be seen without waiting for a minute."""

from pathlib import Path
from typing import Final

from starlette.responses import PlainTextResponse

from bot.web.capped_http import CappedProtocol
from bot.web.serving import configured

ROOT: Final = Path(__file__).parents[2]


def test_connections_outlive_a_balancers_and_only_the_guard_reads_what_a_proxy_says() -> None:
    config = configured(PlainTextResponse("ok"), headers=[], protocol=CappedProtocol)
    assert config.timeout_keep_alive > 60
    assert not config.proxy_headers


def test_the_procfile_needs_no_installed_script() -> None:
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    assert lines
    assert all(" python -m bot " in line for line in lines)
