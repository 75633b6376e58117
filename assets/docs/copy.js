/** Gives every block that is meant to be pasted a button that copies it. Without this script there is none. */
const SHOWN_MS = 2000;

for (const block of document.querySelectorAll(".copyable")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    const text = block.querySelector("pre").textContent;
    button.textContent = await navigator.clipboard.writeText(text).then(
      () => "Copied",
      () => "Select it and press Ctrl+C",
    );
    setTimeout(() => {
      button.textContent = "Copy";
    }, SHOWN_MS);
  });
  block.append(button);
}
