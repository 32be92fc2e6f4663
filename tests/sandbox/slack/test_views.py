"""Modals and Home tabs."""

import pytest

from tests.sandbox.slack.driver import App, Json, Slack


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def question(**more: Json) -> Json:
    element: Json = {"type": "plain_text_input", "action_id": "text"}
    return {
        "type": "input",
        "block_id": "query",
        "label": plain("Query"),
        "element": element,
    } | more


def modal(*blocks: Json, **more: Json) -> Json:
    return {
        "type": "modal",
        "title": plain("New monitor"),
        "submit": plain("Watch"),
        "callback_id": "new",
        "blocks": list(blocks) or [question()],
    } | more


def opened(slack: Slack, view: Json | None = None) -> Json:
    trigger_id = slack.command("")["trigger_id"]
    answer = slack.api("views.open", trigger_id=trigger_id, view=view or modal())
    assert answer["ok"], answer
    return answer["view"]


def test_a_trigger_opens_one_modal_and_only_soon(slack: Slack) -> None:
    trigger_id = slack.command("")["trigger_id"]
    assert slack.api("views.open", trigger_id=trigger_id, view=modal())["ok"]
    again = slack.refused("views.open", trigger_id=trigger_id, view=modal())
    assert again == "exchanged_trigger_id"
    slack.control("PATCH", "/settings", trigger_seconds=0.0)
    late = slack.command("")["trigger_id"]
    assert slack.refused("views.open", trigger_id=late, view=modal()) == "expired_trigger_id"
    assert slack.refused("views.open", trigger_id="x", view=modal()) == "invalid_trigger_id"


@pytest.mark.parametrize(
    ("view", "complaint"),
    [
        (modal(title=plain("x" * 25)), "must be less than 25 characters"),
        (modal(submit=plain("x" * 25)), "must be less than 25 characters"),
        (modal(private_metadata="x" * 3001), "must be less than 3001 characters"),
        (modal(callback_id="x" * 256), "must be less than 256 characters"),
        (modal(*[{"type": "divider"}] * 101), "no more than 100 items allowed"),
        (modal(colour="red"), "invalid additional property: colour"),
        ({"type": "modal", "title": plain("x")}, "missing required field: blocks"),
        (
            {"type": "modal", "title": plain("x"), "blocks": [question()]},
            "missing required field: submit",
        ),
        ({"type": "home", "blocks": []}, "unsupported type: home"),
        (modal({"type": "markdown", "text": "x"}), "unsupported type: markdown"),
        ("nonsense", "missing required field: view"),
    ],
)
def test_a_bad_view_is_refused(slack: Slack, view: Json, complaint: str) -> None:
    trigger_id = slack.command("")["trigger_id"]
    answer = slack.api("views.open", trigger_id=trigger_id, view=view)
    assert answer["error"] == "invalid_arguments"
    assert complaint in " ".join(answer["response_metadata"]["messages"])
    assert slack.api("views.open", trigger_id=trigger_id, view=modal())["ok"]


def test_a_view_too_large_is_refused(slack: Slack) -> None:
    texts: list[Json] = [
        {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}} for _ in range(90)
    ]
    trigger_id = slack.command("")["trigger_id"]
    error = slack.refused("views.open", trigger_id=trigger_id, view=modal(*texts))
    assert error == "view_too_large"


def test_an_update_needs_the_latest_hash_if_it_names_one(slack: Slack) -> None:
    view = opened(slack, modal({"type": "divider"}, external_id="form-1"))
    update: Json = {"view": modal(), "view_id": view["id"]}
    updated = slack.api("views.update", hash=view["hash"], **update)
    assert updated["view"]["hash"] != view["hash"]
    assert slack.refused("views.update", hash=view["hash"], **update) == "hash_conflict"
    assert slack.refused("views.update", view_id="V0", view=modal()) == "not_found"


def test_a_submission_carries_what_was_typed_and_obeys_the_answer(slack: Slack, app: App) -> None:
    select: Json = {
        "type": "input",
        "block_id": "where",
        "label": plain("Where"),
        "element": {
            "type": "conversations_select",
            "action_id": "channel",
            "initial_conversation": slack.acme.research,
            "response_url_enabled": True,
        },
    }
    view = opened(slack, modal(question(), select, private_metadata="m"))
    path = f"/views/{view['id']}/submit"
    empty = slack.ask("POST", path, user=slack.acme.admin)
    assert (empty.status_code, "required" in empty.json()["error"]) == (422, True)

    app.answer = {"response_action": "errors", "errors": {"query": "too vague"}}
    values = {"query": {"text": {"value": "papers"}}}
    refused = slack.control("POST", path, user=slack.acme.admin, values=values)
    assert refused["response_action"] == "errors"
    payload = app.heard[-1].payload
    assert payload["type"] == "view_submission"
    assert payload["view"]["private_metadata"] == "m"
    assert payload["view"]["state"]["values"] == {
        "query": {"text": {"type": "plain_text_input", "value": "papers"}},
        "where": {
            "channel": {
                "type": "conversations_select",
                "selected_conversation": slack.acme.research,
            }
        },
    }
    (target,) = payload["response_urls"]
    assert target["channel_id"] == slack.acme.research

    app.answer = {"response_action": "errors", "errors": {"absent": "x"}}
    assert slack.control("POST", path, user=slack.acme.admin)["answer_error"] == "invalid_errors"
    app.answer = None
    assert slack.control("POST", path, user=slack.acme.admin)["status"] == 200
    assert slack.state()["modals"] == []


def test_modals_stack_three_high_and_clear_at_once(slack: Slack, app: App) -> None:
    view = opened(slack)
    values = {"query": {"text": {"value": "x"}}}
    app.answer = {"response_action": "push", "view": modal()}
    for _ in range(2):
        path = f"/views/{view['id']}/submit"
        pushed = slack.control("POST", path, user=slack.acme.admin, values=values)
        view = {"id": pushed["view_id"]}
    assert len(slack.state()["modals"]) == 3
    path = f"/views/{view['id']}/submit"
    too_high = slack.control("POST", path, user=slack.acme.admin, values=values)
    assert too_high["answer_error"] == "push_limit_reached"
    app.answer = {"response_action": "clear"}
    slack.control("POST", path, user=slack.acme.admin, values=values)
    assert slack.state()["modals"] == []


def test_closing_is_told_only_to_views_that_ask(slack: Slack, app: App) -> None:
    quiet = opened(slack)
    closed = slack.control("POST", f"/views/{quiet['id']}/close", user=slack.acme.admin)
    assert closed["notified"] is False
    loud = opened(slack, modal(notify_on_close=True))
    slack.control("POST", f"/views/{loud['id']}/close", user=slack.acme.admin)
    assert app.heard[-1].payload["type"] == "view_closed"
    assert app.heard[-1].payload["view"]["id"] == loud["id"]


def test_elements_of_views_can_be_used_and_triggers_from_them_push(slack: Slack, app: App) -> None:
    picker: Json = {
        "type": "actions",
        "block_id": "pick",
        "elements": [
            {
                "type": "static_select",
                "action_id": "often",
                "options": [{"text": plain("Daily"), "value": "1d"}],
            }
        ],
    }
    view = opened(slack, modal(picker))
    used = slack.act(view_id=view["id"], action_id="often", selected_option="1d")
    payload = app.heard[-1].payload
    assert payload["container"] == {"type": "view", "view_id": view["id"]}
    held = payload["view"]["state"]["values"]["pick"]["often"]
    assert held["selected_option"]["value"] == "1d"
    pushed = slack.api("views.push", trigger_id=used["trigger_id"], view=modal())
    assert pushed["view"]["previous_view_id"] == view["id"]
    assert pushed["view"]["root_view_id"] == view["id"]


def test_what_was_typed_survives_an_update(slack: Slack, app: App) -> None:
    app.answer = {"response_action": "errors", "errors": {"query": "x"}}
    view = opened(slack)
    values = {"query": {"text": {"value": "kept"}}}
    slack.control("POST", f"/views/{view['id']}/submit", user=slack.acme.admin, values=values)
    updated = slack.api("views.update", view_id=view["id"], view=modal(question(), modal_note()))
    assert updated["view"]["state"]["values"]["query"]["text"]["value"] == "kept"


def modal_note() -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": "note"}}
