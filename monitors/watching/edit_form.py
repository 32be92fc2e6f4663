"""The forms that change a monitor: what a submission comes to.

One edits everything, the other begins at a finding that isn't relevant. Both are kept open until
Parallel has said how the monitor is set now, so that nothing typed is lost.
"""

from dataclasses import replace

from monitors.model.edit import Ask, EditForm, MonitorSettings
from monitors.model.rewording import is_rewording
from monitors.texts import edit_texts


def judge(form: EditForm, current: MonitorSettings, wanted: MonitorSettings) -> Ask | None:
    """What to ask the person before `wanted` is done; None if there is nothing to ask."""
    if form.seen != current.fingerprint:
        typed = edit_texts.changes(current, wanted)
        fresh = replace(form, seen=current.fingerprint, shown="")
        return Ask(current, fresh, edit_texts.outdated(typed))
    is_new = not is_rewording(current.query, wanted.query)
    if wanted.fingerprint == form.shown or not (is_new or form.hosts is not None):
        return None
    will_change = edit_texts.will_change(edit_texts.changes(current, wanted))
    words = f"{will_change} {edit_texts.DIFFERENT_QUESTION}" if is_new else will_change
    return Ask(wanted, replace(form, shown=wanted.fingerprint), words, is_new=is_new)
