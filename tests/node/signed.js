// A program that signs, as most programs for X do, and one that logs in as an app.
// GATEWAY and the four keys are in the environment.

import { TwitterApi } from "./birdlog.js";

const { APP_KEY: appKey, APP_SECRET: appSecret } = process.env;
const { ACCESS_TOKEN: accessToken, ACCESS_SECRET: accessSecret } = process.env;

const client = new TwitterApi({ appKey, appSecret, accessToken, accessSecret });
const seen = {};

const me = await client.v1.verifyCredentials();
seen.me = me.screen_name;
seen.sameMe = (await client.v2.me()).data.id === me.id_str;

const text = `signed by node! (it's *so* "100%") & ünder +1 #${me.screen_name}`;
const posted = (await client.v2.tweet(text)).data;
const found = await client.v2.singleTweet(posted.id, { expansions: ["author_id"] });
seen.text = found.data.text === text;
seen.author = found.includes.users[0].id === me.id_str;
seen.liked = (await client.v2.like(me.id_str, posted.id)).data.liked;
const query = `-is:retweet (from:nobody_at_all "it's *so*!" OR from:nobody_at_all #ünder)`;
seen.found = (await client.v2.search(query, { max_results: 10 })).meta.result_count;

const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const photo = Buffer.from(pixel, "base64");
const uploaded = [
  await client.v2.uploadMedia(photo, { media_type: "image/png" }),
  await client.v1.uploadMedia(photo, { mimeType: "image/png" }),
];
seen.photos = (await client.v2.tweet({ media: { media_ids: uploaded } })).data.id > posted.id;
seen.deleted = (await client.v2.deleteTweet(posted.id)).data.deleted;

const app = await new TwitterApi({ appKey, appSecret }).appLogin();
seen.app = (await app.v2.userByUsername(me.screen_name)).data.id === me.id_str;

const forged = new TwitterApi({ appKey, appSecret, accessToken, accessSecret: "guessed" });
seen.forged = await forged.v2.me().catch((error) => error.code);

console.log(JSON.stringify(seen));
