// The one state of the page, kept in the address: a settled change is a step in the browser's history, so Back is undo.
{
  const PREFIX = "#plan=";
  const MOST_PINS = 4;
  let current = null;
  let listener = () => {};

  // What a person sees on opening: the balanced plan, no limits.
  function initial() {
    const { data, model } = MooBudget;
    return {
      limits: {}, // column -> [low, high]; null: no end
      matched: {}, // the last limits that some plan kept, shown dimmed when none does
      draft: {}, // channel -> {min, max, lock, off}, not applied yet
      focus: data.picks.balanced,
      pins: [],
      hover: null,
      everything: false, // all lines, and not only today's and the picks'
      side: "goals", // which axes the lines have: goals or channels
      order: model.columns.map((column) => column.key),
      x: (
        model.sought.find((column) => column.key !== data.lead && column.risk) ||
        model.sought.find((column) => column.key !== data.lead) ||
        model.goals[0]
      ).key,
      y: data.lead,
      colour: "",
      outcome: data.outcome,
      sort: null, // [column, 1 or -1]
      page: 0,
      own: null, // {spend, answer}: the plan made by hand
    };
  }

  // Change parts of the state and draw. Not settled: a drag or a hover on its way, which leaves no step to go back to.
  function change(parts, { settled = true } = {}) {
    current = settle({ ...current, ...parts });
    if (settled) history.pushState(null, "", address(current));
    listener(current, settled);
  }

  function settle(state) {
    const matched = MooBudget.sight(state.limits).rows.length > 0 ? state.limits : state.matched;
    return { ...state, matched, everything: state.everything || Object.keys(state.limits).length > 0 };
  }

  // Only what differs from the first sight, so that the address stays short.
  function address(state) {
    const first = initial();
    const kept = Object.entries(state).filter(
      ([name, value]) => name !== "hover" && JSON.stringify(value) !== JSON.stringify(first[name]),
    );
    return kept.length
      ? PREFIX + encodeURIComponent(JSON.stringify(Object.fromEntries(kept)))
      : location.pathname + location.search;
  }

  // The state that the address tells; what it says of plans and columns that are not here is left out.
  function fromAddress() {
    try {
      const told = location.hash.startsWith(PREFIX)
        ? JSON.parse(decodeURIComponent(location.hash.slice(PREFIX.length)))
        : {};
      return settle({ ...initial(), ...understood(told) });
    } catch {
      return initial();
    }
  }

  function understood(told) {
    const { model, data } = MooBudget;
    const isPlan = (id) => typeof id === "string" && (model.row.has(id) || model.yardsticks.has(id));
    const isColumn = (key) => typeof key === "string" && Object.hasOwn(model.column, key);
    const isEnd = (end) => end === null || Number.isFinite(end);
    const areLimits = (limits) =>
      Object.entries(limits).every(([key, ends]) => isColumn(key) && ends.length === 2 && ends.every(isEnd));
    const checks = {
      limits: areLimits,
      matched: areLimits,
      draft: (draft) => Object.keys(draft).every((name) => data.channels.some((channel) => channel.name === name)),
      focus: (id) => isPlan(id) || id === "own",
      pins: (ids) => ids.length <= MOST_PINS && ids.every((id) => isPlan(id) || id === "own"),
      everything: (value) => typeof value === "boolean",
      side: (side) => side === "goals" || side === "channels",
      order: (keys) =>
        keys.length === model.columns.length && keys.every(isColumn) && new Set(keys).size === keys.length,
      x: isColumn,
      y: isColumn,
      colour: (key) => key === "" || isColumn(key),
      outcome: (name) => Object.hasOwn(data.outcomes, name),
      sort: (sort) => sort === null || (isColumn(sort[0]) && Math.abs(sort[1]) === 1),
      page: (page) => Number.isInteger(page) && page >= 0,
      own: (own) =>
        own === null ||
        (own.spend.length === data.channels.length && own.spend.every((money) => Number.isFinite(money) && money >= 0)),
    };
    return Object.fromEntries(
      Object.entries(told).filter(([name, value]) => Object.hasOwn(checks, name) && checks[name](value)),
    );
  }

  // Begin with the address, and follow it when a person goes back or forward.
  function begin(draw) {
    listener = draw;
    current = fromAddress();
    addEventListener("popstate", () => {
      current = fromAddress();
      listener(current, true);
    });
    listener(current, true);
  }

  MooBudget.state = {
    begin,
    change,
    initial,
    MOST_PINS,
    get current() {
      return current;
    },
  };
}
