"""What axe-core, Deque's checker of WCAG and good practice, says of a page."""

from importlib import resources
from typing import Final

from playwright.sync_api import Page

_SCRIPT: Final = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()
_RUN: Final = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) =>
      `${id} at ${target.join(" ")}: ${failureSummary.split("\\n").slice(1).join(";").trim()}`),
  );
}"""


def violations(page: Page) -> list[str]:
    """Each says the rule, the element and what to do; a dialog alone counts while it is open."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(_SCRIPT)
    found: list[str] = page.evaluate(_RUN)
    return found
