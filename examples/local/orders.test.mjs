// `pretoken local exec -- node --test`. Vitest takes the same file with `import { test } from "vitest"`.

import assert from "node:assert/strict";
import { test } from "node:test";

const env = process.env;

/// The access token of a seed, by the call that every client library makes.
async function signIn(seed) {
  const answer = await fetch(env.AWS_ENDPOINT_URL, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "AWSCognitoIdentityProviderService.InitiateAuth",
    },
    body: JSON.stringify({
      ClientId: env.PRETOKEN_CLIENT_CUSTOMERS_WEB,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: {
        USERNAME: env[`PRETOKEN_SEED_${seed}_USERNAME`],
        PASSWORD: env[`PRETOKEN_SEED_${seed}_PASSWORD`],
      },
    }),
  });
  assert.equal(answer.status, 200);
  return (await answer.json()).AuthenticationResult.AccessToken;
}

const scopes = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url")).scope.split(" ");

test("staff write orders", async () => {
  assert.ok(scopes(await signIn(1)).includes("orders/write"));
});

test("customers read them", async () => {
  const found = scopes(await signIn(2));
  assert.ok(found.includes("orders/read") && !found.includes("orders/write"));
});
