"""Makes gen/ from protos/: `python tools/generate.py [folder]`."""

import sys
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent


def generate(target: Path) -> None:
    """Writes the messages, the stubs and their types below `target`."""
    protos = ROOT / "protos"
    files = sorted(str(path.relative_to(protos)) for path in protos.rglob("*.proto"))
    well_known = Path(protoc.__file__).parent / "_proto"
    outputs = ("python", "grpc_python", "mypy", "mypy_grpc")
    arguments = ["protoc", f"-I{protos}", f"-I{well_known}"]
    arguments += [f"--{output}_out={target}" for output in outputs]
    # They stand beside this Python, which need not be the first on the path.
    for plugin in ("mypy", "mypy_grpc"):
        program = Path(sys.executable).with_name(f"protoc-gen-{plugin}")
        arguments.append(f"--plugin=protoc-gen-{plugin}={program}")
    if protoc.main([*arguments, *files]) != 0:
        raise SystemExit("the contracts do not compile")
    for folder in {path.parent for path in target.rglob("*_pb2.py")}:
        for package in (folder, *folder.parents):
            if package == target:
                break
            (package / "__init__.py").touch()


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "gen")
