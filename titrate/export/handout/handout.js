"use strict";
// Shows what of the page holds now, and keeps the patient's ticks and notes in this browser. It knows no dose and does no sum with
// one: all that it may show stands in the page already. It loads nothing and sends nothing.
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const instant = (text, open) => (text ? Date.parse(text) : open);

  // --- What holds now ---
  const timed = all("[data-since]").map(element => ({
    element,
    since: instant(element.dataset.since, -Infinity),
    until: instant(element.dataset.until, Infinity),
  }));
  const cards = all("#today > [data-since]");

  function showNow() {
    const now = Date.now();
    for (const { element, since, until } of timed) element.toggleAttribute("hidden", !(since < now && now <= until));
    const shown = cards.find(card => !card.hidden);
    const date = shown?.dataset.date;
    for (const row of all("[data-row]")) row.classList.toggle("is-today", row.dataset.row === date);
    // The printed box stays in sight unless what holds now is surely shown in its place.
    document.documentElement.classList.toggle("knows-today", shown !== undefined);
  }

  // --- Ticks and notes: by the plan, so that a new page of a changed plan goes on with them ---
  const chart = document.querySelector("[data-plan]");
  const place = `titrate.${chart?.dataset.plan}`;
  let notes = {};
  let kept = true;

  function read() {
    try {
      notes = { ...JSON.parse(localStorage.getItem(place)) };
    } catch {
      kept = false; // no store, or none that can be read: what is there stays as it is
    }
  }

  function note(name, value) {
    if (kept) read(); // another window may have noted something
    if (value === "") delete notes[name];
    else notes[name] = value;
    write();
  }

  function write() {
    try {
      if (kept) localStorage.setItem(place, JSON.stringify(notes));
    } catch {
      kept = false;
    }
    showNotes();
  }

  function showNotes() {
    for (const control of controls) control.show(notes[control.name] ?? "");
    // A dose that is ticked was taken: nothing is to be done about it.
    for (const line of all("[data-if-not]")) line.hidden = notes[line.dataset.ifNot] === "yes";
    for (const line of all("[data-if]")) line.hidden = notes[line.dataset.if] !== "yes";
    for (const box of all(".late")) box.hidden = all("[data-if-not]", box).every(line => line.hidden);
    document.getElementById("kept").hidden = !kept;
    document.getElementById("not-kept").hidden = kept;
  }

  // --- The controls ---
  const made = name => document.getElementById(name).content.firstElementChild.cloneNode(true);
  const controls = [];

  function tickIn(element) {
    const box = document.createElement("input");
    const label = document.createElement("label");
    const cell = element.matches("li") ? element : element.parentElement;
    box.type = "checkbox";
    box.className = "tick";
    if (element.dataset.label) box.setAttribute("aria-label", element.dataset.label);
    box.addEventListener("change", () => note(element.dataset.tick, box.checked ? "yes" : ""));
    controls.push({ name: element.dataset.tick, show: value => { box.checked = value === "yes"; } });
    if (element !== cell) element.remove();
    const text = document.createElement("span");
    text.append(...cell.childNodes);
    label.append(box, text);
    cell.append(label);
  }

  function fieldIn(element, name, kind) {
    const field = made(`${kind}-field`);
    field.setAttribute("aria-label", element.dataset.label);
    field.addEventListener("change", () => note(name, field.checkValidity() ? field.value : ""));
    controls.push({ name, show: value => {
      field.value = value;
      field.toggleAttribute("data-noted", value !== "");
    } });
    element.append(field);
  }

  function levelsIn(element, name) {
    const group = made("levels-buttons");
    const buttons = all("button", group);
    group.setAttribute("aria-label", element.dataset.label);
    for (const button of buttons) {
      button.addEventListener("click", () => note(name, notes[name] === button.value ? "" : button.value));
    }
    controls.push({ name, show: value => {
      for (const button of buttons) button.setAttribute("aria-pressed", String(button.value === value));
    } });
    element.append(group);
  }

  function countIn(element, name) {
    const group = made("count-buttons");
    group.setAttribute("aria-label", element.dataset.label);
    for (const button of all("button", group)) {
      button.addEventListener("click", () => note(name, String(Math.min(99, Math.max(0, Number(notes[name] ?? 0) + Number(button.value))))));
    }
    controls.push({ name, show: value => { group.querySelector("output").textContent = value; } });
    element.append(group);
  }

  function controlIn(element) {
    const name = element.dataset.note;
    const kind = name.endsWith(".attacks") ? "count" : "levels";
    if (element.dataset.by === "field") fieldIn(element, name, kind);
    else if (kind === "count") countIn(element, name);
    else levelsIn(element, name);
  }

  // --- The diary as a table: a row a day, of the days on this page and of all that were noted ---
  function diary() {
    const slots = ["morning", "midday", "evening"];
    const logs = ["sleepy", "dizzy", "attacks"];
    const noted = Object.keys(notes).map(name => /^(\d{4}-\d\d-\d\d)\./.exec(name)?.[1]).filter(Boolean);
    const days = [...new Set([...all("[data-row]").map(row => row.dataset.row), ...noted])];
    const heads = ["date", ...slots.map(slot => `${slot}_taken`), "sleepy_0_to_3", "dizzy_0_to_3", "attacks"];
    const rows = days.sort().map(day => [day, ...[...slots, ...logs].map(part => notes[`${day}.${part}`] ?? "")]);
    return [heads, ...rows].map(row => `${row.join(",")}\r\n`).join("");
  }

  function save() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([diary()], { type: "text/csv" }));
    link.download = "diary.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  // --- Begin ---
  if (chart) {
    all("[data-tick]").forEach(tickIn);
    all("[data-note]").forEach(controlIn);
    document.getElementById("save").addEventListener("click", save);
    document.getElementById("clear").addEventListener("click", ({ target }) => {
      if (!confirm(target.dataset.sure)) return;
      notes = {};
      write();
    });
    addEventListener("storage", () => { read(); showNotes(); });
    read();
    write(); // which tells whether anything is kept
    for (const part of all(".by-script")) part.hidden = false;
  }
  showNow();
  setInterval(showNow, 15_000);
  addEventListener("pageshow", showNow);
  document.addEventListener("visibilitychange", showNow);
})();
