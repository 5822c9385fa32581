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
      front: null, // {number, made} of the front that is shown; null: the folder's
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
    MooBudget.fronts.arrange({ ...current, ...parts });
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

  // What the address tells; nothing where it makes no sense.
  function told() {
    try {
      const found = location.hash.startsWith(PREFIX)
        ? JSON.parse(decodeURIComponent(location.hash.slice(PREFIX.length)))
        : {};
      return isFront(found.front ?? null) && MooBudget.fronts.missing(found) ? found : {};
    } catch {
      return {};
    }
  }

  function isFront(front) {
    return front === null || (Number.isInteger(front.number) && front.number > 0 && typeof front.made === "string");
  }

  // Show what the address tells, after its front has come; a front that is not kept any more is said to be gone.
  function follow() {
    const wanted = told();
    const missing = MooBudget.fronts.missing(wanted);
    if (!missing.length) return take(wanted);
    if (!MooBudget.host.data) return take(onFolder(wanted)); // an address of the explorer, in a report
    return MooBudget.fronts
      .fetchAll(missing)
      .then(() => take(wanted))
      .catch((error) => {
        take(onFolder(wanted));
        MooBudget.announceError(error);
      });
  }

  // Limits and views of a state, without the plans of the front that it spoke of.
  function onFolder(wanted) {
    return { ...wanted, front: null, pins: [], focus: "" };
  }

  // What is told of plans and columns that are not here is left out.
  function take(wanted) {
    const { fronts, say } = MooBudget;
    try {
      fronts.arrange(wanted);
      if (wanted.front && wanted.front.made !== MooBudget.data.made) {
        fronts.arrange({});
        current = settle({ ...initial(), ...understood(onFolder(wanted)) });
        MooBudget.announce(say("front_gone"));
      } else current = settle({ ...initial(), ...understood(wanted) });
    } catch {
      fronts.arrange({});
      current = initial();
    }
    listener(current, true);
  }

  function understood(told) {
    const { model, data } = MooBudget;
    const isPlan = (id) => typeof id === "string" && (model.row.has(id) || model.yardsticks.has(id));
    const isColumn = (key) => typeof key === "string" && Object.hasOwn(model.column, key);
    const isEnd = (end) => end === null || Number.isFinite(end);
    const areLimits = (limits) =>
      Object.entries(limits).every(([key, ends]) => isColumn(key) && ends.length === 2 && ends.every(isEnd));
    const checks = {
      front: isFront,
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
    current = initial();
    addEventListener("popstate", follow);
    follow();
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
