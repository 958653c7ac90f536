// The clients that web applications use, as their own documentation shows them. Everything comes from the environment.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Amplify } from "aws-amplify";
import * as auth from "aws-amplify/auth";
import { cognitoUserPoolsTokenProvider } from "aws-amplify/auth/cognito";
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from "amazon-cognito-identity-js";
import { CognitoJwtVerifier } from "aws-jwt-verify";

const env = process.env;
const pool = env.PRETOKEN_POOL_CUSTOMERS;
const client = env.PRETOKEN_CLIENT_CUSTOMERS_WEB;
const endpoint = env.AWS_ENDPOINT_URL;
const ada = { username: env.PRETOKEN_SEED_1_USERNAME, password: env.PRETOKEN_SEED_1_PASSWORD };
const bob = { username: env.PRETOKEN_SEED_2_USERNAME, password: env.PRETOKEN_SEED_2_PASSWORD };

const scopes = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url")).scope.split(" ").sort();
const has = (token, ...wanted) => wanted.forEach((scope) => assert.ok(scopes(token).includes(scope), scope));
const lacks = (token, scope) => assert.ok(!scopes(token).includes(scope), scope);

// aws-jwt-verify, as an API uses it
const keys = await (await fetch(env.PRETOKEN_JWKS_URL_CUSTOMERS)).json();
const verifying = (options) => {
  const one = CognitoJwtVerifier.create({ userPoolId: pool, clientId: client, tokenUse: "access", ...options });
  one.cacheJwks(keys);
  return one;
};
const verifier = verifying({ scope: "orders/write" });

// amazon-cognito-identity-js: SRP, refresh, attributes, sign-out
const users = new CognitoUserPool({ UserPoolId: pool, ClientId: client, endpoint });
const promised = (call) => new Promise((resolve, reject) => call((error, result) => (error ? reject(error) : resolve(result))));
const signedIn = (user, password) =>
  new Promise((onSuccess, onFailure) =>
    user.authenticateUser(new AuthenticationDetails({ Username: user.getUsername(), Password: password }), { onSuccess, onFailure }));
const user = new CognitoUser({ Username: ada.username, Pool: users });
const session = await signedIn(user, ada.password);
has(session.getAccessToken().getJwtToken(), "orders/read", "orders/write");
const [access, id] = [session.getAccessToken().getJwtToken(), session.getIdToken().getJwtToken()];
await verifier.verify(access);
await verifying({ scope: ["orders/admin", "orders/read"] }).verify(access);
await verifying({ tokenUse: "id" }).verify(id);
const [head, body, signature] = access.split(".");
const claims = { ...JSON.parse(Buffer.from(body, "base64url")), scope: "orders/write orders/admin" };
const changed = [head, Buffer.from(JSON.stringify(claims)).toString("base64url"), signature].join(".");
const none = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
for (const [why, one, token] of [
  ["an ID token at an API", verifier, id],
  ["a token of another client", verifying({ clientId: "another" }), access],
  ["a token of another pool", verifying({ userPoolId: `${pool}x` }), access],
  ["a scope that no rule gave", verifying({ scope: "orders/admin" }), access],
  ["what was changed after it was signed", verifying({ scope: "orders/admin" }), changed],
  ["what nobody signed", verifier, `${none}.${body}.`],
]) {
  await assert.rejects(one.verify(token), undefined, why);
}
const refreshed = await promised((done) => user.refreshSession(session.getRefreshToken(), done));
has(refreshed.getAccessToken().getJwtToken(), "orders/read", "orders/write");
await promised((done) => user.getUserAttributes(done));
await new Promise((onSuccess, onFailure) => user.globalSignOut({ onSuccess, onFailure }));
await assert.rejects(promised((done) => user.refreshSession(session.getRefreshToken(), done)));
await assert.rejects(signedIn(new CognitoUser({ Username: ada.username, Pool: users }), "wrong-Passw0rd!"));

// aws-amplify: sign-up by itself, SRP, forced refresh, sign-out
const store = new Map();
cognitoUserPoolsTokenProvider.setKeyValueStorage({
  setItem: async (key, value) => void store.set(key, value),
  getItem: async (key) => store.get(key) ?? null,
  removeItem: async (key) => void store.delete(key),
  clear: async () => store.clear(),
});
Amplify.configure({ Auth: { Cognito: { userPoolId: pool, userPoolClientId: client, userPoolEndpoint: endpoint } } });
await auth.signIn(bob);
const first = (await auth.fetchAuthSession()).tokens.accessToken.toString();
has(first, "orders/read");
lacks(first, "orders/write");
await assert.rejects(verifier.verify(first));
has((await auth.fetchAuthSession({ forceRefresh: true })).tokens.accessToken.toString(), "orders/read");
await auth.signOut();
await assert.rejects(auth.getCurrentUser());

const eve = { username: "eve", password: "aA1!" + createHash("sha256").update("eve").digest("hex").slice(0, 12) };
await auth.signUp({ ...eve, options: { userAttributes: { email: "eve@example.com" } } });
console.log("browser libraries: ok");
