// Responses of identity providers in JavaScript: samlify, @boxyhq/saml20, and auth0's `saml` in a Response of ours. Run by
// saml_messages.sh, with the folder of keys and messages as argument.
"use strict";
const fs = require("fs");
const [work] = process.argv.slice(2);
const read = (name) => fs.readFileSync(`${work}/${name}`, "utf8");
const IDP = "https://idp.interop.test/metadata", SP = "https://sp.interop.test/metadata", ACS = "https://sp.interop.test/acs";
const REQUEST = "_req-interop-0001", USER = "alice-canary@idp.interop.test";
const keys = { key: read("idp.key"), cert: read("idp.crt"), spKey: read("sp.key"), spCert: read("sp.crt") };
const base64 = (pem) => pem.replace(/-----[^-]+-----|\s/g, "");

function add(peer, what, text, { encrypted = false, args = [] } = {}) {
  const trust = ["--idp-cert", work + "/{KEY}.crt", "--idp-entity-id", IDP, "--sp-entity-id", SP, "--acs", ACS];
  const when = ["--request-id", REQUEST, "--at", "issue-instant"];
  const key = encrypted ? ["--sp-key", `${work}/sp.key`] : [];
  const entry = { peer, what, text, refused: null, encrypted, command: "check", args: [...trust, ...when, ...key, ...args] };
  fs.appendFileSync(`${work}/messages.jsonl`, JSON.stringify(entry) + "\n");
}

async function samlify() {
  const saml = require("samlify");
  saml.setSchemaValidator({ validate: async () => "not validated: this is the minter" });
  const attributes = [{ name: "mail", valueTag: "user.email", nameFormat: "urn:oasis:names:tc:SAML:2.0:attrname-format:basic", valueXsiType: "xs:string" }];
  const context = saml.SamlLib.defaultLoginResponseTemplate.context;
  const sp = (more) => saml.ServiceProvider({
    entityID: SP, assertionConsumerService: [{ Binding: saml.Constants.namespace.binding.post, Location: ACS }],
    encryptCert: keys.spCert, encPrivateKey: keys.spKey, wantAssertionsSigned: true, ...more });
  const idp = (more) => saml.IdentityProvider({
    entityID: IDP, privateKey: keys.key, signingCert: keys.cert, singleSignOnService: [{ Binding: saml.Constants.namespace.binding.redirect, Location: IDP + "/sso" }],
    nameIDFormat: ["urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"], loginResponseTemplate: { context, attributes }, ...more });
  const instant = (minutes) => new Date(Date.now() + minutes * 60000).toISOString();
  const fill = (idp, sp) => (template) => {
    const id = "_" + require("crypto").randomBytes(16).toString("hex");
    const values = {
      ID: id, AssertionID: "_a" + id, Destination: ACS, Audience: SP, SubjectRecipient: ACS, NameIDFormat: "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
      NameID: USER, Issuer: IDP, IssueInstant: instant(0), ConditionsNotBefore: instant(0), ConditionsNotOnOrAfter: instant(5),
      SubjectConfirmationDataNotOnOrAfter: instant(5), AssertionConsumerServiceURL: ACS, EntityID: SP, InResponseTo: REQUEST,
      StatusCode: "urn:oasis:names:tc:SAML:2.0:status:Success", attrUserEmail: USER, AuthnStatement:
        `<saml:AuthnStatement AuthnInstant="${instant(0)}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` };
    // The AuthnStatement is markup: the library would escape it.
    const text = template.replace("{AuthnStatement}", values.AuthnStatement);
    return { id, context: saml.SamlLib.replaceTagsByValue(text, values) };
  };
  for (const [what, spMore, idpMore, options] of [
    ["Assertion signed, rsa-sha256", {}, {}, {}],
    ["both signed, rsa-sha256", { wantMessageSigned: true }, {}, {}],
    ["Assertion signed, rsa-sha512", {}, { requestSignatureAlgorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512" }, {}],
    ["Assertion signed, then encrypted", {}, { isAssertionEncrypted: true, dataEncryptionAlgorithm: "http://www.w3.org/2009/xmlenc11#aes256-gcm" }, { encrypted: true }],
  ]) {
    const [s, i] = [sp(spMore), idp(idpMore)];
    const made = await i.createLoginResponse(s, { extract: { request: { id: REQUEST } } }, "post", { email: USER }, fill(i, s));
    add("samlify", what, Buffer.from(made.context, "base64").toString(), options);
  }
}

async function boxyhq() {
  const saml20 = require("@boxyhq/saml20").default;
  const made = await saml20.createSAMLResponse({
    audience: SP, issuer: IDP, acsUrl: ACS, requestId: REQUEST, privateKey: keys.key, publicKey: keys.cert,
    claims: { email: USER, raw: { id: USER, email: USER, firstName: "Älice", lastName: "Canary" } } });
  const text = made.trimStart().startsWith("<") ? made : Buffer.from(made, "base64").toString();
  add("@boxyhq/saml20", "Response", text);
}

async function auth0() {
  const { Saml20 } = require("saml");
  for (const algorithm of ["rsa-sha256", "rsa-sha1"]) {
    const assertion = Saml20.create({
      cert: Buffer.from(keys.cert), key: Buffer.from(keys.key), issuer: IDP, lifetimeInSeconds: 300, audiences: SP, recipient: ACS,
      attributes: { mail: USER, role: ["a", "b & <c>"] }, nameIdentifier: USER, inResponseTo: REQUEST, signatureAlgorithm: algorithm,
      digestAlgorithm: algorithm === "rsa-sha1" ? "sha1" : "sha256" });
    const instant = /IssueInstant="([^"]+)"/.exec(assertion)[1];
    const text = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r1" Version="2.0" IssueInstant="${instant}" Destination="${ACS}" InResponseTo="${REQUEST}">` +
      `<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${IDP}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>${assertion}</samlp:Response>`;
    add("auth0 saml", `Assertion signed, ${algorithm}`, text, { args: algorithm === "rsa-sha1" ? ["--allow", "sha1=tests:2100-01-01"] : [] });
  }
}

(async () => {
  let failed = 0;
  for (const [peer, mint] of Object.entries({ samlify, boxyhq, auth0 })) {
    try {
      await mint();
    } catch (error) {
      failed = 1;
      console.log(`FAIL ${peer} mints [${String(error.message || error).split("\n")[0]}]`);
    }
  }
  process.exit(failed);
})();
