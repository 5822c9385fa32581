// The fronts that the program behind the page keeps: 0 is the folder's, and each search adds one. Which one is shown is
// part of the state, so a reload and Back lead to it; pinned plans of another front come along as guests: "3@0".
{
  const GUEST = /^(.+)@(\d+)$/;
  const known = new Map(); // number -> data
  let arranged = "";

  function begin(data) {
    known.clear();
    known.set(0, data);
    arranged = "";
    arrange({ front: null, pins: [], focus: "" });
  }

  function numberOf({ front }) {
    return front ? front.number : 0;
  }

  // Ids of plans in a state that are not of its own front.
  function guestsOf({ pins = [], focus = "" }) {
    return [...new Set([...pins, focus])].filter((id) => GUEST.test(id));
  }

  // Numbers of the fronts that a state speaks of and that are not here yet.
  function missing(state) {
    const numbers = [numberOf(state), ...guestsOf(state).map((id) => Number(GUEST.exec(id)[2]))];
    return [...new Set(numbers)].filter((number) => !known.has(number));
  }

  async function fetchAll(numbers) {
    for (const number of numbers) add(number, await MooBudget.host.data(number));
  }

  function add(number, data) {
    known.set(number, data);
  }

  // Make the front of a state, and its guests, the data that everything is drawn from.
  function arrange(state) {
    const guests = guestsOf(state).filter((id) => guest(id));
    const wanted = [numberOf(state), ...guests].join();
    if (wanted === arranged) return;
    arranged = wanted;
    const data = known.get(numberOf(state));
    const plans = Object.fromEntries(guests.map((id) => [id, guest(id)]));
    MooBudget.read({ ...data, yardsticks: { ...data.yardsticks, ...plans } });
  }

  function guest(id) {
    const [, own, number] = GUEST.exec(id);
    const data = known.get(Number(number));
    const row = data ? data.plans.id.indexOf(own) : -1;
    return row < 0 ? null : MooBudget.planAt(data, row);
  }

  // The name that a plan of the shown front has on another one.
  function asGuest(id, state) {
    return MooBudget.model.row.has(id) ? `${id}@${numberOf(state)}` : id;
  }

  function idOfGuest(id) {
    const found = GUEST.exec(id);
    return found && found[1];
  }

  MooBudget.fronts = { begin, missing, fetchAll, add, arrange, numberOf, asGuest, idOfGuest };
}
