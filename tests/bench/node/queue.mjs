// BullMQ on the Redis of the round: an address as redis-py writes it, so unix:// too.
import { Queue } from "bullmq";

export const DELIVER = "bench-deliver";
export const KEEP = "bench-keep";

export function connection(redisUrl) {
  const url = new URL(redisUrl);
  const at =
    url.protocol === "unix:"
      ? { path: url.pathname }
      : { host: url.hostname, port: Number(url.port || 6379), password: url.password || undefined };
  return { ...at, maxRetriesPerRequest: null };
}

export function openQueue(name, redisUrl) {
  return new Queue(name, {
    connection: connection(redisUrl),
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true, attempts: 5 },
  });
}

export function jobOf(monitor, group) {
  return { name: "deliver", data: { monitor }, opts: { jobId: `${monitor}-${group}` } };
}
