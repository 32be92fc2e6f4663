"""The checks that requests of both versions of the API share."""

import re
from datetime import date
from ipaddress import ip_address
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

import httpx
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator

JsonObject = dict[str, JsonValue]
EventType = Literal[
    "monitor.event.detected", "monitor.execution.completed", "monitor.execution.failed"
]
MonitorType = Literal["event_stream", "snapshot"]
Processor = Literal["lite", "base"]
Cadence = Literal["hourly", "daily", "weekly", "every_two_weeks"]

_UNIT_SECONDS = {"h": 3600, "d": 86400, "w": 7 * 86400}
_MIN_SECONDS, _MAX_SECONDS = 3600, 30 * 86400
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"({_LABEL})?(\.{_LABEL})+", re.IGNORECASE)
_MAX_DOMAINS = 200
# ISO 3166-1 alpha-2, all officially assigned codes.
_COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
    EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
    HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
    LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split()  # noqa: SIM905 - a page of quoted codes reads worse
)


def frequency_seconds(frequency: str) -> int:
    """Raises ValueError unless it is `<number><h|d|w>` and lies within 1h to 30d."""
    match = re.fullmatch(r"([0-9]{1,4})([hdw])", frequency)
    seconds = int(match[1]) * _UNIT_SECONDS[match[2]] if match else 0
    if not _MIN_SECONDS <= seconds <= _MAX_SECONDS:
        raise ValueError("frequency must be <number><unit>, unit h, d or w, from 1h to 30d")
    return seconds


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _frequency(value: str) -> str:
    frequency_seconds(value)
    return value


def _webhook_url(value: str) -> str:
    problem = "must be an https URL (http on loopback only)"
    try:
        parts, host = urlsplit(value), httpx.URL(value).host
    except (ValueError, httpx.InvalidURL) as error:
        raise ValueError(problem) from error
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    if not secure or not host or not value.isprintable() or " " in value:
        raise ValueError(problem)
    return value


def _domain(value: str) -> str:
    if not _DOMAIN.fullmatch(value):
        raise ValueError("must be a domain, or an extension that starts with a period")
    return value


def _country(value: str) -> str:
    if value.upper() not in _COUNTRIES:
        raise ValueError("must be an ISO 3166-1 alpha-2 country code")
    return value


def _date(value: str) -> str:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("must be a date, YYYY-MM-DD")
    date.fromisoformat(value)
    return value


Frequency = Annotated[str, AfterValidator(_frequency)]
WebhookUrl = Annotated[str, AfterValidator(_webhook_url)]
Domain = Annotated[str, AfterValidator(_domain)]
Country = Annotated[str, AfterValidator(_country)]
IsoDate = Annotated[str, AfterValidator(_date)]
Query = Annotated[str, Field(min_length=1)]
Metadata = dict[
    Annotated[str, Field(min_length=1, max_length=16)], Annotated[str, Field(max_length=512)]
]


class Body(BaseModel):
    """A request's JSON: nothing beside the documented fields, no types bent to fit."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Webhook(Body):
    url: WebhookUrl
    event_types: list[EventType] = []


class JsonSchema(Body):
    json_schema: JsonObject
    type: Literal["json"] = "json"


class SourcePolicy(Body):
    include_domains: list[Domain] = []
    exclude_domains: list[Domain] = []
    after_date: IsoDate | None = None

    @model_validator(mode="after")
    def _few_enough(self) -> Self:
        if len(self.include_domains) + len(self.exclude_domains) > _MAX_DOMAINS:
            raise ValueError(f"at most {_MAX_DOMAINS} domains, included and excluded together")
        return self
