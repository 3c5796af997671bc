// twitter-api-v2 always speaks TLS with api.x.com: this sends it to the gateway instead.

import http from "node:http";
import https from "node:https";
import { createRequire } from "node:module";

const gateway = new URL(process.env.GATEWAY);

https.request = (options, ...rest) =>
  http.request(
    { ...options, protocol: "http:", host: gateway.hostname, port: gateway.port },
    ...rest,
  );

export const { TwitterApi, ETwitterStreamEvent } = createRequire(import.meta.url)("twitter-api-v2");

export async function until(what, ask) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = await ask();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`${what} did not come within 10 s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
