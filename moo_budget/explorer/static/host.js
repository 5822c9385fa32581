"use strict";

// What the page may ask of the explorer behind it. Every answer is JSON; a refusal becomes an Error with its words.
{
  const UNREACHABLE = "The explorer does not answer. It may have ended: start moo-budget explore again. What you see stays.";

  async function ask(path, body) {
    const request = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    let answer;
    try {
      answer = await fetch(path, request);
    } catch {
      throw new Error(UNREACHABLE);
    }
    if (!answer.ok) throw new Error((await answer.json()).error.text);
    return answer;
  }

  const told = async (path, body) => (await ask(path, body)).json();

  // Hand a file to the browser, under the name that the server gave it.
  async function exported(format, plans, front = 0) {
    const answer = await ask("/export", { format, plans, front });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition"))[1];
    link.click();
    URL.revokeObjectURL(link.href);
  }

  const host = {
    kind: "explorer",
    data: (front = 0) => told(`/data.json?front=${front}`),
    evaluate: (spend, front = 0) => told("/evaluate", { spend, front }),
    reoptimise: (changes, front = 0) => told("/reoptimise", { ...changes, front }),
    job: () => told("/job"),
    cancel: () => told("/cancel", {}),
    export: exported,
    log: (entries) => (entries ? told("/log", { entries }) : told("/log")),
  };
  globalThis.MooBudgetHost = host;
}
