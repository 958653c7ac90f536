// Standard input, as `terraform fmt` writes it.
const { readFileSync } = require("node:fs");
const { format } = require("@cdktf/hcl-tools");

format(readFileSync(0, "utf8")).then((text) => {
  process.stdout.write(text, () => process.exit(0));
});
