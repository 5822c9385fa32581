// The focused plan: what it moves from and to, why it stops where it does, and what it gives up, in words.
{
  const { element, svg, show, numbers } = MooBudget;
  const MOST_BARS = 30;
  const ROW = 24;
  const NOTICED = 0.005; // of the plan's money: less is not told apart from none

  function render(place, state) {
    const { say, charts, title } = MooBudget;
    const plan = MooBudget.plan(state.focus, state);
    show(
      place,
      element(
        "div",
        { class: "plan-head" },
        MooBudget.subheading({ class: "plan-title" }, charts.badge(plan.id)),
        element(
          "div",
          { class: "buttons" },
          ...walkButtons(plan),
          element(
            "button",
            {
              "data-do": "pin",
              "data-plan": plan.id,
              "aria-pressed": String(state.pins.includes(plan.id)),
              "aria-keyshortcuts": "P",
            },
            say(state.pins.includes(plan.id) ? "pinned" : "pin"),
          ),
        ),
      ),
      element(
        "div",
        { class: "in-words" },
        ...[...sentences(plan), ...alike(plan.id)].map((text) => element("p", {}, text)),
      ),
      charts.badges(plan),
      MooBudget.yardstick() ? bars(place, plan) : element("p", {}, say("no_today")),
      element("p", { class: "how" }, say("bars_how", { plan: title(plan.id) })),
    );
  }

  function walkButtons(plan) {
    const { say } = MooBudget;
    if (!plan.values) return [];
    return [
      ["safer", "["],
      ["bolder", "]"],
    ].map(([direction, key]) =>
      element(
        "button",
        {
          "data-do": "walk",
          "data-direction": direction,
          "aria-keyshortcuts": key,
        },
        say(`walk_${direction}`),
      ),
    );
  }

  // At most three sentences: those of the program where it explained the plan, else from the numbers.
  function sentences(plan) {
    const { why } = MooBudget.data;
    if (Object.hasOwn(why, plan.id)) return why[plan.id];
    return [moved(plan), gained(plan), held(plan)].filter(Boolean);
  }

  // What stands out about a plan, and which plans are practically the same.
  function alike(id) {
    const { say, data } = MooBudget;
    return [id === data.knee && say("knee_how"), equalTo(id)].filter(Boolean);
  }

  function equalTo(id) {
    const { say, data, title } = MooBudget;
    const equal = [...new Set([...equalPicks(id), ...(data.equal[id] || [])])].map(title);
    if (equal.length === 1) return say("equal_one", { plan: equal[0] });
    return equal.length > 1 && say("equal_to", { plans: few(equal, 3) });
  }

  // The picks that a plan is practically equal to.
  function equalPicks(id) {
    return Object.entries(MooBudget.data.equal).flatMap(([pick, ids]) => (ids.includes(id) ? [pick] : []));
  }

  function moved(plan) {
    const { say, data } = MooBudget;
    if (!MooBudget.yardstick()) return "";
    const moves = MooBudget.moves(plan);
    const [up, down] = [1, -1].map((sign) => moves.filter(([, move]) => sign * move > 0));
    const [gain, loss] = [up, down].map((side) => side.reduce((sum, [, move]) => sum + Math.abs(move), 0));
    if (!moves.length) return say("moves_nothing");
    const named = (side) =>
      few(
        side.map(([c]) => data.channels[c].title),
        2,
      );
    const [total, shifted, more] = [MooBudget.total(plan), Math.min(gain, loss), gain - loss];
    const [isMoved, isMore] = [shifted, Math.abs(more)].map((money) => money > NOTICED * total);
    const told = (money) => ({ money: numbers.spokenMoney(money), share: numbers.wholePercent(money / total) });
    const ends = { from: named(down), to: named(up) };
    if (isMore && isMoved) {
      const fields = { more: numbers.spokenMoney(Math.abs(more)), ...told(shifted), ...ends };
      return say(more > 0 ? "adds_and_moves" : "cuts_and_moves", fields);
    }
    if (isMore || !up.length || !down.length) return say(more > 0 ? "adds" : "cuts", { ...told(Math.abs(more)), ...ends });
    return say("moves_from_to", { ...told(shifted), ...ends });
  }

  // The first names, and how many others there are.
  function few(names, most) {
    const { say, listed } = MooBudget;
    if (names.length <= most + 1) return listed(names);
    return listed([...names.slice(0, most), say("others", { count: names.length - most })]);
  }

  // Changes of the outcomes with their ranges, and of risk.
  function gained(plan) {
    const { say, data, model } = MooBudget;
    const before = MooBudget.yardstick();
    if (!before || !before.values || !plan.values || plan.id === before.id) return "";
    const outcomes = plan.gains
      ? Object.keys(data.outcomes).map((name) => change(data.outcomes[name], plan.gains[name]))
      : [];
    const risk = model.goals.find((column) => column.risk && before.values[column.key].value > 0);
    const riskChange = risk && plan.values[risk.key].value / before.values[risk.key].value - 1;
    const told =
      Math.abs(riskChange) >= 0.005 ? [`${risk.title.toLowerCase()} ${numbers.plus(numbers.percent(riskChange))}`] : [];
    const parts = [...outcomes, ...(risk ? told : [])].filter(Boolean);
    return parts.length ? say("against", { changes: parts.join(say("comma")) }) : "";
  }

  // "revenue +4.1 % (1.2 % to 7.0 %)"; "unclear" where the range holds both signs.
  function change({ title, base }, { value, low, high }) {
    const { say } = MooBudget;
    if (!base || value === null) return "";
    const [share, least, most] = [value, low, high].map((part) => part / base);
    const range =
      low < high
        ? ` (${say("range", { low: numbers.plus(numbers.percent(least)), high: numbers.plus(numbers.percent(most)) })})`
        : "";
    if (Math.max(Math.abs(least), Math.abs(most)) < 0.005) return say("about_same", { outcome: title });
    return low < 0 && high > 0
      ? say("unclear", { outcome: title }) + range
      : `${title} ${numbers.plus(numbers.percent(share))}${range}`;
  }

  function held(plan) {
    const { say, data } = MooBudget;
    const bound = MooBudget.binding(plan);
    const named = (end) =>
      few(
        bound.filter(([, side]) => side === end).map(([c]) => data.channels[c].title),
        3,
      );
    const parts = ["upper", "lower"]
      .filter((end) => named(end))
      .map((end) => say(`on_${end}`, { channels: named(end) }));
    return parts.length ? say("limits_bind", { limits: parts.join(say("semicolon")) }) : "";
  }

  // Money moved per channel against the yardstick, the largest gain at the top.
  function bars(place, plan) {
    const { say, data, charts } = MooBudget;
    const before = MooBudget.yardstick();
    const held = new Map(MooBudget.binding(plan));
    const largest = plan.spend
      .map((money, c) => [c, money - before.spend[c]])
      .sort((one, other) => Math.abs(other[1]) - Math.abs(one[1]))
      .slice(0, MOST_BARS)
      .sort((one, other) => other[1] - one[1]);
    const width = charts.widthOf(place);
    const label = Math.min(150, width * 0.32);
    const reach = Math.max(...largest.map(([, move]) => Math.abs(move)), data.rounding);
    const x = charts.scale(-reach, reach, label + 66, width - 66);
    const moved = new Set(MooBudget.moves(plan).map(([c]) => c));
    const rows = largest.map(([c, move], i) =>
      bar(data.channels[c], moved.has(c) ? move : 0, held.get(c), x, i * ROW, label),
    );
    const height = largest.length * ROW + 4;
    return svg(
      "svg",
      {
        class: `bars ${MooBudget.mark(plan.id)}`,
        width,
        height,
        viewBox: `0 0 ${width} ${height}`,
        role: "img",
        "aria-label": say("bars_title", { plan: MooBudget.title(plan.id) }),
      },
      ...rows,
      svg("line", { class: "zero", x1: x(0), x2: x(0), y1: 0, y2: height }),
    );
  }

  function bar(channel, move, end, x, top, label) {
    const { charts } = MooBudget;
    const [from, to] = [x(Math.min(move, 0)), x(Math.max(move, 0))];
    const text = move ? numbers.plus(numbers.compact(move)) : "0";
    const name = charts.shortened(channel.title, Math.floor(label / 7));
    return svg(
      "g",
      {},
      svg("title", {}, `${channel.title}: ${text}`),
      svg("text", { class: "label", x: 0, y: top + 16 }, name + (end ? (end === "upper" ? " ⤒" : " ⤓") : "")),
      move !== 0 &&
        svg("rect", {
          class: move > 0 ? "gain" : "loss",
          x: from,
          y: top + 4,
          width: Math.max(to - from, 1),
          height: ROW - 8,
          rx: 2,
        }),
      svg(
        "text",
        { class: "value", x: move >= 0 ? to + 5 : from - 5, y: top + 16, "text-anchor": move >= 0 ? "start" : "end" },
        text,
      ),
    );
  }

  MooBudget.charts.equalPicks = equalPicks;
  MooBudget.views.plan_card = { looks: ["focus", "pins", "own"], render };
}
