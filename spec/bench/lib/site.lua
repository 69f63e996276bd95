--- The far end of every network row: Debian's nginx with TLS and HTTP/2 on loopback, a CA made for
--- the occasion beside the ones the machine trusts, and a proxy that puts it a round trip away.

local cqueues_socket = require("cqueues.socket")
local shell = require("spec.bench.lib.shell")
local worker = require("spec.bench.lib.worker")

local M = {}

local NGINX = [[
daemon off; master_process off; pid %DIR%/nginx.pid; error_log %DIR%/nginx.log warn;
events { worker_connections 256; }
http {
  access_log off; default_type text/event-stream; tcp_nodelay on;
  client_body_buffer_size 64k; http2_body_preread_size 128k;
  client_body_temp_path %DIR%/t1; proxy_temp_path %DIR%/t2; fastcgi_temp_path %DIR%/t3;
  uwsgi_temp_path %DIR%/t4; scgi_temp_path %DIR%/t5;
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_certificate %DIR%/server.pem; ssl_certificate_key %DIR%/server.key;
  server {            # keeps a connection as long as the client does
    listen 127.0.0.1:%KEPT% ssl http2; keepalive_requests 1000000; keepalive_timeout 1h;
    location / { root %DIR%/www; error_page 405 =200 $uri; }
  }
  server {            # ends it after one request
    listen 127.0.0.1:%ONCE% ssl http2; keepalive_requests 1;
    location / { root %DIR%/www; error_page 405 =200 $uri; }
  }
}
]]

local CERTIFICATES = [[
set -e; cd %DIR%
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
  -subj '/CN=mistral.vim bench CA' -keyout ca.key -out ca.pem \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost \
  -keyout server.key -out server.csr
printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n' >server.ext
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 \
  -extfile server.ext -out server.pem
]]

-- The store as Debian lays it out: the same certificates once in a bundle, once by their hash.
local STORE = [[
set -e; cd %DIR%; mkdir certs
cat /etc/ssl/certs/ca-certificates.crt ca.pem >certs/ca-certificates.crt
for f in /etc/ssl/certs/*.[0-9]; do ln -s "$(readlink -f "$f")" "certs/${f##*/}"; done
cp ca.pem "certs/$(openssl x509 -noout -hash -in ca.pem).0"
]]

local EVENT = 'data: {"id":"cmpl-0f4c2ab19e6d4d0c","object":"chat.completion.chunk",'
  .. '"created":1760000000,"model":"codestral-2508","choices":[{"index":0,'
  .. '"delta":{"content":" token%d"},"finish_reason":%s}]%s}\n\n'
local USAGE = ',"usage":{"prompt_tokens":1500,"completion_tokens":30,"total_tokens":1530}'

--- What the server answers: a completion of 30 tokens.
---@return string
function M.answer()
  local events = {}
  for i = 1, 30 do
    local last = i == 30
    events[i] = EVENT:format(i, last and '"stop"' or "null", last and USAGE or "")
  end
  events[#events + 1] = "data: [DONE]\n\n"
  return table.concat(events)
end

---@return integer
local function free_port()
  local listener = assert(cqueues_socket.listen({ host = "127.0.0.1", port = 0 }))
  assert(listener:listen())
  local _, _, port = listener:localname()
  listener:close()
  return port
end

---@param template string
---@param values table<string, string|integer>
---@return string
local function fill(template, values)
  return (template:gsub("%%(%u+)%%", values))
end

---@class bench.Site
---@field folder string
---@field ca_file string our CA alone
---@field bundle string the machine's CAs and ours in one file
---@field hashed string the same by their hash
---@field kept integer port that keeps connections
---@field once integer port that ends each after one request
---@field private nginx file*
local Site = {}
Site.__index = Site

---@return string|nil
local function nginx_path()
  for _, path in ipairs({ "/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx" }) do
    if shell.read(path) then
      return path
    end
  end
end

---@param site bench.Site
local function start_nginx(site)
  local path = assert(nginx_path(), "nginx is missing: install nginx-light")
  local values = { DIR = site.folder, KEPT = site.kept, ONCE = site.once }
  shell.write(site.folder .. "/nginx.conf", fill(NGINX, values))
  local argv = { path, "-p", site.folder, "-c", site.folder .. "/nginx.conf", "-e", "stderr" }
  -- It goes when we do, however that happens.
  local command = "exec setpriv --pdeathsig TERM " .. shell.command(argv) .. " 2>/dev/null"
  site.nginx = assert(io.popen(command, "w"))
  shell.wait_for(function()
    local pid = shell.read(site.folder .. "/nginx.pid")
    return pid and pid:match("%d+")
  end, "nginx did not start")
end

---@return bench.Site
function M.start()
  local folder = shell.folder()
  local site = setmetatable({
    folder = folder,
    ca_file = folder .. "/ca.pem",
    bundle = folder .. "/certs/ca-certificates.crt",
    hashed = folder .. "/certs",
    kept = free_port(),
    once = free_port(),
  }, Site)
  shell.run(fill(CERTIFICATES, { DIR = folder }))
  shell.run(fill(STORE, { DIR = folder }))
  shell.run({ "mkdir", "-p", folder .. "/www/v1/fim" })
  shell.write(folder .. "/www/v1/fim/completions", M.answer())
  start_nginx(site)
  return site
end

---@param port integer
---@return string
function M.url(port)
  return ("https://127.0.0.1:%d/v1"):format(port)
end

--- A proxy in front of `port`, `rtt_ms` away. Its `port` field says where; ask it "count".
---@param build string folder of the built peers
---@param port integer
---@param rtt_ms number
---@return bench.Worker proxy
function Site:away(build, port, rtt_ms)
  local argv = { build .. "/delay", tostring(port), tostring(rtt_ms) }
  local proxy = worker.start(argv, { name = "delay proxy", folder = self.folder })
  proxy.port = proxy:hear().port
  return proxy
end

function Site:stop()
  local pid = shell.read(self.folder .. "/nginx.pid")
  if pid then
    shell.run({ "kill", pid:match("%d+") })
  end
  self.nginx:close()
  shell.run({ "rm", "-rf", self.folder })
end

return M
