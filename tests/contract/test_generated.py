"""What stands in gen/ is what the contracts say now."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*.py*"))
        if path.suffix in (".py", ".pyi")
    }


def test_the_generated_code_is_fresh(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "tools" / "generate.py", tmp_path], check=True, cwd=ROOT)

    fresh, kept = files_below(tmp_path), files_below(ROOT / "gen")

    assert sorted(fresh) == sorted(kept)
    changed = [name for name in fresh if fresh[name] != kept[name]]
    assert changed == [], "run `make protos`"
