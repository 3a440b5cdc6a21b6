// The list of places by group, with how many links each has.

const list = { rows: new Map() };

function startList() {
  watch("filter", drawList);
  watch("selection", markRows);
  byId("search").addEventListener("input", (event) => { shown.query = event.target.value; drawList(); });
  byId("search").addEventListener("keydown", (event) => {
    const first = [...list.rows.values()][0];
    if (first && (event.key === "ArrowDown" || event.key === "Enter")) { first.focus(); event.preventDefault(); }
  });
  byId("list").addEventListener("keydown", walkedRows);
  drawList();
}

function drawList() {
  list.rows.clear();
  const members = groups.map(() => []);
  places.forEach((place, i) => { if (matches(i)) members[place.group].push(i); });
  const found = members.reduce((sum, group) => sum + group.length, 0);
  byId("list").replaceChildren(
    ...members.map((group, i) => (group.length ? drawGroup(i, group) : null)).filter(Boolean),
    found ? "" : element("p", { class: "none" }, places.length ? "no place has these words" : "no flows, and nothing that is configured"));
  if (shown.query) say(counted(found, "place"));
  markRows();
}

function drawGroup(group, members) {
  const check = element("input", { type: "checkbox", "data-group": group, onchange: (event) => showGroup(group, event.target.checked) });
  check.checked = !shown.hidden.has(group);
  return element("section", { "aria-label": groups[group] },
    element("h2", {}, element("label", {}, check, named(groups[group], { title: groups[group] }), element("span", { class: "count" }, String(members.length)))),
    check.checked ? element("ul", {}, ...members.map((place) => element("li", {}, drawRow(place)))) : null);
}

function showGroup(group, wanted) {
  if (wanted) shown.hidden.delete(group);
  else shown.hidden.add(group);
  tell("filter");
  document.querySelector(`[data-group="${group}"]`).focus();
}

function drawRow(place) {
  const sums = totals(shown.view, linksOf[place]);
  const cell = (state, n) => element("span", { class: "n " + state + (n ? "" : " zero"), "aria-hidden": "true" }, n ? number(n) : "");
  const row = element("button", {
    type: "button", class: "row", tabindex: -1, "data-place": place, title: places[place].name, onclick: () => select(place, -1),
    "aria-label": `${places[place].name}: ${sums.used} used, ${sums.blocked} blocked, ${sums.unused} unused`,
  }, named(places[place].label), cell("used", sums.used), cell("blocked", sums.blocked), cell("unused", sums.unused));
  list.rows.set(place, row);
  return row;
}

// markRows marks the selected place. One row at a time is reached by Tab, the others by arrows.
function markRows() {
  const ends = shown.link >= 0 ? [links.from[shown.link], links.to[shown.link]] : [shown.place];
  for (const [place, row] of list.rows) {
    row.classList.toggle("chosen", ends.includes(place));
    row.setAttribute("aria-current", place === shown.place);
  }
  const row = list.rows.get(shown.place) || list.rows.get(ends[0]) || [...list.rows.values()][0];
  if (row) reach(row);
}

function reach(row) {
  for (const other of list.rows.values()) if (other.tabIndex === 0) other.tabIndex = -1;
  row.tabIndex = 0;
}

function walkedRows(event) {
  const rows = [...list.rows.values()];
  const at = rows.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  if (to < 0) return byId("search").focus();
  if (to >= rows.length) return;
  reach(rows[to]);
  rows[to].focus();
}
