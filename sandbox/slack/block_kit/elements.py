"""Block elements: what can be clicked, chosen or typed into."""

from sandbox.slack.block_kit.objects import (
    CONFIRM,
    CONVERSATION_FILTER,
    OPTION,
    OPTION_GROUP,
    OVERFLOW_OPTION,
    TICK_OPTION,
    plain_text,
    with_initial,
    with_options,
)
from sandbox.slack.block_kit.shapes import (
    Check,
    Field,
    also,
    anything,
    array,
    boolean,
    choice,
    exactly_one,
    integer,
    required,
    shape,
    string,
    url,
)

Fields = dict[str, Field | Check]

_COMMON: Fields = {"type": anything, "action_id": string(255, shortest=1)}
_CONFIRMED: Fields = _COMMON | {"confirm": CONFIRM}
_MENU: Fields = _CONFIRMED | {"placeholder": plain_text(150), "focus_on_load": boolean}
_MULTI: Fields = _MENU | {"max_selected_items": integer(1, 100)}
_STATIC: Fields = {
    "options": array(OPTION, most=100),
    "option_groups": array(OPTION_GROUP, most=100),
}
_ID = string(255, shortest=1)
_IDS = array(_ID, most=100, least=0)
_TYPED: Fields = _COMMON | {
    "initial_value": string(3000),
    "focus_on_load": boolean,
    "placeholder": plain_text(150),
}

BUTTON = shape(
    _CONFIRMED
    | {
        "text": required(plain_text(75)),
        "url": url(3000),
        "value": string(2000),
        "style": choice("primary", "danger"),
        "accessibility_label": string(75),
    }
)
IMAGE_FIELDS: Fields = {
    "type": anything,
    "image_url": url(3000),
    "slack_file": anything,
    "alt_text": required(string(2000)),
}
IMAGE = also(shape(IMAGE_FIELDS), exactly_one("image_url", "slack_file"))

_MENUS: dict[str, Check] = {
    "static_select": with_options(shape(_MENU | _STATIC | {"initial_option": OPTION})),
    "users_select": shape(_MENU | {"initial_user": _ID}),
    "conversations_select": shape(
        _MENU
        | {
            "initial_conversation": _ID,
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": CONVERSATION_FILTER,
        }
    ),
    "channels_select": shape(_MENU | {"initial_channel": _ID, "response_url_enabled": boolean}),
    "multi_static_select": with_options(
        shape(_MULTI | _STATIC | {"initial_options": array(OPTION, most=100)})
    ),
    "multi_users_select": shape(_MULTI | {"initial_users": _IDS}),
    "multi_conversations_select": shape(
        _MULTI
        | {
            "initial_conversations": _IDS,
            "default_to_current_conversation": boolean,
            "filter": CONVERSATION_FILTER,
        }
    ),
    "multi_channels_select": shape(_MULTI | {"initial_channels": _IDS}),
}

_TICKS: dict[str, Check] = {
    "radio_buttons": with_initial(
        shape(
            _CONFIRMED
            | {
                "options": required(array(TICK_OPTION, most=10)),
                "initial_option": TICK_OPTION,
                "focus_on_load": boolean,
            }
        )
    ),
    "checkboxes": with_initial(
        shape(
            _CONFIRMED
            | {
                "options": required(array(TICK_OPTION, most=10)),
                "initial_options": array(TICK_OPTION, most=10),
                "focus_on_load": boolean,
            }
        )
    ),
}

_DATES: dict[str, Check] = {
    "datepicker": shape(_MENU | {"initial_date": string(10, shortest=10)}),
    "timepicker": shape(_MENU | {"initial_time": string(5, shortest=5), "timezone": string(255)}),
    "datetimepicker": shape(
        _CONFIRMED
        | {"initial_date_time": integer(1_000_000_000, 9_999_999_999), "focus_on_load": boolean}
    ),
}

_OVERFLOW: dict[str, Check] = {
    "overflow": shape(_CONFIRMED | {"options": required(array(OVERFLOW_OPTION, most=5))})
}

_INPUTS: dict[str, Check] = {
    "plain_text_input": shape(
        _TYPED
        | {
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        }
    ),
    "email_text_input": shape(_TYPED),
    "url_text_input": shape(_TYPED),
    "number_input": shape(
        _TYPED
        | {
            "is_decimal_allowed": required(boolean),
            "min_value": string(30),
            "max_value": string(30),
        }
    ),
}

IN_ACTIONS: dict[str, Check] = {"button": BUTTON} | _OVERFLOW | _MENUS | _TICKS | _DATES
IN_SECTION: dict[str, Check] = IN_ACTIONS | {"image": IMAGE}
IN_INPUT: dict[str, Check] = _MENUS | _TICKS | _DATES | _INPUTS
# Every one of these carries an action_id and can send block_actions.
INTERACTIVE = frozenset(IN_ACTIONS) | frozenset(IN_INPUT)
