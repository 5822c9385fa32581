// What limits leave in sight: the plans that match, how far each goal can still reach, and what to relax.
{
  const known = new WeakMap();
  const STEP = 0.01; // of a goal's span: a neighbour is at least this much safer or bolder

  // Worked out once for every object of limits: {rows, matches (a byte a plan), reach {goal: [low, high] or null}}.
  function sight(limits) {
    if (!known.has(limits)) known.set(limits, looked(limits));
    return known.get(limits);
  }

  function looked(limits) {
    const { ids, goals, column } = MooBudget.model;
    const broken = new Uint8Array(ids.length); // how many limits
    const last = new Array(ids.length).fill(null); // one of them
    for (const [key, ends] of Object.entries(limits)) {
      const { values } = column[key];
      for (let row = 0; row < values.length; row++) {
        if (outside(values[row], ends) > 0) {
          broken[row] += 1;
          last[row] = key;
        }
      }
    }
    const rows = [];
    for (let row = 0; row < ids.length; row++) if (broken[row] === 0) rows.push(row);
    const reach = Object.fromEntries(goals.map(({ key, values }) => [key, reached(key, values, broken, last)]));
    return { rows, matches: broken.map((count) => (count === 0 ? 1 : 0)), reach };
  }

  // The range of a goal over the plans that keep all limits but its own.
  function reached(key, values, broken, last) {
    let low = Infinity;
    let high = -Infinity;
    for (let row = 0; row < values.length; row++) {
      if (broken[row] === 0 || (broken[row] === 1 && last[row] === key)) {
        if (values[row] < low) low = values[row];
        if (values[row] > high) high = values[row];
      }
    }
    return low <= high ? [low, high] : null;
  }

  // By how much a value lies outside [low, high], either end of which may be null.
  function outside(value, [low, high]) {
    if (low !== null && value < low) return low - value;
    return high !== null && value > high ? value - high : 0;
  }

  // The two smallest relaxations after which some plan matches: one limit each; where none is enough, all that the
  // nearest plan breaks. Distance is counted in shares of each column's span.
  function relaxations(limits) {
    const { ids, column } = MooBudget.model;
    const keys = Object.keys(limits);
    const best = new Map();
    for (let row = 0; row < ids.length; row++) {
      const changes = keys.filter((key) => outside(column[key].values[row], limits[key]) > 0);
      const cost = changes.reduce(
        (sum, key) => sum + outside(column[key].values[row], limits[key]) / column[key].span,
        0,
      );
      const name = changes.length === 1 ? changes[0] : "";
      if (!best.has(name) || cost < best.get(name).cost) best.set(name, { row, changes, cost });
    }
    const single = [...best].filter(([name]) => name).map(([, relaxation]) => relaxation);
    const nearest = single.length ? single : [...best.values()];
    return nearest
      .sort((one, other) => one.cost - other.cost)
      .slice(0, 2)
      .map(({ row, changes }) => ({ row, changes }));
  }

  // Limits that the plan in this row just keeps.
  function relaxed(limits, { row, changes }) {
    const wider = { ...limits };
    for (const key of changes) {
      const value = MooBudget.model.column[key].values[row];
      const [low, high] = limits[key];
      wider[key] = low !== null && value < low ? [value, high] : [low, value];
    }
    return wider;
  }

  // The nearest matching plan that is a little safer (or bolder); null at the end of the front.
  function neighbour(plan, direction, limits) {
    const { model, data } = MooBudget;
    const along = model.column[direction === "safer" ? data.safety : data.lead];
    const better = along.direction === "min" ? -1 : 1;
    const here = plan.values[along.key].value;
    let nearest = null;
    for (const row of sight(limits).rows) {
      const gain = (better * (along.values[row] - here)) / along.span;
      if (gain < STEP) continue;
      const distance = model.sought.reduce(
        (sum, { key, values, span }) => sum + ((values[row] - plan.values[key].value) / span) ** 2,
        0,
      );
      if (!nearest || distance < nearest.distance) nearest = { row, distance };
    }
    return nearest && model.ids[nearest.row];
  }

  Object.assign(MooBudget, { sight, relaxations, relaxed, neighbour });
}
