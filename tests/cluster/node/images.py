"""The images of a node, as archives in the cache: Stockbot's own from the Dockerfile, PostgreSQL, and `pause`.

`make node-images` builds what is missing; a test only looks it up. There is no registry: the base of all is a small
Debian that debootstrap makes once, with the machine's own sources of packages.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.cluster import programs

ROOT = Path(__file__).parents[3]
POSTGRESQL_FOLDER = Path(__file__).parent / "postgresql"
SUITE = "bookworm"
PACKAGES = "python3,python3-venv,ca-certificates"
BASE = "localhost/python:base"
STOCKBOT = "docker.io/library/stockbot:0.1.0"  # what a pod means by `stockbot:0.1.0`
SOURCES = ("Dockerfile", ".dockerignore", "pyproject.toml", "README.md", "requirements/runtime.txt")
SOURCE_FOLDERS = ("services", "operator", "ui")
KEPT = 3
STORE_BYTES = 15 << 30  # beyond this the builder forgets its layers
CERTIFICATES = "/etc/ssl/certs"


class Image(NamedTuple):
    """An image under the name by which pods ask for it, and its archive in the cache."""

    reference: str
    file: Path


def folder() -> Path:
    return programs.cache_folder() / "images"


def digest(*contents: bytes) -> str:
    return hashlib.sha256(b"\0".join(contents)).hexdigest()[:16]


def base_archive() -> Path:
    return folder() / f"base-{digest(SUITE.encode(), PACKAGES.encode())}.tar"


def sources() -> Iterator[Path]:
    """Yield what the image of Stockbot is made of, as .dockerignore has it."""
    yield from (ROOT / name for name in SOURCES)
    for name in SOURCE_FOLDERS:
        files = (path for path in sorted((ROOT / name).rglob("*")) if path.is_file())
        yield from (path for path in files if path.suffix != ".pyc")


def stockbot() -> Image:
    contents = [str(path.relative_to(ROOT)).encode() + path.read_bytes() for path in sources()]
    file = folder() / f"stockbot-{digest(base_archive().name.encode(), *contents)}.tar"
    return Image(STOCKBOT, file)


def postgresql() -> Image:
    contents = [path.read_bytes() for path in sorted(POSTGRESQL_FOLDER.iterdir())]
    file = folder() / f"postgresql-{digest(base_archive().name.encode(), *contents)}.tar"
    return Image("localhost/postgresql:15", file)


def pause() -> Image:
    return Image("localhost/pause:3.10", folder() / f"pause-{programs.fingerprint('pause')}.tar")


def find_all() -> list[Image]:
    """Find the archives; Unavailable says how to make one that is missing."""
    found = [pause(), stockbot(), postgresql()]
    for image in found:
        if not image.file.exists():
            raise programs.Unavailable(f"the image {image.reference} is not built: run `make node-images`")
    return found


def build_all() -> None:
    """Build what is missing; Unavailable where a tool is, or where a build fails."""
    if all(image.file.exists() for image in (pause(), stockbot(), postgresql())):
        return
    for tool in ("buildah", "debootstrap"):
        if shutil.which(tool) is None or os.geteuid():
            raise programs.Unavailable(f"images are built by root with {tool}: install buildah and debootstrap")
    with programs.build_lock():
        make_base()
        make(pause(), programs.find("pause").parent, f"--file={programs.TOOLS / 'pause' / 'Dockerfile'}")
        make(stockbot(), ROOT, f"--volume={CERTIFICATES}:{CERTIFICATES}:ro")
        make(postgresql(), POSTGRESQL_FOLDER)


def make(image: Image, context: Path, *options: str) -> None:
    """Build an image and keep its archive; older ones of its kind go."""
    if image.file.exists():
        return
    programs.say(f"building the image {image.reference}")
    buildah(
        "build", "--quiet", "--layers", f"--build-arg=BASE={BASE}", f"--tag={image.reference}", *options, str(context)
    )
    unfinished = image.file.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    buildah("push", "--quiet", "--disable-compression", image.reference, f"oci-archive:{unfinished}:{image.reference}")
    unfinished.replace(image.file)
    forget_older(image)


def forget_older(image: Image) -> None:
    """Keep three: other checkouts of this machine have theirs."""
    alike = image.file.parent.glob(f"{image.file.stem.rpartition('-')[0]}-*.tar")
    for file in sorted(alike, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT:]:
        file.unlink()


def make_base() -> None:
    forget_layers_of_old()
    if not base_archive().exists():
        programs.say("making a small Debian (a minute or two)")
        folder().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder()) as place:
            pack_base(Path(place) / "root")
    if subprocess.run(command("inspect", "--type=image", BASE), capture_output=True, check=False).returncode:  # noqa: S603
        container = buildah("from", "scratch").strip()
        buildah("add", "--quiet", container, str(base_archive()), "/")
        buildah("commit", "--quiet", container, BASE)
        buildah("rm", container)


def pack_base(root: Path) -> None:
    run(["debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(root)])
    unfinished = base_archive().with_suffix(".unfinished")
    left_out = [f"--exclude=./{name}/*" for name in ("dev", "proc", "sys", "var/cache/apt", "var/lib/apt/lists")]
    run(["tar", "-C", str(root), *left_out, "-cf", str(unfinished), "."])
    unfinished.replace(base_archive())


def forget_layers_of_old() -> None:
    """Layers make a second build quick; without `overlay` each is a whole copy."""
    files = (path.lstat() for path in store().rglob("*"))
    if sum(file.st_blocks * 512 for file in files) > STORE_BYTES:
        buildah("rmi", "--all", "--force")


def buildah(*arguments: str) -> str:
    return run(command(*arguments))


def command(*arguments: str) -> list[str]:
    return [*builder(driver()), *arguments]


def builder(driver: str) -> list[str]:
    """Have a store of our own: what else this machine builds is left alone."""
    places = [f"--root={folder() / f'store-{driver}'}", f"--runroot={folder() / 'run'}"]
    return ["buildah", *places, f"--storage-driver={driver}"]


@cache
def driver() -> str:
    """Choose `overlay`, a tenth of the time and room, wherever this machine's files can be laid over others."""
    asked = subprocess.run([*builder("overlay"), "info"], capture_output=True, check=False)  # noqa: S603
    return "vfs" if asked.returncode else "overlay"


def store() -> Path:
    return folder() / f"store-{driver()}"


def run(command: list[str]) -> str:
    environment = os.environ | {"BUILDAH_ISOLATION": "chroot"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise programs.Unavailable(f"{command[0]} failed:\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def main() -> int:
    """Build everything; what cannot be built is an error: nobody asks for it in passing."""
    try:
        build_all()
    except programs.Unavailable as reason:
        programs.say(str(reason))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
