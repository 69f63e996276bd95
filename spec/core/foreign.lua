---Starts servers of other people's making on loopback ports, each with a folder of its own, and
---stops them. They answer from the loopback server behind them.
local wait_for = require "spec.support.wait"
local output_of = require "spec.support.output"

local M = {}

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

local function read(path)
  local file = io.open(path)
  local text = file and file:read "*a" or ""
  if file then
    file:close()
  end
  return text
end

---Ports that were free a moment ago.
local function free_ports(n)
  local script = [[
    local socket = require "cqueues.socket"
    local open = {}
    for i = 1, %d do
      local s = socket.listen { host = "127.0.0.1", port = 0 }
      s:listen()
      open[i] = s
      print(select(3, s:localname()))
    end]]
  local ports = {}
  for port in output_of(("luajit -e '%s'"):format(script:format(n))):gmatch "%d+" do
    ports[#ports + 1] = port
  end
  assert(#ports == n, "no free ports")
  return ports
end

---@class spec.Foreign
---@field folder string
local foreign = {}
foreign.__index = foreign

---A server whose process id is in folder/pid. `fields` come on top.
local function started(folder, command, port, fields)
  local said = output_of(command)
  local self = setmetatable(fields, foreign)
  self.folder = folder
  local look = ("curl -s -o /dev/null --noproxy '*' http://127.0.0.1:%s/; echo $?"):format(port)
  wait_for(
    -- Any answer will do; 7 is a connection refused.
    function() return read(folder .. "/pid"):match "%d" and not output_of(look):match "^7" end,
    "it did not start: " .. said
  )
  return self
end

function foreign:stop()
  local pid = read(self.folder .. "/pid"):match "%d+"
  if pid then
    output_of("kill " .. pid)
    wait_for(function() return not io.open("/proc/" .. pid .. "/stat") end, "it did not stop")
  end
  output_of("rm -rf " .. self.folder)
end

function foreign:log() return read(self.folder .. "/log") end

---How many connections tinyproxy has taken. It says so at once, and of their end when it comes to it.
function foreign:taken() return select(2, self:log():gsub("%): 127%.0%.0%.1\n", "")) end

local NGINX = [[
pid FOLDER/pid;
error_log FOLDER/log;
events {}
http {
  access_log off;
  client_body_temp_path FOLDER/body;
  proxy_temp_path FOLDER/proxy;
  fastcgi_temp_path FOLDER/fastcgi;
  uwsgi_temp_path FOLDER/uwsgi;
  scgi_temp_path FOLDER/scgi;
  client_max_body_size 64m;
  proxy_buffering off;
  proxy_http_version 1.1;
  ssl_certificate FOLDER/certificate.pem;
  ssl_certificate_key FOLDER/key.pem;
  server {
    listen 127.0.0.1:PORT1 ssl http2;
    location / { proxy_pass UPSTREAM; }
  }
  server {
    listen 127.0.0.1:PORT2 ssl http2;
    keepalive_requests 3;
    location / { proxy_pass UPSTREAM; }
  }
  server {
    listen 127.0.0.1:PORT3 ssl http2;
    location / { proxy_pass http://127.0.0.1:1; }
  }
}
]]

---A certificate for 127.0.0.1 that is its own authority.
local function certify(folder)
  local said = output_of(
    ("cd %s && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
      .. "-keyout key.pem -out certificate.pem -subj /CN=127.0.0.1 "
      .. "-addext subjectAltName=IP:127.0.0.1"):format(folder)
  )
  assert(read(folder .. "/certificate.pem") ~= "", said)
end

---nginx in front of the server: .ca_file, .url, .url_short (three requests a connection), .url_down (its
---upstream is not there).
function M.nginx(server)
  local folder = output_of("mktemp -d"):match "%S+"
  local ports = free_ports(3)
  certify(folder)
  local config = NGINX:gsub("FOLDER", folder)
    :gsub("PORT(%d)", function(i) return ports[tonumber(i)] end)
    :gsub("UPSTREAM", (server.url_http:gsub("/v1$", "")))
  write(folder .. "/nginx.conf", config)
  local function url(i) return ("https://127.0.0.1:%s/v1"):format(ports[i]) end
  local command = ("PATH=$PATH:/usr/sbin nginx -p %s -c %s/nginx.conf -e %s/log"):format(folder, folder, folder)
  return started(folder, command, ports[1], {
    ca_file = folder .. "/certificate.pem",
    url = url(1),
    url_short = url(2),
    url_down = url(3),
  })
end

local TINYPROXY = [[
Port PORT
Listen 127.0.0.1
Timeout 60
LogFile "FOLDER/log"
LogLevel Info
PidFile "FOLDER/pid"
MaxClients 20
Allow 127.0.0.1
]]

---@param only? integer the only port it connects to
function M.tinyproxy(only)
  local folder = output_of("mktemp -d"):match "%S+"
  local port = free_ports(1)[1]
  local config = TINYPROXY:gsub("FOLDER", folder):gsub("PORT", port)
  write(folder .. "/tinyproxy.conf", config .. (only and "ConnectPort " .. only or ""))
  local command = ("tinyproxy -c %s/tinyproxy.conf"):format(folder)
  return started(folder, command, port, { url = "http://127.0.0.1:" .. port })
end

return M
