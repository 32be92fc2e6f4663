// The emoji codes that apps commonly use; an unknown one stays as its code, as Slack shows it.

const CODES = {
  "+1": "👍", "-1": "👎", "100": "💯", alarm_clock: "⏰", arrow_right: "➡️", arrows_counterclockwise: "🔄",
  arrow_down: "⬇️", arrow_up: "⬆️", bar_chart: "📊", bell: "🔔", no_bell: "🔕", bookmark: "🔖", books: "📚",
  boom: "💥", bulb: "💡", calendar: "📅", chart_with_upwards_trend: "📈", clipboard: "📋", clock1: "🕐",
  clock3: "🕒", closed_lock_with_key: "🔐", computer: "💻", construction: "🚧", credit_card: "💳",
  double_vertical_bar: "⏸️", pause_button: "⏸️", earth_americas: "🌎", envelope: "✉️",
  exclamation: "❗", eyes: "👀", fire: "🔥", gear: "⚙️", globe_with_meridians: "🌐", grey_question: "❔",
  hammer_and_wrench: "🛠️", heart: "❤️", heavy_check_mark: "✔️", hourglass: "⌛",
  hourglass_flowing_sand: "⏳", inbox_tray: "📥", information_source: "ℹ️", key: "🔑",
  large_blue_circle: "🔵", large_green_circle: "🟢", green_circle: "🟢", large_yellow_circle: "🟡",
  large_orange_circle: "🟠", red_circle: "🔴", white_circle: "⚪", black_circle: "⚫", link: "🔗",
  lock: "🔒", mag: "🔍", mag_right: "🔎", mega: "📣", memo: "📝", newspaper: "📰", no_entry: "⛔",
  no_entry_sign: "🚫", octagonal_sign: "🛑", ok_hand: "👌", package: "📦", page_facing_up: "📄",
  pencil: "📝", pencil2: "✏️", point_right: "👉", pushpin: "📌", question: "❓", raised_hands: "🙌",
  rocket: "🚀", rotating_light: "🚨", satellite: "🛰️", satellite_antenna: "📡", seedling: "🌱",
  sleeping: "😴", slightly_smiling_face: "🙂", smile: "😄", sparkles: "✨", speech_balloon: "💬",
  star: "⭐", stopwatch: "⏱️", tada: "🎉", telescope: "🔭", thread: "🧵", thinking_face: "🤔",
  thumbsdown: "👎", thumbsup: "👍", timer_clock: "⏲️", unlock: "🔓", wastebasket: "🗑️", warning: "⚠️",
  wave: "👋", white_check_mark: "✅", x: "❌", zap: "⚡", zzz: "💤",
};

export const emoji = (code) => CODES[code] ?? `:${code}:`;
