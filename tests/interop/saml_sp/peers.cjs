// samlify and node-saml: read our messages (`read-*`), write their own (`write`).
const fs = require("fs");
const path = require("path");
const assert = require("assert");
const samlify = require("samlify");
const { SAML } = require("@node-saml/node-saml");

const [, , WORK, STEP] = process.argv;
const text = (name) => fs.readFileSync(path.join(WORK, name), "utf8").trim();
const write = (name, content) => fs.writeFileSync(path.join(WORK, name), content);
samlify.setSchemaValidator({ validate: () => Promise.resolve("not validated by a schema here") });

const IDP = "https://idp.interop.test/metadata";
const SP = "https://sp.interop.test/metadata";
const binding = (name) => `urn:oasis:names:tc:SAML:2.0:bindings:HTTP-${name}`;
const endpoints = (location) => ["Redirect", "POST"].map((name) => ({ Binding: binding(name), Location: location }));
const idp = samlify.IdentityProvider({
  entityID: IDP,
  privateKey: text("idp.key"),
  signingCert: text("idp.crt"),
  requestSignatureAlgorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
  wantAuthnRequestsSigned: true,
  wantLogoutRequestSigned: true,
  wantLogoutResponseSigned: true,
  singleSignOnService: endpoints("https://idp.interop.test/sso"),
  singleLogoutService: endpoints("https://idp.interop.test/slo"),
});
const sp = samlify.ServiceProvider({ metadata: text("sp-metadata.xml"), wantLogoutRequestSigned: true, wantLogoutResponseSigned: true });

// What a server gives to samlify: the decoded parameters, and the octets as they were signed.
function redirect(name) {
  const raw = text(name).split("?")[1];
  const query = Object.fromEntries(new URLSearchParams(raw));
  return { query, octetString: raw.split("&Signature=")[0] };
}
const posted = (name, parameter) => ({ body: { [parameter]: Buffer.from(text(name)).toString("base64") } });

// node-saml checks messages of an identity provider; here we are that.
const node = new SAML({
  callbackUrl: "https://idp.interop.test/acs",
  issuer: IDP,
  idpIssuer: SP,
  idpCert: text("sp.crt"),
  privateKey: text("idp.key"),
  publicCert: text("idp.crt"),
  signatureAlgorithm: "sha256",
  logoutUrl: "https://sp.interop.test/slo",
  entryPoint: "https://sp.interop.test/slo",
  acceptedClockSkewMs: 60000,
});

const steps = {
  async "read-samlify-authn-redirect"() {
    const { extract } = await idp.parseLoginRequest(sp, "redirect", redirect("authn.url"));
    assert.equal(extract.issuer, SP);
    assert.equal(extract.request.assertionConsumerServiceUrl, "https://sp.interop.test/acs");
  },
  async "read-samlify-authn-post"() {
    const { extract } = await idp.parseLoginRequest(sp, "post", posted("authn.xml", "SAMLRequest"));
    assert.equal(extract.issuer, SP);
  },
  async "read-samlify-logout-redirect"() {
    const { extract } = await idp.parseLogoutRequest(sp, "redirect", redirect("logout.url"));
    assert.equal(extract.nameID, "alice-0001");
  },
  async "read-samlify-logout-post"() {
    const { extract } = await idp.parseLogoutRequest(sp, "post", posted("logout.xml", "SAMLRequest"));
    assert.equal(extract.nameID, "alice-0001");
  },
  async "read-samlify-answer-redirect"() {
    const { extract } = await idp.parseLogoutResponse(sp, "redirect", redirect("answer.url"));
    assert.equal(extract.issuer, SP);
  },
  async "read-node-saml-logout-redirect"() {
    const raw = text("logout.url").split("?")[1];
    const { profile, loggedOut } = await node.validateRedirectAsync(Object.fromEntries(new URLSearchParams(raw)), raw);
    assert.ok(loggedOut);
    assert.equal(profile.nameID, "alice-0001");
  },
  async "read-node-saml-logout-post"() {
    const { profile } = await node.validatePostRequestAsync(posted("logout.xml", "SAMLRequest").body);
    assert.equal(profile.nameID, "alice-0001");
  },
  async write() {
    const user = { logoutNameID: "alice-0001", sessionIndex: "_s1" };
    write("peer-samlify-request.url", idp.createLogoutRequest(sp, "redirect", user, { relayState: "state-1" }).context);
    const post = idp.createLogoutRequest(sp, "post", user, { relayState: "" });
    write("peer-samlify-request.xml", Buffer.from(post.context, "base64").toString());
    const info = { extract: { request: { id: "_out-interop" } } };
    write("peer-samlify-response.url", idp.createLogoutResponse(sp, info, "redirect", { relayState: "state-1" }).context);
    const profile = { nameID: "alice-0001", nameIDFormat: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", sessionIndex: "_s1" };
    write("peer-node-saml-request.url", await node.getLogoutUrlAsync(profile, "state-1", {}));
    write("peer-node-saml-response.url", await node.getLogoutResponseUrlAsync({ ID: "_out-interop" }, "state-1", {}, true));
  },
};

steps[STEP]().catch((error) => {
  console.error(error);
  process.exit(1);
});
