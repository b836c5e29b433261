-- wrk sends the reports of a file, each once: a line is the number of a token, an id and the JSON, with tabs between.
-- Arguments: file of requests, file of tokens, number of threads. The last line it prints is one JSON object.
local threads = {}
local thread_number = 0

function setup(thread)
  thread:set("number", thread_number)
  thread_number = thread_number + 1
  threads[#threads + 1] = thread
end

function init(args)
  local step = tonumber(args[3])
  tokens = {}
  for line in io.lines(args[2]) do
    tokens[#tokens + 1] = { ["Authorization"] = "Bearer " .. line, ["Content-Type"] = "application/json" }
  end
  lines = {}
  local index = 0
  for line in io.lines(args[1]) do
    if index % step == number then
      lines[#lines + 1] = line
    end
    index = index + 1
  end
  position = 0
  exhausted = 0
  created = 0
end

function request()
  position = position + 1
  if position > #lines then
    -- What was sent once would be answered 200 and cost less: the run is void, and says so.
    exhausted = 1
    position = 1
  end
  local token, id, body = lines[position]:match("^(%d+)\t([^\t]+)\t(.*)$")
  return wrk.format("PUT", "/api/v1/reports/" .. id, tokens[tonumber(token)], body)
end

function response(status)
  if status == 201 then
    created = created + 1
  end
end

function done(summary, latency)
  local created_all, exhausted_any = 0, 0
  for _, thread in ipairs(threads) do
    created_all = created_all + thread:get("created")
    exhausted_any = exhausted_any + thread:get("exhausted")
  end
  local errors = summary.errors
  io.write(string.format(
    '\n{"replies": %d, "created": %d, "exhausted": %d, "took_s": %.6f, "errors": %d, "p50_ms": %.3f, "p99_ms": %.3f}\n',
    summary.requests, created_all, exhausted_any, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.timeout + errors.status,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
