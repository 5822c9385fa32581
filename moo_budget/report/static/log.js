// What was decided and when: limits set, plans pinned, notes; kept in the result folder by the program behind the page.
{
  const { element, show } = MooBudget;
  let entries = [];
  let last = null; // the state that was told last

  function render(place) {
    const { say } = MooBudget;
    show(
      place,
      element("label", {}, say("note"), " ", element("input", { type: "text", "data-note": "", maxlength: "500" })),
      " ",
      element("button", { "data-do": "note" }, say("note_add")),
      element(
        "ul",
        { class: "log", tabindex: "0", "aria-label": say("log") },
        ...[...entries]
          .reverse()
          .map(({ at, text }) =>
            element("li", {}, element("time", {}, (at || "").slice(0, 16).replace("T", " ")), text),
          ),
      ),
    );
  }

  // Tell the log what a settled change decided.
  function follow(state) {
    if (last) tell(decided(last, state));
    last = state;
  }

  function decided(before, now) {
    const { say, model, title, fronts } = MooBudget;
    if (fronts.numberOf(before) !== fronts.numberOf(now))
      return [["front", say(now.front ? "log_front" : "log_front_folder", { plans: model.ids.length })]];
    const pinned = now.pins
      .filter((id) => !before.pins.includes(id))
      .map((id) => ["pin", say("log_pin", { plan: title(id) })]);
    const taken = before.pins
      .filter((id) => !now.pins.includes(id))
      .map((id) => ["pin", say("log_unpin", { plan: title(id) })]);
    const keys = [...new Set([...Object.keys(before.limits), ...Object.keys(now.limits)])].filter(
      (key) => key in model.column,
    );
    const limits = keys
      .filter((key) => String(before.limits[key]) !== String(now.limits[key]))
      .map((key) => [
        "limit",
        key in now.limits
          ? say("log_limit", { limit: MooBudget.limitText(model.column[key], now.limits[key]) })
          : say("log_no_limit", { goal: model.column[key].title }),
      ]);
    return [...pinned, ...taken, ...limits];
  }

  function tell(decisions) {
    if (!decisions.length) return;
    const time = new Date().toISOString();
    learn(MooBudget.host.log(decisions.map(([kind, text]) => ({ time, kind, text }))));
  }

  function learn(answer) {
    answer
      .then((all) => {
        entries = all;
        MooBudget.drawAnew();
      })
      .catch(MooBudget.announceError);
  }

  MooBudget.actions.note = () => {
    const input = document.querySelector("[data-note]");
    if (input.value.trim()) tell([["note", input.value.trim()]]);
    input.value = "";
  };

  MooBudget.views.log = { looks: [], render, needs: "log" };
  Object.assign(MooBudget, { followDecisions: follow, readLog: () => learn(MooBudget.host.log()) });
}
