// Where places stand: each group is a box, in which callers stand left of those they call. The
// same data gives the same picture in a window of the same shape.

const box = { width: 160, height: 28, across: 48, down: 12, side: 16, top: 34, between: 64, apart: 20 };

// ranks are the longest ways to each of n from others, without the edges that close a circle.
function ranks(n, edges) {
  const next = Array.from({ length: n }, () => []);
  for (const [from, to] of edges) if (from !== to) next[from].push(to);
  const colour = new Uint8Array(n), done = [], kept = Array.from({ length: n }, () => []);
  for (let start = 0; start < n; start++) {
    if (colour[start]) continue;
    const stack = [[start, 0]];
    colour[start] = 1;
    while (stack.length) {
      const top = stack[stack.length - 1];
      if (top[1] === next[top[0]].length) {
        colour[top[0]] = 2;
        done.push(stack.pop()[0]);
        continue;
      }
      const to = next[top[0]][top[1]++];
      if (colour[to] !== 1) kept[top[0]].push(to);
      if (!colour[to]) { colour[to] = 1; stack.push([to, 0]); }
    }
  }
  const rank = new Int32Array(n);
  for (const from of done.reverse()) for (const to of kept[from]) rank[to] = Math.max(rank[to], rank[from] + 1);
  return rank;
}

// needed are the pairs of places that were observed or are configured, each once.
function needed() {
  const found = new Map();
  for (const { link } of evidence) found.set(links.from[link] * places.length + links.to[link], [links.from[link], links.to[link]]);
  return [...found.values()];
}

// columns of the members of a group, none of them too high.
function columns(members, callers) {
  const local = new Map(members.map((place, i) => [place, i]));
  const inside = members.flatMap((to, i) => callers[to].filter((from) => local.has(from)).map((from) => [local.get(from), i]));
  const rank = ranks(members.length, inside);
  const most = Math.max(6, Math.ceil(Math.sqrt(members.length * 2.2)));
  const high = rank.reduce((a, b) => Math.max(a, b), 0) + 1, wide = Math.max(4, Math.ceil(Math.sqrt(members.length) * 0.7));
  const out = [];
  for (let r = 0; r < Math.min(high, wide); r++) {
    let column = members.filter((_, i) => (high <= wide ? rank[i] : Math.floor(rank[i] * wide / high)) === r);
    column = ordered(column, out, callers);
    for (let i = 0; i < column.length; i += most) out.push(column.slice(i, i + most));
  }
  return out;
}

// ordered puts the places of a column beside their callers in the columns before.
function ordered(column, before, callers) {
  const row = new Map();
  before.forEach((other) => other.forEach((place, i) => row.set(place, i)));
  const middle = new Map(column.map((place) => {
    const rows = callers[place].filter((from) => row.has(from)).map((from) => row.get(from));
    return [place, rows.length ? rows.reduce((a, b) => a + b) / rows.length : Infinity];
  }));
  return column.slice().sort((a, b) => (middle.get(a) === middle.get(b) ? a - b : middle.get(a) - middle.get(b)));
}

// layout gives each place of the shown groups its left upper corner, and each group its box.
function layout() {
  const edges = needed();
  const callers = places.map(() => []), members = groups.map(() => []);
  for (const [from, to] of edges) callers[to].push(from);
  places.forEach((place, i) => members[place.group].push(i));
  const among = edges.map(([from, to]) => [places[from].group, places[to].group]);
  const rank = ranks(groups.length, among);
  const boxes = groups.map((_, group) => measure(group, members[group], callers)).filter((b) => !shown.hidden.has(b.group));
  const last = (b) => (b.workloads ? 0 : 1);
  boxes.sort((a, b) => last(a) - last(b) || rank[a.group] - rank[b.group] || a.group - b.group);
  return best(boxes);
}

// best is, of some heights of the columns, the one that shows all at the largest size.
function best(boxes) {
  const view = byId("graph"), wide = view.clientWidth || 800, high = view.clientHeight || 600, tries = 24;
  const least = boxes.reduce((most, b) => Math.max(most, b.height), 0);
  const total = boxes.reduce((sum, b) => sum + b.height + box.apart, 0);
  let size = -1, height = least;
  for (let i = 0; i <= tries; i++) {
    const attempt = least + (total - least) * i / tries, found = stand(boxes, attempt);
    const fits = Math.min(wide / found.width, high / found.height);
    if (fits > size) { size = fits; height = attempt; }
  }
  return stand(boxes, height);
}

function measure(group, members, callers) {
  const filled = columns(members, callers);
  return {
    group, columns: filled, workloads: members.some((i) => places[i].workload),
    width: filled.length * (box.width + box.across) - box.across + 2 * box.side,
    height: Math.max(0, ...filled.map((c) => c.length)) * (box.height + box.down) - box.down + box.top + box.side,
  };
}

// stand fills columns of boxes from the left.
function stand(boxes, high) {
  const at = new Map();
  let x = 12, y = 12, wide = 0, width = 0, height = 0;
  for (const b of boxes) {
    if (y > 12 && y + b.height > high + 12) { x += wide + box.between; y = 12; wide = 0; }
    Object.assign(b, { x, y });
    b.columns.forEach((column, c) => column.forEach((place, r) => at.set(place, {
      x: x + box.side + c * (box.width + box.across), y: y + box.top + r * (box.height + box.down),
    })));
    wide = Math.max(wide, b.width);
    y += b.height + box.apart;
    width = Math.max(width, x + wide + 36); // with room for a loop
    height = Math.max(height, y);
  }
  return { boxes, at, width, height };
}
