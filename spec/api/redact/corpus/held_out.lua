--- Files nobody tuned anything on: what recall is measured with. Whoever changes a pattern because
--- of one of these moves it to tuned.lua and writes another.
return {
  { name = "Settings.scala", text = [[
object Settings {
  val jwtSecret = "@@random40@@"
  val dbPass: String = "@@password@@"
  val uri = "mongodb://svc:@@url_password@@@mongo1:27017,mongo2:27017/shop"
}
]] },
  { name = "core.clj", text = [[
(ns shop.core)
(def api-key "@@mistral@@")
(def db {:user "app" :password "@@password@@"})
(def headers {"Authorization" "Bearer @@jwt@@"})
]] },
  { name = "AppDelegate.m", text = [[
#import "AppDelegate.h"
static NSString *const kApiSecret = @"@@random40@@";
#define MAPS_KEY @"@@google_api@@"
- (void)login { [self user:@"bob" password:@"@@word_password@@"]; }
]] },
  { name = "client.ts", text = [[
export const environment = {
  production: true,
  apiKey: '@@google_api@@',
  sentryAuthToken: '@@hex64@@',
};
const client = new Anthropic({ apiKey: "@@anthropic@@" });
const stripe: Stripe = new Stripe('@@stripe@@', { apiVersion: '2023-10-16' });
let password: string | undefined = '@@word_password@@';
fetch(url, { headers: { 'X-Auth-Token': '@@uuid@@' } });
]] },
  { name = "gradle.properties", text = [[
org.gradle.jvmargs=-Xmx2g
signing.password=@@word_password@@
mavenPassword=@@password@@
githubPackagesToken=@@github@@
]] },
  { name = "group_vars.yml", text = [[
mysql_root_password: "@@password@@"
grafana_admin_password: @@word_password@@
slack_token: @@slack_bot@@
deploy_key: |
  @@openssh@@
users:
  - { name: ci, password: "@@word_password@@" }
]] },
  { name = "config.yml", text = [[
version: 2.1
jobs:
  build:
    docker:
      - image: cimg/node:18.0
        auth:
          username: ci
          password: @@random24@@
    environment:
      CODECOV_TOKEN: @@uuid@@
      VAULT_TOKEN: @@vault@@
]] },
  { name = "my.cnf", text = [[
[client]
user=root
password="@@password@@"
host=localhost
]] },
  { name = "grafana.ini", text = [[
[security]
admin_user = admin
admin_password = @@password@@
secret_key = @@random24@@
[smtp]
password = """@@word_password@@"""
]] },
  { name = "laravel.env", text = [[
APP_KEY=base64:@@base64_key@@
MAIL_PASSWORD=@@plain_password@@
AWS_ACCESS_KEY_ID=@@aws_id@@
AWS_SECRET_ACCESS_KEY=@@aws_secret@@
PUSHER_APP_SECRET=@@hex32@@
STRIPE_SECRET=@@stripe_restricted@@
JWT_SECRET=@@random40@@
]] },
  { name = "config.fish", text = [[
set -gx GITLAB_TOKEN @@gitlab@@
set -x OPENAI_API_KEY "@@openai@@"
alias k kubectl
]] },
  { name = "build.bat", text = [[
@echo off
set NPM_TOKEN=@@npm@@
set DB_PASSWORD=@@password@@
]] },
  { name = "git-config", text = [[
[remote "origin"]
	url = https://x-access-token:@@github_app@@@github.com/acme/shop.git
[credential]
	helper = store
]] },
  { name = "README.md", text = [[
## Setup
Run with your key:

    curl https://api.mistral.ai/v1/models -H "Authorization: Bearer @@mistral@@"

Or `export HF_TOKEN=@@huggingface@@` and log in as `admin` with `--token @@random40@@`.
]] },
  { name = "stack.json", text = [[
{
  "Parameters": {
    "DBPassword": { "Type": "String", "Default": "x", "NoEcho": true },
    "MasterUserPassword": "@@word_password@@"
  },
  "google": {"client_id": "1-a.apps", "client_secret": "@@google_client@@"},
  "privateKey": "@@json_key@@",
  "webhook": "https://hooks.slack.com/services/T0XXXX0AB/B0YYYY0CD/@@slack_hook@@"
}
]] },
  { name = "test_api.py", text = [[
class TestApi:
    token = "@@jwt@@"
    def test_login(self):
        r = self.client.post("/login", json={"user": "bob", "password": "@@word_password@@"})
        sg = SendGrid("@@sendgrid@@")
        twilio = Client("AC123", api_key_sid="@@twilio@@")
        conn = psycopg2.connect(f"dbname=x user=y password=@@password@@ host={host}")
        assert hmac.new(b"@@random40@@", body).hexdigest()
]] },
  { name = "Main.hs", text = [[
apiToken :: Text
apiToken = "@@random40@@"
connStr = "postgresql://app:@@url_password@@@10.0.0.2/shop"
]] },
  { name = "main.zig", text = [[
const api_key = "@@random40@@";
const password: []const u8 = "@@password@@";
]] },
  { name = "users.sql", text = [[
CREATE ROLE app LOGIN PASSWORD '@@password@@';
GRANT ALL ON *.* TO 'a'@'%' IDENTIFIED BY '@@word_password@@';
SELECT dblink_connect('host=x user=y password=@@password@@');
]] },
  { name = "app.vue", text = [[
<script setup>
const firebaseConfig = { apiKey: "@@google_api@@", appId: "1:2:web:3" }
const mapboxToken = '@@random40@@'
</script>
]] },
  { name = "context.xml", text = [[
<Context>
  <Resource name="jdbc/db" username="app" password="@@password@@" driverClassName="x"/>
  <apiKey>@@hex32@@</apiKey>
  <client-secret>@@random40@@</client-secret>
</Context>
]] },
  { name = "numbered.txt", text = [[
File: deploy/key.ts
Language: typescript
Lines 7 to 30:

7 | export const key = `
8 | @@pkcs8@@
20 | `;
21 | const botToken = "@@telegram@@";
22 | const t = "@@discord@@";
]] },
  { name = "upload.sh", text = [[
#!/bin/sh
TOKEN=@@digitalocean@@
twine upload -u __token__ -p @@pypi@@ dist/*
curl -u "ci:@@url_password@@" -T x.tgz https://repo.acme.dev/x
aws configure set aws_secret_access_key @@aws_secret@@
az storage blob upload --account-key @@azure_storage@@ -f x
age-keygen # @@age@@
SHOPIFY=@@shopify@@
wget "https://a.blob.core.windows.net/c/f?sv=2020-08-04&sig=@@azure_sas@@"
]] },
  { name = "keys.asc", text = [[
@@pgp@@

Legacy:
@@encrypted@@
  and the small one:
    @@ec@@
]] },
  { name = "nomad.hcl", text = [[
job "shop" {
  env {
    DB_PASSWORD = "@@password@@"
    S3_SECRET   = "@@aws_secret@@"
  }
  template { data = "token={{ with secret \"kv/x\" }}{{ .Data.token }}{{ end }}" }
  vault { token = "@@vault@@" }
}
]] },
  { name = "main.dart", text = [[
const String apiKey = '@@google_api@@';
final dio = Dio()..options.headers['Authorization'] = 'Bearer @@random40@@';
static const _password = "@@word_password@@";
]] },
  { name = "odbc.ini", text = [[
[shop]
Driver = PostgreSQL
UID = app
PWD = @@password@@
]] },
  { name = "issue.md", text = [[
It fails with the config below. I have put `sk` there already:

```yaml
openai: { key: "@@openai@@" }
mail:
  smtp_password: "@@password@@"
  url: "smtps://bot:@@url_password@@@mail.acme.dev:465"
```
]] },
  { name = "Tests.fs", text = [[
let connectionString = "Host=db;Username=app;Password=@@word_password@@;Database=shop"
let apiToken = "@@gitlab@@"
let [<Literal>] ClientSecret = "@@random40@@"
]] },
}
