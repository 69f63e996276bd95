--- Files the patterns were tuned on. What is measured against the promise is in held_out.lua.
return {
  { name = "settings.py", text = [[
import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = '@@django@@'
DEBUG = os.environ.get("DEBUG", "0") == "1"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "USER": "shop",
        "PASSWORD": "@@password@@",
        "HOST": "db.internal",
    }
}
AWS_ACCESS_KEY_ID = "@@aws_id@@"
AWS_SECRET_ACCESS_KEY = "@@aws_secret@@"
STRIPE_API_KEY = "@@stripe@@"
EMAIL_HOST_PASSWORD = "@@word_password@@"
CELERY_BROKER_URL = "amqp://shop:@@url_password@@@mq.internal:5672//"
SENDGRID = SendGridAPIClient(api_key="@@sendgrid@@")
client = OpenAI(api_key="@@openai@@")
requests.get(url, headers={"Authorization": "Bearer @@jwt@@"})
]] },
  { name = "server.js", text = [[
const express = require('express');
const jwt = require('jsonwebtoken');

const JWT_SECRET = process.env.JWT_SECRET || '@@random24@@';
const config = {
  githubToken: '@@github@@',
  slackToken: "@@slack_bot@@",
  db: { user: 'app', password: '@@word_password@@' },
  sessionSecret: `@@random40@@`,
};
mongoose.connect('mongodb+srv://app:@@url_password@@@cluster0.mongodb.net/test');
const hook = "https://hooks.slack.com/services/T01ABCDEF/B02ABCDEF/@@slack_hook@@";
app.listen(3000, () => console.log('listening'));
]] },
  { name = "main.go", text = [[
package main

import "fmt"

const apiKey string = "@@google_api@@"
const defaultPassword = "@@plain_password@@"

var cfg = Config{
	Token:    "@@gitlab@@",
	Secret:   "@@base64_key@@",
	Password: "@@password@@",
}

func main() {
	db, err := sql.Open("postgres", "postgres://u:@@url_password@@@localhost/db?sslmode=disable")
	fmt.Println(db, err)
}
]] },
  { name = "lib.rs", text = [[
pub const API_KEY: &str = "@@mistral@@";
static ENCRYPTION_KEY: &'static str = "@@hex64@@";
fn connect() -> Client {
    let password = String::from("@@word_password@@");
    let token: String = "@@npm@@".to_string();
    Client::new().bearer_auth("@@huggingface@@")
}
]] },
  { name = "application.properties", text = [[
spring.datasource.url=jdbc:postgresql://localhost:5432/app
spring.datasource.username=app
spring.datasource.password=@@password@@
jwt.secret=@@base64_key@@
app.client-secret=@@google_client@@
azure.storage.connection-string=DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=@@azure_storage@@;Suffix=net
]] },
  { name = "docker-compose.yml", text = [[
services:
  db:
    image: postgres:15@sha256:9f1c2d3e4a5b6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8f9012345678abc
    environment:
      POSTGRES_USER: app
      POSTGRES_PASSWORD: @@password@@
      REDIS_URL: redis://:@@url_password@@@cache:6379/0
  web:
    environment:
      - SECRET_KEY_BASE=@@hex64@@
      - API_TOKEN=@@random40@@
      - DIGITALOCEAN_TOKEN=@@digitalocean@@
]] },
  { name = ".env", text = [[
APP_ENV=production
DB_PASSWORD=@@plain_password@@
export GITHUB_TOKEN=@@github_fine@@
MISTRAL_API_KEY=@@mistral@@
TELEGRAM_BOT_TOKEN="@@telegram@@"
PYPI_TOKEN=@@pypi@@
ANTHROPIC_API_KEY='@@anthropic@@'
AWS_SESSION_KEY_ID=@@aws_temporary@@
]] },
  { name = "service-account.json", text = [[
{
  "type": "service_account",
  "project_id": "shop-1",
  "private_key_id": "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
  "private_key": "@@json_key@@",
  "client_email": "shop@shop-1.iam.gserviceaccount.com"
}
]] },
  { name = "deploy.sh", text = [[
#!/usr/bin/env bash
set -euo pipefail
export DISCORD_TOKEN="@@discord@@"
curl -H "Authorization: Bearer @@random40@@" https://api.example.com/v1/deploys
mysql -h db -u root --password=@@word_password@@ shop < dump.sql
git clone https://oauth2:@@github_app@@@github.com/acme/shop.git
TWILIO_API_KEY=@@twilio@@
psql "host=db user=app password=@@password@@ dbname=shop"
curl -X POST "https://acme.blob.core.windows.net/c/f?sv=2022-11-02&sp=r&sig=@@azure_sas@@"
]] },
  { name = "id_rsa.txt", text = [[
# the deploy key
@@rsa@@

@@openssh@@
]] },
  { name = "keys.yaml", text = [[
tls:
  key: |
    @@ec@@
  cert: none
age: @@age@@
pgp: |
  @@pgp@@
]] },
  { name = "review.txt", text = [[
File: src/key.c
Lines 10 to 20:

10 | static const char *key =
11 | @@rsa@@
40 | ;
41 | static const char password[] = "@@password@@";
42 | #define API_SECRET "@@hex32@@"
]] },
  { name = "Program.cs", text = [[
public class Settings
{
    private const string Password = "@@word_password@@";
    public string ApiKey { get; set; } = "@@random24@@";
    string conn = "Server=db;Database=app;User Id=sa;Password=@@password@@;Encrypt=true";
}
]] },
  { name = "pom.xml", text = [[
<settings>
  <servers>
    <server>
      <id>central</id>
      <username>ci</username>
      <password>@@password@@</password>
    </server>
  </servers>
  <add key="ApiKey" value="@@random40@@"/>
  <property name="password" value="@@word_password@@"/>
</settings>
]] },
  { name = "Client.java", text = [[
public final class Client {
    private static final String API_KEY = "@@random40@@";
    private String password = "@@word_password@@";
    Client() {
        props.setProperty("password", "@@password@@");
        builder.header("X-Api-Key", "@@uuid@@");
        dataSource.setPassword("@@password@@");
    }
}
]] },
  { name = "config.lua", text = [[
local M = {}
M.api_key = "@@mistral@@"
M.headers = { Authorization = "Bearer " .. "@@random40@@" }
M.db = { user = "app", password = "@@word_password@@" }
return M
]] },
  { name = "schema.sql", text = [[
CREATE USER app WITH PASSWORD '@@password@@';
ALTER USER 'root'@'localhost' IDENTIFIED BY '@@password@@';
INSERT INTO settings (name, value) VALUES ('stripe', '@@stripe_restricted@@');
]] },
  { name = "main.tf", text = [[
provider "aws" {
  access_key = "@@aws_id@@"
  secret_key = "@@aws_secret@@"
}
resource "aws_db_instance" "db" {
  username = "app"
  password = "@@word_password@@"
}
]] },
  { name = "wp-config.php", text = [[
<?php
define( 'DB_NAME', 'wordpress' );
define( 'DB_PASSWORD', '@@password@@' );
define( 'AUTH_KEY', '@@django@@' );
$config['stripe_secret'] = '@@stripe@@';
$mail->Password = '@@word_password@@';
return [
    'github' => ['client_secret' => '@@random40@@'],
    'password' => env('MAIL_PASSWORD', '@@word_password@@'),
];
]] },
  { name = "database.yml", text = [[
production:
  adapter: postgresql
  username: shop
  password: @@word_password@@
  host: db1
staging:
  url: postgresql://shop:@@url_password@@@db2/shop
secret_key_base: @@hex64@@
]] },
  { name = "config.exs", text = [[
import Config

config :shop, ShopWeb.Endpoint,
  secret_key_base: "@@random40@@",
  live_view: [signing_salt: "aBc"]

config :shop, Shop.Repo,
  username: "postgres",
  password: "@@password@@"

config :ex_aws,
  access_key_id: "@@aws_id@@",
  secret_access_key: "@@aws_secret@@"
]] },
  { name = "Keys.swift", text = [[
import Foundation

enum Keys {
    static let apiKey = "@@google_api@@"
    static let clientSecret: String = "@@random24@@"
    let bot = "@@slack_bot@@"
}
]] },
  { name = "Main.kt", text = [[
object Config {
    const val API_TOKEN = "@@gitlab@@"
    private val dbPassword = "@@word_password@@"
    val jwtSecret: String = "@@base64_key@@"
}
val db = Database.connect("jdbc:mysql://db/shop?user=app&password=@@url_password@@")
]] },
  { name = "deploy.pl", text = [[
my $dbh = DBI->connect($dsn, 'app', $pw);
my $api_key = '@@random40@@';
my %opt = (user => 'me', password => '@@password@@');
$ua->default_header('Authorization' => 'Bearer @@jwt@@');
]] },
  { name = "config.toml", text = [[
[database]
url = "mysql://root:@@url_password@@@127.0.0.1:3306/shop"

[smtp]
user = "mailer"
password = "@@plain_password@@"

[registry]
token = "@@npm@@"

[openai]
api_key = "@@openai@@"
]] },
  { name = "values.yaml", text = [[
replicaCount: 2
env:
  - name: DB_PASSWORD
    value: "@@password@@"
  - name: HF_TOKEN
    value: @@huggingface@@
auth:
  adminPassword: @@word_password@@
  jwtKey: @@random40@@
ingress:
  tls: |
    @@pkcs8@@
]] },
  { name = "inventory.ini", text = [[
[web]
web1 ansible_host=10.0.0.4 ansible_user=root ansible_password=@@password@@

[smtp]
password = @@word_password@@
auth_token = @@hex32@@
]] },
  { name = ".npmrc", text = [[
registry=https://registry.example/
//registry.example/:_authToken=@@npm@@
//npm.acme.dev/:_authToken=@@uuid@@
]] },
  { name = ".pypirc", text = [[
[distutils]
index-servers = pypi

[pypi]
username = __token__
password = @@pypi@@
]] },
  { name = "netrc.txt", text = [[
machine api.heroku.com
  login someone@acme.dev
  password @@uuid@@
machine github.com login bot password @@github@@
]] },
  { name = "Dockerfile", text = [[
FROM node:20
ENV API_KEY=@@random40@@
ENV SENTRY_TOKEN @@hex64@@
ARG NPM_TOKEN=@@npm@@
RUN curl -u deploy:@@url_password@@ https://artifacts.acme.dev/x.tgz | tar xz
]] },
  { name = "Jenkinsfile", text = [[
pipeline {
  environment {
    AWS_SECRET_ACCESS_KEY = '@@aws_secret@@'
    SONAR_TOKEN = "@@random40@@"
  }
  stages { stage('x') { steps { sh "docker login -u ci -p @@github_app@@ ghcr.io" } } }
}
]] },
  { name = "deploy.yml", text = [[
name: deploy
on: push
jobs:
  x:
    env:
      GH_TOKEN: @@github@@
      SLACK_WEBHOOK: https://hooks.slack.com/services/T0AAAAAAA/B0BBBBBBB/@@slack_hook@@
      DISCORD: https://discord.com/api/webhooks/123456789012345678/@@discord_hook@@
    steps:
      - run: echo ${{ secrets.TOKEN }}
        with:
          api-token: "@@digitalocean@@"
]] },
  { name = "main.cpp", text = [[
#include <string>
static const std::string kApiKey = "@@mistral@@";
const char* password = "@@password@@";
std::string secret{"@@random40@@"};
constexpr auto token = R"(@@anthropic@@)";
]] },
  { name = "bot.py", text = [[
TOKEN = '@@discord@@'
bot = telebot.TeleBot("@@telegram@@")
s3 = boto3.client("s3", aws_access_key_id="@@aws_temporary@@",
                  aws_secret_access_key="@@aws_secret@@")
auth = ("admin", "x")
payload = {"grant_type": "password", "client_secret": "@@google_client@@"}
HEADERS = {"x-api-key": "@@hex32@@", "Accept": "application/json"}
session = Session(password='@@word_password@@', timeout=3)
sg = "@@sendgrid@@"
]] },
  { name = "notebook.ipynb", text = [[
{"cells": [{"cell_type": "code", "source": [
  "import os\n",
  "os.environ[\"OPENAI_API_KEY\"] = \"@@openai@@\"\n",
  "password = \"@@word_password@@\"\n"
]}]}
]] },
  { name = "postman.json", text = [[
{"auth": {"type": "bearer", "bearer": [{"key": "token", "value": "@@jwt@@"}]},
 "variable": [{"key": "apiKey", "value": "@@random40@@"}, {"key": "x", "value": "y"}]}
]] },
  { name = "app.log", text = [[
2024-02-03 INFO start pid=4
2024-02-03 WARN retry with token=@@random40@@ attempt=2
2024-02-03 ERROR GET https://api.acme.dev/v1?api_key=@@hex32@@ 500
2024-02-03 DEBUG header Authorization: Basic @@random24@@
]] },
  { name = "app.service", text = [[
[Service]
Environment=STRIPE_KEY=@@stripe_restricted@@
Environment="VAULT_TOKEN=@@vault@@"
ExecStart=/usr/bin/app --password @@password@@
]] },
  { name = "Deploy.ps1", text = [[
$Password = "@@password@@"
$env:AZURE_STORAGE_KEY = "@@azure_storage@@"
$secure = ConvertTo-SecureString "@@word_password@@" -AsPlainText -Force
$cs = "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=@@azure_storage@@"
]] },
  { name = "secrets.rb", text = [[
Stripe.api_key = "@@stripe@@"
Rails.application.config.secret_token = '@@hex64@@'
DB = Sequel.connect(adapter: :mysql2, user: 'a', password: '@@password@@')
KEY = <<~PEM
  @@encrypted@@
PEM
ShopifyAPI::Context.setup(api_secret_key: "@@shopify@@")
]] },
  { name = "analysis.R", text = [[
con <- dbConnect(RPostgres::Postgres(), user = "me", password = "@@password@@")
Sys.setenv(MAPBOX_TOKEN = "@@random40@@")
token <- "@@github_fine@@"
]] },
  { name = "chat.txt", text = [[
Could you check why this fails? I use the key @@mistral@@ and get a 401.
The backup is encrypted with @@age@@, by the way.
@@pgp@@
Thanks!
]] },
  { name = "key.diff", text = [[
--- a/key.pem
+++ b/key.pem
@@ -1,3 +1,9 @@
+@@openssh@@
-api_key: "@@random24@@"
+api_key: "@@random24@@"
]] },
  { name = "Module.vb", text = [[
Module M
    Private Const Password As String = "@@word_password@@"
    Dim cs As String = "Data Source=db;Initial Catalog=a;User ID=sa;Pwd=@@password@@;"
End Module
]] },
  { name = "redis.conf", text = [[
bind 127.0.0.1
port 6379
requirepass @@random24@@
masterauth @@random40@@
]] },
}
