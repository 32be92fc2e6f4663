// Links into Slack open here what they name. https://docs.slack.dev/interactivity/deep-linking

import { goTo, openThread, store, update } from "./store.js";

function placeOf(href) {
  const url = URL.parse(href);
  if (!url || !/(^|\.)slack\.com$/.test(url.hostname)) return null;
  if (url.pathname === "/app_redirect") {
    const { team, channel, message_ts: ts } = Object.fromEntries(url.searchParams);
    return channel ? { team, channel, ts } : null;
  }
  const [, channel, seconds, micros] = /^\/archives\/(\w+)(?:\/p(\d{10})(\d{6}))?$/.exec(url.pathname) ?? [];
  if (!channel) return null;
  return { channel, ts: url.searchParams.get("thread_ts") ?? (seconds && `${seconds}.${micros}`) };
}

/** For clicks anywhere on the page: a link to a thread or channel opens it instead of leaving. */
export function followThreadLink(event) {
  const place = placeOf(event.target.closest?.("a[href]")?.href ?? "");
  const isOther = place?.team && place.team !== store.teamId;
  if (!place || (isOther && !store.teams.some((team) => team.team_id === place.team))) return;
  event.preventDefault();
  if (isOther) update({ teamId: place.team, userId: null, slackIsStale: true });
  update({ tab: "slack" });
  if (place.ts) openThread(place.channel, place.ts);
  else goTo({ kind: "channel", id: place.channel });
}
