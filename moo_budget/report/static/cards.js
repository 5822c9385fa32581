// Headline cards: today, the picks and the plan made by hand, each with what it costs, brings and moves.
{
  const { element, show, numbers } = MooBudget;

  function render(place, state) {
    const { data, model, host, say } = MooBudget;
    const yardsticks = ["today", "reference"].filter((id) => model.yardsticks.has(id));
    const picks = [...new Set(Object.values(data.picks))];
    const own = state.own ? card("own", state) : ownInvitation(host);
    show(
      place,
      element("ul", { class: "plan-cards" }, ...[...yardsticks, ...picks].map((id) => card(id, state)), own),
      element("p", { class: "how" }, say("ranges"), " ", say("not_in_ranges", { list: data.not_in_ranges.join(" ") })),
    );
  }

  function card(id, state) {
    const { say, title, mark } = MooBudget;
    const plan = MooBudget.plan(id, state);
    const focused = state.focus === id;
    return element(
      "li",
      { class: `plan-card ${mark(id)}${focused ? " focused" : ""}` },
      element(
        "button",
        { class: "card-title", "data-do": "focus", "data-plan": id, "aria-pressed": String(focused) },
        badge(id),
      ),
      element(
        "dl",
        {},
        ...rows(plan).map(([name, value, note]) => [
          element("dt", {}, name),
          element("dd", {}, value, note && element("span", { class: "range" }, note)),
        ]),
      ),
      badges(plan),
      element(
        "button",
        {
          class: "small",
          "data-do": "pin",
          "data-plan": id,
          "aria-pressed": String(state.pins.includes(id)),
          "aria-label": `${say("pin")}: ${title(id)}`,
        },
        say(state.pins.includes(id) ? "pinned" : "pin"),
      ),
    );
  }

  // A plan's shape and name.
  function badge(id) {
    return element(
      "span",
      { class: `badge ${MooBudget.mark(id)}` },
      element("span", { class: "shape", "aria-hidden": "true" }),
      MooBudget.title(id),
    );
  }

  // What is always told of a plan: [name, value, note].
  function rows(plan) {
    const { model, data, say } = MooBudget;
    const [largest] = MooBudget.moves(plan);
    return [
      [say("budget"), numbers.spokenMoney(MooBudget.total(plan)), totalChange(plan)],
      ...model.goals.map((column) => goalRow(column, plan)),
      MooBudget.yardstick() && [
        say("biggest_move"),
        largest ? numbers.plus(numbers.spokenMoney(largest[1])) : say("none"),
        largest && data.channels[largest[0]].title,
      ],
    ].filter(Boolean);
  }

  function totalChange(plan) {
    const before = MooBudget.yardstick();
    const change = before ? MooBudget.total(plan) - MooBudget.total(before) : 0;
    return Math.abs(change) > MooBudget.data.rounding ? `${numbers.plus(numbers.spokenMoney(change))}` : "";
  }

  function goalRow(column, plan) {
    const value = plan.values && plan.values[column.key];
    const name = column.unit && column.kind === "other" ? `${column.title} (${column.unit})` : column.title;
    if (!value) return [name, MooBudget.say(plan.waiting ? "waiting" : "beyond_curves"), ""];
    const shown = column.kind === "money" ? numbers.spokenMoney(value.value) : numbers.ofColumn(column, value.value);
    return [name, shown, rangeText(column, value)];
  }

  function rangeText(column, { low, high }, number = numbers.compact) {
    if (!(low < high)) return "";
    return MooBudget.say("range", {
      low: numbers.ofColumn(column, low, number),
      high: numbers.ofColumn(column, high, number),
    });
  }

  // What a person should see at once about a plan.
  function badges(plan) {
    const { say, data } = MooBudget;
    const beyond = MooBudget.beyond(plan).map((c) => data.channels[c].title);
    return [
      beyond.length > 0 && element("p", { class: "flag" }, say("beyond_past", { channels: MooBudget.listed(beyond) })),
      plan.breaks.length > 0 && element("p", { class: "flag" }, say("breaks", { limits: plan.breaks.join("; ") })),
    ];
  }

  function ownInvitation({ kind, folder }) {
    const { say } = MooBudget;
    const explained =
      kind === "report"
        ? [say("own_in_report"), " ", element("code", {}, `moo-budget explore ${folder || "DIR"}`)]
        : [say("own_begin_from")];
    return element(
      "li",
      { class: "plan-card own invitation" },
      element("p", { class: "card-title" }, badge("own")),
      element("p", {}, ...explained),
      kind !== "report" && element("button", { "data-do": "own_begin" }, say("own_begin")),
    );
  }

  MooBudget.views.cards = { looks: ["focus", "pins", "own"], render };
  Object.assign(MooBudget.charts, { badge, badges, rangeText });
}
