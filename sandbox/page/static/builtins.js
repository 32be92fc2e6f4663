// Slack's own commands that a person needs around an app: bringing it into a channel, and worse.

import * as api from "./api.js";
import { appName, channelById, channelName, notice, store } from "./store.js";

const isApp = (text) => {
  const bot = store.slack.users.find((user) => user.is_bot);
  const name = text.replace(/^@/, "").toLowerCase();
  return Boolean(bot) && [bot.name, bot.real_name].some((known) => known.toLowerCase() === name);
};

async function membership(text, channel, isMember) {
  if (!isApp(text)) return `Here, only the app can be invited or removed: @${appName().toLowerCase()}`;
  await api.slack.changeChannel(channel, { bot_member: isMember });
  return `${appName()} was ${isMember ? "added to" : "removed from"} ${channelName(channelById(channel))}.`;
}

const BUILTINS = {
  "/invite": {
    hint: "@threadwatch",
    detail: "Bring the app into this channel",
    run: (text, channel) => membership(text, channel, true),
  },
  "/remove": {
    hint: "@threadwatch",
    detail: "Remove the app from this channel",
    run: (text, channel) => membership(text, channel, false),
  },
  "/archive": {
    hint: "",
    detail: "Archive this channel",
    run: async (_, channel) => {
      await api.slack.changeChannel(channel, { archived: true });
      return "This channel is now archived.";
    },
  },
};

export const builtinCommands = () =>
  Object.entries(BUILTINS).map(([command, { hint, detail }]) => ({
    command,
    usage_hint: hint,
    description: `Slack: ${detail}`,
  }));

/** Runs the command if it is one of Slack's own; answers whether it was. */
export async function runBuiltin(command, text, channel) {
  const builtin = BUILTINS[command];
  if (!builtin) return false;
  notice(await builtin.run(text.trim(), channel), { channel });
  return true;
}
