// What a channel brings at any level of spend: the mean curve of the response tables between their knots.
{
  // The knot at or below a level of spend per period; null beyond the table.
  function piece(knots, spend) {
    const last = knots.length - 1;
    if (spend > knots[last] * (1 + 2e-6)) return null;
    let low = 0;
    let high = last;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (knots[middle] <= spend) low = middle;
      else high = middle;
    }
    return low;
  }

  // Cubic Hermite between two knots: value and slope.
  function hermite({ spend: knots, mean, slope }, spend) {
    if (knots.at(-1) === 0) return [mean[0], 0];
    const k = piece(knots, spend);
    if (k === null) return null;
    const width = knots[k + 1] - knots[k];
    const t = Math.min((spend - knots[k]) / width, 1);
    const [rise, before, after] = [
      mean[k + 1] - mean[k],
      width * slope[k] - (mean[k + 1] - mean[k]),
      -width * slope[k + 1] + (mean[k + 1] - mean[k]),
    ];
    const value = mean[k] + t * rise + t * (1 - t) * (before * (1 - t) + after * t);
    const steep = rise + (1 - 2 * t) * (before * (1 - t) + after * t) + t * (1 - t) * (after - before);
    return [value, steep / width];
  }

  function curveOf(outcome, c) {
    const { data } = MooBudget;
    const curve = data.curves[outcome][c];
    return curve && { ...curve, spend: data.channels[c].knots };
  }

  // Expected outcome of one channel over the whole plan, from its money; null beyond the curve.
  function effect(outcome, c, money) {
    const { periods } = MooBudget.data;
    const curve = curveOf(outcome, c);
    const found = curve ? hermite(curve, money / periods) : [0, 0];
    return found && periods * found[0];
  }

  // What the next unit of money brings there; null beyond the curve.
  function marginal(outcome, c, money) {
    const curve = curveOf(outcome, c);
    const found = curve ? hermite(curve, money / MooBudget.data.periods) : [0, 0];
    return found && found[1];
  }

  Object.assign(MooBudget, { curveOf, effect, marginal, hermite });
}
