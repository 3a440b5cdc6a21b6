// What the reader looks at. Whoever shows a part of it is told of changes.

// manyPairs is how many pairs that nobody used are drawn at once; beyond, those of the selected
// place alone.
const manyPairs = 250;

const shown = {
  view: page.written ? 1 : 0,
  states: new Set(["blocked", "unknown", "used", "configured", "unused"]),
  hidden: new Set(), // groups
  query: "",
  place: -1, // selected
  link: -1, // selected, also from a list of the place
  opener: null, // has the focus again after Escape
};

const watchers = { filter: [], selection: [] };

function watch(kind, callback) { watchers[kind].push(callback); }

function tell(kind) { for (const callback of watchers[kind]) callback(); }

function change(values) {
  Object.assign(shown, values);
  tell("filter");
}

// select shows a place, a link, or with -1 twice nothing.
function select(place, link) {
  const active = document.activeElement;
  if (active && !byId("details").contains(active)) shown.opener = active;
  Object.assign(shown, { place, link });
  tell("selection");
}

// back leaves a link for the place that it was chosen from, and a place for nothing.
function back() {
  const { place, link, opener } = shown;
  if (link >= 0 && place >= 0) {
    select(place, -1);
    const row = document.querySelector(`[data-link="${link}"]`);
    if (row) row.focus();
  } else if (link >= 0 || place >= 0) {
    select(-1, -1);
    if (opener && opener.isConnected) opener.focus();
  }
}

function isShown(place) { return !shown.hidden.has(places[place].group); }

// matches tells that a place has the words of the search, in any order.
function matches(place) {
  const text = (groups[places[place].group] + " " + places[place].name + " " + places[place].label).toLowerCase();
  return shown.query.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

// pairs are the links that are drawn, those with the same ends and state as one. left counts
// the links that are drawn for a selected place alone.
function pairs() {
  const quiet = new Set(["unused", "refused"].filter((state) => shown.states.has(state)));
  const isLoud = (state) => shown.states.has(state) && !quiet.has(state), isQuiet = (state) => quiet.has(state);
  const all = collect(null, isLoud, Infinity), silent = collect(null, isQuiet, manyPairs);
  if (!silent.more) return { drawn: [...all.found.values(), ...silent.found.values()], left: 0 };
  const near = shown.link >= 0 ? links.from[shown.link] : shown.place;
  const chosen = near < 0 ? [] : [...collect(linksOf[near], isQuiet, Infinity).found.values()].filter(isChosen);
  return { drawn: [...all.found.values(), ...chosen], left: silent.count - chosen.reduce((sum, pair) => sum + pair.links.length, 0) };
}

// collect makes pairs of links, of all with null: up to most, behind which it counts alone.
function collect(among, isWanted, most) {
  const found = new Map(), seen = places.map((_, place) => isShown(place));
  let count = 0, more = false;
  for (let k = 0; k < (among || links).length; k++) {
    const link = among ? among[k] : k, state = stateOf(link, shown.view), from = links.from[link], to = links.to[link];
    if (!isWanted(state) || !seen[from] || !seen[to]) continue;
    count++;
    if (more) continue;
    const stopped = isStopped(link, shown.view);
    const key = ((from * places.length + to) * stateNames.length + stateNames.indexOf(state)) * 2 + stopped;
    let pair = found.get(key);
    if (!pair && found.size === most) { more = true; continue; }
    if (!pair) found.set(key, (pair = { from, to, state, stopped, count: 0, links: [] }));
    pair.links.push(link);
    pair.count += countOf(link);
  }
  return { found, count, more };
}

function isChosen(pair) {
  if (shown.link >= 0) return pair.links.includes(shown.link);
  return shown.place >= 0 && (pair.from === shown.place || pair.to === shown.place);
}
