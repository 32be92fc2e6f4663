"""A person without a mouse."""

from typing import Final

from playwright.sync_api import Page

# The demo's page has many controls; nobody should need to pass more.
MOST_TABS: Final = 60
_FOCUSED: Final = """() => {
  const focused = document.activeElement;
  const name = focused.getAttribute("aria-label") ?? (focused.labels?.[0] ?? focused).textContent;
  return [name, getComputedStyle(focused).outlineStyle, focused.dataset.testid ?? ""];
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control with that name, or test id, has the focus, and it shows."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        text, outline, testid = page.evaluate(_FOCUSED)
        if name in {str(text).strip(), testid}:
            assert outline != "none", f"{name}: the focus does not show"
            return
    raise AssertionError(f"no Tab leads to {name}")
