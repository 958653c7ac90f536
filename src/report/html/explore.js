"use strict";
// The page reads and works without this: it only saves pressing the button, and reloads when the file is saved.
const seen = document.body.dataset.version;
(async () => {
  for (;;) {
    try {
      const answer = await fetch("news?seen=" + seen, { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.statusText);
      if ((await answer.text()) !== seen) return location.reload();
    } catch {
      document.getElementById("gone").hidden = false;
      return;
    }
  }
})();
const form = document.getElementById("form");
form?.addEventListener("change", () => form.requestSubmit());
// What is empty need not be in an address that is passed on.
form?.addEventListener("formdata", ({ formData }) => {
  for (const name of new Set(formData.keys())) {
    const said = formData.getAll(name).filter((value) => value.trim());
    formData.delete(name);
    said.forEach((value) => formData.append(name, value));
  }
});
const copy = document.getElementById("copy");
if (copy && navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById("promise").textContent);
    copy.textContent = "Copied";
  });
}
