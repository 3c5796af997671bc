// A program that users let in with OAuth 2.0, as twitter-api-v2 does it.
// GATEWAY, the ids of the program and the user's token are in the environment.

import { TwitterApi } from "./birdlog.js";

const { GATEWAY, TOKEN, BACK, CLIENT_ID: clientId, CLIENT_SECRET: clientSecret } = process.env;

const program = new TwitterApi({ clientId, clientSecret: clientSecret || undefined });
const seen = {};

const scope = ["tweet.read", "tweet.write", "users.read", "offline.access"];
const { url, state, codeVerifier } = program.generateOAuth2AuthLink(BACK, { scope });

// The user's browser
const link = new URL(url);
const here = GATEWAY + link.pathname + link.search;
seen.asked = (await (await fetch(here)).text()).includes("tweet.write");
const body = new URLSearchParams({ token: TOKEN, decision: "allow" });
const back = await fetch(here, { method: "POST", body, redirect: "manual" });
const brought = new URL(back.headers.get("location")).searchParams;
seen.state = brought.get("state") === state;

const login = { code: brought.get("code"), codeVerifier, redirectUri: BACK };
const first = await program.loginWithOAuth2(login);
seen.lasts = first.expiresIn;
seen.scope = first.scope.join(" ") === scope.join(" ");
seen.me = (await first.client.v2.me()).data.username;
const posted = (await first.client.v2.tweet("let in")).data;

const second = await program.refreshOAuth2Token(first.refreshToken);
seen.rotated = second.refreshToken !== first.refreshToken;
seen.deleted = (await second.client.v2.deleteTweet(posted.id)).data.deleted;
seen.lacks = await second.client.v2.bookmarks().catch((error) => error.code);

seen.again = await program.loginWithOAuth2(login).catch((error) => error.data.error);
const third = await program.refreshOAuth2Token(second.refreshToken).catch((error) => error.code);
seen.ended = third;

const other = program.generateOAuth2AuthLink(BACK, { scope });
const there = new URL(other.url);
const anew = await fetch(GATEWAY + there.pathname + there.search, {
  method: "POST",
  body,
  redirect: "manual",
});
const code = new URL(anew.headers.get("location")).searchParams.get("code");
const last = await program.loginWithOAuth2({
  code,
  codeVerifier: other.codeVerifier,
  redirectUri: BACK,
});
seen.revoked = (await program.revokeOAuth2Token(last.refreshToken, "refresh_token")).revoked;
seen.gone = await program.refreshOAuth2Token(last.refreshToken).catch((error) => error.code);

console.log(JSON.stringify(seen));
