// MY PLAN: money moved by hand, channel by channel; what it brings is worked out by the program behind the page.
{
  const { element, show, numbers } = MooBudget;
  const PAUSE = 60; // milliseconds without a further change before it is asked what a plan brings
  const LONG_PAUSE = 400; // and where it stands beside the front, which takes longer
  const answers = new Map(); // what was answered, by the plan's money
  let timers = [];

  function render(place, state) {
    const { say } = MooBudget;
    if (!state.own)
      return show(
        place,
        element("p", {}, say("own_begin_from")),
        element("button", { "data-do": "own_begin" }, say("own_begin")),
      );
    ask(state.own.spend);
    return show(
      place,
      element("div", { class: "own-grid" }, ...state.own.spend.map(channel)),
      balance(state.own.spend),
      MooBudget.data.calendar && element("p", {}, MooBudget.say("own_evenly")),
      standing(state),
      element(
        "div",
        { class: "buttons" },
        element("button", { "data-do": "own_begin" }, say("own_begin")),
        element("button", { "data-do": "own_end" }, say("own_end")),
      ),
    );
  }

  function channel(money, c) {
    const { title, upper, seen } = MooBudget.data.channels[c];
    const most = Math.max(upper, seen || 0, money);
    return element(
      "label",
      { class: "own-channel" },
      title,
      element("input", { type: "number", min: "0", step: "any", "data-own": String(c), value: String(money) }),
      element("input", {
        type: "range",
        min: "0",
        max: String(most),
        step: "any",
        "data-own": String(c),
        value: String(money),
        "aria-label": title,
      }),
    );
  }

  // What is left of the budget is not moved unasked.
  function balance(spend) {
    const { say, data } = MooBudget;
    const total = spend.reduce((sum, money) => sum + money, 0);
    const left = unplaced(total);
    return element(
      "p",
      { class: "own-total" },
      say("own_total", { total: numbers.money(total), currency: data.currency }),
      Math.abs(left) > data.rounding && [
        " ",
        say(left > 0 ? "own_unplaced" : "own_over", { money: numbers.money(Math.abs(left)) }),
        " ",
        total > 0 && element("button", { class: "small", "data-do": "own_spread" }, say("own_spread")),
      ],
    );
  }

  function unplaced(total) {
    const [least, most] = MooBudget.data.budget;
    return total < least ? least - total : total > most ? most - total : 0;
  }

  // On the curve, or the nearest plan that is better in every goal.
  function standing(state) {
    const { say, model, title, listed } = MooBudget;
    const answer = answers.get(named(state.own.spend));
    if (!answer) return element("p", { class: "own-standing" }, say("waiting"));
    const better = model.row.has(answer.nearest_better) ? MooBudget.plan(answer.nearest_better, state) : null;
    if (!better || !answer.goals)
      return element("p", { class: "own-standing" }, answer.standing === "on_front" ? say("own_on_front") : "");
    const change = (column) => better.values[column.key].value - answer.goals[column.key].value;
    const changes = model.sought.map(
      (column) => `${column.title} ${numbers.plus(numbers.spoken(column, change(column)))}`,
    );
    return element(
      "p",
      { class: "own-standing" },
      say("own_better", { plan: title(better.id), changes: listed(changes) }),
      " ",
      element("button", { class: "small", "data-do": "focus", "data-plan": better.id }, say("own_take")),
    );
  }

  // The answer depends on the front that the plan is held against.
  function named(spend) {
    return [MooBudget.fronts.numberOf(MooBudget.state.current), ...spend].join();
  }

  // The plan's goals as far as they are known.
  function ownAnswer({ own }) {
    const { model, data } = MooBudget;
    const answer = answers.get(named(own.spend));
    if (!answer) return { breaks: [], waiting: true };
    const values =
      answer.goals &&
      Object.fromEntries(model.goals.map(({ key }) => [key, answer.goals[key] || answer.outcomes[data.outcome]]));
    return { values, gains: answer.gains, breaks: answer.broken };
  }

  // Ask what a plan brings, and after a longer pause where it stands; the last one typed is the one that counts.
  function ask(spend) {
    const { host } = MooBudget;
    if (answers.has(named(spend))) return;
    timers.forEach(clearTimeout);
    const money = MooBudget.moneyByName(spend);
    const learn = (answer) => {
      answers.set(named(spend), { ...answers.get(named(spend)), ...answer });
      const { own } = MooBudget.state.current;
      if (own) MooBudget.state.change({ own: { ...own } }, { settled: false });
    };
    timers = [setTimeout(() => host.evaluate(money).then(learn).catch(MooBudget.announceError), PAUSE)];
    if (host.better)
      timers.push(
        setTimeout(
          () =>
            host
              .better(money)
              .then(({ standing, better }) => learn({ standing, ...(better && { nearest_better: better.id }) }))
              .catch(MooBudget.announceError),
          LONG_PAUSE,
        ),
      );
  }

  function typed(input, settled) {
    const money = input.valueAsNumber;
    const { own } = MooBudget.state.current;
    if (!(money >= 0)) return;
    const spend = own.spend.map((old, c) => (c === Number(input.dataset.own) ? Number(money.toPrecision(6)) : old));
    MooBudget.state.change({ own: { spend }, focus: "own" }, { settled });
  }

  MooBudget.actions.own_begin = () => {
    const { focus } = MooBudget.state.current;
    MooBudget.state.change({ own: { spend: MooBudget.plan(focus, MooBudget.state.current).spend }, focus: "own" });
  };
  MooBudget.actions.own_end = () => {
    const { pins } = MooBudget.state.current;
    MooBudget.state.change({
      own: null,
      focus: MooBudget.data.picks.balanced,
      pins: pins.filter((id) => id !== "own"),
    });
  };
  MooBudget.actions.own_spread = () => {
    const { own } = MooBudget.state.current;
    const total = own.spend.reduce((sum, money) => sum + money, 0);
    const spend = own.spend.map((money) =>
      Number((money * (1 + unplaced(total) / total)).toFixed(MooBudget.data.decimals + 2)),
    );
    MooBudget.state.change({ own: { spend } });
  };

  MooBudget.views.own_plan = { looks: ["own"], render, needs: "evaluate" };
  Object.assign(MooBudget, { ownAnswer, ownTyped: typed });
}
