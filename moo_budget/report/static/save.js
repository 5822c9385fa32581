// Pinned plans (else the picks) as a file that the page makes itself; text that a spreadsheet would take for a formula
// is marked as text.
{
  function chosen(state) {
    const { data } = MooBudget;
    return state.pins.length ? state.pins : [...new Set(Object.values(data.picks))];
  }

  function save(format, state) {
    const { host } = MooBudget;
    if (host.export)
      return host
        .export(
          format,
          chosen(state).map((id) =>
            id === "own" ? { name: MooBudget.say("own"), spend: MooBudget.moneyByName(state.own.spend) } : id,
          ),
        )
        .catch(MooBudget.announceError);
    return download(
      `plans.${format}`,
      format === "csv" ? csv(state) : json(state),
      format === "csv" ? "text/csv" : "application/json",
    );
  }

  function csv(state) {
    const { model, data } = MooBudget;
    const goals = model.goals.flatMap(({ key }) => [key, `${key}_low`, `${key}_high`]);
    const lines = [["plan_id", "pick", ...goals, ...data.channels.map(({ name }) => `spend_${name}`)].map(quoted)];
    for (const id of chosen(state)) {
      const plan = MooBudget.plan(id, state);
      const values = model.goals.flatMap(({ key }) =>
        plan.values ? ["value", "low", "high"].map((part) => plan.values[key][part]) : ["", "", ""],
      );
      lines.push([quoted(id), quoted(MooBudget.names(id).join("+")), ...values, ...plan.spend]);
    }
    return "\ufeff" + lines.map((cells) => cells.join(",") + "\r\n").join("");
  }

  function quoted(text) {
    const marked = /^[=+\-@＝＋－＠\t\r\n\0]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(marked) ? `"${marked.replaceAll('"', '""')}"` : marked;
  }

  function json(state) {
    const { data } = MooBudget;
    const plans = chosen(state).map((id) => {
      const { spend, values } = MooBudget.plan(id, state);
      return { id, picks: MooBudget.names(id), spend: MooBudget.moneyByName(spend), goals: values };
    });
    return JSON.stringify({ title: data.title, currency: data.currency, periods: data.periods, plans }, null, 1) + "\n";
  }

  function download(name, text, type) {
    const link = MooBudget.element("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  function moneyByName(spend) {
    return Object.fromEntries(MooBudget.data.channels.map(({ name }, c) => [name, spend[c]]));
  }

  Object.assign(MooBudget, { save, moneyByName });
}
