"""The Lua scripts. Each touches keys of one hash tag only and stands being run twice.

A timeline is a list sorted by tweet id, newest first, each tweet once. An entry has 24 bytes. The
last element may be a mark, with a first id of 0; an author's list without `COMPLETE` was cut.
"""

from projections.redis import Script, order_of_ids

_ORDER = order_of_ids(at=1)

_PUSH = (
    _ORDER
    + """
local SLACK = 64
local COMPLETE = string.rep('\\0', 23) .. '\\1'
local cap = tonumber(ARGV[1])

-- From then on there is no mark, but in a home that is still being built.
local function trim(key)
  local tail = redis.call('LINDEX', key, -1)
  redis.call('LTRIM', key, 0, cap - 1)
  if string.sub(tail, 1, 16) == string.sub(COMPLETE, 1, 16) and tail ~= COMPLETE then
    redis.call('RPUSH', key, tail)
  end
end

-- Finds the first element that is not newer by galloping from the head, where it mostly is.
local function insert(key, entry)
  local low, high, pivot = 0, 1, nil
  while true do
    local probed = redis.call('LINDEX', key, high)
    if not probed then break end
    local o = order(probed, entry)
    if o == 0 then return end
    if o < 0 then pivot = probed break end
    low, high = high, high * 2
  end
  if not pivot then high = redis.call('LLEN', key) end
  while high - low > 1 do
    local middle = math.floor((low + high) / 2)
    local probed = redis.call('LINDEX', key, middle)
    local o = order(probed, entry)
    if o == 0 then return end
    if o < 0 then high, pivot = middle, probed else low = middle end
  end
  if pivot and redis.call('LINSERT', key, 'BEFORE', pivot, entry) > cap + SLACK then trim(key) end
end

local function push(key, entries)
  local head = redis.call('LINDEX', key, 0)
  if not head then return end
  for at = 1, #entries, 24 do
    local entry = #entries == 24 and entries or string.sub(entries, at, at + 23)
    local o = order(head, entry)
    if o < 0 then
      if redis.call('LPUSH', key, entry) > cap + SLACK then trim(key) end
      head = entry
    elseif o > 0 then
      insert(key, entry)
    end
  end
end
"""
)

PUSH = Script(
    _PUSH
    + """
-- ARGV: cap, then for each of KEYS its entries in ascending order. A missing list stays missing.
for k, key in ipairs(KEYS) do push(key, ARGV[k + 1]) end
return #KEYS
"""
)

WRITE = Script(
    _PUSH
    + """
-- KEYS: an author's list, what has left it. ARGV: cap, then in turns an entry and its offset, the
-- entries in ascending order. What comes late must not bring back what has left at a later offset;
-- a tweet, whose deletion is final, nothing brings back. A retweet that comes after it left has its
-- own offset remembered instead, so that to leave late does not take it out again.
-- A list that was cut lacks what is older than its last entry, and must never have a gap.
local tail, floor = redis.call('LINDEX', KEYS[1], -1), nil
if not tail then
  redis.call('RPUSH', KEYS[1], COMPLETE)
elseif tail ~= COMPLETE then
  floor = string.sub(tail, 1, 8) == string.sub(COMPLETE, 1, 8) and string.sub(tail, 9, 16) or tail
end
local entries = {}
for i = 2, #ARGV, 2 do
  local left = redis.call('HGET', KEYS[2], ARGV[i])
  local retweet = string.sub(ARGV[i], 1, 8) ~= string.sub(ARGV[i], 17, 24)
  if not left or retweet and tonumber(left) <= tonumber(ARGV[i + 1]) then
    if left then redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
    if not (floor and order(ARGV[i], floor) < 0) then entries[#entries + 1] = ARGV[i] end
  end
end
push(KEYS[1], table.concat(entries))
return #entries
"""
)

LEAVE = Script("""
-- KEYS: an author's list, what has left it. ARGV: seconds to remember it, then in turns an entry
-- and the offset at which it leaves, unless something later is remembered. A list that was cut and
-- is empty now ends with a mark that has the id below which it was cut in its middle.
for i = 2, #ARGV, 2 do
  if tonumber(redis.call('HGET', KEYS[2], ARGV[i]) or '-1') <= tonumber(ARGV[i + 1]) then
    if redis.call('LREM', KEYS[1], 0, ARGV[i]) > 0 and redis.call('EXISTS', KEYS[1]) == 0 then
      local zero = string.rep('\\0', 8)
      redis.call('RPUSH', KEYS[1], zero .. string.sub(ARGV[i], 1, 8) .. zero)
    end
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  end
end
redis.call('EXPIRE', KEYS[2], ARGV[1])
return #ARGV
""")

OPEN = Script("""
-- KEYS: home. ARGV: a mark for a list to be built, seconds to live, the mark that says complete.
-- Answers the mark of the list that is being built now, nil when there is nothing to build.
local tail = redis.call('LINDEX', KEYS[1], -1)
if not tail then
  redis.call('RPUSH', KEYS[1], ARGV[1])
  redis.call('EXPIRE', KEYS[1], ARGV[2])
  return ARGV[1]
end
if string.sub(tail, 1, 8) == string.sub(ARGV[3], 1, 8) and tail ~= ARGV[3] then return tail end
return nil
""")

MERGE = Script(
    _ORDER
    + """
-- KEYS: home. ARGV: cap, entries in descending order, the mark that says complete, and the mark
-- under which the list was built when this completes it; another list is then left alone. A home
-- that nobody has read lately stays missing.
local cap, mark = tonumber(ARGV[1]), ARGV[3]
local old = redis.call('LRANGE', KEYS[1], 0, -1)
if #old == 0 or (ARGV[4] ~= '' and old[#old] ~= ARGV[4]) then return 0 end
if string.sub(old[#old], 1, 8) == string.sub(mark, 1, 8) then
  local last = table.remove(old)
  if ARGV[4] == '' then mark = last end
end
local merged, i, at = {}, 1, 1
while #merged < cap and (i <= #old or at <= #ARGV[2]) do
  local o
  if i > #old then o = -1 elseif at > #ARGV[2] then o = 1
  else o = order(old[i], string.sub(ARGV[2], at, at + 23)) end
  if o < 0 then
    merged[#merged + 1] = string.sub(ARGV[2], at, at + 23)
    at = at + 24
  else
    merged[#merged + 1] = old[i]
    i = i + 1
    if o == 0 then at = at + 24 end
  end
end
if #merged < cap or mark ~= ARGV[3] then merged[#merged + 1] = mark end
local left = redis.call('PTTL', KEYS[1])
redis.call('DEL', KEYS[1])
for from = 1, #merged, 500 do
  redis.call('RPUSH', KEYS[1], unpack(merged, from, math.min(from + 499, #merged)))
end
if left > 0 then redis.call('PEXPIRE', KEYS[1], left) end
return 1
"""
)

HOME = Script("""
-- KEYS: home, hidden, celebrities followed, silenced. ARGV: how many entries, the mark that says
-- complete or nothing to take the list as it is, seconds to live. Answers nil for one to be built
-- first.
local tail = redis.call('LINDEX', KEYS[1], -1)
if not tail then return nil end
if string.sub(tail, 1, 8) == string.sub(ARGV[2], 1, 8) and tail ~= ARGV[2] then return nil end
if redis.call('TTL', KEYS[1]) < tonumber(ARGV[3]) - 86400 then
  for i = 1, 3 do redis.call('EXPIRE', KEYS[i], ARGV[3]) end
end
return {
  table.concat(redis.call('LRANGE', KEYS[1], 0, tonumber(ARGV[1]) - 1)),
  redis.call('HGETALL', KEYS[2]),
  redis.call('SMEMBERS', KEYS[3]),
  redis.call('HGETALL', KEYS[4]),
}
""")

LIST = Script("""
-- KEYS: one list. ARGV: how many entries. Answers them without the mark that may end them.
local found = redis.call('LRANGE', KEYS[1], 0, tonumber(ARGV[1]) - 1)
if #found > 0 and string.sub(found[#found], 1, 8) == string.rep('\\0', 8) then
  table.remove(found)
end
return table.concat(found)
""")

PART = Script(
    _ORDER
    + """
-- KEYS: one list. ARGV: two ids as 8 bytes, how many entries, 1 with retweets. Answers the newest
-- entries with ids lower than the first and not lower than the second.

-- The place of the first entry with a lower id, at or after `low`: galloping, as it mostly is near.
local function below(id, low)
  local high, step = low, 1
  while true do
    local probed = redis.call('LINDEX', KEYS[1], high)
    if not probed then high = redis.call('LLEN', KEYS[1]) break end
    if order(probed, id) < 0 then break end
    low, high, step = high + 1, high + step, step * 2
  end
  while low < high do
    local middle = math.floor((low + high) / 2)
    if order(redis.call('LINDEX', KEYS[1], middle), id) < 0 then high = middle
    else low = middle + 1 end
  end
  return low
end

local first = below(ARGV[1], 0)
local last = below(ARGV[2], first) - 1
local wanted, found = tonumber(ARGV[3]), {}
while #found < wanted and first <= last do
  local some = redis.call('LRANGE', KEYS[1], first, math.min(first + wanted - 1, last))
  for _, entry in ipairs(some) do
    if #found < wanted
      and (ARGV[4] == '1' or string.sub(entry, 1, 8) == string.sub(entry, 17, 24))
    then found[#found + 1] = entry end
  end
  first = first + wanted
end
return table.concat(found)
"""
)

UNFOLLOW = Script("""
-- KEYS: home, hidden, celebrities followed. ARGV: author, offset, seconds to live. The home is
-- built anew when next read; until then, and for a delivery that is under way, the author is
-- hidden. `hidden` holds 2 * offset + 1 of an unfollow, 2 * offset of a follow after one, so that
-- what comes late changes nothing.
local state = 2 * tonumber(ARGV[2]) + 1
if tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or '0') > state then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f', state))
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('SREM', KEYS[3], ARGV[1])
redis.call('DEL', KEYS[1])
return 1
""")

FOLLOW = Script("""
-- KEYS: home, hidden. ARGV: author, offset. Answers whether there is a home to merge the author
-- into, and whether this follow is still the last word.
local before = redis.call('HGET', KEYS[2], ARGV[1])
if before then
  local state = 2 * tonumber(ARGV[2])
  if tonumber(before) > state then return 0 end
  redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f', state))
end
return redis.call('EXISTS', KEYS[1])
""")

MARK = Script("""
-- KEYS: home, hidden, celebrities followed. ARGV: author, seconds to live. Who has unfollowed the
-- author since the followers were read stays unmarked.
local hidden = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or '0') % 2 == 1
if redis.call('EXISTS', KEYS[1]) == 1 and not hidden then
  redis.call('SADD', KEYS[3], ARGV[1])
  redis.call('EXPIRE', KEYS[3], ARGV[2])
end
return 1
""")

SILENCE = Script("""
-- KEYS: silenced. ARGV: fields and states in turns; a state is 2 * offset, + 1 where it silences,
-- so that what comes late changes nothing.
for i = 1, #ARGV, 2 do
  if tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '-1') < tonumber(ARGV[i + 1]) then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
return 1
""")
