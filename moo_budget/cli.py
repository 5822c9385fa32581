"""The command line: translate arguments, call one public function, print.

Results go to stdout, talk and progress to stderr. Everything heavy is imported by the verb that needs it.
"""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from moo_budget.console import (
    answering,
    complain,
    nowhere,
    open_streams,
    read_settings,
    settings,
    show,
    talking,
    told_if_saved,
    write,
)
from moo_budget.errors import FolderError
from moo_budget.folder import SWEEP

_EPILOG = """\
\b
Everywhere: --json (one JSON object on stdout), --quiet (no progress, notes),
            --lang en|zh (pages, workbook, tables; errors and --json stay
            English; default: `lang` of the problem file), --no-color,
            --debug (traceback), --version

\b
Exit codes: 0 done            3 bad data or problem file
            1 defect of ours  4 limits cannot be met
            2 wrong usage     5 stopped early, what there was is saved
            130 interrupted before there was anything to save
"""

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="""Pareto fronts of marketing budgets: where next quarter's money should go, and what each choice costs.

    \b
    moo-budget demo                  a real result in seconds, on invented data
    moo-budget init history.csv      writes a problem.toml to fill in
    moo-budget solve problem.toml    the main job: then open result/report.html
    """,
    epilog=_EPILOG,
)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Entry point of the program `moo-budget`."""
    rest = read_settings(sys.argv[1:] if arguments is None else arguments)
    open_streams()
    try:
        app(rest, prog_name="moo-budget")
    except OSError as error:  # help and version, which are no verbs
        sys.stdout = nowhere()
        complain(f"{error.strerror}. Make room where the output goes.", "output.write", 2)
        sys.exit(2)
    sys.exit(0)


def _print_version(wanted: bool) -> None:
    if not wanted:
        return
    import platform
    from importlib.metadata import version

    parts = [f"{name} {version(name)}" for name in ("moo-budget", "numpy", "pymoo", "numba")]
    print(f"{', '.join(parts)}, Python {platform.python_version()}")
    raise typer.Exit(0)


@app.callback()
def _everywhere(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print versions and end.")
    ] = False,
) -> None:
    pass


Force = Annotated[bool, typer.Option("--force", help="Replace what an earlier run wrote there.")]
Problem = Annotated[Path, typer.Argument(help="The problem file, TOML.")]
Folder = Annotated[Path, typer.Argument(help="A folder that `solve` wrote.")]


@app.command(epilog=_EPILOG)
@answering
def demo(
    out: Annotated[Path, typer.Option("--out", help="The result folder.")] = Path("demo-result"),
    force: Force = False,
) -> int:
    """A real result from the built-in problem, on invented data.

    \b
    moo-budget demo
    moo-budget demo --out try --lang zh
    """
    problem = _demo_problem()
    return _solve(problem, out, force=force or _is_demo(out, problem))


@app.command(epilog=_EPILOG)
@answering
def init(
    history: Annotated[Path, typer.Argument(help="The table with spend and outcomes: CSV, XLSX, Parquet.")],
    out: Annotated[Path | None, typer.Option("--out", help="Default: problem.toml, beside the table.")] = None,
    force: Force = False,
) -> None:
    """Look at a table's columns and write a commented problem.toml.

    \b
    moo-budget init history.csv
    moo-budget init data/spend.xlsx --out problem.toml
    """
    target = out or history.parent / "problem.toml"
    if target.exists() and not force:
        raise FolderError(f"{target} exists already. Choose another --out, or --force.", code="init.exists")
    with talking(f"reading {history}"):
        from moo_budget._whole import write_file
        from moo_budget.history.proposal import propose

        write_file(target, propose(history, problem=target).encode("utf-8"))
    show({"problem": str(target)}, f"written: {target}\nnext: read it, then moo-budget check {target}")


@app.command(epilog=_EPILOG)
@answering
def check(problem: Problem) -> None:
    """Data, lift tests and limits, before anything runs.

    \b
    moo-budget check problem.toml

    Takes seconds, learns nothing and writes nothing. Money is for the whole plan, in the currency of the problem file.
    """
    with talking(f"reading {problem}"):
        from moo_budget.learning import check as check_problem
        from moo_budget.terminal.checked import check_document, checked

        found = check_problem(problem)
    show(check_document(found), checked(found, settings.lang or found.spec.lang))


@app.command(epilog=_EPILOG)
@answering
def solve(
    problem: Problem,
    out: Annotated[Path | None, typer.Option("--out", help="The result folder; default: result, beside it.")] = None,
    force: Force = False,
    seed: Annotated[
        int | None,
        typer.Option(help="The same seed gives the same front; default: one is drawn and kept in the result."),
    ] = None,
    evaluations: Annotated[
        int | None, typer.Option(help="Ceiling on plans whose goals are computed; default: 100,000.")
    ] = None,
    plans: Annotated[int | None, typer.Option(help="Size of the front that is handed over; default: 200.")] = None,
    algorithm: Annotated[
        str | None,
        typer.Option(help="auto (structure first; the default), scalarised, nsga2, mopso_cd, smpso or cmopso."),
    ] = None,
    time_limit: Annotated[float | None, typer.Option(help="Seconds for the search; 0: none.")] = None,
    start_from: Annotated[
        Path | None, typer.Option("--start-from", help="An earlier result folder, whose plans begin the search.")
    ] = None,
) -> int:
    """Learn the curves, search the front, write the result folder.

    \b
    moo-budget solve problem.toml
    moo-budget solve problem.toml --out april --seed 1
    moo-budget solve problem.toml --out may --start-from april

    Options stand above what the problem file says in [search]; defaults hold where neither says anything.
    """
    return _solve(
        problem,
        out,
        force=force,
        seed=seed,
        n_evaluations=evaluations,
        n_plans=plans,
        algorithm=algorithm,
        time_limit=time_limit,
        start_from=start_from,
    )


@app.command(epilog=_EPILOG)
@answering
def sweep(
    problem: Problem,
    start: Annotated[
        float | None, typer.Option("--from", help="The smallest budget; default: half of the problem's.")
    ] = None,
    stop: Annotated[float | None, typer.Option("--to", help="The largest; default: one and a half times it.")] = None,
    points: Annotated[int, typer.Option(help="How many budgets, evenly spaced.")] = 11,
    out: Annotated[Path | None, typer.Option("--out", help="The sweep's folder; default: sweep, beside it.")] = None,
    force: Force = False,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same sweep.")] = None,
) -> int:
    """How much money? A front per budget, and where more stops to pay.

    \b
    moo-budget sweep problem.toml
    moo-budget sweep problem.toml --from 500000 --to 2000000 --points 7

    Budgets are money for the whole plan.
    """
    folder = out or problem.parent / "sweep"
    with told_if_saved(folder, SWEEP):
        with talking(f"reading {problem}") as talk:
            from moo_budget.sweep_results import sweep_document
            from moo_budget.sweep_run import run_sweep
            from moo_budget.terminal.swept import swept

            result = run_sweep(
                problem,
                folder,
                start=start,
                stop=stop,
                points=points,
                force=force,
                seed=seed,
                lang=settings.lang,
                stage=talk.stage,
                learning=talk.learning,
            )
            for message in result.messages:
                talk.note(message.text)
        show(sweep_document(result) | {"folder": str(folder)}, swept(result, folder))
    return 5 if result.sweep.status == "stopped" else 0


@app.command(epilog=_EPILOG)
@answering
def evaluate(
    folder: Folder,
    plan: Annotated[Path, typer.Argument(help="CSV or XLSX: a row per channel, or a row per plan.")],
    sheet: Annotated[str | None, typer.Option(help="Of a workbook; default: My plan, Plans, or the first.")] = None,
    name: Annotated[str | None, typer.Option("--plan", help="One plan of a file that holds several.")] = None,
) -> None:
    """Measure a plan of your own and hold it against limits and front.

    \b
    moo-budget evaluate result mine.csv            columns: channel, spend
    moo-budget evaluate result result/plans.xlsx   its sheet `My plan`, filled in

    Money is for the whole plan.
    """
    with talking(f"reading {folder}") as talk:
        from moo_budget.evaluation import evaluate as evaluate_plan
        from moo_budget.evaluation import evaluation_document, placing_told
        from moo_budget.plan_files import read_plans
        from moo_budget.results import read_result
        from moo_budget.terminal.evaluated import evaluated
        from moo_budget.workbook import stamp_of

        result = read_result(folder).in_language(settings.lang)
        talk.stage(f"reading {plan}")
        read = read_plans(plan, result.problem, sheet=sheet, stamp=stamp_of(result)).chosen(name)
        said = (*read.messages, *placing_told(result.problem))
        for message in said:
            talk.note(message.text)
        talk.stage("looking for better plans")
        found = [evaluate_plan(result.problem, money, front=result.front, id=id) for id, money in read.plans.items()]
    messages = [vars(message) for message in said]
    show(
        {"folder": str(folder), "plans": [evaluation_document(one) for one in found], "messages": messages},
        evaluated(result, found),
    )


@app.command(epilog=_EPILOG)
@answering
def compare(
    a: Annotated[Path, typer.Argument(help="A folder that `solve` wrote.")],
    b: Annotated[Path, typer.Argument(help="Another one; it measures the plans of both, where it can.")],
    out: Annotated[Path | None, typer.Option("--out", help="A page, such as compare.html.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a page that is there.")] = False,
) -> None:
    """Two results side by side: what changed, whose plans are better.

    \b
    moo-budget compare march april --out compare.html
    """
    if out is not None and out.exists() and not force:
        raise FolderError(f"{out} exists already. Choose another --out, or --force.", code="compare.exists")
    with talking(f"reading {a}") as talk:
        from moo_budget.compare import compare as compare_results
        from moo_budget.compare import document
        from moo_budget.report import Compared, write_comparison
        from moo_budget.report.words import Words
        from moo_budget.results import read_result
        from moo_budget.terminal.compared import compared

        first = read_result(a)
        talk.stage(f"reading {b}")
        second = read_result(b)
        talk.stage("measuring the plans of both")
        comparison = compare_results(first, second)
        said = Compared(comparison, _told_apart(a, b), Words(settings.lang or second.spec.lang))
        if out is not None:
            talk.stage(f"writing {out}")
            write_comparison(said, out)
    show(document(comparison) | {"page": str(out) if out else None}, compared(said))


def _told_apart(a: Path, b: Path) -> tuple[str, str]:
    """What two folders are called: their names, with the folder around where these are alike."""
    first, second = a.resolve(), b.resolve()
    return (first.name, second.name) if first.name != second.name else (str(a), str(b))


@app.command(epilog=_EPILOG)
@answering
def report(folder: Folder) -> None:
    """Write the report of a result folder again. With --lang zh it is Chinese.

    \b
    moo-budget report result
    moo-budget report result --lang zh
    """
    with talking(f"reading {folder}"):
        from moo_budget.report import rewrite_report

        page = rewrite_report(folder, settings.lang)
    show({"report": str(page)}, f"written: {page}")


@app.command(epilog=_EPILOG)
@answering
def explore(
    folder: Folder,
    host: Annotated[
        str, typer.Option(help="Where to listen; by default nobody but this machine is answered.")
    ] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Default: 8747, or a free one.")] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address only.")] = False,
    idle_minutes: Annotated[
        float, typer.Option("--idle-minutes", min=0.01, help="End after so long without a request.")
    ] = 60.0,
) -> None:
    """The explorer in the browser: filter, compare, edit, re-optimise. Ctrl-C ends it.

    \b
    moo-budget explore result
    moo-budget explore result --no-browser --port 9000
    """
    with talking(f"reading {folder}"):
        from moo_budget.explorer import Opened
        from moo_budget.explorer import explore as run_explorer

    def tell(opened: Opened) -> None:
        for warning in opened.warnings:
            print(f"warning: {warning}", file=sys.stderr)
        how = "opening in the browser" if opened.in_browser else "open in a browser"
        show({"address": opened.address}, f"{how}: {opened.address}\nThe address works once. Ctrl-C ends the explorer.")
        sys.stdout.flush()

    run_explorer(folder, host=host, port=port, idle_minutes=idle_minutes, browser=not no_browser, opened=tell)
    if not settings.quiet:
        print("the explorer has ended", file=sys.stderr)


class Form(StrEnum):
    """What `export` writes."""

    csv = "csv"
    json = "json"
    parquet = "parquet"
    xlsx = "xlsx"


@app.command(epilog=_EPILOG)
@answering
def export(
    folder: Folder,
    to: Annotated[Form, typer.Option("--to", help="csv is the form that Excel likes.")] = Form.csv,
    out: Annotated[Path | None, typer.Option("--out", help="The file; default: front.csv, or as --to says.")] = None,
    force: Force = False,
) -> None:
    """The front for other tools: a row a plan, with goals and money.

    \b
    moo-budget export result --to xlsx --out front.xlsx
    """
    target = out or Path(f"front.{to}")
    with talking(f"reading {folder}"):
        from moo_budget.export import export as export_front
        from moo_budget.results import read_result

        export_front(read_result(folder).in_language(settings.lang), target, to, force=force)
    show({"file": str(target)}, f"written: {target}")


class Contract(StrEnum):
    """What `schema` describes."""

    problem = "problem"
    result = "result"
    sweep = "sweep"


@app.command(epilog=_EPILOG)
@answering
def schema(which: Annotated[Contract, typer.Argument(help="problem, result or sweep")]) -> None:
    """JSON Schema of the problem file, result.json or sweep.json.

    \b
    moo-budget schema problem > problem.schema.json
    """
    if which is Contract.problem:
        from moo_budget.spec import problem_schema

        document = problem_schema()
    elif which is Contract.sweep:
        from moo_budget.sweep_results import sweep_schema

        document = sweep_schema()
    else:
        from moo_budget.results import result_schema

        document = result_schema()
    write(json.dumps(document, indent=2))


def _solve(problem: Path, out: Path | None, *, force: bool, **search: Any) -> int:
    """Run a problem with progress on stderr, print the table, return the exit code."""
    folder = out or problem.parent / "result"
    with told_if_saved(folder):
        with talking(f"reading {problem}") as talk:
            from moo_budget.run import run
            from moo_budget.terminal.solved import solved, solved_document

            result = run(
                problem,
                folder,
                force=force,
                lang=settings.lang,
                stage=talk.stage,
                callback=talk.progress,
                learning=talk.learning,
                **search,
            )
            for message in result.messages:
                talk.note(message.text)
        show(solved_document(result, folder), solved(result, folder))
    return 5 if result.front.status == "stopped" else 0


def _demo_problem() -> Path:
    """The built-in problem: inside an installed package, or in the checkout that the package runs from."""
    package = Path(__file__).parent
    inside = package / "online_retailer" / "problem.toml"
    return inside if inside.exists() else package.parent / "problems" / "online_retailer" / "problem.toml"


def _is_demo(folder: Path, problem: Path) -> bool:
    """Whether an earlier demo wrote this folder: it holds the built-in problem as solved."""
    written = folder / "problem.toml"
    return written.is_file() and written.read_bytes() == problem.read_bytes()


if __name__ == "__main__":
    main()
