// Times as people read them, in the reader's own time zone. "Now" is the sandbox's, which may run fast.

const format = (options) => new Intl.DateTimeFormat("en", options);
const CLOCK = format({ hour: "numeric", minute: "2-digit" });
const CLOCK_SECONDS = format({ hour: "numeric", minute: "2-digit", second: "2-digit" });
const MOMENT = format({ weekday: "short", month: "short", day: "numeric", hour: "numeric", minute: "2-digit" });
const NUMBERS = format({ year: "numeric", month: "2-digit", day: "2-digit" });
const SHORT = format({ month: "short", day: "numeric", year: "numeric" });
const PLAIN = format({ month: "long", day: "numeric", year: "numeric" });
const LONG = format({ weekday: "long", month: "long", day: "numeric", year: "numeric" });

let read = { at: Date.now(), now: Date.now(), speed: 1 };

/** Follow the sandbox's clock, as it was read just now. */
export const setClock = ({ now: moment, speed }) => {
  read = { at: Date.now(), now: instant(moment).getTime(), speed };
};

export const now = () => new Date(read.now + (Date.now() - read.at) * read.speed);

/** Changes at midnight: what says "today" is to be rendered again. */
export const today = () => now().toDateString();

/** Seconds since 1970, an ISO text, or a Slack ts ("1700000000.000100") as a Date. */
export function instant(value) {
  if (typeof value === "number") return new Date(value * 1000);
  if (/^\d+(\.\d+)?$/.test(value)) return new Date(Number(value) * 1000);
  return new Date(value);
}

export const clock = (value) => CLOCK.format(instant(value));
export const clockSeconds = (value) => CLOCK_SECONDS.format(instant(value));

export const moment = (value) => MOMENT.format(instant(value));

export const day = (value) => relativeDay(instant(value)) ?? LONG.format(instant(value));

function relativeDay(date) {
  const midnight = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());
  const days = Math.round((midnight(date) - midnight(now())) / 86_400_000);
  return { 0: "Today", 1: "Tomorrow", "-1": "Yesterday" }[days];
}

/** "in 5 min", "2 h ago": how far `value` is from `from`. */
export function distance(value, from) {
  const seconds = Math.round((instant(value) - instant(from)) / 1000);
  const size = Math.abs(seconds);
  const [amount, unit] =
    size < 60
      ? [size, "s"]
      : size < 3600
        ? [Math.round(size / 60), "min"]
        : size < 172_800
          ? [Math.round(size / 3600), "h"]
          : [Math.round(size / 86_400), "d"];
  if (size < 5) return "now";
  return seconds > 0 ? `in ${amount} ${unit}` : `${amount} ${unit} ago`;
}

/** Slack's `<!date^…>` tokens. https://docs.slack.dev/messaging/formatting-message-text#date-formatting */
export function dateTokens(seconds, pattern) {
  const date = instant(Number(seconds));
  const pretty = relativeDay(date)?.toLowerCase();
  const tokens = {
    date_num: () => NUMBERS.format(date),
    date: () => PLAIN.format(date),
    date_slash: () => NUMBERS.format(date),
    date_short: () => SHORT.format(date),
    date_long: () => LONG.format(date),
    date_pretty: () => pretty ?? PLAIN.format(date),
    date_short_pretty: () => pretty ?? SHORT.format(date),
    date_long_pretty: () => pretty ?? LONG.format(date),
    time: () => CLOCK.format(date),
    time_secs: () => CLOCK_SECONDS.format(date),
    ago: () => distance(Number(seconds), now().getTime() / 1000),
  };
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => tokens[name]?.() ?? whole);
}
