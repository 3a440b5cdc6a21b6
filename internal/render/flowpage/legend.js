// The head: what the map is of, the switch between the policies, the states as legend and
// filter, and the colours of the page.

function startLegend() {
  byId("title").append("flows of ", named(page.scope));
  byId("views").hidden = !page.written;
  byId("views").append(...views.map((word, view) => choice(word, view)));
  byId("states").append(...states.map(stateBox));
  byId("theme").addEventListener("click", switchTheme);
  nameTheme();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", nameTheme);
  watch("filter", countStates);
  countStates();
}

function choice(word, view) {
  const input = element("input", { type: "radio", name: "view", value: view, onchange: () => change({ view }) });
  input.checked = shown.view === view;
  return element("label", {}, input, element("span", {}, word));
}

function stateBox(state) {
  const input = element("input", { type: "checkbox", "data-state": state.name, onchange: (event) => showState(state.name, event.target.checked) });
  input.checked = shown.states.has(state.name);
  return element("label", { title: state.means, class: state.name }, input, sample(state.name),
    element("span", {}, state.symbol + " " + state.word), element("span", { class: "count", "data-count": state.name }));
}

function sample(state) {
  return drawing("svg", { class: "sample", width: 34, height: 12, viewBox: "0 0 34 12", "aria-hidden": "true" },
    drawing("path", { class: "line " + state, d: "M1 6L31 6", "stroke-width": 2.5, "marker-end": `url(#end-${state})` }));
}

function showState(state, wanted) {
  if (wanted) shown.states.add(state);
  else shown.states.delete(state);
  tell("filter");
}

function countStates() {
  const sums = totals(shown.view);
  for (const state of states) document.querySelector(`[data-count="${state.name}"]`).textContent = number(sums[state.name]);
  byId("verdict").textContent = verdictWords();
}

// verdictWords count the links of each state, twice where the policies change the count.
function verdictWords() {
  const before = totals(0), after = page.written ? totals(1) : before;
  const many = (name) => (before[name] === after[name] ? number(after[name]) : number(before[name]) + " → " + number(after[name]));
  const told = states.filter((s) => s.name !== "refused" && (before[s.name] || after[s.name] || s.name === "used" || s.name === "unused"));
  const words = told.map((s) => `${many(s.name)} ${s.word}`).join(" · ");
  return (page.written ? "links today → with these policies: " : "links today: ") + words + (page.written ? "" : "; no policy is written");
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function nameTheme() {
  byId("theme").textContent = isDark() ? "light" : "dark";
  byId("theme").setAttribute("aria-label", "use " + byId("theme").textContent + " colours");
}

function switchTheme() {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  nameTheme();
}
