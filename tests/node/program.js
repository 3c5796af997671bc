// A program as a user of X would write it. Prints what it saw as one JSON object.
// GATEWAY, TOKEN and FRIEND (the id of somebody else) are in the environment.

import { ETwitterStreamEvent, TwitterApi, until } from "./birdlog.js";

const client = new TwitterApi(process.env.TOKEN).v2;
const friend = process.env.FRIEND;
const seen = {};

const me = (await client.me({ "user.fields": ["created_at", "public_metrics"] })).data;
seen.me = me.username;

const word = `node${me.id}`;
await client.updateStreamRules({ add: [{ value: word, tag: "ours" }] });
const rules = await client.streamRules();
seen.rules = rules.data.map((rule) => rule.tag);
const stream = await client.searchStream({ "tweet.fields": ["author_id"] });
const streamed = new Promise((resolve) => stream.once(ETwitterStreamEvent.Data, resolve));

const first = (await client.tweet(`${word} first #nodebirds`)).data;
const reply = (await client.reply(`${word} reply`, first.id)).data;
const quote = (await client.quote(`${word} quote`, first.id)).data;
const edited = (
  await client.tweet(`${word} edited #nodebirds`, { edit_options: { previous_post_id: first.id } })
).data;
seen.sameId = edited.id === first.id;

const event = await streamed;
seen.streamed = [event.data.author_id === me.id, event.matching_rules[0].tag];
stream.close();
await client.updateStreamRules({ delete: { ids: rules.data.map((rule) => rule.id) } });

seen.liked = (await client.like(me.id, first.id)).data.liked;
seen.retweeted = (await client.retweet(me.id, quote.id)).data.retweeted;
seen.bookmarked = (await client.bookmark(first.id)).data.bookmarked;
seen.following = (await client.follow(me.id, friend)).data.following;
seen.muting = (await client.mute(me.id, friend)).data.muting;
seen.unmuted = (await client.unmute(me.id, friend)).data.muting;

const birds = (await client.createList({ name: "birds" })).data.id;
seen.followsList = (await client.subscribeToList(me.id, birds)).data.following;
seen.pinned = (await client.pinList(me.id, birds)).data.pinned;
seen.followedLists = await until("the follow", async () => {
  const followed = (await client.listFollowed(me.id)).lists.map(({ id }) => id === birds);
  return followed.length && followed;
});
seen.listFollowers = (await client.listFollowers(birds)).users.map(({ id }) => id === me.id);
seen.pinnedLists = await until("the pin", async () => {
  const pinned = await client.get(`users/${me.id}/pinned_lists`);
  return pinned.meta.result_count && pinned.data.map(({ id }) => id === birds);
});
seen.unpinned = (await client.unpinList(me.id, birds)).data.pinned;
seen.unfollowedList = (await client.unsubscribeOfList(me.id, birds)).data.following;

const fields = { "tweet.fields": ["public_metrics", "conversation_id", "referenced_tweets"] };
seen.metrics = await until("the counts", async () => {
  const { like_count, reply_count, quote_count, bookmark_count } = (
    await client.singleTweet(first.id, fields)
  ).data.public_metrics;
  const counts = [like_count, reply_count, quote_count, bookmark_count];
  return counts.every((count) => count === 1) && counts;
});
seen.text = (await client.singleTweet(first.id)).data.text.endsWith("edited #nodebirds");
seen.conversation = (await client.singleTweet(reply.id, fields)).data.conversation_id === first.id;

const likers = await client.tweetLikedBy(first.id);
seen.likers = likers.data.map((user) => user.id === me.id);
const likes = await client.userLikedTweets(me.id);
seen.likes = likes.tweets.map((tweet) => tweet.id === first.id);
const quotes = await client.quotes(first.id);
seen.quotes = quotes.tweets.map((tweet) => tweet.id === quote.id);
const bookmarks = await client.bookmarks();
seen.bookmarks = bookmarks.tweets.map((tweet) => tweet.id === first.id);

for (const { id } of [reply, quote]) await client.bookmark(id);
const gone = (await client.tweet(`${word} gone`)).data;
await client.bookmark(gone.id);
await client.deleteTweet(gone.id);
seen.marked = await until("the deletion", async () => {
  const marked = [];
  for await (const tweet of await client.bookmarks({ max_results: 1 })) marked.push(tweet.id);
  return marked[0] === quote.id && [marked[1] === reply.id, marked[2] === first.id];
});

const found = await until("the search", async () => {
  const page = await client.search(word, { max_results: 10 });
  return page.tweets.length >= 3 && page.tweets;
});
seen.found = found.map((tweet) => tweet.id).includes(first.id);
const counted = await client.tweetCountRecent(word);
seen.counted = counted.meta.total_tweet_count >= 3;

const ever = [];
for await (const tweet of await client.searchAll(word, { max_results: 10 })) ever.push(tweet.id);
seen.foundAll = found.every((tweet) => ever.includes(tweet.id));
seen.countedAll = (await client.tweetCountAll(word)).meta.total_tweet_count >= 3;

const texts = [];
for (let number = 0; number < 5; number += 1) {
  texts.push((await client.tweet(`${word} page ${number}`)).data.id);
}
await until("the timeline", async () => {
  const page = await client.userTimeline(me.id, { max_results: 5 });
  return page.tweets[0].id === texts.at(-1);
});
const timeline = await client.userTimeline(me.id, { max_results: 5 });
const paged = [];
for await (const tweet of timeline) paged.push(tweet.id);
seen.paged = [paged.length, new Set(paged).size, texts.every((id) => paged.includes(id))];

await client.addListMember(birds, me.id);
await until("the list", async () => {
  const page = await client.listTweets(birds, { max_results: 5 });
  return page.tweets[0]?.id === texts.at(-1);
});
const listed = [];
for await (const tweet of await client.listTweets(birds, { max_results: 2 })) listed.push(tweet.id);
seen.listed = [new Set(listed).size === listed.length, texts.every((id) => listed.includes(id))];

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const media = await client.uploadMedia(png, { media_type: "image/png", media_category: "tweet_image" });
const pictured = (await client.tweet(`${word} photo`, { media: { media_ids: [media] } })).data;
seen.media = await until("the photo", async () => {
  const answer = await client.tweets([pictured.id], {
    expansions: ["attachments.media_keys"],
    "media.fields": ["type", "width", "url"],
  });
  return answer.includes?.media?.map(({ type, width }) => [type, width]);
});

seen.deleted = (await client.deleteTweet(first.id)).data.deleted;
seen.unliked = (await client.unlike(me.id, quote.id)).data.liked;
seen.unfollowed = (await client.unfollow(me.id, friend)).data.following;
seen.error = await client.tweet("x".repeat(281)).catch((error) => error.code);
console.log(JSON.stringify(seen));
process.exit(0);
