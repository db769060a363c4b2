// The list of conversations; they live in memory.js.

const busy = () => document.querySelector("#chat .turn:is(.pending, .streaming)");

function draw() {
  const list = element.querySelector("ul");
  if (!list) return;
  const talks = memory.all();
  list.replaceChildren(
    ...talks.map((talk) => {
      const item = document.createElement("li");
      const open = document.createElement("button");
      const away = document.createElement("button");
      const title = talk.title || "…";
      open.type = away.type = "button";
      open.className = "open";
      open.textContent = title;
      open.title = title;
      if (talk.id === memory.current()) open.setAttribute("aria-current", "true");
      away.className = "away";
      away.textContent = "×";
      away.title = memory.label("delete_talk", { title });
      away.setAttribute("aria-label", away.title);
      open.addEventListener("click", () => show(talk.id));
      away.addEventListener("click", () => forget(talk.id, title));
      item.append(open, away);
      return item;
    }),
  );
  element.querySelector(".download")?.toggleAttribute("hidden", !memory.open().messages.length);
  element.dataset.note = talks.length ? "" : memory.label("no_talks");
}

function show(id) {
  if (busy()) return;
  memory.turnTo(id);
  draw();
  document.body.classList.remove("show-talks");
  trigger("reopen", memory.whole(id));
}

function forget(id, title) {
  const here = id === memory.current();
  if ((here && busy()) || !confirm(memory.label("confirm_forget", { title }))) return;
  memory.forget(id);
  if (here) {
    memory.fresh();
    trigger("reopen", memory.open());
  }
}

document.addEventListener("talks", draw);
addEventListener("storage", draw); // another tab
watch("value", draw);
draw();
