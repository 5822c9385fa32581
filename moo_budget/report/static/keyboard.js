// Keys while the focus is in the scatter, the plan card, the lines or the table of plans: P pins, [ and ] walk along
// the front, Esc takes limits (else pins) away. Places of keys, not letters, so that no input method swallows them.
{
  const KEYS = {
    KeyP: ({ focus }) => MooBudget.pinPlan(focus),
    BracketLeft: () => MooBudget.walk("safer"),
    BracketRight: () => MooBudget.walk("bolder"),
    Escape: ({ limits }) =>
      MooBudget.state.change(Object.keys(limits).length ? { limits: {}, draft: {}, page: 0 } : { pins: [] }),
  };

  function listen(root) {
    root.addEventListener("keydown", (event) => {
      const types = event.target.matches("input:not([type=checkbox]), select, textarea");
      if (types || event.ctrlKey || event.metaKey || event.altKey || !event.target.closest("[data-keys]")) return;
      const act = KEYS[event.code];
      if (!act) return;
      event.preventDefault();
      act(MooBudget.state.current);
    });
  }

  MooBudget.listenToKeys = listen;
}
