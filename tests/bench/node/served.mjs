// A hand-written app for Node, in a process of its own: `node served.mjs '<ServerOrder>'`.
//
// It speaks as tests/bench/served.py does: ServerReady in one line, a ServerUsage for each line of
// standard input, and it ends with it. Nothing is remembered or limited: a job reads the monitor,
// reads its events and posts one message.
import { createInterface } from "node:readline";
import bolt from "@slack/bolt";
import { Worker } from "bullmq";
import { Webhook } from "standardwebhooks";
import { connection, DELIVER, jobOf, KEEP, openQueue } from "./queue.mjs";

const [order, secrets] = process.argv.slice(2).map((text) => JSON.parse(text));
const WEBHOOK = "/webhook";
const FINDING = "/finding";
const COMMAND = "/slack/events";
const CONCURRENCY = 32;
const MOST_BYTES = 1 << 20;

const kept = openQueue(KEEP, order.redis_url);
const deliveries = openQueue(DELIVER, order.redis_url);
const redis = await deliveries.client;
const webhooks = new Webhook(secrets.parallel, { format: "raw" });

async function bodyOf(request) {
  const parts = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length > MOST_BYTES) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function webhookRoute(path, queue) {
  async function handler(request, response) {
    const body = await bodyOf(request);
    let found;
    try {
      found = webhooks.verify(body, request.headers);
    } catch {
      response.writeHead(401, { "content-length": "0" }).end();
      return;
    }
    const job = jobOf(found.data.monitor_id, found.data.event.event_group_id);
    await queue.add(job.name, job.data, job.opts);
    response.writeHead(202, { "content-length": "0" }).end();
  }
  return { path, method: ["POST"], handler };
}

const app = new bolt.App({
  signingSecret: secrets.slack,
  authorize: async () => ({
    botToken: "xoxb-bench",
    botId: "B0BENCH001",
    botUserId: "U0BENCHBOT",
  }),
  clientOptions: { slackApiUrl: `${order.stand_in}/api/` },
  customRoutes: [webhookRoute(WEBHOOK, kept), webhookRoute(FINDING, deliveries)],
  logLevel: bolt.LogLevel.ERROR,
});

app.command("/monitor", async ({ command, ack }) => {
  await kept.add("start", { text: command.text }, { jobId: command.trigger_id });
  await ack("Setting up your monitor…");
});

async function read(path) {
  const answer = await fetch(order.stand_in + path, { headers: { "x-api-key": "bench" } });
  return answer.json();
}

async function deliver(job) {
  const path = `/v1/monitors/${job.data.monitor}`;
  const monitor = await read(path);
  const listed = await read(`${path}/events?limit=10`);
  const text = listed.events[0].output.content;
  await app.client.chat.postMessage({
    token: "xoxb-bench",
    channel: monitor.metadata.slack_channel_id,
    thread_ts: monitor.metadata.slack_thread_id,
    text,
    blocks: [{ type: "section", text: { type: "mrkdwn", text } }],
  });
}

function usage() {
  const { user, system } = process.cpuUsage();
  return { cpu_seconds: (user + system) / 1e6, rss_mib: process.memoryUsage.rss() / 2 ** 20 };
}

async function count() {
  let jobs = 0;
  for (const queue of [kept, deliveries]) {
    const counts = await queue.getJobCounts("wait", "active", "delayed", "prioritized");
    jobs += Object.values(counts).reduce((sum, each) => sum + each, 0);
  }
  return jobs;
}

function say(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

const server = await app.start({ host: "127.0.0.1", port: 0 });
const worker = order.worker
  ? new Worker(DELIVER, deliver, {
      connection: connection(order.redis_url),
      concurrency: CONCURRENCY,
    })
  : null;
await worker?.waitUntilReady();
say({
  port: server.address().port,
  redis_url: order.redis_url,
  webhook_path: WEBHOOK,
  finding_path: FINDING,
  command_path: COMMAND,
  chatter_path: COMMAND,
});

for await (const line of createInterface({ input: process.stdin })) {
  const used = usage();
  if (line.trim() === "wipe") await redis.flushdb();
  say({
    ...used,
    jobs: await count(),
    intents: 0,
    sql_statements: 0,
    redis_commands: 0,
    peak_mib: used.rss_mib,
  });
}
process.exit(0);
