"""The forms of a package: a wheel, npm packages, an archive. Each function writes files and names them.

Sources: "Binary distribution format" and "Platform compatibility tags" of the Python Packaging User Guide; npm's
"package.json"; the layout of `cargo binstall` is in Cargo.toml.
"""

import base64
import gzip
import hashlib
import io
import json
import re
import tarfile
import tomllib
import zipfile

TIME = (1980, 1, 1, 0, 0, 0)
# By Rust target: npm's `os` and `cpu`, and the platform tag of a wheel where the target alone decides it.
PLATFORMS = {
    "x86_64-unknown-linux-musl": ("linux", "x64", "manylinux_2_17_x86_64.musllinux_1_1_x86_64"),
    "aarch64-unknown-linux-musl": ("linux", "arm64", "manylinux_2_17_aarch64.musllinux_1_1_aarch64"),
    "x86_64-unknown-linux-gnu": ("linux", "x64", None),
    "aarch64-unknown-linux-gnu": ("linux", "arm64", None),
    "x86_64-apple-darwin": ("darwin", "x64", "macosx_10_12_x86_64"),
    "aarch64-apple-darwin": ("darwin", "arm64", "macosx_11_0_arm64"),
}
# What `npm install pretoken` may bring: the platforms of a release.
NPM_PLATFORMS = ("linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64")
LICENCES = ("LICENSE-APACHE", "LICENSE-MIT")


class About:
    """What Cargo.toml says of the project."""

    def __init__(self, root):
        manifest = tomllib.loads((root / "Cargo.toml").read_text())
        shared = manifest["workspace"]["package"]
        self.root = root
        self.version = shared["version"]
        self.licence = shared["license"]
        self.repository = shared["repository"]
        self.description = manifest["package"]["description"]

    def text(self, name):
        return (self.root / name).read_bytes()


class Package:
    """What is packed for a platform: `files` by their paths below the prefix, each with its bytes and mode."""

    def __init__(self, about, target, files):
        if target not in PLATFORMS:
            raise SystemExit(f"release/build: no package is made for {target}, but for {', '.join(PLATFORMS)}")
        self.about, self.target, self.files = about, target, files


def program(target):
    return "bin/pretoken.exe" if "windows" in target else "bin/pretoken"


def wheel(package, out):
    """The program in `scripts`, what belongs to it in `data`: pip puts both below the prefix of the environment."""
    name = f"pretoken-{package.about.version}"
    tags = [f"py3-none-{tag}" for tag in wheel_platform(package).split(".")]
    info = f"{name}.dist-info"
    entries = {}
    for path, (content, mode) in package.files.items():
        place = f"scripts/{path.removeprefix('bin/')}" if path.startswith("bin/") else f"data/{path}"
        entries[f"{name}.data/{place}"] = (content, mode)
    for licence in LICENCES:
        entries[f"{info}/licenses/{licence}"] = (package.about.text(licence), 0o644)
    metadata = [
        "Metadata-Version: 2.4",
        "Name: pretoken",
        f"Version: {package.about.version}",
        f"Summary: {package.about.description}",
        f"License-Expression: {package.about.licence}",
        *(f"License-File: {licence}" for licence in LICENCES),
        f"Project-URL: Source, {package.about.repository}",
        "Requires-Python: >=3.10",
        "Description-Content-Type: text/markdown",
    ]
    readme = package.about.text("README.md").decode()
    entries[f"{info}/METADATA"] = ("\n".join(metadata).encode() + b"\n\n" + readme.encode(), 0o644)
    described = ["Wheel-Version: 1.0", "Generator: release/build", "Root-Is-Purelib: false", *(f"Tag: {tag}" for tag in tags)]
    entries[f"{info}/WHEEL"] = ("\n".join(described).encode() + b"\n", 0o644)
    record = "".join(f"{path},sha256={digest(content)},{len(content)}\n" for path, (content, _) in entries.items())
    entries[f"{info}/RECORD"] = (f"{record}{info}/RECORD,,\n".encode(), 0o644)
    path = out / f"{name}-py3-none-{wheel_platform(package)}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for entry, (content, mode) in entries.items():
            header = zipfile.ZipInfo(entry, TIME)
            header.external_attr = (0o100000 | mode) << 16
            header.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(header, content)
    return [path]


def wheel_platform(package):
    """Of a program that links glibc, the newest version that it asks for decides."""
    tag = PLATFORMS[package.target][2]
    if tag is not None:
        return tag
    binary = package.files[program(package.target)][0]
    newest = max((int(minor) for minor in re.findall(rb"GLIBC_2\.(\d+)", binary)), default=17)
    return f"manylinux_2_{max(newest, 17)}_{package.target.split('-')[0]}"


def digest(content):
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def npm(package, out):
    """`pretoken`, which starts the program of whichever platform's package npm chose by `os` and `cpu`; and that package."""
    system, processor, _ = PLATFORMS[package.target]
    shared = {
        "version": package.about.version,
        "description": package.about.description,
        "license": package.about.licence,
        "repository": {"type": "git", "url": f"git+{package.about.repository}.git"},
    }
    name = f"pretoken-{system}-{processor}"
    of_platform = {"name": name, **shared, "os": [system], "cpu": [processor], "preferUnplugged": True}
    launcher = {
        "name": "pretoken",
        **shared,
        "bin": {"pretoken": "bin/pretoken.js"},
        "engines": {"node": ">=18"},
        "optionalDependencies": {f"pretoken-{platform}": package.about.version for platform in NPM_PLATFORMS},
    }
    script = (package.about.root / "release/pretoken.js").read_bytes()
    licences = {licence: (package.about.text(licence), 0o644) for licence in LICENCES}
    main = {"bin/pretoken.js": (script, 0o755), "README.md": (package.about.text("README.md"), 0o644), **licences}
    return [
        npm_package(out, of_platform, {**package.files, **licences}),
        npm_package(out, launcher, main),
    ]


def npm_package(out, described, files):
    content = json.dumps(described, indent=2).encode() + b"\n"
    path = out / f"{described['name']}-{described['version']}.tgz"
    write_tar(path, "package", {"package.json": (content, 0o644), **files})
    return path


def archive(package, out):
    """`bin` and `share`, to be unpacked into any prefix."""
    name = f"pretoken-{package.about.version}-{package.target}"
    texts = {text: (package.about.text(text), 0o644) for text in (*LICENCES, "README.md", "CHANGELOG.md")}
    path = out / f"{name}.tar.gz"
    write_tar(path, name, {**package.files, **texts})
    return [path]


def write_tar(path, directory, files):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, (data, mode) in files.items():
            entry = tarfile.TarInfo(f"{directory}/{name}")
            entry.size, entry.mode = len(data), mode
            tar.addfile(entry, io.BytesIO(data))
    with path.open("wb") as file, gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
        packed.write(content.getvalue())
