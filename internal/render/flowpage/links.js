// The details of a place: its links, by state; and of nothing: the whole.

const rowsAtOnce = 100;

function overview() {
  const sums = [totals(0), totals(1)].slice(0, page.written ? 2 : 1);
  return [
    element("h2", { tabindex: -1 }, "All links"),
    element("table", {},
      element("thead", {}, element("tr", {}, ["link", ...views].slice(0, sums.length + 1).map((word) => element("th", { scope: "col" }, word)))),
      element("tbody", {}, ...states.map((state) => element("tr", {},
        element("th", { scope: "row", class: "state " + state.name }, state.symbol + " " + state.word, element("small", {}, state.means)),
        sums.map((sum) => element("td", {}, number(sum[state.name]), stoppedWords(state, sum))))))),
    section("Window", [page.window]),
    section(page.sources && page.sources.length > 1 ? "Sources" : "Source", page.sources),
    section("Notes", page.notes),
    element("h3", {}, "Keys"), element("p", { class: "keys" }, "/ searches, arrows walk in the list and in the graph, Enter selects, Escape goes back."),
  ];
}

function stoppedWords(state, sum) {
  return state.name === "configured" && sum.stopped ? element("small", {}, `${number(sum.stopped)} not allowed`) : null;
}

function section(title, lines) {
  if (!lines || !lines.length) return null;
  return [element("h3", {}, title), element("ul", { class: "lines" }, ...lines.map((line) => element("li", {}, named(line))))];
}

// placeDetails list the links of a place, worst state first.
function placeDetails(place) {
  const p = places[place];
  const by = new Map(states.map((state) => [state.name, []]));
  for (const link of linksOf[place]) by.get(stateOf(link, shown.view)).push(link);
  const present = states.filter((state) => by.get(state.name).length);
  const listed = present.filter((state) => shown.states.has(state.name)), filtered = present.filter((state) => !shown.states.has(state.name));
  return [
    closing("close"),
    element("h2", { tabindex: -1 }, named(p.name)),
    element("p", { class: "facts" }, [groups[p.group], p.facts].filter(Boolean).join("; ")),
    element("p", { class: "view" }, page.written ? views[shown.view] + ":" : ""),
    ...listed.map((state) => stateSection(state, by.get(state.name), place)),
    present.length ? null : element("p", {}, "no link begins or ends here"),
    filtered.length ? element("p", { class: "filtered" }, "not listed, by the filter above: ",
      filtered.map((s) => `${number(by.get(s.name).length)} ${s.word}`).join(", ")) : null,
  ];
}

function stateSection(state, all, place) {
  const body = element("ul", { class: "links" });
  const more = element("button", { type: "button", class: "more" });
  const sorted = all.slice().sort((a, b) => countOf(b) - countOf(a) || a - b);
  const grow = () => {
    const have = body.children.length;
    body.append(...sorted.slice(have, have + rowsAtOnce).map((link) => linkRow(link, place)));
    more.hidden = body.children.length === sorted.length;
    more.textContent = `${Math.min(rowsAtOnce, sorted.length - body.children.length)} more of ${number(sorted.length)}`;
  };
  more.addEventListener("click", () => {
    const have = body.children.length;
    grow();
    body.children[have].firstElementChild.focus();
  });
  grow();
  const heading = element("h3", { class: "state " + state.name }, `${state.symbol} ${state.word} `, element("span", { class: "count" }, number(all.length)));
  return element("section", {}, heading, body, more);
}

// linkRow is a link seen from a place; from none, with both of its ends.
function linkRow(link, place) {
  const out = links.from[link] === place;
  const other = places[out ? links.to[link] : links.from[link]];
  const seen = evidenceOf(link) || {};
  return element("li", {}, element("button", { type: "button", class: "link", "data-link": link, onclick: () => select(place, link) },
    element("span", { class: "way" }, out ? "to " : "from "), named(other.name), " ",
    element("span", { class: "port" }, portOf(link)), " ",
    isStopped(link, shown.view) ? element("span", { class: "verdict no" }, "not allowed ") : null,
    element("span", { class: "seen" }, seen.count ? number(seen.count) + "×" : ""), " ", element("span", { class: "seen" }, seen.last ? "last " + seen.last : "")));
}

function closing(word) { return element("button", { type: "button", class: "close", onclick: back }, word); }
