// A login at a real oidc-provider on the loopback interface: code flow, its own development interactions, no browser. Its ID tokens
// are judged by judge.py. Run by oidc.sh.
import { createRequire } from "node:module";
import { appendFileSync, writeFileSync } from "node:fs";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { pathToFileURL } from "node:url";

const [work] = process.argv.slice(2);
const path = createRequire(process.env.NODE_PATH + "/").resolve("oidc-provider");
const { Provider, default: fallback } = await import(pathToFileURL(path));
const OidcProvider = Provider ?? fallback;
const NONCE = "nonce-interop", USER = "alice-canary", SECRET = "secret-interop";
const CALLBACK = "https://rp.interop.test/cb";
const ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA"];

const makes = () => [
  ["rsa", { modulusLength: 2048 }], ["ec", { namedCurve: "P-256" }], ["ec", { namedCurve: "P-384" }], ["ed25519", {}],
].map(([type, options], index) => ({ ...generateKeyPairSync(type, options).privateKey.export({ format: "jwk" }), kid: `k${index}`, use: "sig" }));
const publicKeys = (keys) => ({ keys: keys.map(({ d, p, q, dp, dq, qi, ...rest }) => rest) });
const keys = makes();

const provider = new OidcProvider("http://127.0.0.1:0", {
  clients: ALGORITHMS.map((algorithm) => ({ client_id: algorithm, client_secret: SECRET, redirect_uris: [CALLBACK], id_token_signed_response_alg: algorithm, grant_types: ["authorization_code"], response_types: ["code"] })),
  jwks: { keys },
  enabledJWA: { idTokenSigningAlgValues: ALGORITHMS },
  findAccount: async (context, id) => ({ accountId: id, claims: async () => ({ sub: id, email: `${id}@op.interop.test` }) }),
  claims: { openid: ["sub"], email: ["email"] }, conformIdTokenClaims: false, cookies: { keys: ["k"] }, pkce: { required: () => false },
});
const server = provider.listen(0, "127.0.0.1");
await new Promise((ready) => server.once("listening", ready));
const base = `http://127.0.0.1:${server.address().port}`;

// A user agent that keeps cookies and follows redirects as far as the service's own address.
async function login(client) {
  const jar = new Map();
  const visit = async (url, body) => {
    const headers = { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") };
    if (body) headers["content-type"] = "application/x-www-form-urlencoded";
    const answer = await fetch(url, { redirect: "manual", headers, method: body ? "POST" : "GET", body });
    for (const cookie of answer.headers.getSetCookie()) {
      const [pair] = cookie.split(";");
      jar.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
    }
    return answer;
  };
  const query = new URLSearchParams({ client_id: client, redirect_uri: CALLBACK, response_type: "code", scope: "openid email", nonce: NONCE, state: randomBytes(8).toString("hex") });
  let answer = await visit(`${base}/auth?${query}`);
  for (let step = 0; step < 12; step += 1) {
    const to = answer.headers.get("location");
    if (to?.startsWith(CALLBACK)) {
      const code = new URL(to).searchParams.get("code");
      if (!code) throw new Error(new URL(to).searchParams.get("error_description"));
      const form = new URLSearchParams({ grant_type: "authorization_code", code, redirect_uri: CALLBACK });
      const basic = Buffer.from(`${client}:${SECRET}`).toString("base64");
      const tokens = await fetch(`${base}/token`, { method: "POST", body: form, headers: { authorization: `Basic ${basic}` } });
      const answered = await tokens.json();
      if (!answered.id_token) throw new Error(answered.error_description);
      return answered;
    }
    if (to) {
      const next = new URL(to, base);
      answer = await visit(base + next.pathname + next.search);
    } else {
      const page = await answer.text();
      const [, action] = /action="([^"]+)"/.exec(page);
      const [, prompt] = /name="prompt" value="([^"]+)"/.exec(page);
      answer = await visit(base + new URL(action, base).pathname, new URLSearchParams({ prompt, login: USER, password: "any" }));
    }
  }
  throw new Error("the login did not end");
}

writeFileSync(`${work}/good.provider.json`, JSON.stringify(publicKeys(keys)));
writeFileSync(`${work}/other.provider.json`, JSON.stringify(publicKeys(makes())));
const issuer = (await (await fetch(`${base}/.well-known/openid-configuration`)).json()).issuer;
let failed = 0;
for (const algorithm of ALGORITHMS) {
  try {
    const tokens = await login(algorithm);
    const trust = ["--issuer", issuer, "--jwks", work + "/{KEY}.provider.json", "--client-id", algorithm, "--nonce", NONCE];
    const add = (what, args, refused) => appendFileSync(`${work}/messages.jsonl`,
      JSON.stringify({ peer: "oidc-provider", what, text: tokens.id_token, refused, encrypted: false, command: "check", args }) + "\n");
    add(`ID token, ${algorithm}`, [...trust, "--access-token", tokens.access_token], null);
    const claims = JSON.parse(Buffer.from(tokens.id_token.split(".")[1], "base64url"));
    if (claims.at_hash) add(`ID token, ${algorithm}, another access token`, [...trust, "--access-token", "x" + tokens.access_token], ["HashMismatch"]);
    add(`ID token, ${algorithm}, another nonce`, [...trust.slice(0, -1), "another"], ["NonceMismatch"]);
  } catch (error) {
    failed = 1;
    console.log(`FAIL oidc-provider ${algorithm} [${String(error.message || error)}]`);
  }
}
server.close();
process.exit(failed);
