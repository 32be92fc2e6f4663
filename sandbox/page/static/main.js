// The page: fetch what the stand-ins hold, render it, and follow what changes.

import * as api from "./api.js";
import { mountCentre, renderCentre } from "./centre.js";
import { followThreadLink } from "./deeplinks.js";
import { byId, show, toast } from "./dom.js";
import { refreshFaults } from "./faults.js";
import { renderHint } from "./hints.js";
import { renderModal } from "./modals.js";
import { mountPanel, refreshParallel, renderPanel } from "./panel.js";
import { markSeen, renderSidebar, sidebarSignature } from "./sidebar.js";
import { onChange, people, store, update, visibleChannels } from "./store.js";
import { mountThread, renderThread } from "./thread.js";

const POLL_MILLISECONDS = 1000;

function render() {
  if (!store.slack) return;
  markSeen();
  renderLayout();
  show(byId("sidebar"), sidebarSignature(), renderSidebar);
  renderCentre();
  renderThread();
  renderPanel();
  renderHint(boxes);
  renderModal();
}

function renderLayout() {
  const app = byId("app");
  app.dataset.tab = store.tab;
  app.classList.toggle("has-panel", store.isPanelOpen);
  app.classList.toggle("has-sidebar", Boolean(store.isSidebarOpen));
  byId("panel-toggle").setAttribute("aria-expanded", String(store.isPanelOpen));
  byId("connection").hidden = store.isConnected !== false;
  for (const button of byId("tabs").children) {
    button.setAttribute("aria-pressed", String(button.dataset.tab === store.tab));
  }
}

let isRefreshing = false;
let isStale = false;

/** One refresh at a time; changes that come meanwhile are fetched right after it. */
async function refreshSlack() {
  isStale = true;
  if (isRefreshing) return;
  isRefreshing = true;
  try {
    while (isStale) {
      isStale = false;
      adopt(await fetchSlack());
    }
  } catch (error) {
    update({ isConnected: false });
    if (!(error instanceof TypeError)) toast(error.message, { tone: "bad" });
  } finally {
    isRefreshing = false;
  }
}

let areTeamsStale = true;

async function fetchSlack() {
  if (areTeamsStale) {
    areTeamsStale = false;
    store.teams = (await api.slack.state()).teams;
    if (!store.teams.some((team) => team.team_id === store.teamId))
      store.teamId = store.teams[0]?.team_id ?? null;
  }
  return api.slack.state(store.teamId);
}

function adopt(slack) {
  store.slack = slack;
  if (!people().some((user) => user.id === store.userId)) store.userId = people()[0]?.id ?? null;
  const channels = visibleChannels();
  const isHere = store.place?.kind === "home" || channels.some((channel) => channel.id === store.place?.id);
  const first = channels.find((channel) => channel.name === "general") ?? channels[0];
  update({ isConnected: true, ...(isHere ? {} : { place: { kind: "channel", id: first?.id } }) });
}

async function poll() {
  try {
    await Promise.all([refreshParallel(), refreshFaults()]);
    update({ isConnected: true });
  } catch (error) {
    update({ isConnected: false });
    if (!(error instanceof TypeError)) console.warn(error.message);
  }
  setTimeout(poll, document.hidden ? POLL_MILLISECONDS * 5 : POLL_MILLISECONDS);
}

function wire() {
  const tabs = byId("tabs");
  tabs.addEventListener(
    "click",
    (event) => event.target.dataset.tab && update({ tab: event.target.dataset.tab }),
  );
  byId("panel-toggle").addEventListener("click", () => update({ isPanelOpen: !store.isPanelOpen }));
  byId("open-sidebar").addEventListener("click", (event) => {
    event.stopPropagation();
    update({ isSidebarOpen: !store.isSidebarOpen });
  });
  // On a phone the sidebar lies over the channel and closes at the next touch outside of its lists.
  byId("app").addEventListener("click", (event) => {
    if (store.isSidebarOpen && !event.target.closest(".switch")) update({ isSidebarOpen: false });
  });
  document.addEventListener("click", followThreadLink);
  onChange(() => {
    if (!store.slackIsStale) return;
    store.slackIsStale = false;
    refreshSlack();
  });
}

Object.assign(store, { tab: "slack", isPanelOpen: innerWidth > 1100 });
const boxes = { channel: mountCentre(), thread: mountThread() };
mountPanel();
onChange(render);
wire();
api.slack.listen(
  (kind) => {
    if (kind === "teams") areTeamsStale = true;
    refreshSlack();
  },
  (isConnected) => {
    update({ isConnected });
    areTeamsStale = true;
    if (isConnected) refreshSlack();
  },
);
refreshSlack();
poll();
