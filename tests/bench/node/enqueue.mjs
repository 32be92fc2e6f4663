// Findings as jobs, all at once: `node enqueue.mjs '{"redis_url": …, "jobs": [[monitor, group], …]}'`.
import { DELIVER, jobOf, openQueue } from "./queue.mjs";

const order = JSON.parse(process.argv[2]);
const queue = openQueue(DELIVER, order.redis_url);
await queue.addBulk(order.jobs.map(([monitor, group]) => jobOf(monitor, group)));
await queue.close();
