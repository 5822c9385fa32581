// A new search within changed limits, in the background; its front is laid over the old one until a person decides.
{
  const { element, show } = MooBudget;
  const POLL = 500; // milliseconds between questions about progress
  let job = { state: "none" };
  let earlier = null; // {data, state, front}: what is gone back to, and the number of the front that lies over it

  function render(place) {
    const { say } = MooBudget;
    const running = job.state === "running";
    const asked = undecided();
    show(
      place,
      element("p", { class: "how" }, say("reoptimise_how")),
      element(
        "div",
        { class: "buttons" },
        !running && !asked && element("button", { "data-do": "reoptimise" }, say("reoptimise")),
        running && element("button", { "data-do": "reoptimise_cancel" }, say("reoptimise_cancel")),
        asked && element("button", { "data-do": "reoptimise_keep" }, say("reoptimise_keep")),
        asked && element("button", { "data-do": "reoptimise_back" }, say("reoptimise_back")),
      ),
      element("p", { role: "status" }, told(say)),
    );
  }

  function told(say) {
    if (job.state === "running")
      return say("reoptimise_running", {
        evaluations: job.progress?.evaluations ?? 0,
        plans: job.progress?.plans ?? 0,
      });
    if (job.state === "failed" || (job.state === "stopped" && !job.data))
      return say("reoptimise_failed", { reason: job.message });
    const done = undecided()
      ? say("reoptimise_done", { plans: MooBudget.model.ids.length, earlier: earlier.data.plans.id.length })
      : "";
    return done && job.state === "stopped" ? `${done} ${say("reoptimise_stopped")}` : done;
  }

  // Limits on goals as they filter, limits on channels as they are drafted.
  function request({ limits, draft }) {
    const { model } = MooBudget;
    const goals = Object.entries(limits).filter(([key]) => model.column[key].sought);
    return {
      limits: draft,
      goals: Object.fromEntries(
        goals.map(([key, [low, high]]) => [
          key,
          { ...(low !== null && { min: low }), ...(high !== null && { max: high }) },
        ]),
      ),
    };
  }

  async function follow() {
    const { host } = MooBudget;
    while (job.state === "running") {
      await new Promise((done) => setTimeout(done, POLL));
      job = await host.job();
      MooBudget.drawAnew();
    }
    if (job.data) replace(job.data, job.front);
  }

  // A search that is under way when the page opens can be watched and stopped from here too.
  async function join() {
    const found = await MooBudget.host.job();
    if (found.state !== "running") return;
    job = found;
    MooBudget.drawAnew();
    await follow();
  }

  // Show another front, with the same limits drafted and the plans that are pinned.
  function replace(data, number) {
    const { state, fronts } = MooBudget;
    const before = state.current;
    earlier = { data: MooBudget.data, state: before, front: number };
    const front = { number, made: data.made };
    const pins = before.pins.map((id) => fronts.asGuest(id, before));
    fronts.add(number, data);
    state.change({ ...before, front, pins, focus: data.picks.balanced, limits: {}, matched: {}, hover: null, page: 0 });
    MooBudget.drawAnew();
  }

  // The front that the shown one is laid over, until a person has decided.
  function undecided() {
    return earlier && earlier.front === MooBudget.fronts.numberOf(MooBudget.state.current) ? earlier : null;
  }

  const guarded = (act) => async () => {
    try {
      await act();
    } catch (error) {
      job = { state: "failed", message: error.message };
    }
    MooBudget.drawAnew();
  };

  MooBudget.joinSearch = guarded(join);
  MooBudget.actions.reoptimise = guarded(async () => {
    await MooBudget.host.reoptimise(request(MooBudget.state.current));
    job = { state: "running" };
    MooBudget.drawAnew();
    await follow();
  });
  MooBudget.actions.reoptimise_cancel = guarded(() => MooBudget.host.cancel());
  MooBudget.actions.reoptimise_keep = guarded(async () => {
    earlier = null;
    job = { state: "none" };
  });
  MooBudget.actions.reoptimise_back = guarded(async () => {
    const { state } = earlier;
    earlier = null;
    job = { state: "none" };
    MooBudget.state.change(state);
  });

  MooBudget.views.reoptimise = { looks: ["limits", "draft"], render, needs: "reoptimise" };
  MooBudget.earlierFront = () => (undecided() ? earlier.data : null);
}
