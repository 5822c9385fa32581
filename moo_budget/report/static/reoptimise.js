// A new search within changed limits, in the background; its front is laid over the old one until a person decides.
{
  const { element, show } = MooBudget;
  const POLL = 500; // milliseconds between questions about progress
  let job = { state: "none" };
  let earlier = null; // {data, front, pins}: what is gone back to

  function render(place, state) {
    const { say } = MooBudget;
    const running = job.state === "running";
    show(
      place,
      element("p", { class: "how" }, say("reoptimise_how")),
      element(
        "div",
        { class: "buttons" },
        !running && !earlier && element("button", { "data-do": "reoptimise" }, say("reoptimise")),
        running && element("button", { "data-do": "reoptimise_cancel" }, say("reoptimise_cancel")),
        earlier && element("button", { "data-do": "reoptimise_keep" }, say("reoptimise_keep")),
        earlier && element("button", { "data-do": "reoptimise_back" }, say("reoptimise_back")),
      ),
      element("p", { role: "status" }, told(say, state)),
    );
  }

  function told(say) {
    if (job.state === "running")
      return say("reoptimise_running", {
        evaluations: job.progress?.evaluations ?? 0,
        plans: job.progress?.plans ?? 0,
      });
    if (job.state === "failed") return say("reoptimise_failed", { reason: job.message });
    return earlier
      ? say("reoptimise_done", { plans: MooBudget.model.ids.length, earlier: earlier.data.plans.id.length })
      : "";
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

  // Show another front; pinned plans come along under the name that they had.
  function replace(data, front) {
    const { state, model } = MooBudget;
    const { pins } = state.current;
    earlier = { data: MooBudget.data, front: MooBudget.front, state: state.current };
    const guests = pins
      .filter((id) => model.row.has(id))
      .map((id) => [MooBudget.say("earlier_plan", { id }), MooBudget.plan(id, state.current)]);
    show_front({ ...data, yardsticks: { ...data.yardsticks, ...Object.fromEntries(guests) } }, front);
    state.change({
      ...state.initial(),
      draft: state.current.draft,
      own: state.current.own,
      pins: guests.map(([id]) => id),
    });
    MooBudget.drawAnew();
  }

  function show_front(data, front) {
    MooBudget.read(data);
    MooBudget.front = front;
  }

  const guarded = (act) => async () => {
    try {
      await act();
    } catch (error) {
      job = { state: "failed", message: error.message };
    }
    MooBudget.drawAnew();
  };

  MooBudget.actions.reoptimise = guarded(async () => {
    await MooBudget.host.reoptimise(request(MooBudget.state.current), MooBudget.front);
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
    const { data, front, state } = earlier;
    earlier = null;
    job = { state: "none" };
    show_front(data, front);
    MooBudget.state.change(state);
  });

  MooBudget.views.reoptimise = { looks: ["limits", "draft"], render, needs: "reoptimise" };
  MooBudget.earlierFront = () => earlier && earlier.data;
}
