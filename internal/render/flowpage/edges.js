// The lines between places, and which of them is under the pointer.

// curve is the line of a pair: from the side that looks at its end, a loop where both stand in
// one column. Lines of other states, and of the other direction, run beside it.
function curve(pair, at) {
  const from = at.get(pair.from), to = at.get(pair.to);
  const beside = (stateNames.indexOf(pair.state) - 2) * 2.5 + (pair.from < pair.to ? -2 : 2);
  const y1 = from.y + box.height / 2 + beside, y2 = to.y + box.height / 2 + beside;
  if (Math.abs(to.x - from.x) < box.width) {
    const x1 = from.x + box.width, x2 = to.x + box.width;
    const out = pair.from === pair.to ? 30 : Math.min(box.across - 14, 22 + Math.abs(y2 - y1) / 8);
    return pair.from === pair.to ? [x1, y1 - 6, x1 + out, y1 - 16, x1 + out, y1 + 16, x2, y1 + 6] : [x1, y1, x1 + out, y1, x2 + out, y2, x2, y2];
  }
  const right = to.x > from.x;
  const x1 = right ? from.x + box.width : from.x, x2 = right ? to.x : to.x + box.width;
  const bend = Math.max(24, Math.abs(x2 - x1) / 2) * (right ? 1 : -1);
  // A line over other columns goes between their rows, not behind their places.
  const bow = Math.abs(x2 - x1) > box.width && Math.abs(y2 - y1) < 60 ? (right ? -27 : 27) : 0;
  return [x1, y1, x1 + bend, y1 + bow, x2 - bend, y2 + bow, x2, y2];
}

function pathOf(c) { return `M${c[0]} ${c[1]}C${c[2]} ${c[3]} ${c[4]} ${c[5]} ${c[6]} ${c[7]}`; }

// widthOf grows with the logarithm of what was observed; among many lines it is thin.
function widthOf(pair, thin) { return (Math.min(7, 1.25 + Math.log10(pair.count + 1)) * (thin ? 0.5 : 1)).toFixed(2); }

// nearest is the pair whose line is nearest to a point, at most reach away; null for none.
function nearest(curves, x, y, reach) {
  let best = null, least = reach * reach;
  for (const { pair, c } of curves) {
    if (x < Math.min(c[0], c[2], c[4], c[6]) - reach || x > Math.max(c[0], c[2], c[4], c[6]) + reach) continue;
    if (y < Math.min(c[1], c[3], c[5], c[7]) - reach || y > Math.max(c[1], c[3], c[5], c[7]) + reach) continue;
    const away = distance(c, x, y, least);
    if (away < least) { least = away; best = pair; }
  }
  return best;
}

// distance is the square of that to the nearest of the chords of a curve.
function distance(c, x, y, least) {
  let px = c[0], py = c[1];
  for (let i = 1; i <= 24; i++) {
    const t = i / 24, s = 1 - t;
    const a = s * s * s, b = 3 * s * s * t, d = 3 * s * t * t, e = t * t * t;
    const qx = a * c[0] + b * c[2] + d * c[4] + e * c[6], qy = a * c[1] + b * c[3] + d * c[5] + e * c[7];
    const vx = qx - px, vy = qy - py, length = vx * vx + vy * vy || 1;
    const u = Math.max(0, Math.min(1, ((x - px) * vx + (y - py) * vy) / length));
    const dx = px + u * vx - x, dy = py + u * vy - y;
    least = Math.min(least, dx * dx + dy * dy);
    px = qx; py = qy;
  }
  return least;
}
