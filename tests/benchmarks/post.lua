-- wrk posts each request of a file once (wrk.py writes it) and says at the end what came back, as JSON.

function init(arguments)
   file = io.open(arguments[1], "rb")
end

function request()
   local length = file:read("*n")
   if not length then
      wrk.thread:stop()
      return "GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
   end
   file:read(1)
   return file:read(length)
end

function done(summary, latency, requests)
   local errors = summary.errors
   io.write(string.format(
      '{"answers": %d, "seconds": %f, "refused": %d, "broken": %d, "p99_ms": %f}\n',
      summary.requests, summary.duration / 1e6, errors.status,
      errors.connect + errors.read + errors.write + errors.timeout, latency:percentile(99) / 1e3
   ))
end
