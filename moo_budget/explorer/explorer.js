// The page of the live explorer: what it may ask of the program behind it, and its start.
{
  const UNREACHABLE =
    "The explorer does not answer; it may have ended. What you see stays: start moo-budget explore again to go on.";

  // The answer to a question. A refusal, and silence, become an Error whose message is for the person who asked.
  async function ask(path, body) {
    const headers = { "Content-Type": "application/json" };
    let answer;
    try {
      answer = await fetch(path, body === undefined ? {} : { method: "POST", headers, body: JSON.stringify(body) });
    } catch {
      throw new Error(UNREACHABLE);
    }
    if (!answer.ok) throw new Error(await reason(answer));
    return answer;
  }

  async function reason(answer) {
    const text = await answer.text();
    try {
      return JSON.parse(text).error.text;
    } catch {
      return text;
    }
  }

  const told = async (path, body) => (await ask(path, body)).json();

  // The front that the page shows, unless a question names another.
  const shown = () => MooBudget.fronts.numberOf(MooBudget.state.current);

  // Where a plan stands; `better`: the plan that is better in every goal, where one was found.
  async function better(spend, front = shown()) {
    const found = await told("/better", { spend, front });
    return { ...found, better: found.standing === "beaten" ? found.against : null };
  }

  // A plan that stands on no front that is shown, such as one pinned before a new search, travels with its money.
  function named(plan) {
    const { model, state, title, moneyByName } = MooBudget;
    if (typeof plan !== "string" || model.row.has(plan) || ["today", "reference"].includes(plan)) return plan;
    return { name: title(plan), spend: moneyByName(MooBudget.plan(plan, state.current).spend) };
  }

  // Hand a file to the browser, under the name that the program gave it.
  async function exported(format, plans, front = shown()) {
    const answer = await ask("/export", { format, plans: plans.map(named), front });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition"))[1];
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  // Lines that did not arrive are sent again with the next ones; their ids keep them from being written twice.
  let unsent = [];

  async function log(entries = []) {
    unsent = [...unsent, ...entries.map(({ time, ...entry }) => ({ id: newId(), at: time, ...entry }))];
    if (!unsent.length) return (await told("/log")).entries;
    const sent = unsent;
    const answer = await told("/log", { entries: sent });
    unsent = unsent.filter((entry) => !sent.includes(entry));
    return answer.entries;
  }

  function newId() {
    return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
  }

  async function begin() {
    const root = document.getElementById("explorer");
    try {
      const data = await told("/data.json");
      MooBudget.start(root, data, {
        kind: "explorer",
        folder: data.folder,
        data: (front) => told(`/data.json?front=${front}`),
        evaluate: (spend, front = shown()) => told("/evaluate", { spend, front }),
        better,
        reoptimise: (changes, front = shown()) => told("/reoptimise", { ...changes, front }),
        job: () => told("/job"),
        cancel: () => told("/cancel", {}),
        export: exported,
        log,
      });
    } catch (error) {
      root.textContent = error.message;
    }
  }

  begin();
}
