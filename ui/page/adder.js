// Files and folders, dropped or chosen, go to the server one after the other, telling how far; then Python hears of
// them.

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
  return (className, text, share = null) => {
    item.className = className;
    state.textContent = text;
    let bar = item.querySelector("progress");
    if (share === null) return bar?.remove();
    if (!bar) item.append((bar = document.createElement("progress")));
    bar.value = share;
  };
}

const percent = (share) => `${Math.floor(100 * share)}%`;

/** Send a file, telling which share of it has gone; gives its place on the server. */
function post(file, tell) {
  return new Promise((done, fail) => {
    const { root, api_prefix } = window.gradio_config;
    const form = new FormData();
    const request = new XMLHttpRequest(); // fetch tells nothing of what has gone
    form.append("files", file);
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => tell(total ? loaded / total : 1));
    request.addEventListener("load", () => (request.response?.[0] ? done(request.response[0]) : fail()));
    for (const end of ["error", "abort", "timeout"]) request.addEventListener(end, fail);
    request.open("POST", `${new URL(root, location.href).pathname.replace(/\/$/, "")}${api_prefix}/upload`);
    request.send(form);
  });
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
  const box = document.createElement("section");
  const head = document.createElement("h3");
  const list = document.createElement("ul");
  box.className = "sending report";
  box.append(head, list);
  element.querySelector(".adder").append(box);
  element.classList.add("busy");
  const going = [];
  for (const { file, name } of found.slice(0, files)) {
    const say = row(list, name);
    const wrong = problem(file, name, limits());
    say(wrong ? "failed" : "waiting", wrong || memory.label("file_waiting"));
    if (!wrong) going.push({ file, name, say });
  }
  if (found.length > files) row(list, "…")("failed", memory.label("too_many", { n: files }));
  const total = going.reduce((sum, { file }) => sum + file.size, 0);
  const sent = [];
  let before = 0; // bytes of the files that are through
  for (const [at, { file, name, say }] of going.entries()) {
    const tell = (share) => {
      const all = total ? (before + share * file.size) / total : 1;
      head.textContent = memory.label("sending", { n: at + 1, all: going.length, percent: percent(all) });
      say("working", memory.label("file_sending", { percent: percent(share) }), share);
    };
    tell(0);
    try {
      sent.push({ name, path: await post(file, tell) });
      say("done", "100%");
    } catch {
      say("failed", memory.label("upload_failed"));
    }
    before += file.size;
  }
  list.querySelectorAll("li:not(.failed)").forEach((item) => item.remove()); // the report goes on with them
  head.textContent = memory.label("not_sent", { n: list.children.length });
  if (!list.children.length) box.remove();
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
