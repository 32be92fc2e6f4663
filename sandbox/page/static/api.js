// The sandbox's control endpoints: what a person does in Slack, and what happens at Parallel.

async function call(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(data.error ?? `The sandbox answered ${answer.status}`);
  return data;
}

const post = (path, body = {}) => call("POST", path, body);

export const slack = {
  state: (team) => call("GET", `/control/slack/state${team ? `?team=${encodeURIComponent(team)}` : ""}`),
  command: (body) => post("/control/slack/commands", body),
  message: (body) => post("/control/slack/messages", body),
  action: (body) => post("/control/slack/actions", body),
  shortcut: (body) => post("/control/slack/shortcuts", body),
  submit: (id, body) => post(`/control/slack/views/${encodeURIComponent(id)}/submit`, body),
  close: (id, body) => post(`/control/slack/views/${encodeURIComponent(id)}/close`, body),
  home: (body) => post("/control/slack/home", body),
  changeChannel: (id, body) => call("PATCH", `/control/slack/channels/${encodeURIComponent(id)}`, body),
  install: (body) => post("/control/slack/install", body),
  uninstall: (body) => post("/control/slack/uninstall", body),
  listen(onChange, onState) {
    const stream = new EventSource("/control/slack/stream");
    stream.onmessage = (event) => onChange(JSON.parse(event.data).changed);
    stream.onopen = () => onState(true);
    stream.onerror = () => onState(false);
  },
};

export const parallel = {
  state: () => call("GET", "/control/parallel/state"),
  run: (id, body) => post(`/control/parallel/monitors/${encodeURIComponent(id)}/run`, body),
  changeAccount: (name, change) => call("PATCH", `/control/parallel/accounts/${encodeURIComponent(name)}`, change),
  speed: (speed) => call("PUT", "/control/parallel/clock", { speed }),
};

export const faults = {
  list: async (service) => {
    const answer = await call("GET", `/control/${service}/faults`);
    return Array.isArray(answer) ? answer : answer.faults;
  },
  add: (service, rule) => post(`/control/${service}/faults`, rule),
  clear: (service) => call("DELETE", `/control/${service}/faults`),
};
