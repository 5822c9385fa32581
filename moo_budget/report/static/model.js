// The data by columns and by plans. Nothing here changes while a person explores, but for what a new search brings.
{
  const TOLERANCE = 2e-6; // numbers travel with six significant digits

  // Read the page's data: columns of goals and of money, and every plan by its name.
  function read(data) {
    MooBudget.data = data;
    const plans = [...Object.entries(data.yardsticks).map(([id, plan]) => ({ ...plan, id }))];
    const goals = data.measures.map((measure) => goalColumn(data, measure, plans));
    const spend = data.channels.map((channel, c) => spendColumn(data, channel, c, plans));
    const columns = [...goals, ...spend];
    MooBudget.model = {
      columns,
      goals,
      spend,
      sought: goals.filter((column) => column.sought),
      column: Object.fromEntries(columns.map((column) => [column.key, column])),
      ids: data.plans.id,
      row: new Map(data.plans.id.map((id, row) => [id, row])),
      yardsticks: new Map(plans.map((plan) => [plan.id, plan])),
    };
  }

  function goalColumn(data, measure, yardsticks) {
    const { value } = data.plans.values[measure.key];
    const beside = yardsticks.map((plan) => plan.values && plan.values[measure.key].value).filter(Number.isFinite);
    return { ...measure, isGoal: true, values: value, ...extent(value, beside) };
  }

  function spendColumn(data, channel, c, yardsticks) {
    const values = data.plans.spend[c];
    const column = {
      key: `spend:${channel.name}`,
      title: channel.title,
      unit: data.currency,
      direction: "none",
      kind: "money",
    };
    return {
      ...column,
      isGoal: false,
      channel: c,
      values,
      ...extent(
        values,
        yardsticks.map((plan) => plan.spend[c]),
      ),
    };
  }

  // The range on the front, and the range that is drawn, which holds today's plan too.
  function extent(values, beside) {
    const [least, most] = ends(values);
    const [from, to] = ends([least, most, ...beside]);
    const drawn = to > from ? { from, to } : { from: Math.min(from, 0), to: Math.max(to, 0) || 1 };
    return { least, most, span: most - least || Math.abs(most) || 1, ...drawn };
  }

  function ends(values) {
    let least = Infinity;
    let most = -Infinity;
    for (const value of values) {
      if (value < least) least = value;
      if (value > most) most = value;
    }
    return [least, most];
  }

  // A plan by its name: of the front, today, reference, or the person's own.
  function plan(id, state) {
    const { model, data } = MooBudget;
    if (id === "own") return state.own && { id, spend: state.own.spend, values: null, ...MooBudget.ownAnswer(state) };
    const known = model.yardsticks.get(id);
    if (known) return known;
    const row = model.row.get(id);
    return row === undefined ? null : { id, row, ...planAt(data, row) };
  }

  // A plan by its row: money, goals, gains.
  function planAt(data, row) {
    const cut = (columns) =>
      Object.fromEntries(
        Object.entries(columns).map(([key, part]) => [
          key,
          {
            value: part.value[row],
            low: (part.low || part.value)[row], // a column without ranges came without them
            high: (part.high || part.value)[row],
          },
        ]),
      );
    return {
      spend: data.plans.spend.map((column) => column[row]),
      total: data.plans.total[row],
      values: cut(data.plans.values),
      gains: cut(data.plans.gains),
      breaks: [],
    };
  }

  // The picks' names that a plan carries, and what it is called.
  function names(id) {
    return Object.keys(MooBudget.data.picks).filter((name) => MooBudget.data.picks[name] === id);
  }

  function title(id) {
    const { say, data } = MooBudget;
    if (id === "today") return "reference" in data.yardsticks ? say("today") : say("today_reference");
    if (id === "reference" || id === "own") return say(id);
    const guest = MooBudget.fronts.idOfGuest(id);
    if (guest) return say("earlier_plan", { id: guest });
    const own = names(id).map((name) => say(name));
    if (id === data.knee && !own.length) return say("knee_plan", { id });
    return own.length ? own.join(" + ") : say("plan", { id });
  }

  // The colour and the shape of a plan: a pick's, or the one of any plan.
  function mark(id) {
    if (id === "today" || id === "reference" || id === "own") return id;
    const own = names(id);
    return own.includes("balanced") ? "balanced" : own[0] || "other";
  }

  // The yardstick of every comparison: the reference plan, or today's where that is the same; null without one.
  function yardstick() {
    const { yardsticks } = MooBudget.model;
    return yardsticks.get("reference") || yardsticks.get("today") || null;
  }

  // In full where it came with the data: channels are rounded to six digits, and a budget must add up.
  function total(plan) {
    return plan.total ?? plan.spend.reduce((sum, money) => sum + money, 0);
  }

  // What every channel gains (or loses) against the yardstick, largest first: [channel, money].
  function moves(plan) {
    const before = yardstick();
    if (!before) return [];
    const slack = MooBudget.data.rounding;
    return plan.spend
      .map((money, c) => [c, money - before.spend[c]])
      .filter(([c, move]) => Math.abs(move) > Math.max(slack, TOLERANCE * Math.abs(plan.spend[c])))
      .sort((one, other) => Math.abs(other[1]) - Math.abs(one[1]));
  }

  // Channels that get more than was ever spent on them.
  function beyond(plan) {
    return MooBudget.data.channels.flatMap(({ seen }, c) =>
      seen !== null && plan.spend[c] > seen * (1 + TOLERANCE) ? [c] : [],
    );
  }

  // Channels that stand on an end of what they are allowed: [channel, "lower" or "upper"].
  function binding(plan) {
    return MooBudget.data.channels.flatMap(({ lower, upper }, c) => {
      const near = (end) => Math.abs(plan.spend[c] - end) <= Math.max(MooBudget.data.rounding, TOLERANCE * end);
      if (upper - lower <= MooBudget.data.rounding) return [];
      return near(upper) ? [[c, "upper"]] : near(lower) ? [[c, "lower"]] : [];
    });
  }

  // How many channels with equal money are as concentrated as the plan is.
  function effectiveChannels(plan) {
    const squares = plan.spend.reduce((sum, money) => sum + money * money, 0);
    return squares > 0 ? total(plan) ** 2 / squares : 0;
  }

  Object.assign(MooBudget, {
    read,
    plan,
    planAt,
    names,
    title,
    mark,
    yardstick,
    total,
    moves,
    beyond,
    binding,
    effectiveChannels,
  });
}
