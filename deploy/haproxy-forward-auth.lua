-- HAProxy has no way to ask another server about a request. This is one: it asks Latchkey as nginx does. Goes beside haproxy.cfg,
-- which loads it. From HAProxy 2.6 on, with Lua (haproxy -vv: USE_LUA). deploy/forward-auth-haproxy.test.ts runs this very file.
--
-- In haproxy.cfg: http-request lua.latchkey <where it asks> <user or admin>
-- Who may not pass is answered here: 302 to the sign-in page, 401 or 403. Who may pass has txn.latchkey "allow", and only then are the
-- other variables set. Whatever goes wrong sets nothing, for HAProxy goes on after an error: haproxy.cfg must refuse all but "allow".

local TIMEOUT_MILLISECONDS = 10000
-- What Latchkey decides by, as often as the client sent it: two of one are for Latchkey to refuse.
local ASKED_BY = { "cookie", "authorization", "accept", "sec-fetch-mode" }
local IDENTITY = { "user", "name", "email", "groups", "assertion" }
local OUR_COOKIES = {
  ["__host-token"] = true,
  ["__secure-token"] = true,
  ["__host-refresh"] = true,
  ["__host-sent-back"] = true,
}

-- All values of a header, in their order. HAProxy counts from 0.
local function values(headers, name)
  local all = {}
  local value = headers[name]
  for i = 0, value and #value or -1 do
    all[#all + 1] = value[i]
  end
  return all
end

-- The Cookie header for the app. Whoever holds a token can act as that person, so none of Latchkey's is in it, in capitals or not.
local function cookies_for_app(headers)
  local kept = {}
  for _, line in ipairs(values(headers, "cookie")) do
    for cookie in line:gmatch("[^;]+") do
      local name = cookie:match("^[^=]*"):gsub("[^!-~]", ""):lower()
      local text = cookie:match("^%s*(.-)%s*$")
      if text ~= "" and not OUR_COOKIES[name] then
        kept[#kept + 1] = text
      end
    end
  end
  return table.concat(kept, "; ")
end

-- What Latchkey says of the request, or nil when it does not answer.
local function ask(txn, headers, where, role)
  local asking = {
    ["x-original-url"] = { "https://" .. (values(headers, "host")[1] or "") .. txn.f:pathq() },
    ["x-original-method"] = { txn.f:method() },
    ["x-forwarded-for"] = { txn.f:src() },
  }
  for _, name in ipairs(ASKED_BY) do
    local all = values(headers, name)
    if #all > 0 then
      asking[name] = all
    end
  end
  return core.httpclient():get({
    dst = where,
    url = "http://127.0.0.1/forward-auth/nginx?role=" .. role,
    headers = asking,
    timeout = TIMEOUT_MILLISECONDS,
  })
end

local function allow(txn, headers, answer)
  for _, part in ipairs(IDENTITY) do
    local all = values(answer.headers, "remote-" .. part)
    -- Latchkey sends each of them once, always. What does not is not Latchkey.
    if #all ~= 1 then
      return
    end
    txn:set_var("txn.latchkey_" .. part, all[1])
  end
  txn:set_var("txn.latchkey_cookies", cookies_for_app(headers))
  txn:set_var("txn.latchkey", "allow")
end

-- Latchkey's own words. A 401 that says where to sign in is a redirect, for somebody sits in front of it.
local function refuse(txn, answer)
  local leads_to = values(answer.headers, "location")[1]
  local reply = txn:reply({ status = leads_to and 302 or answer.status, reason = "" })
  for _, name in ipairs({ "location", "content-type", "cache-control", "www-authenticate", "x-content-type-options" }) do
    for _, value in ipairs(values(answer.headers, name)) do
      reply:add_header(name, value)
    end
  end
  reply:set_body(leads_to and "" or answer.body)
  txn:done(reply)
end

core.register_action("latchkey", { "http-req" }, function(txn, where, role)
  local headers = txn.http:req_get_headers()
  local answer = ask(txn, headers, where, role)
  if not answer then
    return
  end
  if answer.status == 200 then
    allow(txn, headers, answer)
  elseif answer.status == 401 or answer.status == 403 then
    refuse(txn, answer)
  end
end, 2)
