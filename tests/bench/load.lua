-- wrk's requests, made before the clock starts. From the environment: LOAD_METHOD, LOAD_KEY (an API key), LOAD_ETAG (what the client has),
-- LOAD_PATHS and LOAD_BODIES (files of one a line; each request takes the next pair), LOAD_TYPE, LOAD_THREADS (how many threads share them).

local requests = {}
local position = 0
local step = tonumber(os.getenv("LOAD_THREADS") or "1")

local function lines_of(name)
	local lines = {}
	local path = os.getenv(name)
	if path then
		for line in io.lines(path) do
			lines[#lines + 1] = line
		end
	end
	return lines
end

function setup(thread)
	position = position + 1
	thread:set("first", step > 1 and position or position * 37)
end

function init()
	local headers = {}
	if os.getenv("LOAD_KEY") then
		headers["Authorization"] = "Bearer " .. os.getenv("LOAD_KEY")
	end
	headers["If-None-Match"] = os.getenv("LOAD_ETAG")
	local paths, bodies = lines_of("LOAD_PATHS"), lines_of("LOAD_BODIES")
	if #bodies > 0 then
		headers["Content-Type"] = os.getenv("LOAD_TYPE") or "application/json"
	end
	for number = 1, math.max(#paths, #bodies) do
		requests[number] = wrk.format(os.getenv("LOAD_METHOD"), paths[(number - 1) % #paths + 1], headers,
			#bodies > 0 and bodies[(number - 1) % #bodies + 1] or nil)
	end
	position = first
end

function request()
	position = position + step
	return requests[position % #requests + 1]
end

function done(summary, latency)
	local errors = summary.errors
	io.write(string.format("LOAD %d %d %.3f %.3f %.3f %d %d\n", summary.requests, summary.duration,
		latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000, errors.status,
		errors.connect + errors.read + errors.write + errors.timeout))
end
