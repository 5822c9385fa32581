// The plan in focus channel by channel: money and its share beside what it brings and its share of that, and returns on
// all of the money beside those on the next unit of it.
{
  const { element, show, numbers } = MooBudget;

  function render(place, state) {
    const { say, data, title } = MooBudget;
    const plan = MooBudget.plan(state.focus, state);
    const outcome = data.outcomes[state.outcome];
    const currency = data.currency || say("money");
    const unit = say("per", { unit: outcome.unit || outcome.title, per: currency });
    const heads = [
      "limit_channel",
      "money_column",
      "change",
      "share_of_money",
      "share_of_effect",
      "roi_column",
      "next_column",
    ];
    const effects = plan.spend.map((money, c) => MooBudget.effect(state.outcome, c, money));
    const brought = effects.includes(null) ? null : effects.reduce((sum, effect) => sum + effect, 0);
    show(
      place,
      element(
        "div",
        { class: "scroll", tabindex: "0", role: "group", "aria-label": say("channels") },
        element(
          "table",
          { class: "by-channel" },
          element(
            "caption",
            {},
            say("channels_caption", {
              plan: title(plan.id),
              outcome: outcome.title,
              currency,
              unit,
            }),
          ),
          element("thead", {}, element("tr", {}, ...heads.map((key) => element("th", { scope: "col" }, say(key))))),
          element("tbody", {}, ...plan.spend.map((money, c) => row(plan, c, effects[c], brought, state.outcome))),
        ),
      ),
      element(
        "p",
        { class: "how" },
        say("channels_how", { currency, outcome: outcome.title }),
      ),
    );
  }

  function row(plan, c, effect, brought, outcome) {
    const { data, say } = MooBudget;
    const money = plan.spend[c];
    const before = MooBudget.yardstick();
    const next = MooBudget.marginal(outcome, c, money);
    const number = (value) => (value === null ? say("beyond_curves") : numbers.full(value));
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, data.channels[c].title),
      element("td", {}, numbers.money(money)),
      element("td", {}, before ? numbers.plus(numbers.money(money - before.spend[c])) : say("unknown")),
      element("td", {}, share(money, MooBudget.total(plan))),
      element("td", {}, brought === null ? say("unknown") : share(effect, brought)),
      element("td", {}, money > 0 ? number(effect === null ? null : effect / money) : say("unknown")),
      element("td", {}, number(next)),
    );
  }

  function share(part, whole) {
    return whole > 0 ? numbers.wholePercent(part / whole) : MooBudget.say("unknown");
  }

  MooBudget.views.channels = { looks: ["focus", "own", "outcome"], render };
}
