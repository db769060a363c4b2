// Files and folders, dropped or chosen, go to the server one after the other; then Python hears of them.

const limits = () => {
  const { suffixes, bytes, files } = element.querySelector(".adder").dataset;
  return { suffixes: suffixes.split(" "), bytes: Number(bytes), files: Number(files) };
};

/** Every file below a dropped entry, each with its path; no file where one can't be read or has gone. */
async function below(entry, path = "") {
  try {
    if (entry.isFile) {
      const file = await new Promise((done, fail) => entry.file(done, fail));
      return [{ file, name: path + file.name }];
    }
    const reader = entry.createReader();
    const found = [];
    for (;;) {
      const batch = await new Promise((done, fail) => reader.readEntries(done, fail)); // a hundred at a time
      if (!batch.length) return found;
      for (const child of batch) found.push(...(await below(child, `${path}${entry.name}/`)));
    }
  } catch {
    return [{ file: null, name: path + entry.name }];
  }
}

function row(list, name) {
  const item = document.createElement("li");
  const label = document.createElement("span");
  const state = document.createElement("span");
  label.className = "name";
  label.textContent = name;
  state.className = "state";
  item.append(label, state);
  list.append(item);
  return (className, text) => {
    item.className = className;
    state.textContent = text;
  };
}

/** Why a file can't be sent; empty when it can. */
function problem(file, name, { suffixes, bytes }) {
  if (!file) return memory.label("upload_failed");
  const suffix = (/\.[^./]+$/.exec(name) ?? [""])[0].toLowerCase();
  if (!suffixes.includes(suffix)) return memory.label("wrong_type", { kinds: suffixes.join(" ") });
  return file.size > bytes ? memory.label("too_large", { mb: bytes / 1e6 }) : "";
}

let last = Promise.resolve(); // what is dropped while files are being sent waits for them
const later = (found) => (last = last.catch(() => {}).then(() => send(found)));

async function send(found) {
  const { files } = limits();
  // What the system leaves in folders is nobody's article.
  found = found.filter(({ name }) => !/(^|\/)(\.|__MACOSX\/|Thumbs\.db$|desktop\.ini$)/.test(name));
  if (!found.length) return;
  element.querySelector(".sending")?.remove();
  const list = document.createElement("ul");
  list.className = "sending report";
  element.querySelector(".adder").append(list);
  element.classList.add("busy");
  const sent = [];
  for (const { file, name } of found.slice(0, files)) {
    const say = row(list, name);
    const wrong = problem(file, name, limits());
    if (wrong) {
      say("failed", wrong);
      continue;
    }
    say("working", memory.label("uploading"));
    try {
      const { path } = await upload(file);
      sent.push({ name, path });
      say("done", "✓");
    } catch {
      say("failed", memory.label("upload_failed"));
    }
  }
  if (found.length > files) row(list, "…")("failed", memory.label("too_many", { n: files }));
  list.querySelectorAll("li:not(.failed)").forEach((item) => item.remove()); // the report goes on with them
  if (!list.children.length) list.remove();
  element.classList.remove("busy");
  if (sent.length) trigger("sent", { files: sent });
}

element.addEventListener("click", (event) => {
  if (event.target.closest(".files")) element.querySelector("input[multiple]").click();
  if (event.target.closest(".folder")) element.querySelector("input[webkitdirectory]").click();
});

element.addEventListener("change", (event) => {
  const chosen = [...event.target.files].map((file) => ({ file, name: file.webkitRelativePath || file.name }));
  event.target.value = "";
  later(chosen);
});

for (const kind of ["dragover", "dragleave", "drop"]) {
  element.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    element.classList.toggle("over", kind === "dragover");
    if (kind !== "drop") return;
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
    Promise.all(entries.map((entry) => below(entry))).then((found) => later(found.flat()));
  });
}
