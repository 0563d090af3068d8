"""The documents agree with the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from harness import reference, source
from harness.reference import read_table
from jdp_spider.config.dotenv import ENV_FILE, read_dotenv
from jdp_spider.config.options import OPTIONS
from jdp_spider.config.validators import EXAMPLE_VALUES
from jdp_spider.doctor.probes import QUESTIONS
from jdp_spider.doctor.run import CHECKS, LOGOUT
from jdp_spider.group.accounts import ENTRY_NAMES, FILE_NAMES
from jdp_spider.group.status import OTHER_WORDS
from jdp_spider.pages.site import PURPOSES
from jdp_spider.reasons import ExitStatus

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "jdp_spider"
ENV_EXAMPLE = ROOT / ".env.example"
README = ROOT / "README.md"
TROUBLESHOOTING = ROOT / "docs" / "troubleshooting.md"
SETTINGS, STATS, LOG, DOCTOR, GROUP, COMMANDS = (
    ROOT / "docs" / f"{name}.md"
    for name in ("settings", "stats", "log", "doctor", "group", "commands")
)
PERFORMANCE = ROOT / "docs" / "performance.md"
SITE_FACTS = ROOT / "docs" / "site-facts.md"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


# The documents


def assert_same(documented: set[str], real: set[str], where: str) -> None:
    missing, stale = sorted(real - documented), sorted(documented - real)
    assert (missing, stale) == ([], []), f"{where}: missing {missing}, not in the code {stale}"


def blocks(path: Path) -> list[tuple[str, list[str]]]:
    """Return language and lines of the fenced blocks."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [(language, lines.splitlines()) for language, lines in found]


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# Settings


def test_env_example_has_every_setting_with_default() -> None:
    found = re.findall(r"^(#?)([A-Z_]+)=(.*)$", ENV_EXAMPLE.read_text("ascii"), re.MULTILINE)
    expected = [("#", name, option.default) for name, option in OPTIONS.items()]
    expected[:2] = [("", "JD_USER", "your-user-name"), ("", "JD_PASS", "your-password")]
    assert found == expected


def test_env_example_explains_every_setting() -> None:
    example = ENV_EXAMPLE.read_text("ascii")
    # User name and password share one explanation.
    explained = re.findall(r"^# .+\n(?:JD_USER=.*\n)?#?([A-Z_]+)=", example, re.MULTILINE)
    assert ["JD_USER", *explained] == list(OPTIONS)
    assert ENV_FILE in example


def test_env_example_values_are_refused_ones() -> None:
    """A run refuses the values of the example."""
    values = read_dotenv(ENV_EXAMPLE)
    assert list(values) == ["JD_USER", "JD_PASS"]
    assert set(values.values()) == EXAMPLE_VALUES


def test_example_lines_of_env_are_valid(tmp_path: Path) -> None:
    documented = {
        key: row[1].strip("`") for key, row in read_table(SETTINGS, "The file .env").items()
    }
    path = tmp_path / "example"
    read = {}
    for line in documented:
        path.write_text(line, encoding="ascii")
        (read[line],) = read_dotenv(path).values()
    assert read == documented


# The doctor


def test_table_of_checks_is_complete_and_in_order() -> None:
    """The checks are in order, and together they look for every name in selectors.toml."""
    documented = read_table(DOCTOR, "Checks")
    assert list(documented) == [check.name for check in (*CHECKS, LOGOUT)]
    names = {name for row in documented.values() for name in re.findall(r"`(\w+)`", row[2])}
    assert names == set(PURPOSES)


def test_table_of_questions_is_complete() -> None:
    below = DOCTOR.read_text("utf-8").partition("## What it finds out")[2].partition("\n## ")[0]
    assert re.findall(r"^\| (.+\?) \|", below, re.MULTILINE) == list(QUESTIONS.values())


def test_doctor_example_is_complete() -> None:
    example = next(lines for kind, lines in blocks(DOCTOR) if kind == "text")
    checks = [line.split()[1] for line in example if line.startswith("PASS")]
    assert checks == [check.name for check in (*CHECKS, LOGOUT)]
    questions = [line.partition("?")[0].strip() + "?" for line in example if "?" in line]
    assert questions == list(QUESTIONS.values())


def facts() -> list[str]:
    lines = SITE_FACTS.read_text("utf-8").splitlines()
    return [line for line in lines if line.startswith("| F")]


def test_cited_site_facts_exist() -> None:
    numbers = [line.split()[1] for line in facts()]
    assert numbers == [f"F{number}" for number in range(1, len(numbers) + 1)]
    sources = [path.read_text("utf-8") for path in PACKAGE.rglob("*.py")]
    citing = [line for text in sources for line in text.splitlines() if "site fact" in line]
    cited = {number for line in citing for number in re.findall(r"\bF\d+\b", line)}
    assert cited - set(numbers) == set()
    assert len(cited) > 10
    # No citation of what is not in the repository.
    assert [line for text in sources for line in text.splitlines() if "ite contract" in line] == []


def test_checks_in_site_facts_exist() -> None:
    table = [line.split(" | ") for line in facts()]
    named = {name for row in table for name in re.findall(r"`(\w+)`", "".join(row[4:]))}
    assert named - {check.name for check in (*CHECKS, LOGOUT)} == set()
    assert named


# Stats and exit statuses


@pytest.mark.parametrize(
    ("page", "heading"),
    [(STATS, "Stats"), (STATS, "Events"), (LOG, "Messages"), (TROUBLESHOOTING, "Exit status")],
    ids=str,
)
def test_rows_that_are_generated_are_explained(page: Path, heading: str) -> None:
    rows = read_table(page, heading)
    assert [key for key, row in rows.items() if "" in row[:3]] == []
    assert len(rows) > 7


def test_figures_on_performance_page_exist() -> None:
    """Each is a stat, or a column of the rows in metrics.json."""
    below = PERFORMANCE.read_text("utf-8").partition("| Figure |")[2].partition("\n\n")[0]
    figures = set(re.findall(r"^\| `([^`]+)`", below, re.MULTILINE))
    assert len(figures) > 4
    assert figures - set(read_table(STATS, "Stats")) == {"seconds"}


def test_statuses_of_the_other_commands_are_documented() -> None:
    commands = {path.stem for path in (PACKAGE / "commands").glob("[a-z]*.py")}
    documented = {key.partition("`")[0] for key in read_table(COMMANDS, "Exit statuses")}
    assert_same(documented, commands - {"crawl"}, "Exit statuses")


# Messages


def test_event_texts_contain_no_outside_text() -> None:
    """It is masked in `outside` only."""
    calls = [call for call in source.nodes(ast.Call) if source.called(call) == "note"]
    told = [call.args[-1] for call in calls if len(call.args) > 1]
    texts = [ast.unparse(each) for each in told if source.text(each) is not None]
    filled = {name for each in texts for name in re.findall(r"\{([\w.]+)", each)}
    assert filled == {"name", "why", "seconds", "ending", "number"}
    assert len(texts) > 10


# Several accounts


def test_keys_of_accounts_file_are_documented() -> None:
    documented = [key.strip("[]") for key in read_table(GROUP, "The file of the accounts")]
    assert documented == list(dict.fromkeys((*FILE_NAMES, *ENTRY_NAMES)))


def test_statuses_of_accounts_are_documented() -> None:
    documented = {
        word for line in GROUP.read_text("utf-8").splitlines() for word in line[2:].split(" | ")[:1]
    }
    named = {name for names in documented for name in names.split(", ")}
    shown = {each.summary for each in ExitStatus} | {each.status for each in OTHER_WORDS}
    assert shown - named == set()


# All documents


def test_generated_table_follows_the_code_and_keeps_written_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference, "DOCS", tmp_path)
    rows = "| `gone` | ERROR | Old. |\n| `kept` | ERROR | It is. |\n"
    (tmp_path / "log.md").write_text(f"## Messages\n\n{rows}", "utf-8")
    known = {"new": ("ERROR",), "kept": ("WARNING",)}
    headings = ("Message", "Level", "Meaning")
    _, _, *found = reference.explained("log.md", "Messages", headings, known).splitlines()
    assert found == ["| `kept` | WARNING | It is. |", "| `new` | ERROR |  |"]


def test_generated_parts_are_up_to_date() -> None:
    assert reference.main(["--check"]) == 0, "run: python -m harness.reference"


def test_every_document_is_in_the_index() -> None:
    text = (ROOT / "docs" / "README.md").read_text("utf-8")
    linked = {(ROOT / "docs" / name).resolve() for name in re.findall(r"\]\(([^)#]+)", text)}
    decisions = ROOT / "docs" / "decisions"
    text = (decisions / "README.md").read_text("utf-8")
    linked |= {decisions / name for name in re.findall(r"\]\(([\w.-]+\.md)\)", text)}
    assert set(DOCUMENTS) - linked - {ROOT / "docs" / "README.md"} == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_have_targets(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:)([^)#]*)(?:#([^)]*))?\)", path.read_text("utf-8"))
    targets = [(path.parent / name if name else path, anchor) for name, anchor in links]
    assert [str(target) for target, _ in targets if not target.exists()] == []
    lost = [f"{target.name}#{a}" for target, a in targets if a and a not in anchors(target)]
    assert lost == []


def test_cited_modules_and_names_exist() -> None:
    """As in `pages/grid.py`: `Row.is_vehicle`, followed by other names of the module."""
    folders = (PACKAGE, ROOT / "benchmarks", ROOT / "harness", ROOT / "tests")
    found = [*ROOT.glob("*.py"), *(path for folder in folders for path in folder.rglob("*.py"))]
    known = [path.relative_to(ROOT).as_posix() for path in found]
    wrong: list[str] = []
    for document in DOCUMENTS:
        for module, names in re.findall(
            r"`([\w/]+\.py)`(?:: ((?:`[\w.]+`(?:, | and |(?=\W)))+))?", document.read_text("utf-8")
        ):
            files = [ROOT / path for path in known if f"/{path}".endswith(f"/{module}")]
            defined = {name for path in files for name in names_in(path)}
            wrong += [module] if not files else ()
            wrong += [
                f"{module}: {n}" for n in re.findall(r"`([\w.]+)`", names) if n not in defined
            ]
    assert wrong == []


def names_in(path: Path) -> set[str]:
    """Return what a module defines: NAME, function, Class, Class.method."""
    found = set()
    tree = ast.parse(path.read_text("utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {ast.unparse(target) for target in targets}
        name = getattr(node, "name", "")
        inner = [each.name for each in getattr(node, "body", ()) if hasattr(each, "name")]
        found |= {name, *(f"{name}.{each}" for each in inner)}
    return found


@pytest.mark.parametrize("path", [path for path in DOCUMENTS if path != README], ids=str)
def test_documents_have_commands_for_both_shells(path: Path) -> None:
    assert_twins(path)


def test_readme_has_commands_for_both_shells() -> None:
    assert len(assert_twins(README)) > 5


def assert_twins(path: Path) -> list[str]:
    """Require after each PowerShell block the same commands for other shells; return them."""
    others = ("text", "python", "toml", "mermaid")
    shells = [(kind, lines) for kind, lines in blocks(path) if kind not in others]
    assert [kind for kind, _ in shells] == ["powershell", "sh"] * (len(shells) // 2)
    windows = [line for kind, lines in shells if kind == "powershell" for line in lines]
    unix = [line for kind, lines in shells if kind == "sh" for line in lines]
    assert [in_powershell(line) for line in unix] == windows
    return windows


def in_powershell(line: str) -> str:
    """Return the PowerShell twin of a line for sh."""
    if line == "echo $?":
        return "$LASTEXITCODE"
    secret = "[Net.NetworkCredential]::new('', (Read-Host -AsSecureString)).Password"
    line = re.sub(r"^read -rs (\w+) && export \1$", rf"$env:\1 = {secret}", line)
    line = re.sub(r"^python3 ", "python ", line)
    # On Windows a file in the user's own folder is the user's own already.
    line = re.sub(r" && chmod 600 \S+$", "", line)
    line = re.sub(r"^cp ", "copy ", line)
    line = re.sub(r"^nano ", "notepad ", line)
    line = re.sub(r"^touch ", "New-Item -ItemType File ", line)
    line = re.sub(r"^export (\w+)=(.*)$", r'$env:\1 = "\2"', line)
    return re.sub(r"^\.venv/bin/", lambda _: ".venv\\Scripts\\", line)


def test_readme_names_the_command_of_ci() -> None:
    command = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1]
    assert command == "python3 bootstrap.py test"
    assert command in [line for kind, lines in blocks(README) if kind == "sh" for line in lines]


def test_readme_stays_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 180
