// From the yardstick to the focused plan in the lead outcome: what each channel's money adds or takes.
{
  const { element, svg, show, numbers } = MooBudget;
  const MOST_STEPS = 12;
  const HEIGHT = 300;
  const EDGE = { top: 24, bottom: 86, left: 44, right: 10 };

  function render(place, state) {
    const { say, data } = MooBudget;
    const plan = MooBudget.plan(state.focus, state);
    const before = MooBudget.yardstick();
    const steps = before && plan !== before ? stepsOf(before, plan) : null;
    if (!before) return show(place, element("p", {}, say("no_today")));
    if (!steps) return show(place, element("p", {}, say(plan === before ? "waterfall_itself" : "beyond_curves")));
    const outcome = data.outcomes[data.outcome];
    const unit = outcome.unit || outcome.title;
    return show(
      place,
      element(
        "p",
        { class: "how" },
        say("waterfall_how", { outcome: outcome.title, unit, plan: MooBudget.title(plan.id) }),
      ),
      element(
        "div",
        { class: "wide", tabindex: "0", role: "group", "aria-label": say("waterfall") },
        picture(place, steps),
      ),
    );
  }

  // [title, from, to, kind] of every bar; null where a plan lies beyond the curves.
  function stepsOf(before, plan) {
    const { data, say } = MooBudget;
    const effects = [before, plan].map(({ spend }) =>
      spend.map((money, c) => MooBudget.effect(data.outcome, c, money)),
    );
    if (effects.flat().includes(null)) return null;
    const [start, end] = effects.map((parts) => parts.reduce((sum, part) => sum + part, 0));
    const changes = data.channels
      .map(({ title }, c) => [title, effects[1][c] - effects[0][c]])
      .filter(([, change]) => Math.abs(change) > 1e-5 * Math.abs(start))
      .sort((one, other) => Math.abs(other[1]) - Math.abs(one[1]));
    const others = changes.slice(MOST_STEPS);
    const drawn = changes.slice(0, MOST_STEPS).sort((one, other) => other[1] - one[1]);
    if (others.length)
      drawn.push([say("others", { count: others.length }), others.reduce((sum, [, change]) => sum + change, 0)]);
    let level = start;
    const bars = drawn.map(([title, change]) => [title, level, (level += change), change > 0 ? "gain" : "loss"]);
    return [[MooBudget.title(before.id), 0, start, "whole"], ...bars, [MooBudget.title(plan.id), 0, end, "whole"]];
  }

  // The scale begins near the smallest level, so that the steps can be seen; the first and last bar are cut there.
  function picture(place, steps) {
    const { charts, say } = MooBudget;
    const width = Math.max(charts.widthOf(place), 60 * steps.length);
    const levels = steps.flatMap(([, from, to, kind]) => (kind === "whole" ? [to] : [from, to]));
    const [least, most] = [Math.min(...levels), Math.max(...levels)];
    const floor = least - 0.25 * (most - least || Math.abs(most) || 1);
    const y = charts.scale(Math.max(floor, Math.min(least, 0)), most, HEIGHT - EDGE.bottom, EDGE.top);
    const wide = (width - EDGE.left - EDGE.right) / steps.length;
    const told = steps.map(
      ([title, from, to, kind]) =>
        `${title} ${kind === "whole" ? numbers.compact(to) : numbers.plus(numbers.compact(to - from))}`,
    );
    return svg(
      "svg",
      {
        class: "waterfall",
        width,
        height: HEIGHT,
        viewBox: `0 0 ${width} ${HEIGHT}`,
        role: "img",
        "aria-label": `${say("waterfall")}: ${told.join("; ")}`,
      },
      ...steps.map((step, i) => bar(step, EDGE.left + i * wide, wide, y, steps[i + 1])),
    );
  }

  function bar([title, from, to, kind], x, wide, y, next) {
    const { charts } = MooBudget;
    const bottom = kind === "whole" ? HEIGHT - EDGE.bottom : y(Math.min(from, to));
    const top = kind === "whole" ? y(to) : y(Math.max(from, to));
    const middle = x + wide / 2;
    const text = kind === "whole" ? numbers.compact(to) : numbers.plus(numbers.compact(to - from));
    return svg(
      "g",
      {},
      svg("rect", {
        class: kind,
        x: x + wide * 0.14,
        y: charts.round(top),
        width: wide * 0.72,
        height: Math.max(bottom - top, 1.5),
        rx: 2,
      }),
      next && svg("line", { class: "joint", x1: x + wide * 0.86, x2: x + wide * 1.14, y1: y(to), y2: y(to) }),
      svg("text", { class: "value", x: middle, y: top - 6, "text-anchor": "middle" }, text),
      svg(
        "text",
        {
          class: "label",
          transform: `translate(${charts.round(middle + 4)},${HEIGHT - EDGE.bottom + 14}) rotate(-35)`,
          "text-anchor": "end",
        },
        charts.shortened(title, 18),
      ),
    );
  }

  MooBudget.views.waterfall = { looks: ["focus", "own"], render };
}
